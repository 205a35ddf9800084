"""Every request that the suite records, and which assumptions it proves."""

from collections.abc import Iterator, Mapping

STEPS: Mapping[str, tuple[str, ...]] = {
    # The account and the token.
    "user": ("GH-ACCOUNTS", "GH-DESCRIPTION", "GH-TOKEN-HEADERS", "GH-TOKEN-FORMS"),
    "user-with-basic": ("GH-TOKEN-FORMS",),
    "user-with-token": ("GH-TOKEN-FORMS",),
    "wrong-token": ("GH-TOKEN-FORMS", "GH-UNDESCRIBED"),
    "no-token": ("GH-UNDESCRIBED", "U5"),
    "unknown-version": ("GH-VERSION",),
    "account": ("GH-ACCOUNTS",),
    # Repositories.
    "repository-absent": ("GH-REPOSITORY", "GH-UNDESCRIBED"),
    "repository-create": ("GH-REPOSITORY-LIFE", "GH-DESCRIPTION"),
    "repository": ("GH-REPOSITORY", "GH-DESCRIPTION"),
    "repository-unseen": ("GH-REPOSITORY", "U5"),
    "public-repository-absent": ("GH-REPOSITORY",),
    "public-repository-create": ("GH-REPOSITORY-LIFE",),
    "repository-delete": ("GH-REPOSITORY-LIFE",),
    # GraphQL, and files.
    "graphql": ("GH-GRAPHQL-SCHEMA",),
    "graphql-absent": ("GH-GRAPHQL-REFUSALS",),
    "tree": ("GH-GIT",),
    "properties": ("GH-PROPERTIES",),
    # Secrets of a repository.
    "secrets-empty": ("GH-SECRET-STORES",),
    "secrets-key": ("GH-SECRET-STORES",),
    "secret-absent": ("GH-SECRET-STORES",),
    "secret-create": ("GH-SECRET-STORES",),
    "secret-update": ("GH-SECRET-STORES",),
    "secret-access-only": ("GH-SECRET-ACCESS-ONLY",),
    "secret": ("GH-SECRET-STORES", "GH-DESCRIPTION"),
    "secret-lower-case-create": ("GH-SECRET-NAMES",),
    "secret-lower-case": ("GH-SECRET-NAMES",),
    "secrets": ("GH-SECRET-STORES", "GH-PAGES", "GH-DESCRIPTION"),
    "secret-name-reserved": ("GH-SECRET-NAMES", "GH-UNDESCRIBED"),
    "secret-name-digit": ("GH-SECRET-NAMES",),
    "secret-other-key": ("GH-SECRET-SEALED",),
    "secret-unsealed": ("GH-SECRET-SEALED",),
    "secret-delete": ("GH-SECRET-STORES",),
    # Secrets of an organization.
    "organization-key": ("GH-SECRET-STORES",),
    "organization-secret-absent": ("GH-SECRET-STORES",),
    "organization-secret-create": ("GH-VISIBILITY",),
    "organization-secret": ("GH-VISIBILITY",),
    "organization-secret-repositories": ("GH-VISIBILITY",),
    "organization-secret-without-list": ("GH-ORG-LIST",),
    "organization-secret-after": ("GH-ORG-LIST",),
    "organization-secret-for-all": ("GH-VISIBILITY",),
    "organization-secret-list-for-all": ("GH-VISIBILITY", "GH-UNDESCRIBED"),
    "organization-secret-delete": ("GH-SECRET-STORES",),
    # Secrets of a user.
    "user-key": ("GH-SECRET-STORES",),
    "user-secret-absent": ("GH-SECRET-STORES",),
    "user-secret-create": ("GH-SECRET-STORES",),
    "user-secret": ("GH-SECRET-STORES",),
    "user-secret-repositories": ("U6",),
    "user-secret-without-list": ("U6",),
    "user-secret-after": ("U6",),
    "user-secret-delete": ("GH-SECRET-STORES",),
    # Variables, Actions secrets and issues.
    "variable-create": ("GH-VARIABLES",),
    "variable": ("GH-VARIABLES",),
    "variables": ("GH-VARIABLES", "GH-PAGES"),
    "variable-again": ("GH-VARIABLES",),
    "variable-update": ("GH-VARIABLES",),
    "actions-secrets": ("GH-ACTIONS-SECRETS",),
    "actions-organization-secrets": ("GH-ACTIONS-SECRETS",),
    "issue-create": ("GH-ISSUES",),
    "issues": ("GH-ISSUES",),
    "issue-close": ("GH-ISSUES",),
    # GHCR and its packages.
    "ghcr-challenge": ("GHCR-CHALLENGE",),
    "ghcr-head": ("GHCR-HEAD",),
    "ghcr-bad-name": ("GHCR-NAMES",),
    "ghcr-token-wrong": ("GHCR-TOKEN-WRONG",),
    "ghcr-token-post": ("GHCR-TOKEN-POST",),
    "ghcr-token-of-others": ("GHCR-TOKEN-ANY",),
    "ghcr-pull-of-others": ("GHCR-TOKEN-ANY",),
    "ghcr-anonymous-unknown": ("GHCR-ANONYMOUS",),
    "package-absent": ("GH-PACKAGES",),
    "ghcr-token": ("GHCR-TOKEN-ANY",),
    "ghcr-upload": ("GHCR-ACCESS",),
    "ghcr-layer": ("GHCR-ACCESS",),
    "ghcr-upload-config": ("GHCR-ACCESS",),
    "ghcr-config": ("GHCR-ACCESS",),
    "ghcr-manifest": ("GHCR-ACCESS", "GHCR-LINK"),
    "ghcr-anonymous-private": ("GHCR-ANONYMOUS", "GHCR-ACCESS"),
    "ghcr-blob": ("GHCR-BLOBS",),
    "ghcr-delete": ("GHCR-DELETE",),
    "package": ("GH-PACKAGES", "GHCR-LINK", "GH-DESCRIPTION"),
    "package-delete": ("GH-PACKAGE-DELETE",),
    # A workflow.
    "workflow-package-absent": ("GH-PACKAGES",),
    "workflow-file": ("GH-WORKFLOW-FILES",),
    "workflow-start": ("GH-WORKFLOW-FILES",),
    "workflow-run": ("GH-RUN",),
    "workflow-jobs": ("GH-RUN",),
    "workflow-log": ("GH-RUN",),
    "workflow-token": ("GH-WORKFLOW-TOKEN", "U5"),
    "workflow-package": ("GHCR-VISIBILITY", "GHCR-ACCESS"),
    # Docker Hub, without a login.
    "hub-docker.io": ("HUB-NAMES",),
    "hub-index.docker.io": ("HUB-NAMES",),
    "hub-registry-1.docker.io": ("HUB-NAMES",),
    "hub-token": ("HUB-TOKEN",),
    "hub-wrong": ("HUB-WRONG",),
}
"""The recorded requests, by name."""
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "list-repository": ("GH-PERMISSIONS", "U5"),
    "write-repository": ("GH-PERMISSIONS", "U5"),
    "list-organization": ("GH-PERMISSIONS", "U5"),
    "write-organization": ("GH-PERMISSIONS", "U5"),
    "list-user": ("GH-PERMISSIONS", "U5"),
    "write-user": ("GH-PERMISSIONS", "U5"),
    "package": ("GH-PACKAGES",),
    "ghcr-token": ("GHCR-TOKEN-ANY",),
    "ghcr-pull": ("GHCR-ACCESS",),
}
"""What the suite asks with each kind of token, and what the answers prove."""
_OF_KIND: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "fine-grained": {"ghcr-token": ("U8",), "ghcr-pull": ("U8",)},
    "app": {
        "list-user": ("GH-USER-LEVEL",),
        "package": ("GH-APP-PACKAGES",),
        "ghcr-pull": ("GH-APP-PACKAGES",),
    },
    "writer": {"list-repository": ("U7",), "write-repository": ("U7",)},
}
"""What else the answers prove, by the beginning of the profile's name."""


_OF_WRITER = ("list-repository", "write-repository")


def questions(profile: str) -> tuple[str, ...]:
    """Return what the suite asks with this kind of token: with another person's only about the repository."""
    return _OF_WRITER if profile.startswith("writer") else tuple(QUESTIONS)


def proven_by_token(profile: str, question: str) -> tuple[str, ...]:
    """Return the ids that this kind of token's answer to a question proves."""
    more = next((each for kind, each in _OF_KIND.items() if profile.startswith(kind)), {})
    return (*QUESTIONS[question], *more.get(question, ()))


def all_steps(profiles: Mapping[str, object]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name and the proven ids of every step, those with each kind of token among them."""
    yield from STEPS.items()
    for profile in profiles:
        for question in questions(profile):
            yield token_step(profile, question), proven_by_token(profile, question)


def token_step(profile: str, question: str) -> str:
    """Return the name of the step that asks a question with a kind of token."""
    return f"{profile}: {question}"
