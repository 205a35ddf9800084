"""The rules as text, for `crreg rules`."""

from collections.abc import Iterable

from crreg.rules import Rule


def render_rules(rules: Iterable[Rule]) -> str:
    """Each rule's name, severity, what is wrong, and what to do."""
    return "\n".join(f"{rule.id} ({rule.severity})\n  {rule.summary}\n  {rule.remedy}\n" for rule in rules)
