"""What a rule is: a name, how bad it is to break it, and a pure function from facts to findings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from crreg.facts import Facts
from crreg.findings import Finding, Severity
from crreg.location import Location


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    id: str
    """In kebab case; public."""
    severity: Severity
    """The worst that its findings are; one may be milder where the facts leave a doubt."""
    summary: str
    """What is wrong where it is broken, one line."""
    remedy: str
    """What to do in general, one line; each finding says it for its case."""
    check: Callable[[Facts], Iterable[Finding]] = field(repr=False)

    def finding(
        self,
        message: str,
        remedy: str,
        *,
        severity: Severity | None = None,
        triple: str | None = None,
        registry: str | None = None,
        location: Location | None = None,
    ) -> Finding:
        """Make a finding of this rule; `severity` only where it is milder than the rule's."""
        return Finding(self.id, severity or self.severity, message, remedy, triple, registry, location)
