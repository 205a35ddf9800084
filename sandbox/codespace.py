"""The start of a codespace as GitHub does it: merge the secrets, log the engine in with each triple, pull the image.

It judges what crreg does, so it shares no code with it: names, precedence and the exchange at AWS are its own.
"""

import base64
import contextlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from sandbox.engine import Engine
from sandbox.github.control import GitHubSandbox, Level, StoredSecret

_SERVER = re.compile(r"(\w+)_CONTAINER_REGISTRY_SERVER")
_GHCR = "ghcr.io"
_WRITERS = frozenset({"write", "maintain", "admin"})
_PREBUILD_TOKEN = "CODESPACES_PREBUILD_TOKEN"
_ECR = re.compile(r"\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\..+")


@dataclass(frozen=True, slots=True)
class Start:
    """How a start ended."""

    started: bool
    """Whether the image is there; else a person meets the recovery container."""
    errors: tuple[str, ...] = ()
    """What was said to each login that failed, and by the engine to the pull."""


@dataclass(frozen=True, slots=True)
class Codespaces:
    """Starts codespaces on an engine, with the secrets that a GitHub holds."""

    github: GitHubSandbox
    engine: Engine
    aws_url: str | None = None
    """Where AWS is; None for its own addresses."""
    ghcr: bool = False
    """Whether the engine's ghcr.io is a GHCR of this GitHub, at which each codespace has a login of its own."""

    def start(
        self, image: str, *, repository: str, person: str, authorized: Mapping[str, Any] | None = None
    ) -> Start:
        """Start a codespace whose dev container is `image`.

        GitHub does not document whether Codespaces logs in with every triple, or what a login that fails does; here it
        logs in with all of them, and a failure does not end the start, since the image may be another registry's. Each
        start is that of a new machine, which has no login and no image. `authorized` is the devcontainer.json whose
        permissions the person authorized when they created the codespace; None if it asks for none, or they continued
        without.
        """
        # Assumes U2, U11, CS-PULL.
        errors = []
        with tempfile.TemporaryDirectory(prefix="crreg-codespace-") as home:
            (Path(home) / "config.json").write_text("{}")
            machine = replace(self.engine, home=Path(home))
            triples = [*_triples(environment(self.github, repository, person))]
            # GitHub does not document whether a triple for GHCR replaces the codespace's own token; here it does.
            if self.ghcr and _GHCR not in {_host(server) for server, _, _ in triples}:
                triples.append((_GHCR, person, self._own_token(repository, person, authorized)))
            for triple in triples:
                errors += self._log_in(machine, *triple)
            pulled = machine.docker("pull", "--quiet", image)
            if pulled.returncode != 0:
                return Start(started=False, errors=(*errors, pulled.stderr.strip()))
            removed = machine.docker("image", "rm", "--force", image)
            assert removed.returncode == 0, removed.stderr
        return Start(started=True, errors=tuple(errors))

    def _own_token(self, repository: str, person: str, authorized: Mapping[str, Any] | None) -> str:
        """The GITHUB_TOKEN of a codespace, which reads packages and writes none."""
        # Assumes CS-OWN-TOKEN.
        others = packages_of(self.github, repository, person, authorized) if authorized is not None else ()
        return self.github.add_token(
            "codespace",
            owner=person,
            permissions={"packages": "read"},
            resource_owner=repository.partition("/")[0],
            repositories=[repository],
            packages_of=others,
        )

    def _log_in(self, machine: Engine, server: str, user: str, password: str) -> list[str]:
        """Log the engine in; what was said against it, if anything."""
        # Assumes CS-ECR, CS-ECR-OTHER-HOSTS.
        ecr = _ECR.fullmatch(server)
        if ecr is not None and user != "AWS":
            try:
                user, password = self._token(ecr[1], user, password)
            except ClientError as error:
                return [str(error)]
        done = machine.docker("login", "--username", user, "--password-stdin", server, text=password)
        return [] if done.returncode == 0 else [done.stderr.strip()]

    def _token(self, region: str, access_key_id: str, secret_key: str) -> tuple[str, str]:
        """User and password that AWS gives for an access key."""
        session = boto3.Session(access_key_id, secret_key, region_name=region)
        with contextlib.closing(session.client("ecr", endpoint_url=self.aws_url)) as ecr:
            pair = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        user, _, password = base64.b64decode(pair).decode().partition(":")
        return user, password


