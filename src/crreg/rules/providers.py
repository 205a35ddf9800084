"""What to do at each registry provider for a credential that works."""

from dataclasses import dataclass

from crreg.rules.remedies import command

_SUFFIXES = (
    (".azurecr.io", "azure"),
    (".pkg.dev", "google"),
    ("gcr.io", "google"),
    ("ghcr.io", "github"),
    (".ghe.com", "github"),
    ("docker.io", "docker-hub"),
    ("public.ecr.aws", "ecr"),
    (".on.aws", "ecr"),
)


@dataclass(frozen=True, slots=True)
class Advice:
    """A provider's part in a remedy."""

    renew: tuple[str, ...]
    """Lines: how to get a credential that works and lasts."""
    grant: tuple[str, ...]
    """Lines: how to let an account that logs in read images."""


def advice_for(registry: str | None) -> Advice:
    """The advice for a registry's host; general advice where the provider is not known."""
    host = (registry or "").partition(":")[0].lower()
    if ".dkr.ecr" in host or ".dkr-ecr" in host:
        return _ADVICE["ecr"]
    for suffix, provider in _SUFFIXES:
        if host.endswith(suffix):
            made = _MADE.get(provider)
            return made(host) if made is not None else _ADVICE[provider]
    return _GENERAL


def untrusted_certificate(server: str) -> str:
    """What to do about a certificate that is not trusted; `server` is the name of the SERVER secret."""
    return (
        "Codespaces trusts public certificate authorities only: give the registry a valid certificate for its "
        f"name, or correct {server}."
    )


def _azure(host: str) -> Advice:
    name = host.partition(".")[0]
    token = ("--name", "codespaces", "--scope-map", "_repositories_pull")
    return Advice(
        renew=(
            "Make a token that may pull; its name is the USER, one of its passwords the PASSWORD:",
            command("az", "acr", "token", "create", "--registry", name, *token),
        ),
        grant=("Give the service principal the role AcrPull, or the token a scope map with content/read.",),
    )


def _github(host: str) -> Advice:
    home = host.removeprefix("containers.") if host.endswith(".ghe.com") else "github.com"
    return Advice(
        renew=(
            (
                "Make a classic personal access token with the scope read:packages, and authorise it for the "
                f"organisation if that uses single sign-on: https://{home}/settings/tokens"
            ),
        ),
        grant=(
            (
                "In the package's settings, let the account read it; authorise the token for single sign-on if the "
                "organisation uses it. A package that this repository's codespaces may read (Manage Codespaces access, "
                "or inherited access) needs no triple at all."
            ),
        ),
    )


_MADE = {"azure": _azure, "github": _github}
"""Advice that depends on the host."""
_ADVICE = {
    "ecr": Advice(
        renew=(
            "Make an access key of an IAM user that may pull; USER is its id, PASSWORD its secret key:",
            command("aws", "iam", "create-access-key", "--user-name", "codespaces"),
        ),
        grant=(
            (
                "Allow the IAM user ecr:GetAuthorizationToken, ecr:BatchGetImage and "
                "ecr:GetDownloadUrlForLayer, in its policy and in the repository's."
            ),
        ),
    ),
    "google": Advice(
        renew=(
            "Make a key of a service account; USER is _json_key_base64, PASSWORD the key file in base64.",
        ),
        grant=("Give the service account the role roles/artifactregistry.reader on the repository.",),
    ),
    "docker-hub": Advice(
        renew=(
            (
                "Make an access token with the permission to read: "
                "https://app.docker.com/settings/personal-access-tokens"
            ),
        ),
        grant=("Add the account to the repository's collaborators or to a team that may read it.",),
    ),
}
_GENERAL = Advice(
    renew=("Get a user and password, or an access token, that may pull from the registry.",),
    grant=("Give the account the permission to pull this image in the registry's settings.",),
)
