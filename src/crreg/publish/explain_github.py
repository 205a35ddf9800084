"""Why GitHub's own registry takes no image, told by its words and by what the API says of the package: pure.

Source: https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility
"""

from collections.abc import Callable
from dataclasses import dataclass

from crreg.findings.remedy import Link, Remedy, Snippet, steps
from crreg.github.package import PackageStatus
from crreg.publish.target import Target
from crreg.registry.image.transfer_error import TransferCause, TransferError
from crreg.text import plain

_PACKAGES_WRITE = Snippet("permissions: {contents: read, packages: write}")
_WORKFLOW_TOKEN = Snippet("token: ${{ github.token }}")
_TOKENS = "https://github.com/settings/tokens"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A cause and what to do about it."""

    cause: str
    remedy: Remedy


def explain(target: Target, error: TransferError) -> Explanation:
    """Cause and remedy of a refusal."""
    says = error.says.lower()
    for words, explained in _BY_WORDS:
        if words in says:
            return explained(target)
    if target.place.keys.triple(target.reference.registry) is None:
        return _nobody()
    if error.cause is TransferCause.DENIED or "denied: denied" in says:
        return _not_known(target)
    if target.package is not None and target.package.status is PackageStatus.FOUND:
        return _may_not_write(target)
    return _lacks_scope(target)


def _nobody() -> Explanation:
    return Explanation(
        "Nobody may push without logging in, and there is no token at hand.",
        steps(
            "In a workflow, hand crreg the workflow's own token, and give the job the permission:",
            _WORKFLOW_TOKEN,
            _PACKAGES_WRITE,
            "Elsewhere set GITHUB_TOKEN to a classic personal access token with the scope write:packages.",
        ),
    )


def _lacks_scope(target: Target) -> Explanation:
    classic = (
        "a classic personal access token with the scope write:packages, authorized for the organization if that uses "
        "single sign-on"
    )
    if target.with_token:
        return Explanation(
            "The token may not write packages: a workflow's GITHUB_TOKEN only may if the job says so, and a "
            "fine-grained personal access token never can.",
            steps(
                "In a workflow, give the job the permission:",
                _PACKAGES_WRITE,
                Link(f"Elsewhere, and from a codespace, use {classic}", _TOKENS),
            ),
        )
    return Explanation(
        "The token of the triple may not write packages; a fine-grained one never can.",
        steps(Link(f"Make {classic}", _TOKENS)),
    )


def _may_not_write(target: Target) -> Explanation:
    repository = target.place.full_name or "this repository"
    if target.linked and target.linked.lower() != repository.lower():
        cause = (
            f"The package exists, and is linked to {plain(target.linked)}: workflows of {repository} may not write it "
            "unless its settings say so."
        )
    else:
        known = target.package is not None and target.package.status is PackageStatus.FOUND
        usually = (
            "usually it was first pushed by a person's token, and so never linked to the repository"
            if known
            else "it is linked to another one, or was first pushed by a person's token and so never linked to any"
        )
        cause = f"The package exists, and workflows of {repository} may not write it: {usually}."
    return Explanation(
        cause,
        steps(
            Link("Open the settings of the package", target.settings_page),
            f'Under "Manage Actions access", add {repository} with the role Write.',
            'While there, add it under "Manage Codespaces access", too, so that its codespaces can pull the image.',
        ),
    )


def _may_not_create(target: Target) -> Explanation:
    organization, web = plain(target.owner), target.place.web_url
    repository = target.place.full_name or "OWNER/REPOSITORY"
    return Explanation(
        "The package does not exist yet, and the token may not create it: either the workflow's token is read-only, or "
        f"{organization} does not let its members create packages of this visibility. A GitHub App's own token can't "
        "create or write packages at all.",
        steps(
            "Give the job the permission:",
            _PACKAGES_WRITE,
            Link(
                "If it has that, allow it under Workflow permissions", f"{web}/{repository}/settings/actions"
            ),
            Link(
                "An owner of the organization allows the creation of packages under Package creation",
                f"{web}/organizations/{organization}/settings/packages",
            ),
        ),
    )


def _not_known(target: Target) -> Explanation:
    whose = "GITHUB_TOKEN" if target.with_token else "The password of the triple"
    registry = plain(target.reference.registry)
    return Explanation(
        f"{whose} is not accepted: it has expired or was revoked, or it is of a kind that {registry} does not take, "
        "such as a fine-grained personal access token.",
        steps(
            "In a workflow, hand crreg the workflow's own token, and give the job the permission:",
            _WORKFLOW_TOKEN,
            _PACKAGES_WRITE,
            Link("Elsewhere use a classic personal access token with the scope write:packages", _TOKENS),
        ),
    )


_BY_WORDS: tuple[tuple[str, Callable[[Target], Explanation]], ...] = (
    ("expected scopes", _lacks_scope),
    ("create organization package", _may_not_create),
    ("create_package", _may_not_create),
    ("write_package", _may_not_write),
)
