"""Starts a sandbox GitHub, seeds it, and reads what happened there."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from sandbox.github.channel import PATIENCE, Channel, ControlError
from sandbox.github.git_objects import Content
from sandbox.github.limit_control import Limits
from sandbox.github.organization import Plan
from sandbox.github.package_control import Packages
from sandbox.github.repository_control import PUSHED, Repositories, encoded
from sandbox.github.seen import GitHubApp, SeenRequest, StoredSecret
from sandbox.github.variable_control import Workflows

__all__ = ["ControlError", "GitHubApp", "GitHubSandbox", "SeenRequest", "StoredSecret"]

ROOT = Path(__file__).parents[2]
DEFAULT_MOMENT = datetime(2025, 1, 1, tzinfo=UTC)

Level = Literal["repository", "organization", "user"]
Kind = Literal["classic", "fine-grained", "installation", "workflow", "codespace"]


class GitHubSandbox:
    """A running server; `start` starts one."""

    def __init__(self, url: str) -> None:
        self.url = url
        """The address of the API's root, in the form of GITHUB_API_URL."""
        self._channel = Channel(url)
        self.packages = Packages(self._channel)
        """Packages: what their settings pages set, and what GHCR asks GitHub."""
        self.workflows = Workflows(self._channel)
        """Actions variables, environments and runs of workflows."""
        self.limits = Limits(self._channel)
        """Rate limits, failures, and what was counted."""
        self.limit, self.fail = self.limits.exceed, self.limits.fail
        self.repositories = Repositories(self._channel)
        """Changes to repositories and their files."""

    @classmethod
    @contextmanager
    def start(cls, *, port: int = 0, checked: bool = True) -> Iterator[Self]:
        """Start a server in its own process; it is stopped at the end of the block.

        `checked`: validate every request and answer against GitHub's description, an npm package of 400 MB.
        """
        command = [sys.executable, "-m", "sandbox.github", "--port", str(port)]
        command += [] if checked else ["--unchecked"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            try:
                assert process.stdout is not None
                announced = process.stdout.readline()
                if not announced:
                    raise ControlError("the sandbox's GitHub did not start; standard error says why")
                yield cls(json.loads(announced)["url"])
            finally:
                process.terminate()
                process.wait(PATIENCE)

    @property
    def enterprise_url(self) -> str:
        """The address of the API's root in the form of a GitHub Enterprise Server."""
        return f"{self.url}/api/v3"

    def gh_environment(self, token: str) -> dict[str, str]:
        """Variables that make the official `gh` use this server: its host for local development, whose address is
        plain http, with this server as the proxy that leads there."""
        return {
            "GH_HOST": "github.localhost",
            "GH_TOKEN": token,
            "HTTP_PROXY": self.url,
            "http_proxy": self.url,
            "NO_PROXY": "",
            "no_proxy": "",
            "GH_PROMPT_DISABLED": "1",
            "GH_NO_UPDATE_NOTIFIER": "1",
            "NO_COLOR": "1",
        }

    def reset(self) -> None:
        """Forget everything: seeded data, recorded requests, and injected failures."""
        self._channel.do("reset")

    def requests(self) -> list[SeenRequest]:
        """The requests since the reset, oldest first, without those of the control interface."""
        return [SeenRequest(**entry) for entry in self._channel.do("requests")]

    def violations(self) -> list[str]:
        """The requests and answers since the reset that violate GitHub's description."""
        return list(self._channel.do("violations"))

    def forget(self) -> None:
        """Forget requests and violations, and keep the rest."""
        self._channel.do("forget")

    def add_user(self, login: str) -> int:
        """Add a user; returns the id."""
        body = {"plan": "free", "saml": False, "forbids_classic": False, "members": {}, "base_role": "read"}
        return int(self._channel.do("add_account", login=login, is_organization=False, **body))

    def add_organization(
        self,
        login: str,
        *,
        members: Mapping[str, str] | None = None,
        plan: Literal["free", "team", "enterprise"] = "team",
        saml: bool = False,
        forbids_classic: bool = False,
        enterprise: str = "",
        base_role: Literal["read", "write"] = "read",
    ) -> int:
        """Add an organization with its members (login to `admin` or `member`), who have `base_role` in all of its
        repositories; perhaps to an enterprise.

        On the plan `free` it has no Codespaces secrets. With `saml` a classic token must be authorized for it
        (`single_sign_on` of `add_token`); with `forbids_classic` none is admitted. Returns the id.
        """
        body = {
            "plan": plan,
            "saml": saml,
            "forbids_classic": forbids_classic,
            "enterprise": enterprise,
            "members": dict(members or {}),
            "base_role": base_role,
        }
        return int(self._channel.do("add_account", login=login, is_organization=True, **body))

    def add_repository(
        self,
        full_name: str,
        *,
        visibility: Literal["public", "private", "internal"] = "private",
        collaborators: Mapping[str, str] | None = None,
        files: Mapping[str, Content] | None = None,
        default_branch: str = "main",
        archived: bool = False,
        fork: bool = False,
        topics: Sequence[str] = (),
        properties: Mapping[str, str | Sequence[str]] | None = None,
        pushed_at: datetime = PUSHED,
    ) -> int:
        """Add a repository of an existing account; collaborators are login to role. Returns the id.

        It has one commit of `files` by path, which are a README unless given; without any, nobody has pushed to it.
        """
        body = {
            "full_name": full_name,
            "visibility": visibility,
            "collaborators": dict(collaborators or {}),
            "files": encoded({"README.md": f"# {full_name}\n"} if files is None else files),
            "default_branch": default_branch,
            "archived": archived,
            "fork": fork,
            "topics": list(topics),
            "properties": dict(properties or {}),
            "pushed_at": pushed_at.isoformat(),
        }
        return int(self._channel.do("add_repository", **body))

    def add_plan(self, plan: Plan) -> None:
        """Add the repositories and secrets of a planned organization, which must exist."""
        self._channel.do("add_plan", plan=plan.to_json())

    def add_token(
        self,
        kind: Kind,
        *,
        owner: str | None = None,
        scopes: Sequence[str] = (),
        permissions: Mapping[str, Literal["read", "write"]] | None = None,
        resource_owner: str | None = None,
        repositories: Sequence[str] | None = None,
        expires_at: datetime | None = None,
        packages_of: Sequence[str] = (),
        single_sign_on: Sequence[str] = (),
    ) -> str:
        """Add a token; `owner` is the user that it belongs to (not for an installation's or a workflow's).

        A fine-grained, installation or workflow token reaches `repositories` (None for all) of
        `resource_owner`, with `permissions`, named as in GitHub's API (`codespaces_secrets`). A classic one is
        authorized for the organizations of `single_sign_on`.
        """
        return str(
            self._channel.do(
                "add_token",
                kind=kind,
                owner=owner,
                scopes=list(scopes),
                permissions=dict(permissions or {}),
                resource_owner=resource_owner or owner,
                repositories=None if repositories is None else list(repositories),
                expires_at=expires_at.isoformat() if expires_at else None,
                packages_of=list(packages_of),
                single_sign_on=list(single_sign_on),
            )
        )

    def add_app(
        self, slug: str, *, owner: str, permissions: Mapping[str, Literal["read", "write"]]
    ) -> GitHubApp:
        """Add a GitHub App of an account, with a new private key."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        body = {"owner": owner, "permissions": dict(permissions), "public_key": public.decode()}
        return GitHubApp(int(self._channel.do("add_app", slug=slug, **body)), private.decode())

    def add_installation(
        self,
        app: GitHubApp,
        account: str,
        *,
        repositories: Sequence[str] | None = None,
        permissions: Mapping[str, Literal["read", "write"]] | None = None,
        suspended: bool = False,
    ) -> int:
        """Install an App on an account, for `repositories` (full names; None for all); `permissions` are the
        App's own unless given. Returns the installation's id."""
        chosen = None if repositories is None else list(repositories)
        body = {"account": account, "repositories": chosen, "permissions": dict(permissions or {})}
        return int(self._channel.do("add_installation", app_id=app.id, suspended=suspended, **body))

    def add_package(
        self,
        owner: str,
        name: str,
        *,
        visibility: Literal["public", "private", "internal"] = "private",
        repository: str | None = None,
        tags: Mapping[str, Sequence[str]] | None = None,
        created_at: datetime = DEFAULT_MOMENT,
    ) -> int:
        """Add a container package, linked to a repository or not; `tags` are the tags of each digest, oldest
        first, made a minute apart. Returns the id."""
        versions = [
            {
                "digest": digest,
                "tags": list(names),
                "created_at": (created_at + timedelta(minutes=minute)).isoformat(),
            }
            for minute, (digest, names) in enumerate((tags or {}).items())
        ]
        return int(
            self._channel.do(
                "add_package",
                owner=owner,
                name=name,
                visibility=visibility,
                repository=repository,
                versions=versions,
                created_at=created_at.isoformat(),
            )
        )

    def revoke_token(self, token: str) -> None:
        """Invalidate a token."""
        self._channel.do("revoke_token", token=token)

    def add_secret(
        self,
        level: Level | Literal["environment"],
        owner: str,
        name: str,
        value: str = "a value",
        *,
        visibility: Literal["all", "private", "selected"] | None = None,
        repositories: Sequence[str] = (),
        updated_at: datetime = DEFAULT_MOMENT,
        created_at: datetime | None = None,
        application: Literal["codespaces", "actions"] = "codespaces",
    ) -> None:
        """Add a secret of a repository (`owner` is its full name), an organization, a user, or an environment
        (`owner/name/environment`).

        The default visibility is `selected` for a user's secret or if there are `repositories`, else `private`
        for an organization's.
        """
        if visibility is None and level not in ("repository", "environment"):
            visibility = "selected" if repositories or level == "user" else "private"
        self._channel.do(
            "add_secret",
            level=level,
            owner=owner,
            name=name,
            value=value,
            visibility=visibility,
            repositories=list(repositories),
            updated_at=updated_at.isoformat(),
            created_at=created_at.isoformat() if created_at else None,
            application=application,
        )

    def secret(
        self,
        level: Level,
        owner: str,
        name: str,
        *,
        application: Literal["codespaces", "actions"] = "codespaces",
    ) -> StoredSecret | None:
        """A stored secret, decrypted; None if there is none."""
        found = self._channel.do("secret", level=level, owner=owner, name=name, application=application)
        return None if found is None else _stored(found)

    def secrets(
        self,
        level: Level,
        owner: str,
        *,
        application: Literal["codespaces", "actions"] = "codespaces",
    ) -> dict[str, StoredSecret]:
        """Every secret of a repository, an organization or a user, decrypted, by name."""
        found = self._channel.do("secrets", level=level, owner=owner, application=application)
        return {name: _stored(secret) for name, secret in found.items()}

    def visibility(self, full_name: str) -> str:
        """The visibility of a repository: `public`, `private` or `internal`."""
        return str(self._channel.do("visibility", full_name=full_name))

    def role(self, login: str, full_name: str) -> str | None:
        """A user's role in a repository, `read` to `admin`; None if they can't see it."""
        found = self._channel.do("role", login=login, full_name=full_name)
        return None if found is None else str(found)

    def secret_value(self, level: Level, owner: str, name: str) -> bytes | None:
        """The decrypted value of a Codespaces secret; None if there is none."""
        found = self.secret(level, owner, name)
        return found.value if found else None


def _stored(found: Mapping[str, Any]) -> StoredSecret:
    return StoredSecret(
        found["value"].encode("latin-1"),
        found["visibility"],
        tuple(found["repositories"]),
        datetime.fromisoformat(found["updated_at"]),
    )
