"""Each rule of a check has a remedy that a test of this folder follows; the others have tests of their command."""

import re
from pathlib import Path

import pytest

from crreg.rules import CHECK_RULES, Rule
from crreg.rules.ensure_rules import ENSURE_RULES
from crreg.rules.publish_rules import PUBLISH_RULES

HERE = Path(__file__)


@pytest.mark.parametrize(
    ("folder", "rules"), [("paste", CHECK_RULES), ("ensure", ENSURE_RULES), ("publish", PUBLISH_RULES)]
)
def test_no_rule_is_left_out(folder: str, rules: tuple[Rule, ...]) -> None:
    texts = [each.read_text() for each in (HERE.parent.parent / folder).glob("test_*.py") if each != HERE]
    named = {rule for text in texts for rule in re.findall(r'"([a-z]+(?:-[a-z]+)+)[":]', text)}
    assert {rule.id for rule in rules} <= named
