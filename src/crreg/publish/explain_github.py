"""Explain why GitHub's registry refuses an image, from its answer and what the API says of the package. Pure.

Source: https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility
"""

from collections.abc import Callable
from dataclasses import dataclass

from crreg.findings.remedy import Link, Remedy, Snippet, steps
from crreg.github.package import PackageStatus
from crreg.printable import plain
from crreg.publish.target import Target
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause

_PACKAGES_WRITE = Snippet("permissions: {contents: read, packages: write}")
_WITH_WORKFLOW_TOKEN = steps(
    "In a workflow, pass the workflow's own token to crreg, and give the job the permission:",
    Snippet("token: ${{ github.token }}"),
    _PACKAGES_WRITE,
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A cause and its remedy."""

    cause: str
    remedy: Remedy


def explain(target: Target, error: TransferError) -> Explanation:
    """Return the cause and the remedy of a refusal."""
    says = error.says.lower()
    for words, explained in _BY_WORDS:
        if words in says:
            return explained(target)
    if target.publisher.keys.triple(target.reference.registry) is None:
        return _not_logged_in()
    if error.cause is TransferCause.DENIED or "denied: denied" in says:
        return _not_known(target)
    if target.package is not None and target.package.status is PackageStatus.FOUND:
        return _may_not_write(target)
    return _lacks_scope(target)


def _tokens(target: Target) -> str:
    """Return the page of the tokens of the GitHub that the registry belongs to."""
    return f"{target.publisher.web_url}/settings/tokens"


def _not_logged_in() -> Explanation:
    return Explanation(
        "Pushing needs a login, and crreg has no token.",
        steps(
            *_WITH_WORKFLOW_TOKEN,
            "Elsewhere, set GITHUB_TOKEN to a classic personal access token with the scope write:packages.",
        ),
    )


def _lacks_scope(target: Target) -> Explanation:
    classic = (
        "a classic personal access token with the scope write:packages, authorized for the organization if that uses "
        "single sign-on"
    )
    if target.with_token:
        return Explanation(
            "The token may not write packages. A workflow's GITHUB_TOKEN may only if the job has the permission, and a "
            "fine-grained personal access token never can.",
            steps(
                "In a workflow, give the job the permission:",
                _PACKAGES_WRITE,
                Link(f"Elsewhere, and from a codespace, use {classic}", _tokens(target)),
            ),
        )
    return Explanation(
        "The triple's token may not write packages. A fine-grained token never can.",
        steps(Link(f"Create {classic}", _tokens(target))),
    )


def _may_not_write(target: Target) -> Explanation:
    repository = target.publisher.full_name or "this repository"
    if target.linked and target.linked.lower() != repository.lower():
        cause = (
            f"The package exists and is linked to {plain(target.linked)}: workflows of {repository} may not write it "
            "unless its settings allow that."
        )
    else:
        known = target.package is not None and target.package.status is PackageStatus.FOUND
        usually = (
            "Usually it was first pushed with a person's token, and so was never linked to the repository"
            if known
            else "It is linked to another repository, or was first pushed with a person's token and so was never linked"
        )
        cause = f"The package exists, and workflows of {repository} may not write it. {usually}."
    return Explanation(
        cause,
        steps(
            Link("Open the settings of the package", target.settings_page),
            f'Under "Manage Actions access", add {repository} with the role Write.',
            'Also add it under "Manage Codespaces access", so that its codespaces can pull the image.',
        ),
    )


def _may_not_create(target: Target) -> Explanation:
    organization, web = plain(target.owner), target.publisher.web_url
    repository = target.publisher.full_name or "OWNER/REPOSITORY"
    return Explanation(
        "The package does not exist yet, and the token may not create it. Either the workflow's token is read-only, or "
        f"{organization} does not let members create packages of this visibility. A GitHub App's own token can't "
        "create or write packages at all.",
        steps(
            "Give the job the permission:",
            _PACKAGES_WRITE,
            Link(
                "If the job has it, allow it under Workflow permissions",
                f"{web}/{repository}/settings/actions",
            ),
            Link(
                "Have an owner of the organization allow creating packages under Package creation",
                f"{web}/organizations/{organization}/settings/packages",
            ),
        ),
    )


def _not_known(target: Target) -> Explanation:
    credential = "GITHUB_TOKEN" if target.with_token else "The triple's password"
    registry = plain(target.reference.registry)
    return Explanation(
        f"{credential} has expired, was revoked, or is of a kind that {registry} does not accept, such as a "
        "fine-grained personal access token.",
        steps(
            *_WITH_WORKFLOW_TOKEN,
            Link(
                "Elsewhere, use a classic personal access token with the scope write:packages",
                _tokens(target),
            ),
        ),
    )


_BY_WORDS: tuple[tuple[str, Callable[[Target], Explanation]], ...] = (
    ("expected scopes", _lacks_scope),
    ("create organization package", _may_not_create),
    ("create_package", _may_not_create),
    ("write_package", _may_not_write),
)
