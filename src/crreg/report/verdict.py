"""The verdict of a report, in one sentence."""

from crreg.check.report import Report
from crreg.check.unchecked import OF_ONE_IMAGE
from crreg.exits import Status
from crreg.facts.model import ImageFact
from crreg.facts.questions import package_access
from crreg.findings.finding import Finding
from crreg.findings.location import Location
from crreg.registry.outcome import PullOutcome

_FOUND = frozenset({PullOutcome.AVAILABLE, PullOutcome.PUBLIC})
_MOST_CLAUSES = 4


def verdict(report: Report) -> str:
    """The sentence that ends a report."""
    counts = counted(report)
    images = report.facts.images
    shown = f" ({counts})" if report.findings else ""
    if report.status is Status.UNHEALTHY:
        return f"Unhealthy{shown}: {_consequence(report)}{_not_proven(report)}"
    if report.status is Status.UNKNOWN:
        return f"Unknown{shown}: {'; '.join(report.unchecked[:_MOST_CLAUSES])}.{_more(report)}"
    if not report.facts.discovery.configurations and not images:
        return f"Healthy{shown}: no dev container was found, so codespaces use GitHub's default image."
    found = sum(_can_be_pulled(report, image) for image in images)
    return f"Healthy{shown}: {found} of {_plural(len(images), 'image')} can be pulled."


def _not_proven(report: Report) -> str:
    if not report.unchecked:
        return ""
    return f" Not proven: {'; '.join(report.unchecked[:_MOST_CLAUSES])}.{_more(report)}"


def _more(report: Report) -> str:
    rest = len(report.unchecked) - _MOST_CLAUSES
    return f" {_plural(rest, 'more reason')} in the JSON report." if rest > 0 else ""


def _can_be_pulled(report: Report, image: ImageFact) -> bool:
    found = image.pull is not None and image.pull.outcome in _FOUND
    return found or package_access(report.facts, image).granted


def counted(report: Report) -> str:
    """Count the findings: `3 errors, 1 warning`, or `nothing wrong`."""
    counts = [
        _plural(len(findings), noun)
        for findings, noun in ((report.errors, "error"), (report.warnings, "warning"))
        if findings
    ]
    return ", ".join(counts) or "nothing wrong"


def judged_images(report: Report) -> tuple[tuple[ImageFact, Finding | None], ...]:
    """Pair each image with the first error about it, at its location or about its whole registry; None if none is."""
    at_place: dict[Location, Finding] = {}
    on_registry: dict[str, Finding] = {}
    for finding in report.errors:
        if finding.location is not None:
            at_place.setdefault(finding.location, finding)
        if finding.registry is not None and finding.rule not in OF_ONE_IMAGE:
            on_registry.setdefault(finding.registry, finding)
    return tuple(
        (
            image,
            at_place.get(image.location)
            or (on_registry.get(image.reference.registry) if image.reference else None),
        )
        for image in report.facts.images
    )


def _consequence(report: Report) -> str:
    all_images = len(report.facts.images)
    blocked = sum(error is not None for _, error in judged_images(report))
    if not blocked:
        return "codespaces of this repository would not start as configured."
    return f"{blocked} of {_plural(all_images, 'image')} would keep a codespace from starting."


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
