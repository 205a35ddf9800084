"""What README and the documentation show to be pasted is sound; workflows are held to GitHub's reader elsewhere."""

import ast
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from tests.unit.docs.pages import NAMES, PAGES, Block, blocks_of

from crreg.cli.main import crreg
from crreg.configuration.parse import parse_configuration
from crreg.rules.catalog import RULES

BLOCKS = {
    f"{name}:{block.line}": block
    for name, page in zip(NAMES, PAGES, strict=True)
    for block in blocks_of(page)
}
GH = Path(sys.executable).with_name("gh")
CONFIGURATION = {"registries", "ignore", "publish"}
"""The keys of .github/crreg.yml."""


def of(*languages: str) -> list[Any]:
    return [pytest.param(block, id=name) for name, block in BLOCKS.items() if block.language in languages]


def configurations() -> list[Any]:
    found = []
    for parameter in of("yaml"):
        loaded = yaml.safe_load(parameter.values[0].text)
        if isinstance(loaded, dict) and CONFIGURATION & loaded.keys():
            found.append(parameter)
    return found


def commands() -> list[Any]:
    shell = [(name, block.text.splitlines()) for name, block in BLOCKS.items() if block.language == "sh"]
    return [
        pytest.param(line, id=f"{name}:{line}")
        for name, lines in shell
        for line in lines
        if line.startswith("crreg ")
    ]


def test_every_block_is_of_a_language_that_is_held_to_something_or_plain_text() -> None:
    known = {"yaml", "json", "sh", "python", "text", ""}

    assert {name: block.language for name, block in BLOCKS.items() if block.language not in known} == {}


@pytest.mark.parametrize("block", of("yaml"))
def test_yaml_can_be_read(block: Block) -> None:
    assert yaml.safe_load(block.text) is not None


@pytest.mark.parametrize("block", of("json"))
def test_json_can_be_read(block: Block) -> None:
    assert json.loads(block.text)


@pytest.mark.parametrize("block", of("python"))
def test_python_can_be_read(block: Block) -> None:
    assert ast.parse(block.text).body


@pytest.mark.parametrize("block", configurations())
def test_a_configuration_is_one_that_crreg_reads(block: Block) -> None:
    parse_configuration(block.text, ".github/crreg.yml", rules=frozenset(rule.id for rule in RULES))


@pytest.mark.parametrize("block", of("sh"))
def test_a_shell_can_read_what_is_to_be_pasted(block: Block) -> None:
    read = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True, check=False)

    assert read.stderr == ""


@pytest.mark.parametrize("block", of("sh"))
def test_zsh_reads_what_is_pasted_as_bash_does(block: Block) -> None:
    """An interactive zsh, the shell of macOS, passes a comment on as words, and stops at a pattern without a match.

    Source: https://zsh.sourceforge.io/Doc/Release/Options.html (INTERACTIVE_COMMENTS, NOMATCH)
    """
    without_files = re.sub(r"<<'(\w+)'\n.*?^\1$", "", block.text, flags=re.DOTALL | re.MULTILINE)
    unquoted = re.sub(r"'[^']*'|\"[^\"]*\"", "", without_files)

    assert re.findall(r"(?:^|\s)#.*|\S*[*?\[]\S*", unquoted) == []


@pytest.mark.parametrize("command", ["set", "delete", "list"])
def test_gh_knows_every_flag_shown(command: str) -> None:
    lines = [line for block in BLOCKS.values() if block.language == "sh" for line in block.text.splitlines()]
    used = {
        flag
        for line in lines
        if f"gh secret {command} " in line
        for flag in re.findall(r" (--[a-z-]+)", line)
    }
    known = subprocess.run(
        [GH, "secret", command, "--help"], capture_output=True, text=True, check=True
    ).stdout

    assert {flag for flag in used if f"{flag} " not in known} == set()


@pytest.mark.parametrize("line", commands())
def test_crreg_knows_every_command_and_option_shown(line: str) -> None:
    words = shlex.split(line, comments=True)
    command = crreg.get_command(click.Context(crreg), words[1])
    assert command is not None, words
    if isinstance(command, click.Group):
        command = command.get_command(click.Context(command), words[2])
        assert command is not None, words
    known = {name for option in command.params if isinstance(option, click.Option) for name in option.opts}

    assert [word for word in words[2:] if word.startswith("--") and word not in known] == []
