"""README is short, and its three lines, its steps and its words are where a new user looks."""

import re

import pytest
from docs.generate import ROOT
from tests.unit.docs.steps import TERMINAL, WORKFLOW, steps_of

README = (ROOT / "README.md").read_text(encoding="utf-8")
PLACEHOLDERS = re.compile(r"\b(?:ORGANIZATION|OWNER|REPOSITORY|octo-org|octo/app|org/app)\b")


def test_it_has_at_most_700_words() -> None:
    assert len(README.split()) <= 700


def test_the_first_lines_to_paste_come_before_word_100() -> None:
    assert len(README.partition("```sh")[0].split()) < 100


@pytest.mark.parametrize(("heading", "most"), [(TERMINAL, 4), (WORKFLOW, 8)])
def test_there_are_few_steps_to_the_first_answer(heading: str, most: int) -> None:
    assert 3 <= len(steps_of(README, heading)) <= most


def test_the_workflow_has_about_twenty_lines() -> None:
    [workflow] = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert len(workflow.splitlines()) <= 22


@pytest.mark.parametrize(
    "name", ["README.md", "docs/first-check.md", "docs/many-repositories.md", "docs/terraform.md"]
)
def test_there_is_one_convention_for_names_to_replace(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert PLACEHOLDERS.findall(text) == []
    assert "acme" in text
    assert re.search(r"Replace\s+(?:all three|the\s+organization)", text)
