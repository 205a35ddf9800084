"""An organization whose members, workflows and codespaces use the sandbox's GHCR."""

import os
import subprocess
from pathlib import Path

import urllib3
from sandbox.credentials import Credential
from sandbox.ghcr import Ghcr
from sandbox.github.control import GitHubSandbox
from sandbox.images import Pushed, Pusher
from sandbox.registry import Registry
from sandbox.world import World

REPOSITORY = "acme/app"
IMAGE = "ghcr.io/acme/dev"
LABEL = "org.opencontainers.image.source"


def add_acme(github: GitHubSandbox) -> None:
    """Add an organization with an admin, a member and two private repositories, and a user outside of it."""
    for login in ("mona", "hubot", "stranger"):
        github.add_user(login)
    github.add_organization("acme", members={"mona": "admin", "hubot": "member"})
    github.add_repository(REPOSITORY)
    github.add_repository("acme/api")


def workflow(github: GitHubSandbox, repository: str = REPOSITORY, **permissions: str) -> str:
    """A workflow's GITHUB_TOKEN, with `packages: write` unless other permissions are given."""
    return github.add_token(
        "workflow",
        permissions=permissions or {"packages": "write"},  # type: ignore[arg-type] # literals, by keyword
        resource_owner=repository.partition("/")[0],
        repositories=[repository],
    )


def person(github: GitHubSandbox, login: str, *scopes: str) -> str:
    """A classic personal access token, with `write:packages` unless other scopes are given."""
    return github.add_token("classic", owner=login, scopes=scopes or ("write:packages",))


def is_forbidden(said: str) -> bool:
    """Whether skopeo was refused with 403 and no message, in the words of Debian 12's or of 13's."""
    return "403 (Forbidden)" in said or "StatusCode: 403" in said


class Skopeo:
    """Copies from a source to GHCR and back; a refusal is returned as skopeo's standard error."""

    def __init__(self, world: World, source: Registry, folder: Path) -> None:
        self._environment = {**os.environ, **world.environment()}
        self._source = source
        self._folder = folder

    def put(self, repository: str = "dev/base", *, index: bool = False, link: str = "") -> Pushed:
        """Put an image into the source, with a linking label if given."""
        pusher = Pusher(self._source.backend)
        if index:
            return pusher.push_index(repository, "1")
        return pusher.push(repository, "1", labels={LABEL: link} if link else None)

    def push(self, password: str, image: str = f"{IMAGE}:1", *, of: str = "dev/base") -> str:
        """Copy to GHCR with a GitHub token as the password; returns skopeo's error, empty on success."""
        arguments = (
            "--src-tls-verify=false",
            "--dest-tls-verify=false",
            "--dest-creds",
            f"someone:{password}",
        )
        return self._run(
            "copy", "--all", *arguments, f"docker://{self._source.address}/{of}:1", f"docker://{image}"
        )

    def pull(self, password: str | None, image: str = f"{IMAGE}:1") -> str:
        """Copy from GHCR to a new folder; returns skopeo's error, empty on success."""
        login = ("--src-creds", f"someone:{password}") if password else ("--src-no-creds",)
        target = self._folder / f"pulled-{len(list(self._folder.iterdir()))}"
        return self._run(
            "copy", "--all", "--src-tls-verify=false", *login, f"docker://{image}", f"dir:{target}"
        )

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            ["skopeo", *command], env=self._environment, capture_output=True, text=True, check=False
        )
        return done.stderr if done.returncode else ""


class RawGhcr:
    """Raw requests to GHCR on loopback with one token for one package, which no real client would send."""

    def __init__(self, ghcr: Ghcr, password: str | None, *, actions: str = "pull,push") -> None:
        self._url = ghcr.url
        self._pool = urllib3.PoolManager(retries=False)
        self._password = password
        self._scope = f"repository:acme/dev:{actions}"
        self.headers: dict[str, str] = {}

    def log_in(self, scope: str | None = None) -> tuple[int, str]:
        """Get a token for further requests; returns the status and the message of the first error."""
        headers = {"Authorization": Credential("someone", self._password).basic} if self._password else {}
        fields = {"service": "ghcr.io", "scope": scope or self._scope}
        answer = self._pool.request("GET", f"{self._url}/token", fields=fields, headers=headers)
        if answer.status != 200:
            return answer.status, str(answer.json()["errors"][0]["message"])
        self.headers = {"Authorization": f"Bearer {answer.json()['token']}"}
        return 200, ""

    def __call__(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        """Request a path of the package, or a full URL, without following redirects."""
        url = path if path.startswith("http") else f"{self._url}/v2/acme/dev/{path}"
        return self._pool.request(method, url, body=body, headers=headers or self.headers, redirect=False)