def environment(
    github: GitHubSandbox, repository: str, person: str, *, for_forks_pull_request: bool = False
) -> dict[str, str]:
    """The secrets that a codespace of `repository` (owner/name) has when `person` starts it, by name.

    Of several of one name the repository's wins over the organization's. GitHub does not document whether a user's wins
    over both; here it does.

    A person without write access gets none: "Secrets are not copied into the environment if you don't have write
    access to the codespace's repository." Nor does any codespace get the prebuilds' token, which "is only used for
    prebuilding and will not be available for use in codespaces". Source: github/docs,
    content/codespaces/reference/security-in-github-codespaces.md and
    content/codespaces/prebuilding-your-codespaces/allowing-a-prebuild-to-access-other-repositories.md
    """
    # Assumes U1, CS-REPOSITORY-LEVEL, CS-WRITE-ACCESS, CS-FORK-PULL-REQUEST, CS-FORK, CS-PREBUILD-TOKEN.
    if for_forks_pull_request or github.role(person, repository) not in _WRITERS:
        return {}
    levels: tuple[tuple[Level, str], ...] = (
        ("organization", repository.partition("/")[0]),
        ("repository", repository),
        ("user", person),
    )
    return {
        name: secret.value.decode()
        for level, owner in levels
        for name, secret in github.secrets(level, owner).items()
        if name != _PREBUILD_TOKEN and _may_read(github, repository, secret)
    }


def packages_of(
    github: GitHubSandbox, repository: str, person: str, authorized: Mapping[str, Any]
) -> tuple[str, ...]:
    """The other repositories whose packages a codespace may read, by the devcontainer.json that its person authorized.

    "You can only reference repositories that belong to the same personal account or organization", "you can only
    authorize permissions that your personal account already possesses", and `"permissions": "read-all"` sets all of
    them. The page allows `org/*` and also says that each name must be written out; here `org/*` opens no package.
    Source: github/docs, content/codespaces/managing-your-codespaces/managing-repository-access-for-your-codespaces.md
    """
    # Assumes CS-AUTHORIZED, GHCR-OTHER-REPOSITORIES.
    asked = authorized.get("customizations", {}).get("codespaces", {}).get("repositories", {})
    owner = repository.partition("/")[0].lower()
    return tuple(
        name
        for name, entry in asked.items()
        if name.partition("/")[0].lower() == owner
        and not name.endswith("/*")
        and _reads_packages(entry["permissions"])
        and github.role(person, name) is not None
    )


def _reads_packages(permissions: Mapping[str, str] | str) -> bool:
    if isinstance(permissions, str):
        return permissions in {"read-all", "write-all"}
    return permissions.get("packages") == "read"


def _may_read(github: GitHubSandbox, repository: str, secret: StoredSecret) -> bool:
    # Assumes CS-ASSIGNED.
    match secret.visibility:
        case None | "all":
            return True
        case "private":
            return github.visibility(repository) != "public"
        case _:
            return repository.lower() in {name.lower() for name in secret.repositories}


def _host(server: str) -> str:
    return server.removeprefix("https://").partition("/")[0].lower()


def _triples(secrets: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Server, user and password of every triple that is whole."""
    # Assumes CS-TRIPLE.
    for name, server in secrets.items():
        found = _SERVER.fullmatch(name)
        user, password = (
            secrets.get(f"{found[1]}_CONTAINER_REGISTRY_{part}") if found else None
            for part in ("USER", "PASSWORD")
        )
        if user is not None and password is not None:
            yield server, user, password
