"""The sandbox in the role of every service, with the accounts and tokens that the real run has."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml
from sandbox.authority import Authority
from sandbox.checkout import commit
from sandbox.ghcr import Ghcr, running_ghcr
from sandbox.github.control import GitHubSandbox
from sandbox.registry import TokenAuth, running_registry
from sandbox.token_server import TokenServer
from sandbox.workflow_step import Settings, run_step, steps_of

from live.clean import clean
from live.journal import Journal, Target
from live.profiles import PROFILES
from live.scenario import play
from live.stage import Owner, Record, Services, Stage
from live.web import network

WRITER = "crreg-live-writer"
SCOPES = ("repo", "workflow", "admin:org", "codespace", "write:packages", "delete:packages", "delete_repo")
"""What the token of a run needs."""
_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Account:
    """What the sandbox is to be like."""

    person: str
    owner: Owner
    plan: Literal["free", "team", "enterprise"] = "team"
    scopes: tuple[str, ...] = SCOPES


@dataclass(frozen=True, slots=True)
class Reference:
    """A running sandbox with one owner."""

    services: Services
    github: GitHubSandbox
    account: Account
    token: str = field(repr=False)
    ghcr: Ghcr
    internet: Mapping[str, str] = field(default_factory=dict)
    """Variables that lead a program to the registries of the dev containers."""

    def tokens(self, profiles: Mapping[str, object]) -> dict[str, tuple[str, str]]:
        """Make a token of each kind; login and token by profile."""
        return {name: self._token(name) for name in profiles}

    def _token(self, name: str) -> tuple[str, str]:
        profile, account = PROFILES[name], self.account
        person = WRITER if profile.writer else account.person
        of_user = "codespaces_user_secrets" in (profile.permissions or {})
        token = self.github.add_token(
            profile.kind,
            owner=None if profile.kind == "installation" else person,
            scopes=profile.scopes,
            permissions=profile.permissions,
            resource_owner=account.person if of_user else account.owner.login,
        )
        return person, token

    def run_workflows(self) -> None:
        """Run what was started, as a runner does."""
        for started in self.github.workflows.queued():
            document = yaml.safe_load(started.file)
            if all("run" in step for job in document["jobs"].values() for step in job.get("steps", ({},))):
                self.github.workflows.finish(
                    started.id, run_script(document, started.repository, started.token)
                )
            else:
                passed = self._run_action(document, started.repository, started.token)
                self.github.workflows.finish(started.id, "", "success" if passed else "failure")

    def _run_action(self, document: Mapping[Any, Any], repository: str, token: str) -> bool:
        """Run the steps of a workflow that use the action; whether all of them passed."""
        stored = self.github.secrets("repository", repository, application="actions")
        secrets = {name: each.value.decode() for name, each in stored.items()}
        variables = self.github.workflows.variables("repository", repository)
        github = {
            "repository": repository,
            "repository_owner": repository.partition("/")[0],
            "token": token,
        }
        settings = Settings(secrets, variables, github)
        with tempfile.TemporaryDirectory(prefix="crreg-live-job-") as parent:
            folder = Path(parent) / "checkout"
            for path, text in self.github.workflows.files(repository).items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)
            commit(folder)
            environment = {"GITHUB_API_URL": self.services.api, **self.internet}
            codes = [
                run_step(step, folder, settings, environment, event="workflow_dispatch")[0]
                for step in steps_of(document, settings)
            ]
        return bool(codes) and not any(codes)


def run_script(document: Mapping[Any, Any], repository: str, token: str) -> str:
    """Run the only step of the suite's workflow, and return its log."""
    [job] = document["jobs"].values()
    [step] = job["steps"]
    environment = {
        name: token if value == "${{ github.token }}" else value for name, value in step["env"].items()
    }
    with tempfile.TemporaryDirectory(prefix="crreg-live-job-") as folder:
        done = subprocess.run(
            ["/bin/sh", "-e", "-c", step["run"]],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "GITHUB_REPOSITORY": repository, **environment},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    return "".join(f"2026-01-01T00:00:00.0000000Z {line}\n" for line in done.stdout.splitlines())


@contextlib.contextmanager
def running_reference(
    folder: Path, account: Account, github: GitHubSandbox | None = None
) -> Iterator[Reference]:
    """Run the sandbox with its files in `folder`; with `github`, use that one and its accounts."""
    authority = Authority(folder / "authority")
    with contextlib.ExitStack() as stack:
        played = github or stack.enter_context(GitHubSandbox.start())
        ghcr = stack.enter_context(running_ghcr(folder / "ghcr", played))
        tokens = stack.enter_context(
            TokenServer(authority, service="registry.docker.io", public=["library/alpine"])
        )
        auth = TokenAuth(f"{tokens.url}/token", "registry.docker.io", tokens.issuer, authority.certificate)
        registry = stack.enter_context(running_registry(folder / "hub", auth=auth))
        services = Services(played.url, ghcr.url, dict.fromkeys(_HUB, registry.url), tokens.url)
        yield Reference(services, played, account, seed(played, account), ghcr)


def seed(github: GitHubSandbox, account: Account) -> str:
    """Add the accounts, and return the token of the person."""
    github.add_user(account.person)
    github.add_user(WRITER)
    if account.owner.is_organization:
        members = {account.person: "admin", WRITER: "member"}
        github.add_organization(account.owner.login, plan=account.plan, members=members, base_role="write")
    return github.add_token("classic", owner=account.person, scopes=account.scopes)


def reference_record(
    account: Account, run: str, profiles: Mapping[str, object], say: Callable[[str], None] = lambda _: None
) -> Record:
    """Ask the sandbox what the real services were asked."""
    with (
        tempfile.TemporaryDirectory(prefix="crreg-live-") as folder,
        running_reference(Path(folder), account) as reference,
        network() as send,
    ):
        target = Target(reference.services.api, account.owner.login, run)
        stage = Stage(
            send,
            reference.services,
            account.owner,
            account.person,
            reference.token,
            Journal.begin(Path(folder) / "journal", target),
            reference.run_workflows,
            say,
        )
        play(stage, reference.tokens(profiles))
        clean(stage)
        return stage.record
