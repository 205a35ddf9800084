"""README's workflow and every example, seen through the runner's masking: whatever is to be read or pasted is whole."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox import credentials
from sandbox.aws import ECR_HOST
from sandbox.credentials import leaks_in
from sandbox.ghcr import Ghcr
from sandbox.github.control import DEFAULT_MOMENT, GitHubSandbox
from sandbox.runner_masking import MASK, Seen
from sandbox.workflow_step import ROOT, Settings, run_step, steps_of
from sandbox.world import World, triple
from tests.integration.paste.desk import ecr_token

REPOSITORY = "acme/app"
IMAGE = "acme.azurecr.io/dev/base:1"
PASSWORD = "ACR_CONTAINER_REGISTRY_PASSWORD"
USER = "ACR_CONTAINER_REGISTRY_USER"
SERVER = "ACR_CONTAINER_REGISTRY_SERVER"
SCOPES = ("repo", "admin:org", "codespace:secrets", "read:packages")
[README] = [
    block
    for block in re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    if "\njobs:\n" in block
]
WORKFLOWS: dict[str, dict[str, Any]] = {
    "README": yaml.safe_load(README),
    **{
        path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in (ROOT / "examples").glob("*.yml")
    },
}
CHECKS = ("README", "pull-request", "schedule")


@dataclass
class Stage:
    """A repository with all that its codespaces and its workflows need; each test breaks what it wants."""

    world: World
    github: GitHubSandbox
    folder: Path
    until_the_end: contextlib.ExitStack
    stored: dict[str, str] = field(default_factory=dict)
    """The Codespaces secrets of the repository."""
    stored_at: datetime = DEFAULT_MOMENT
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    """What steps before the action's left."""
    image: str = IMAGE
    own_token: str = ""
    run_id: int = 1

    def use(self, values: Mapping[str, str]) -> None:
        """Have the values of another login in all places."""
        self.stored = dict(values)
        self.secrets[PASSWORD] = values[PASSWORD]
        self.variables = {name: value for name, value in values.items() if name != PASSWORD}

    def configure(self, text: str) -> None:
        """Write crreg's configuration."""
        (self.folder / ".github").mkdir()
        (self.folder / ".github/crreg.yml").write_text(text)

    def run(self, workflow: Mapping[str, Any]) -> tuple[int, Seen]:
        """Run the one step of a workflow that uses the action."""
        for name, value in self.stored.items():
            self.github.add_secret("repository", REPOSITORY, name, value, updated_at=self.stored_at)
        (self.folder / ".devcontainer.json").write_text(f'{{"image": "{self.image}"}}\n')
        owner, _, name = REPOSITORY.partition("/")
        settings = Settings(
            self.secrets,
            self.variables,
            {
                "repository": REPOSITORY,
                "repository_owner": owner,
                "token": self.own_token,
                "api_url": self.world.api_of(self.github.url),
            },
            {"name": name},
        )
        [step] = steps_of(workflow, settings)
        environment = {**self.world.environment(), **self.environment}
        return run_step(step, self.folder, settings, environment, event="schedule", run=self.run_id)


@pytest.fixture
def stage(world: World, github: GitHubSandbox, tmp_path: Path) -> Iterator[Stage]:
    """Everything is well."""
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    github.add_repository(REPOSITORY)
    place = world.places["acme.azurecr.io"]
    place.push("dev/base", "1")
    values = place.triple("ACR")
    own = github.add_token(
        "workflow",
        permissions={"contents": "read", "issues": "write", "packages": "write"},
        resource_owner="acme",
        repositories=[REPOSITORY],
    )
    folder = tmp_path / "app"
    folder.mkdir()
    token = credentials.register(github.add_token("classic", owner="mona", scopes=SCOPES))
    with contextlib.ExitStack() as stack:
        stage = Stage(world, github, folder, stack, own_token=credentials.register(own))
        stage.secrets["CODESPACES_ADMIN_TOKEN"] = token
        stage.use(values)
        yield stage


def missing(stage: Stage) -> None:
    del stage.stored[PASSWORD]


def misnamed(stage: Stage) -> None:
    stage.stored["ACR_CONTAINER_REGISTRY_USERNAME"] = stage.stored.pop(USER)


def refused(stage: Stage) -> None:
    stage.secrets[PASSWORD] = credentials.password()


def empty(stage: Stage) -> None:
    del stage.secrets[PASSWORD]


def no_variable(stage: Stage) -> None:
    del stage.variables[SERVER]


def not_assigned(stage: Stage) -> None:
    stage.github.add_repository("acme/other")
    for name, value in stage.stored.items():
        stage.github.add_secret("organization", "acme", name, value, repositories=["acme/other"])
    stage.stored.clear()


def not_found(stage: Stage) -> None:
    stage.image = "acme.azurecr.io/dev/base:absent"


