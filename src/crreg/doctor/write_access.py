"""Whether the person in a codespace has write access to its repository, which GitHub requires for secrets."""

from collections.abc import Iterator

from crreg.doctor.advice import restart
from crreg.doctor.codespace import Codespace
from crreg.doctor.diagnosis import Diagnosis, Fix
from crreg.doctor.triples import absent_here
from crreg.facts.image import Coverage, ImageFact
from crreg.facts.model import Facts
from crreg.facts.questions import DENIALS, needed, only_slows
from crreg.findings.finding import Severity
from crreg.findings.remedy import steps
from crreg.github.levels import Level
from crreg.net.github_hosts import container_registry
from crreg.printable import quoted
from crreg.remedies.commands import settings_page
from crreg.remedies.wording import others


def lacking_write_access(facts: Facts, codespace: Codespace | None) -> Iterator[Diagnosis]:
    """Yield the one cause of all missing secrets, if GitHub says that this person has no write access.

    "Secrets are not copied into the environment if you don't have write access to the codespace's repository."
    Source: https://docs.github.com/en/codespaces/reference/security-in-github-codespaces
    """
    repository = facts.inventory.repository if facts.inventory is not None else None
    if codespace is None or repository is None or repository.may_write is not False:
        return
    images = _without_secrets(facts)
    if not images:
        return
    # A token that replaced the codespace's own may be another person's.
    sure = codespace.own_token and not only_slows(images)
    who = quoted(codespace.user) if codespace.user is not None else "You"
    name = quoted(repository.full_name)
    yield Diagnosis(
        Severity.ERROR if sure else Severity.WARNING,
        Fix.WRITE,
        f"{who} can't write to {name}, and GitHub copies no secrets into a codespace whose user can't write to the "
        f"repository. {quoted(images[0].text)}{others(images)} needs one.",
        steps(
            f"Ask an administrator of {name} for write access. {restart(facts, codespace)}",
            settings_page(
                facts,
                Level.USER,
                "Or create the codespace from your own fork, and store the secrets for the fork here",
            ),
        ),
        registry=images[0].reference.registry if images[0].reference is not None else None,
        location=images[0].location,
    )


def _without_secrets(facts: Facts) -> tuple[ImageFact, ...]:
    """Return the images that this codespace lacks a secret for, except those in GitHub's own registry."""
    incomplete = {
        triple.identifier for triple in facts.triples if absent_here(triple) and needed(facts, triple)
    }
    own = container_registry(facts.web_url)
    return tuple(
        image
        for image in facts.images
        if image.reference is not None
        and (
            image.triple in incomplete
            or (
                image.coverage is not Coverage.COVERED
                and image.reference.registry != own
                and image.outcome in DENIALS
            )
        )
    )
