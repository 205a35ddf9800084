"""A codespace that would not start does so after `crreg ensure`: real logins and pulls, and again after a rotation."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.sandbox import credentials
from tests.sandbox.aws import ECR_HOST
from tests.sandbox.codespace import Codespaces, Start
from tests.sandbox.command import crreg
from tests.sandbox.engine import Engine
from tests.sandbox.github.control import GitHubSandbox, Level
from tests.sandbox.world import Place, World

pytestmark = pytest.mark.engine

REPOSITORY = "acme/app"
PERSON = "mona"
SCOPES = ("repo", "admin:org", "codespace:secrets")
LEVELS: Mapping[Level, str] = {"repository": REPOSITORY, "organization": "acme", "user": PERSON}
"""Each level and the owner of its secrets."""


@dataclass(frozen=True)
class Team:
    """A private repository whose dev container is a private image, and the person who works on it."""

    world: World
    github: GitHubSandbox
    engine: Engine
    token: str
    checkout: Path

    def need(self, place: Place) -> None:
        """Let the dev container be an image of that registry."""
        place.push("dev/codespace", "1")
        folder = self.checkout / ".devcontainer"
        folder.mkdir(parents=True)
        (folder / "devcontainer.json").write_text(json.dumps({"image": image(place)}))

    def configure(self, identifier: str, level: Level, **further: str) -> None:
        """Say in the configuration where `ensure` is to write."""
        selected = {} if level == "repository" else {"repositories": [REPOSITORY]}
        visibility = {"visibility": "selected"} if level == "organization" else {}
        entry = {"level": level, **visibility, **selected, **further}
        folder = self.checkout / ".github"
        folder.mkdir()
        # JSON is YAML too.
        (folder / "crreg.yml").write_text(json.dumps({"registries": {identifier: entry}}))

    def ensure(self, environment: Mapping[str, str]) -> int:
        """Run `crreg ensure` with the triples and keys of `environment`; how many secrets it wrote."""
        self.github.forget()
        ended = crreg(
            "ensure",
            environment={
                **self.world.environment(),
                "GITHUB_API_URL": self.github.url,
                "GITHUB_REPOSITORY": REPOSITORY,
                "GITHUB_TOKEN": self.token,
                **environment,
            },
            folder=self.checkout,
        )
        assert ended.code == 0, ended.output + ended.errors
        assert self.github.violations() == []
        return sum(seen.method == "PUT" for seen in self.github.requests())

    def start(self, place: Place) -> Start:
        """Start a codespace."""
        codespaces = Codespaces(self.github, self.engine, self.world.aws.url)
        return codespaces.start(image(place), repository=REPOSITORY, person=PERSON)

    def let_hours_pass(self, hours: int, level: Level) -> None:
        """Make the secrets of a level that much older."""
        written = datetime.now(UTC) - timedelta(hours=hours)
        for name, secret in self.github.secrets(level, LEVELS[level]).items():
            self.github.add_secret(
                level,
                LEVELS[level],
                name,
                secret.value.decode(),
                repositories=secret.repositories,
                updated_at=written,
            )


def image(place: Place) -> str:
    return f"{place.server}/dev/codespace:1"


@pytest.fixture
def team(world: World, world_engine: Engine, github: GitHubSandbox, tmp_path: Path) -> Team:
    github.add_user(PERSON)
    github.add_organization("acme", members={PERSON: "admin"})
    github.add_repository(REPOSITORY)
    token = credentials.register(github.add_token("classic", owner=PERSON, scopes=SCOPES))
    return Team(world, github, world_engine, token, tmp_path / "app")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("host", ["basic", "acme.azurecr.io", ECR_HOST])
def test_a_codespace_starts_after_ensure_and_not_before(
    team: Team, world: World, host: str, level: Level
) -> None:
    place = world.places[host]
    # At ECR people store an access key, which Codespaces exchanges for a token.
    credential = world.aws.puller if host == ECR_HOST else place.owner
    team.need(place)
    team.configure("TEAM", level)

    before = team.start(place)
    written = team.ensure(place.triple("TEAM", credential))
    after = team.start(place)
    again = team.ensure(place.triple("TEAM", credential))

    assert (before.started, after, written, again) == (False, Start(started=True), 3, 0)


@pytest.mark.parametrize("level", LEVELS)
def test_a_codespace_starts_again_after_its_token_was_rotated(team: Team, world: World, level: Level) -> None:
    place, keys = world.places[ECR_HOST], world.aws.environment(world.aws.puller)
    team.need(place)
    team.configure("ECR", level, server=ECR_HOST, rotate="ecr-token")

    first = team.ensure(keys)
    fresh = team.start(place)
    with (
        world.aws.another_token() as token,
        place.registry.admitting(token, otherwise=place.owner),
    ):
        team.let_hours_pass(12, level)
        expired = team.start(place)
        second = team.ensure(keys)
        renewed = team.start(place)
        again = team.ensure(keys)

    assert (fresh, expired.started, renewed) == (Start(started=True), False, Start(started=True))
    assert (first, second, again) == (3, 2, 0)