def uncovered(stage: Stage) -> None:
    stage.world.places["docker.io"].push("acme/private", "1")
    stage.image = "acme/private:1"


def unreadable(stage: Stage) -> None:
    token = stage.github.add_token("classic", owner="mona", scopes=())
    stage.secrets["CODESPACES_ADMIN_TOKEN"] = credentials.register(token)


def server_elsewhere(stage: Stage) -> None:
    stage.variables[SERVER] = "https://acme.azurecr.io/v2/"
    stage.configure("registries: {ACR: {server: other.azurecr.io}}\n")


def missing_key(stage: Stage) -> None:
    """An AWS access key id is a user that crreg hides, and the command to set it asks for the value."""
    user = stage.world.aws.puller
    names = stage.world.places[ECR_HOST].triple("ECR", user)
    stage.variables = {name: value for name, value in names.items() if not name.endswith("PASSWORD")}


def not_pullable(stage: Stage) -> None:
    place = stage.world.places["acme.azurecr.io"]
    stage.use(place.triple("ACR", place.stranger))


def not_accessible(stage: Stage) -> None:
    stage.world.places["ghcr.io"].push("acme/dev/base", "1")
    stage.github.add_repository("acme/base")
    stage.github.add_package("acme", "dev/base", repository="acme/base")
    stage.image = "ghcr.io/acme/dev/base:1"


def on_aws(stage: Stage) -> None:
    place = stage.world.places[ECR_HOST]
    place.push("dev/base", "1")
    stage.image = f"{ECR_HOST}/dev/base:1"
    stage.use(place.triple("ACR", stage.world.aws.puller))
    stage.configure("registries: {ACR: {max-age: 30d}}\n")


def expiring(stage: Stage) -> None:
    on_aws(stage)
    stage.stored_at = datetime.now(UTC) - timedelta(days=25)


def short_lived(stage: Stage) -> None:
    place = stage.world.places[ECR_HOST]
    place.push("dev/base", "1")
    stage.image = f"{ECR_HOST}/dev/base:1"
    token = stage.until_the_end.enter_context(ecr_token(stage.world))
    stage.use(triple("ACR", ECR_HOST, token))
    stage.stored_at = datetime.now(UTC)


def wrong_host(stage: Stage) -> None:
    internet, host = stage.world.internet, "acme-typo.azurecr.io"
    leaf = internet.authority.leaf("elsewhere.example")
    internet.add(host, internet.sites["acme.azurecr.io"].backend, leaf=leaf)
    stage.until_the_end.callback(internet.sites.pop, host)
    stage.stored[SERVER] = stage.variables[SERVER] = host
    stage.image = f"{host}/dev/base:1"


def shadowed(stage: Stage) -> None:
    stage.github.add_secret("organization", "acme", PASSWORD, visibility="all")


def changed(stage: Stage) -> None:
    """Ensure writes the secrets and its receipt; then somebody else writes one of them."""
    earlier = datetime.now(UTC) - timedelta(hours=5)
    stage.stored.clear()
    for name, value in stage.variables.items():
        stage.github.workflows.add_variable("repository", REPOSITORY, name, value, updated_at=earlier)
    stage.github.add_secret(
        "repository",
        REPOSITORY,
        PASSWORD,
        stage.secrets[PASSWORD],
        application="actions",
        updated_at=earlier,
    )
    stage.run_id = stage.github.workflows.add_run(REPOSITORY, created_at=datetime.now(UTC))
    code, shown = stage.run(WORKFLOWS["ensure"])
    assert code == 0, shown.summary
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=1)
    stage.github.add_secret("repository", REPOSITORY, PASSWORD, updated_at=later)


BROKEN = {
    "missing-secret": missing,
    "misnamed-secret": misnamed,
    "login-failed": refused,
    "empty-value": empty,
    "not-assigned": not_assigned,
    "image-not-found": not_found,
    "uncovered-registry": uncovered,
    "unreadable-secrets": unreadable,
    "image-not-pullable": not_pullable,
    "package-not-accessible": not_accessible,
    "expiring-credential": expiring,
    "stale-secret": on_aws,
    "short-lived-password": short_lived,
    "wrong-host": wrong_host,
    "shadowed-secret": shadowed,
    "changed-since": changed,
}
SHOWN = {
    "package-not-accessible": '"acme/base": {"permissions": {"packages": "read"}}',
    "expiring-credential": "aws iam create-access-key --user-name codespaces-puller",
    "changed-since": f"crreg ensure --force --repository {REPOSITORY}",
}
"""What is to be pasted, for rules whose remedies name more than secrets."""


