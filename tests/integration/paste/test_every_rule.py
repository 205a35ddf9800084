"""Each rule's remedy is pasted, or followed by hand, in a test of this folder."""

import re
from pathlib import Path

from crreg.rules import RULES


def test_no_rule_is_left_out() -> None:
    here = Path(__file__)
    texts = [each.read_text() for each in here.parent.glob("test_*.py") if each != here]
    named = {rule for text in texts for rule in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', text)}
    assert {rule.id for rule in RULES} <= named
