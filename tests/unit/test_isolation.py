"""Whatever one registry, level, package or triple raises, the rest is reported."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.unit.registry.servers import MANIFEST, Answer, Request, serving

from crreg.ensure.apply import apply
from crreg.ensure.change import Action, Change, ChangeOutcome, Plan
from crreg.ensure.desired import Desired, DesiredTriple
from crreg.ensure.rotation import Mint, with_fresh_tokens
from crreg.facts.gather import Task, gather
from crreg.facts.logins import try_logins
from crreg.facts.model import Facts
from crreg.github.client import GitHub
from crreg.github.inventory import Inventory, LevelInventory, LevelStatus, Repository
from crreg.github.levels import Level
from crreg.github.package import Package, PackageStatus
from crreg.github.secrets import read_inventory
from crreg.net.deadline import Deadline
from crreg.registry.client import RegistryClient
from crreg.registry.credentials import Credentials
from crreg.registry.ecr import EcrRegistry
from crreg.registry.outcome import LoginOutcome, LoginResult, PullOutcome, PullResult
from crreg.registry.reference import ImageReference
from crreg.triple import Part, SecretName, Triple

SECRET = "hunter2-hunter2"
TOLD = "crreg stopped because of an unexpected ZeroDivisionError."
NOW = datetime(2026, 1, 2, tzinfo=UTC)
REPOSITORY = Repository("octo/app", 1, "private", "octo", owner_is_organization=True)


def unforeseen() -> Any:
    raise ZeroDivisionError(SECRET)


@pytest.fixture
def client() -> Iterator[RegistryClient]:
    with RegistryClient(allow_insecure=frozenset({"127.0.0.1"}), budget=20) as registries:
        yield registries


def test_a_login_that_raises_fails_alone(client: RegistryClient, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = client.login

    def login(triple: Triple) -> LoginResult:
        return unforeseen() if triple.identifier == "BAD" else ask(triple)

    monkeypatch.setattr(client, "login", login)
    with serving(lambda _: Answer()) as server:
        triples = {name: Triple(name, server.address, "me", SECRET) for name in ("BAD", "GOOD")}
        tried = try_logins(triples, (), client, Deadline.after(20), lambda _: None)
    ends = {triple.identifier: triple.login for triple in tried.triples}
    assert ends["GOOD"].outcome is LoginOutcome.SKIPPED
    assert ends["BAD"].outcome is LoginOutcome.SERVER_ERROR
    assert ends["BAD"].detail.startswith(TOLD)
    assert SECRET not in ends["BAD"].detail


def test_an_image_github_and_a_package_that_raise_fail_alone(
    client: RegistryClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ask = client.pull

    def pull(reference: ImageReference, triple: Triple | None, **more: Any) -> PullResult:
        if reference.registry == "ghcr.io":
            return PullResult(PullOutcome.DENIED, "It is private.")
        return unforeseen() if reference.repository == "bad" else ask(reference, triple, **more)

    def answer(request: Request) -> Answer:
        return Answer() if request.path == "/v2/" else MANIFEST

    monkeypatch.setattr(client, "pull", pull)
    with serving(answer) as server:
        names = (f"{server.address}/bad", f"{server.address}/good", "ghcr.io/octo/bad", "ghcr.io/octo/good")
        services = "".join(f"  s{number}: {{image: {name}}}\n" for number, name in enumerate(names))
        (tmp_path / "c.yml").write_text(f"services:\n{services}")
        (tmp_path / ".devcontainer.json").write_text('{"dockerComposeFile": "c.yml", "service": "s0"}')

        def package(owner: str, name: str) -> Package:
            return unforeseen() if name == "bad" else Package(owner, name, PackageStatus.FOUND)

        facts = gather(
            Task(
                client,
                Deadline.after(20),
                NOW,
                workspace=tmp_path,
                inventory=unforeseen,
                package=package,
            )
        )
    pulls = {image.text: image.pull for image in facts.images}
    bad, good = pulls[names[0]], pulls[names[1]]
    assert bad is not None
    assert good is not None
    assert (bad.outcome, good.outcome) == (PullOutcome.SERVER_ERROR, PullOutcome.PUBLIC)
    assert bad.detail.startswith(TOLD)
    assert facts.inventory is not None
    assert facts.inventory.repository is None
    assert facts.inventory.detail.startswith(TOLD)
    assert facts.packages["ghcr.io/octo/good"].status is PackageStatus.FOUND
    assert facts.packages["ghcr.io/octo/bad"].status is PackageStatus.UNREACHABLE
    assert facts.packages["ghcr.io/octo/bad"].detail.startswith(TOLD)


def test_a_level_that_raises_leaves_the_others_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    repository = {
        "full_name": "octo/app",
        "id": 1,
        "visibility": "private",
        "owner": {"login": "octo", "type": "Organization"},
    }

    def answer(request: Request) -> Answer:
        if request.path.endswith("/codespaces/secrets"):
            return Answer(body={"total_count": 0, "secrets": []})
        return Answer(body=repository)

    pages = GitHub.pages

    def broken(self: GitHub, path: str, key: str, **options: bool) -> Any:
        return unforeseen() if path.startswith("/orgs/") else pages(self, path, key, **options)

    monkeypatch.setattr(GitHub, "pages", broken)
    with serving(answer) as server:
        client = GitHub.with_token(
            "ghp_x", api_url=server.url, deadline=Deadline.after(10), say=lambda _: None
        )
        inventory = read_inventory(client, "octo/app", relevant=lambda _: True)
    assert [(level.level, level.status) for level in inventory.levels] == [
        (Level.USER, LevelStatus.LISTED),
        (Level.REPOSITORY, LevelStatus.LISTED),
        (Level.ORGANIZATION, LevelStatus.UNREACHABLE),
    ]


def change(triple: str, part: Part) -> Change:
    name = str(SecretName(triple, part))
    return Change(Action.CREATE, triple, part, name, Level.REPOSITORY, "octo/app", None, (), "it is missing")


class Writer:
    """Writes every secret but those of one triple."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def create(self, _level: Level, name: str, *_: object) -> None:
        if name.startswith("BAD"):
            unforeseen()
        self.written.append(name)