def assert_whole(shown: Seen) -> None:
    """Nothing is hidden that is no secret, nothing cut off, and no output is lost."""
    assert [text for text in shown.texts if MASK in text] == []
    # An address that a registry wrote is taken apart by an invisible space; one of ours is a link.
    assert "https:&#8203;//github" not in shown.summary
    assert shown.cut == []
    assert shown.dropped == []
    assert leaks_in("\n".join([*shown.texts, *shown.outputs.values()])) == ()


def rules(shown: Seen) -> set[str]:
    return {one.properties["title"].partition(":")[0] for one in shown.annotations}


def test_every_example_is_run_here() -> None:
    # tests/integration/organization runs the steps of the other three. A page has no step of crreg's own.
    elsewhere = {"organization", "organizations", "organization-ensure", "organization-page"}
    assert {*CHECKS, "ensure", "ecr-rotation", "mirror-to-ghcr"} == WORKFLOWS.keys() - elsewhere


@pytest.mark.parametrize("workflow", CHECKS)
def test_where_all_is_well_the_report_names_registry_image_and_login(stage: Stage, workflow: str) -> None:
    code, shown = stage.run(WORKFLOWS[workflow])

    assert_whole(shown)
    assert (code, shown.outputs["status"]) == (0, "healthy")
    assert f"`{IMAGE}`" in shown.summary
    assert "`acme.azurecr.io`" in shown.summary


@pytest.mark.parametrize("rule", BROKEN)
@pytest.mark.parametrize("workflow", CHECKS)
def test_where_something_is_wrong_every_command_link_and_name_can_be_used(
    stage: Stage, workflow: str, rule: str
) -> None:
    BROKEN[rule](stage)

    _, shown = stage.run(WORKFLOWS[workflow])

    assert rule in rules(shown)
    assert_whole(shown)
    assert SHOWN.get(rule, "") in shown.summary
    assert stage.image.partition(":")[0] in "".join(shown.texts)


@pytest.mark.parametrize(
    "breaks", [no_variable, server_elsewhere, missing_key], ids=lambda each: each.__name__
)
def test_a_wrong_variable_is_shown(stage: Stage, breaks: Any) -> None:
    breaks(stage)

    _, shown = stage.run(WORKFLOWS["README"])

    assert shown.annotations
    assert_whole(shown)


@pytest.mark.parametrize("broken", [None, refused, empty, unreadable])
def test_what_ensure_writes_or_refuses_can_be_read(stage: Stage, broken: Any) -> None:
    missing(stage)
    if broken is not None:
        broken(stage)

    code, shown = stage.run(WORKFLOWS["ensure"])

    assert_whole(shown)
    assert (code == 0) is (broken is None)
    assert ("+ create" in shown.summary) is (broken is None)


@pytest.mark.parametrize("broken", [None, refused, not_found])
def test_what_is_published_or_refused_can_be_read(stage: Stage, ghcr: Ghcr, broken: Any) -> None:
    assert ghcr.address
    workflow = WORKFLOWS["mirror-to-ghcr"]
    [job] = workflow["jobs"].values()
    published = {"image": "ghcr.io/acme/app-dev", "copy": IMAGE}
    if broken is not None:
        broken(stage)
        published["copy"] = stage.image
    changed = {**job, "with": {**job["with"], "publish": yaml.safe_dump([published])}}

    code, shown = stage.run({"jobs": {"mirror": changed}})

    assert_whole(shown)
    assert (code == 0) is (broken is None)
    assert "ghcr.io/acme/app-dev" in "".join(shown.texts)
    if broken is None:
        assert "ghcr.io/acme/app-dev" in shown.outputs["images"]


def test_a_rotated_token_hides_no_word_but_itself(stage: Stage) -> None:
    app = stage.github.add_app("rotator", owner="acme", permissions={"codespaces_secrets": "write"})
    stage.github.add_installation(app, "acme", repositories=[REPOSITORY])
    stage.secrets = {"CODESPACES_APP_KEY": credentials.register(app.private_key)}
    stage.variables = {"CODESPACES_APP_ID": str(app.id)}
    stage.environment = stage.world.aws.environment(stage.world.aws.puller)
    stage.stored.clear()
    stage.configure(f"registries: {{ECR: {{server: {ECR_HOST}, rotate: ecr-token, max-age: 5h}}}}\n")

    code, shown = stage.run(WORKFLOWS["ecr-rotation"])

    assert_whole(shown)
    assert (code, shown.outputs["status"]) == (0, "healthy")
    assert "ECR_CONTAINER_REGISTRY_USER" in shown.summary


def test_a_server_kept_as_a_secret_would_make_the_report_unreadable(stage: Stage) -> None:
    stage.secrets |= stage.variables
    missing(stage)

    _, shown = stage.run(WORKFLOWS["README"])

    assert f"{MASK}/dev/base:1" in shown.summary
    with pytest.raises(AssertionError):
        assert_whole(shown)
