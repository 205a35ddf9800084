"""Whose a target is by its name, and what follows from that for codespaces: pure."""

from crreg.findings.finding import Finding, Severity
from crreg.publish.target import Target
from crreg.rules.publish_rules import INVALID_TARGET
from crreg.text import plain, quoted


def complaint(target: Target) -> Finding | None:
    """Why nothing can go there, judged by the name alone."""
    full_name = target.place.full_name
    image = target.publication.image
    if full_name is None and target.publication.link:
        return _unknown_repository(target)
    if not target.at_github:
        return None
    if not target.package_name:
        return target.finding(
            INVALID_TARGET,
            f"{quoted(image)} names no owner: images are at {plain(target.reference.registry)}/OWNER/NAME.",
            f"Write {plain(target.reference.registry)}/{(full_name or 'OWNER/NAME').lower()}, for example.",
        )
    if full_name is None:
        return _unknown_repository(target)
    owner = full_name.partition("/")[0]
    if owner.lower() == target.owner.lower() or not target.with_token:
        return None
    name = image.replace(f"/{target.owner}/", f"/{owner.lower()}/", 1)
    return target.finding(
        INVALID_TARGET,
        f"{quoted(image)} belongs to {plain(target.owner)}, but the repository {full_name} to {owner}: a workflow's "
        f"token publishes under its repository's owner alone, and only there are packages linked to repositories, "
        f"which is what lets codespaces pull them without a secret.",
        f"Publish it as {plain(name)}; or hand over a triple for {plain(target.reference.registry)} of an account that "
        f"may write packages of {plain(target.owner)}, which codespaces of {full_name} then need a triple of their own "
        "to pull.",
    )


def _unknown_repository(target: Target) -> Finding:
    return target.finding(
        INVALID_TARGET,
        f"{quoted(target.publication.image)} is to be linked to a repository, but which one is not known.",
        "Give --repository OWNER/NAME, or set GITHUB_REPOSITORY.",
    )


def foreign_owner(target: Target) -> Finding | None:
    """What somebody who publishes under another owner should know."""
    full_name = target.place.full_name
    if not target.at_github or full_name is None:
        return None
    if full_name.partition("/")[0].lower() == target.owner.lower():
        return None
    return target.finding(
        INVALID_TARGET,
        f"{quoted(target.publication.image)} belongs to {plain(target.owner)}, and GitHub links no package to a "
        f"repository of another owner: codespaces of {full_name} pull it only with a triple, or if it is public.",
        f"Publish it under {full_name.partition('/')[0].lower()} in place of {plain(target.owner)}.",
        severity=Severity.WARNING,
    )
