"""A rule: a name, a severity, and a pure function from facts to findings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from crreg.facts.model import Facts, TripleFact
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.location import Location
from crreg.findings.remedy import Remedy
from crreg.remedies.wording import place_of


def _nothing(_: Facts) -> Iterable[Finding]:
    return ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    id: str
    """In kebab case; public."""
    severity: Severity
    """The highest severity of its findings; one may be lower if the facts leave a doubt."""
    effect: Effect
    """What breaking it means for the report's status."""
    summary: str
    """One line on what is wrong."""
    remedy: str
    """One line on what to do in general; each finding has a remedy for its case."""
    check: Callable[[Facts], Iterable[Finding]] = field(default=_nothing, repr=False)
    """Yields the findings of a check; none if only `ensure` or `publish` reports the rule."""

    def finding(
        self,
        message: str,
        remedy: Remedy,
        *,
        severity: Severity | None = None,
        effect: Effect | None = None,
        triple: str | None = None,
        registry: str | None = None,
        location: Location | None = None,
        about: tuple[str, ...] = (),
    ) -> Finding:
        """Make a finding of this rule.

        Pass `about` as the finding's subject unless the triple alone identifies it among the rule's findings. Without a
        triple, the registry may identify it, and without both, the file.

        Pass `effect` only where it differs from the rule's. The finding is then a warning, unless `severity` says
        otherwise. With a `severity` other than the rule's and no `effect`, the finding leaves its matter unproven.
        """
        if effect is None:
            effect = self.effect if severity in {None, self.severity} else Effect.UNPROVEN
        if severity is None:
            severity = self.severity if effect is self.effect else Severity.WARNING
        path = location.path if location is not None else None
        subject = about or tuple(filter(None, (triple, registry, path)))[:1]
        return Finding(self.id, severity, message, remedy, triple, registry, location, effect, subject)

    def of_triple(
        self,
        facts: Facts,
        triple: TripleFact,
        message: str,
        remedy: Remedy,
        *,
        effect: Effect | None = None,
        about: tuple[str, ...] = (),
    ) -> Finding:
        """Make a finding about a triple, at the place that needs it; see `finding`."""
        return self.finding(
            message,
            remedy,
            effect=effect,
            triple=triple.identifier,
            registry=triple.server,
            location=place_of(facts, triple),
            about=about,
        )
