"""The page of the rules and the rules themselves say the same."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from crreg.findings.finding import Effect, Severity
from crreg.rules.catalog import CHECK_RULES, RULES

GH = Path(sys.executable).with_name("gh")
PAGE = Path("docs/rules.md").read_text(encoding="utf-8")
SECTIONS = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def test_the_page_has_every_rule_in_order_with_its_severity_and_summary() -> None:
    told = [re.match(r"(\S+)\n\n\*\*(\w+)\*\*: (.*)\n", section) for section in SECTIONS]
    assert [match.groups() for match in told if match] == [
        (rule.id, rule.severity.value, rule.summary) for rule in RULES
    ]


def test_the_page_names_the_one_error_that_leaves_the_status_unknown() -> None:
    unproven = [
        rule.id for rule in RULES if (rule.severity, rule.effect) == (Severity.ERROR, Effect.UNPROVEN)
    ]
    assert unproven == ["empty-value"]
    [row] = [line for line in PAGE.splitlines() if line.startswith("| `unproven` |")]
    assert "except for [empty-value](#empty-value), which is an error" in row


@pytest.mark.parametrize("section", SECTIONS, ids=[rule.id for rule in RULES])
def test_every_section_shows_a_fix(section: str) -> None:
    assert re.search(r"```|\| before|Serve it over https|Give the account", section)


def test_rules_are_named_once_in_kebab_case_errors_first() -> None:
    names = [rule.id for rule in RULES]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in names)
    assert [rule.severity for rule in CHECK_RULES] == sorted(rule.severity for rule in CHECK_RULES)


@pytest.mark.parametrize("command", sorted({line for line in COMMANDS if line.startswith("gh secret")}))
def test_gh_knows_every_flag_that_the_page_uses(command: str) -> None:
    words = shlex.split(command)
    known = subprocess.run([GH, *words[1:3], "--help"], capture_output=True, text=True, check=True).stdout
    assert [word for word in words if word.startswith("--") and f"{word} " not in known] == []
