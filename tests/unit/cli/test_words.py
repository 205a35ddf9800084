"""Misspelled words, the pages of rules, and completion."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from sandbox.command import CRREG, surroundings

from crreg.cli import rules as rules_command
from crreg.cli.main import crreg
from crreg.findings.documentation import rule_page
from crreg.rules.catalog import RULES

RUNNER = CliRunner(env=surroundings())


def last_line(*arguments: str) -> str:
    result = RUNNER.invoke(crreg, arguments)
    assert result.exit_code == 2
    return result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("chek",), "check"),
        (("images", "--formt", "json"), "--format"),
        (("check", "--format", "jsn"), "json"),
        (("check", "--fail-on", "warn"), "warning"),
        (("ensure", "--level", "organisation"), "organization"),
        (("rules", "missing-secrets"), "missing-secret"),
    ],
)
def test_a_misspelled_word_brings_the_nearest_one(arguments: tuple[str, ...], meant: str) -> None:
    assert f"Did you mean '{meant}'?" in last_line(*arguments)


@pytest.mark.parametrize("arguments", [("frobnicate",), ("check", "--format", "x"), ("rules", "x")])
def test_a_word_that_is_near_to_none_brings_no_question(arguments: tuple[str, ...]) -> None:
    assert "Did you mean" not in last_line(*arguments)


@pytest.mark.parametrize(
    ("line", "option", "follows"),
    [
        ("publish --local --repository octo-org/app", "--local", "--repository"),
        ("publish --copy --tag 1", "--copy", "--tag"),
        ("check --format json --path --output x", "--path", "--output"),
        ("publish --local app:ci --to --help", "--to", "--help"),
        ("org merge --state --output x", "--state", "--output"),
    ],
)
def test_an_option_without_its_value_does_not_take_the_next_option_for_it(
    line: str, option: str, follows: str
) -> None:
    message = f"Error: Option '{option}' requires an argument, but the option '{follows}' follows."
    assert last_line(*line.split()) == message


def test_a_value_may_look_like_an_option() -> None:
    line = "publish --build . --build-arg --local=1 --label --x=2 --to x/--local -- --local --to"
    assert "Got unexpected extra arguments (--local --to)" in last_line(*line.split())


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_a_rule_has_its_page_with_links_that_work_anywhere(rule: str) -> None:
    page = RUNNER.invoke(crreg, ["rules", rule]).stdout
    severity = next(each.severity for each in RULES if each.id == rule)
    assert page.startswith(f"{rule}\n\n**{severity}**: ")
    assert page.endswith(f"\n{rule_page(rule)}\n")
    assert [link for link in re.findall(r"\]\(([^)]*)\)", page) if not link.startswith("https://")] == []
    assert "\n## " not in page


def test_a_relative_link_leads_to_the_repository() -> None:
    page = RUNNER.invoke(crreg, ["rules", "missing-secret"]).stdout
    assert "](https://github.com/org/crreg-action/blob/v0/docs/operations.md#which-events-may-write)" in page
    assert "](https://github.com/org/crreg-action/blob/v0/examples/ensure.yml)" in page


def test_without_the_page_a_rule_says_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_command, "_PAGES", (Path("/nonexistent"),))
    assert RUNNER.invoke(crreg, ["rules", "missing-secret"]).stdout.splitlines()[0] == (
        "missing-secret (error)"
    )


def test_one_rule_as_json_is_the_list_with_one_entry() -> None:
    document = json.loads(RUNNER.invoke(crreg, ["rules", "missing-secret", "--format", "json"]).stdout)
    assert [rule["id"] for rule in document["rules"]] == ["missing-secret"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script(shell: str) -> None:
    script = completed(f"{shell}_source")
    assert f"_CRREG_COMPLETE={shell}_complete" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True, timeout=60)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("crreg ", {"check", "doctor", "ensure", "images", "login", "publish", "rules"}),
        ("crreg pub", {"publish"}),
        ("crreg rules missing-s", {"missing-secret"}),
        ("crreg check --fail-on w", {"warning"}),
    ],
)
def test_words_are_completed(words: str, found: set[str]) -> None:
    answer = completed("bash_complete", COMP_WORDS=words, COMP_CWORD=str(words.count(" ")))
    assert found <= {line.partition(",")[2] for line in answer.splitlines()}


def completed(instruction: str, **variables: str) -> str:
    return subprocess.run(
        [CRREG],
        env={**surroundings(), "_CRREG_COMPLETE": instruction, **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
