"""What a report comes to, in one sentence."""

from crreg.facts import ImageFact
from crreg.findings import Finding, Severity
from crreg.registry.outcome import PullOutcome
from crreg.report.report import Report, Status

_FOUND = frozenset({PullOutcome.AVAILABLE, PullOutcome.PUBLIC})
_OF_ONE_IMAGE = frozenset({"image-not-found", "image-not-pullable"})
"""Rules whose findings say nothing of other images in the registry."""


def verdict(report: Report) -> str:
    """The sentence that ends a report."""
    counts = counted(report)
    images = report.facts.images
    if report.status is Status.UNHEALTHY:
        return f"Unhealthy: {counts}. {_consequence(report)}"
    if report.status is Status.UNKNOWN:
        return f"Unknown: {counts}. The Codespaces secrets could not be listed, so not everything was judged."
    if not report.facts.discovery.configurations and not images:
        nothing = "no dev container configuration was found, so codespaces use GitHub's default image."
        return f"Healthy{f', {counts}' if report.findings else ''}: {nothing}"
    found = sum(image.pull is not None and image.pull.outcome in _FOUND for image in images)
    return f"Healthy: {counts}. {_plural(found, 'image')} of {len(images)} can be pulled."


def counted(report: Report) -> str:
    """`3 errors, 1 warning`; `nothing wrong` if there is neither."""
    counts = [
        _plural(len(findings), noun)
        for findings, noun in ((report.errors, "error"), (report.warnings, "warning"))
        if findings
    ]
    return ", ".join(counts) or "nothing wrong"


def findings_of(report: Report, image: ImageFact) -> tuple[Finding, ...]:
    """The findings that concern an image: at its place, or on its registry as a whole."""
    return tuple(finding for finding in report.findings if _concerns(finding, image))


def _concerns(finding: Finding, image: ImageFact) -> bool:
    if finding.location == image.location:
        return True
    if finding.rule in _OF_ONE_IMAGE or image.reference is None:
        return False
    return finding.registry == image.reference.registry


def _consequence(report: Report) -> str:
    all_images = len(report.facts.images)
    blocked = sum(
        any(finding.severity is Severity.ERROR for finding in findings_of(report, image))
        for image in report.facts.images
    )
    if not blocked:
        return "Codespaces of this repository would not start as configured."
    return f"{blocked} of {_plural(all_images, 'image')} would keep a codespace from starting."


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
