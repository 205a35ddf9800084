"""No input takes time that grows with the square of its size."""

import contextlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tests.unit.speed import within

from crreg.discovery.compose.dotenv import parse_dotenv
from crreg.discovery.compose.interpolation import InterpolationError, interpolate
from crreg.discovery.discover import discover
from crreg.discovery.documents.jsonc import parse_jsonc
from crreg.discovery.documents.tree import DocumentError
from crreg.discovery.documents.yaml import parse_yaml
from crreg.workspace.budget import ReadingBudget

pytestmark = pytest.mark.speed

MEGABYTE = 1 << 20
LIMIT = 5.0
"""Seconds of processor time. Each input takes at most one; a quadratic one would take minutes on any machine."""


def repeated(text: str, before: str = "", after: str = "") -> str:
    """A megabyte of `text`."""
    return before + text * (MEGABYTE // len(text)) + after


def numbered(template: str, count: int) -> str:
    return "".join(template.replace("N", str(number)) for number in range(count))


def is_read(action: Callable[[], object]) -> None:
    """Assert that the action ends in time, with or without an expected error."""
    with within(LIMIT), contextlib.suppress(DocumentError, InterpolationError):
        action()


JSON = {
    "open lists": repeated("["),
    "open objects": repeated('{"a":'),
    "commas": repeated(",", "["),
    "numbers": repeated("1,", "[", "]"),
    "names": repeated('"a":1,', "{", "}"),
    "a long string": repeated("a", '"', '"'),
    "a string of escapes": repeated("\\n", '"', '"'),
    "an open string of escapes": repeated("\\n", '"'),
    "a string of half pairs": repeated("\\ud83d", '"', '"'),
    "a comment that never ends": repeated("*", "/*"),
    "comments": repeated("/**/"),
    "line comments": repeated("//\n"),
    "line ends": repeated("\r\n"),
    "digits": repeated("1"),
    "an exponent": repeated("9", "1e"),
    "a fraction": repeated("1", "1."),
    "minus signs": repeated("-"),
}
YAML = {
    "open lists": repeated("["),
    "open mappings": repeated("{a: "),
    "dashes": repeated("- "),
    "question marks": repeated("? "),
    "items": repeated("- a\n"),
    "names": numbered("kN: v\n", 90_000),
    "flow items": repeated("a,", "[", "]"),
    "anchors": numbered("- &aN b\n", 80_000),
    "aliases": repeated("- *a\n", "- &a b\n"),
    "aliases of aliases": "a0: &a0 [x, x]\n"
    + "".join(f"a{n}: &a{n} [{f'*a{n - 1},' * 9}]\n" for n in range(1, 20_000)),
    "merges": repeated("- <<: *a\n", "- &a {" + numbered("kN: 1, ", 5_000) + "}\n"),
    "tags": repeated("- !x a\n"),
    "documents": repeated("a\n---\n"),
    "comments": repeated("#\n"),
    "a long word": repeated("a"),
    "an open string": repeated("a", '"'),
    "line ends in a string": repeated("\n", "'", "'"),
    "a literal": repeated(" b\n", "a: |\n"),
    "blank lines in a literal": repeated(" \n", "a: |\n"),
    "blank lines after deep ends": "\n".join(" " * depth + "a:" for depth in range(49)) + repeated("\n"),
    "comments after a property": repeated("  #\n", "- &a\n", "  b"),
    "colons": repeated(": "),
    "stars": repeated("*"),
    "directives": repeated("%a b\n"),
    "line separators": repeated("\u2028"),
}
VARIABLES = {
    "dollars": repeated("$"),
    "names": repeated("$A"),
    "braces": repeated("${A}"),
    "open braces": repeated("${"),
    "braces in a default": repeated("{", "${A:-"),
    "defaults in defaults": repeated("${A:-") + repeated("}"),
    "defaults": repeated("${A:-b}"),
}
ENVIRONMENT = {
    "names": repeated("A\n"),
    "empty values": repeated("A=\n"),
    "quoted values": repeated('A=""'),
    "an open quote": repeated("\\", 'A="'),
    "values of values": numbered("AN=$AN\n", 60_000),
    "hashes": repeated("#"),
    "spaces": repeated(" "),
} | {name: f"A={text}" for name, text in VARIABLES.items() if "\n" not in text}

SERVICE = "services:\n  a: {image: i}\n"
REPOSITORIES: dict[str, Mapping[str, str]] = {
    "services": {"c.yml": SERVICE + numbered("  sN: {image: i}\n", 12_000)},
    "a chain of services": {
        "c.yml": SERVICE + "".join(f"  s{n}: {{extends: s{n - 1}}}\n" for n in range(1, 9_000))
    },
    "services that share arguments": {
        "c.yml": "services:\n  a: {image: i, build: {args: {"
        + numbered("kN: v, ", 8_000)
        + "}}}\n"
        + numbered("  sN: {extends: a, build: {args: {x: y}}}\n", 4_000)
    },
    "needs": {"c.yml": SERVICE + "  s: {image: i, depends_on: [" + numbered("sN, ", 40_000) + "]}\n"},
    "variables": {"c.yml": f'services: {{a: {{image: "{"${A}" * 200_000}"}}}}'},
    "arguments": {
        "devcontainer.json": json.dumps(
            {"build": {"dockerfile": "D", "args": {f"A{n}": "${localEnv:X:y}" for n in range(15_000)}}}
        ),
        "D": "FROM a\n",
    },
    "features": {"devcontainer.json": json.dumps({"features": {f"g.io/a/b{n}": {} for n in range(19_000)}})},
    "open variables": {"devcontainer.json": json.dumps({"image": repeated("${")[:-99]})},
    "variables and a line end": {"devcontainer.json": json.dumps({"image": repeated("${")[:-99] + "\n}"})},
    "lines of variables": {"devcontainer.json": json.dumps({"image": "${\n" * 200_000 + "}"})},
}
CONFIG = {"devcontainer.json": '{"dockerComposeFile": "c.yml", "service": "a"}'}


@pytest.mark.parametrize("name", JSON)
def test_json_is_read_in_time(name: str) -> None:
    is_read(lambda: parse_jsonc(JSON[name], "f"))


@pytest.mark.parametrize("name", YAML)
def test_yaml_is_read_in_time(name: str) -> None:
    is_read(lambda: parse_yaml(YAML[name], "f"))


@pytest.mark.parametrize("name", VARIABLES)
def test_variables_are_expanded_in_time(name: str) -> None:
    is_read(lambda: interpolate(VARIABLES[name], {}))


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_an_environment_file_is_read_in_time(name: str) -> None:
    is_read(lambda: parse_dotenv(ENVIRONMENT[name], "f", {"A": "x"}))


@pytest.mark.parametrize("name", REPOSITORIES)
def test_a_repository_is_read_in_time(name: str, tmp_path: Path) -> None:
    (tmp_path / ".devcontainer").mkdir()
    for path, text in (CONFIG | dict(REPOSITORIES[name])).items():
        (tmp_path / ".devcontainer" / path).write_text(text)

    is_read(lambda: discover(tmp_path))


def test_files_that_include_each_other_many_times_end_at_the_bound_of_the_run(tmp_path: Path) -> None:
    (tmp_path / ".devcontainer").mkdir()
    files = CONFIG | {
        "c.yml": f"include: [{'b.yml, ' * 100}]\n{SERVICE}",
        "b.yml": f"include: [{'d.yml, ' * 1000}]\n",
        "d.yml": "services:\n" + numbered("  sN: {image: i}\n", 1_000),
    }
    for path, text in files.items():
        (tmp_path / ".devcontainer" / path).write_text(text)

    with within(10):
        # A busy machine would reach the usual bound on time first.
        (problem,) = discover(tmp_path, budget=ReadingBudget(seconds=300)).problems

    assert problem.message == (
        "this was not read to the end: crreg allows the dev containers of one repository 8,000,000 "
        "characters made from variables, aliases, includes and extends, and not enough of that is left"
    )
