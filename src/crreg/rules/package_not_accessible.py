"""A package of GitHub's own registry is not accessible to codespaces of this repository."""

from collections.abc import Iterator

from crreg.facts.image import Coverage, ImageFact
from crreg.facts.model import Facts
from crreg.facts.package_access import package_access
from crreg.facts.questions import DENIALS, absence_known, only_slows
from crreg.findings.finding import Effect, Finding, Severity
from crreg.printable import quoted
from crreg.remedies.package_access import refusal
from crreg.remedies.wording import grouped, others
from crreg.rules.rule import Rule


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per package: only a warning if a secret that is not known may log in instead."""
    denied = (
        image
        for image in facts.images
        if image.outcome in DENIALS
        and image.coverage is not Coverage.COVERED
        and package_access(facts, image).refused
    )
    for name, images in grouped(denied, _name).items():
        image, repository = images[0], facts.inventory.repository if facts.inventory is not None else None
        if repository is None:
            continue
        package, registry = facts.packages[name], name.partition("/")[0]
        slows = only_slows(images)
        unsure = image.coverage is Coverage.UNKNOWN or not absence_known(facts)
        login = (
            f"crreg can't tell whether a secret logs in to {quoted(registry)}"
            if unsure
            else f"no secret logs in to {quoted(registry)}"
        )
        refused = refusal(package, repository, lambda: facts.discovery.packages_of, facts.web_url)
        if refused is None:
            continue
        yield RULE.finding(
            f"Codespaces of {quoted(repository.full_name)} {refused.can_not} pull "
            f"{quoted(image.text)}{others(images)}: {refused.why}, and {login}.{refused.authorization}",
            refused.remedy,
            effect=Effect.HYGIENE if slows else Effect.UNPROVEN if unsure or not refused.certain else None,
            registry=registry,
            location=image.location,
            about=(name,),
        )


def _name(image: ImageFact) -> str:
    return image.reference.name if image.reference is not None else ""


RULE = Rule(
    "package-not-accessible",
    Severity.ERROR,
    Effect.STOPS,
    "A package of GitHub's own registry is not accessible to codespaces of this repository.",
    "Add the repository under Manage Codespaces access in the package's settings.",
    check,
)
