"""The page of inputs and outputs says what action.yml says."""

import re

import pytest
from docs.generate import PAGE, ROOT, anchor, page, read_yaml

ACTION = read_yaml(ROOT / "action.yml")


def test_the_page_is_what_make_docs_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "docs/inputs.md is stale: run `make docs`"


def test_the_page_has_every_input_output_and_secret_of_every_workflow_to_call() -> None:
    called = [
        path
        for path in (ROOT / ".github" / "workflows").glob("*.yml")
        if "workflow_call" in read_yaml(path)[True]
    ]
    sections = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    by_heading = {
        section.partition("\n")[0]: set(re.findall(r"^\| `([^`]+)`", section, re.MULTILINE))
        for section in sections
    }

    assert by_heading["The action"] == {*ACTION["inputs"], *ACTION["outputs"]}
    for path in called:
        call = read_yaml(path)[True]["workflow_call"]
        assert by_heading[path.name] == {*call["inputs"], *call.get("secrets", ()), *call["outputs"]}


@pytest.mark.parametrize(
    ("heading", "fragment"),
    [
        ("The action", "the-action"),
        ("registry-health.yml", "registry-healthyml"),
        ("What's here, now?", "whats-here-now"),
    ],
)
def test_a_heading_is_linked_to_as_on_github(heading: str, fragment: str) -> None:
    assert anchor(heading) == fragment