def test_a_write_that_raises_fails_alone() -> None:
    changes = tuple(change(triple, part) for triple in ("BAD", "GOOD") for part in Part)
    values = {triple: dict.fromkeys(Part, SECRET) for triple in ("BAD", "GOOD")}
    writer: Any = Writer()
    results = apply(Plan("octo/app", changes, ()), values, writer, lambda _: None)
    assert [result.outcome for result in results] == [
        *(ChangeOutcome.FAILED, ChangeOutcome.FAILED, ChangeOutcome.FAILED),
        *(ChangeOutcome.DONE, ChangeOutcome.DONE, ChangeOutcome.DONE),
    ]
    assert all(result.detail.startswith(TOLD) for result in results[:3])
    assert all(SECRET not in result.detail for result in results)
    assert len(writer.written) == 3


def test_a_token_whose_minting_raises_fails_alone(
    client: RegistryClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mint(registry: EcrRegistry, _seconds: float) -> Credentials:
        return unforeseen() if registry.region == "eu-west-1" else Credentials("AWS", "t0ken-t0ken")

    monkeypatch.setattr("crreg.registry.aws.tokens.mint", mint)
    monkeypatch.setattr(client, "login", lambda _: LoginResult(LoginOutcome.SUCCEEDED, ""))
    triples = tuple(
        DesiredTriple(
            identifier,
            Level.REPOSITORY,
            {Part.SERVER: f"123456789012.dkr.ecr.{region}.amazonaws.com"},
            rotated=True,
        )
        for identifier, region in (("BAD", "eu-west-1"), ("GOOD", "us-east-1"))
    )
    levels = tuple(LevelInventory(level, LevelStatus.LISTED) for level in Level)
    facts = Facts(NOW, "octo/app", inventory=Inventory(REPOSITORY, levels))
    concealed: list[str] = []
    fresh = with_fresh_tokens(
        Desired("octo/app", triples), facts, NOW, Mint(client, lambda: 5.0, concealed.extend)
    )
    bad, good = fresh.triples
    assert bad.failure.startswith(TOLD)
    assert (good.failure, good.values[Part.PASSWORD]) == ("", "t0ken-t0ken")
    assert "t0ken-t0ken" in concealed
