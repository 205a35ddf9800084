"""Each rule's remedy is pasted, or followed by hand, in a test of this folder, and the next check does not find it.

A test with the mark `remedy` fails unless it does that: the fixture `sit_down` sees what was followed and found.
"""

import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crreg.rules.catalog import CHECK_RULES
from crreg.rules.ensure_rules import ENSURE_RULES
from crreg.rules.publish_rules import PUBLISH_RULES
from crreg.rules.rule import Rule

HERE = Path(__file__)


@pytest.mark.parametrize(("folder", "rules"), [("ensure", ENSURE_RULES), ("publish", PUBLISH_RULES)])
def test_no_rule_of_a_change_is_left_out(folder: str, rules: tuple[Rule, ...]) -> None:
    texts = [each.read_text() for each in (HERE.parent.parent / folder).glob("test_*.py")]
    named = {rule for text in texts for rule in re.findall(r'"([a-z]+(?:-[a-z]+)+)[":]', text)}
    assert {rule.id for rule in rules} <= named


def test_no_rule_is_left_out() -> None:
    names = sorted(each.stem for each in HERE.parent.glob("test_*.py") if each != HERE)
    modules = [importlib.import_module(f"tests.integration.paste.{name}") for name in names]
    tests = [value for module in modules for name, value in vars(module).items() if name.startswith("test_")]
    held = {test: {*_remedies(test)} for test in tests}
    # Without the fixture, the mark would be a mere claim.
    assert all("sit_down" in inspect.signature(test).parameters for test, rules in held.items() if rules)
    assert {rule for rules in held.values() for rule in rules} == {rule.id for rule in CHECK_RULES}


def _remedies(test: Callable[..., None]) -> Iterator[str]:
    """The rules of the marks of a test, and of those of its parameters."""
    for mark in getattr(test, "pytestmark", ()):
        values = mark.args[1] if mark.name == "parametrize" else ()
        for each in (mark, *(inner for value in values for inner in getattr(value, "marks", ()))):
            if each.name == "remedy":
                yield each.args[0]
