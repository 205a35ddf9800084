"""The action's inputs, read once from the environment that GitHub passes to a container."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from crreg.action.credentials import CredentialsError, parse_credentials
from crreg.action.input_names import misspelled
from crreg.configuration.load import DEFAULT_CONFIGURATION
from crreg.exits.exit_code import FailOn
from crreg.facts.receipts import DEFAULT_VARIABLE
from crreg.github.access import GitHubAccess, is_api_url, is_login, is_repository, is_variable
from crreg.github.levels import Level


class Mode(enum.StrEnum):
    """What the step does."""

    CHECK = "check"
    """Check, and write nothing but the report."""
    ENSURE = "ensure"
    """Create, update and assign the secrets that codespaces need."""
    PLAN = "plan"
    """Split organizations into the jobs of a matrix."""
    MERGE = "merge"
    """Join what those jobs found."""


class InputError(ValueError):
    """An input is wrong; the text names it, says what was expected, and quotes no secret."""


@dataclass(frozen=True)
class Planning:
    """The inputs of the modes plan and merge, and of ensure for an organization."""

    organizations: tuple[str, ...] = ()
    enterprise: str = ""
    runners: tuple[str, ...] = ()
    """`LABEL=HOST,...` each."""
    default_runner: str = "ubuntu-latest"
    """The label of the runner for all other registries."""
    plan: str = ""
    """With merge, the whole plan, as JSON; with ensure, the reviewed plan's digest or the path of its JSON report."""
    parts: str = ""
    """The folder with the parts, relative to the workspace."""


@dataclass(frozen=True)
class Inputs:
    """Everything that the step was given."""

    repository: str
    """`owner/name`."""
    workspace: Path
    access: GitHubAccess
    values: Mapping[str, str] = field(repr=False)
    """The step's environment, overridden by the `credentials` input."""
    configuration: str | None
    """Relative to the workspace; None for the default one, if it exists."""
    registries: str
    fail_on: FailOn
    allow_insecure: frozenset[str]
    report_file: str | None
    sarif_file: str | None
    organization: str = ""
    """Check or ensure every repository of this organization instead; empty for one repository."""
    state_file: str | None = None
    """Where such a check remembers things for the next (relative to the workspace)."""
    job: str = ""
    """With check, one job of a plan, as JSON; empty for none."""
    planning: Planning = field(default_factory=Planning)
    """What plan and merge need."""
    dashboard: str | None = None
    """The folder for a page about the organization (relative to the workspace); None for no page."""
    mode: Mode = Mode.CHECK
    dry_run: bool = False
    """Plan, and write nothing (only with ensure or publish)."""
    level: Level | None = None
    """Where to write (only with ensure); None for what the configuration says."""
    force: bool = False
    """Write every given value (only with ensure)."""
    public: bool = False
    """Whether a run about an organization may be one that anyone can read."""
    without_review: bool = False
    """Carry out whatever is planned for an organization (only with ensure)."""
    receipts: str = DEFAULT_VARIABLE
    """Name of the Actions variable that holds receipts; empty for none."""
    publish: str = ""
    """What to publish, as YAML, or `true` for what the configuration lists; empty for nothing."""
    issue: bool = False
    """Keep a tracking issue (only with check)."""
    issues_per_repository: bool = False
    """Keep one in each repository of an organization that something is wrong with (only with check)."""
    issue_token: str | None = field(default=None, repr=False)
    """The token for writing that issue, and for nothing else."""


def read_inputs(environment: Mapping[str, str]) -> Inputs:
    """Read and check every input.

    Raises:
        InputError: an input is wrong.
    """
    for name, meant in misspelled(environment):
        raise InputError(f"There is no input {name!r}. Did you mean {meant}?")
    mode = Mode(_choice(environment, "mode", tuple(Mode)))
    try:
        credentials = parse_credentials(_given(environment, "credentials"))
    except CredentialsError as error:
        raise InputError(f"The input {error}.") from None
    allow_insecure = frozenset(re.split(r"[\s,]+", _given(environment, "allow-insecure"))) - {""}
    repository = _given(environment, "repository") or environment.get("GITHUB_REPOSITORY", "")
    if not is_repository(repository):
        raise InputError(f"The input repository is {repository!r}, but must be OWNER/NAME.")
    return Inputs(
        repository=repository,
        workspace=Path(environment.get("GITHUB_WORKSPACE") or "."),
        access=_access(environment, allow_insecure),
        values={**environment, **credentials},
        configuration=_configuration(environment),
        registries=_given(environment, "registries"),
        fail_on=FailOn(_choice(environment, "fail-on", tuple(FailOn))),
        allow_insecure=allow_insecure,
        report_file=_given(environment, "report-file") or None,
        sarif_file=_given(environment, "sarif-file") or None,
        organization=_organization(environment, mode),
        state_file=_given(environment, "state-file") or None,
        job=_given(environment, "job"),
        planning=_planning(environment, mode),
        dashboard=_given(environment, "dashboard") or None,
        mode=mode,
        dry_run=_switch(environment, "dry-run"),
        level=_level(environment),
        force=_switch(environment, "force"),
        public=_switch(environment, "public"),
        without_review=_without_review(environment, mode),
        receipts=_receipts(environment),
        publish=_publish(environment, mode),
        issue=_issue(environment, mode),
        issues_per_repository=_issues_per_repository(environment, mode),
        issue_token=_given(environment, "issue-token") or None,
    )


def _given(environment: Mapping[str, str], name: str) -> str:
    """Return an input as the runner passes it: `INPUT_`, in upper case, with hyphens."""
    return environment.get(f"INPUT_{name.upper()}", "").strip()


def _configuration(environment: Mapping[str, str]) -> str | None:
    # The runner passes action.yml's default as if the step had named it; a file that nobody named may be absent.
    path = _given(environment, "config")
    return None if path in ("", DEFAULT_CONFIGURATION) else path


def _choice(environment: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    text = _given(environment, name) or choices[0]
    if text not in choices:
        *others, last = choices
        raise InputError(f"The input {name} is {text!r}, but must be {', '.join(others)} or {last}.")
    return text


def _switch(environment: Mapping[str, str], name: str) -> bool:
    return _choice(environment, name, ("false", "true")) == "true"


def _publish(environment: Mapping[str, str], mode: Mode) -> str:
    # Strip white space only at the end: YAML is indented.
    text = environment.get("INPUT_PUBLISH", "").rstrip()
    text = "" if text.strip().lower() == "false" else text
    if text and mode is not Mode.CHECK:
        raise InputError(
            f"The input publish can't be combined with mode {mode.value!r}: use a separate step for each, with the "
            "token that it needs."
        )
    return text


def _receipts(environment: Mapping[str, str]) -> str:
    name = _given(environment, "receipts") or DEFAULT_VARIABLE
    if name.lower() == "false":
        return ""
    if not is_variable(name):
        raise InputError(
            f"The input receipts is {name!r}, but must be the name of an Actions variable (letters, digits and "
            "underscores), or false."
        )
    return name.upper()


def _planning(environment: Mapping[str, str], mode: Mode) -> Planning:
    if mode is Mode.ENSURE and _given(environment, "plan") and not _given(environment, "organization"):
        raise InputError("The input plan works with mode ensure only for an organization: pass organization.")
    return Planning(
        tuple(filter(None, re.split(r"[\s,]+", _given(environment, "organization")))),
        _given(environment, "enterprise"),
        tuple(filter(None, map(str.strip, _given(environment, "runners").splitlines()))),
        _given(environment, "default-runner") or Planning.default_runner,
        _given(environment, "plan"),
        _given(environment, "parts"),
    )


def _organization(environment: Mapping[str, str], mode: Mode) -> str:
    name = _given(environment, "organization")
    if mode in (Mode.PLAN, Mode.MERGE):
        # A plan is about any number of them.
        return ""
    if name and not is_login(name):
        raise InputError(f"The input organization is {name!r}, but must be the name of an organization.")
    if name and (_publish(environment, mode) or _given(environment, "sarif-file")):
        raise InputError(
            "The input organization publishes nothing and writes no SARIF, which are about one repository."
        )
    if name and mode is Mode.ENSURE and _level(environment) not in (None, Level.ORGANIZATION):
        raise InputError(
            "The input level must be organization or empty: with organization, secrets are stored there."
        )
    return name


def _without_review(environment: Mapping[str, str], mode: Mode) -> bool:
    given = _switch(environment, "without-review")
    if not given:
        return False
    if mode is not Mode.ENSURE or not _given(environment, "organization"):
        raise InputError("The input without-review works with mode ensure and organization only.")
    if _given(environment, "plan"):
        raise InputError(
            "The inputs plan and without-review exclude each other: pass plan for the plan that was reviewed, or "
            "without-review for any."
        )
    return True


def _issue(environment: Mapping[str, str], mode: Mode) -> bool:
    issue = _switch(environment, "issue")
    if issue and (mode not in (Mode.CHECK, Mode.MERGE) or _publish(environment, mode)):
        raise InputError(
            "The input issue works with the modes check and merge only, whose findings it shows: use a separate step."
        )
    return issue


def _issues_per_repository(environment: Mapping[str, str], mode: Mode) -> bool:
    given = _switch(environment, "issues-per-repository")
    is_about_many = mode is Mode.MERGE or (mode is Mode.CHECK and _given(environment, "organization"))
    if given and not is_about_many:
        raise InputError(
            "The input issues-per-repository works with organization in mode check, and with mode merge, only."
        )
    return given


def _level(environment: Mapping[str, str]) -> Level | None:
    if not _given(environment, "level"):
        return None
    return Level(_choice(environment, "level", (Level.REPOSITORY, Level.ORGANIZATION, Level.USER)))


def _access(environment: Mapping[str, str], allow_insecure: frozenset[str]) -> GitHubAccess:
    app_id, key = _given(environment, "app-id"), _given(environment, "app-private-key")
    if bool(app_id) != bool(key):
        raise InputError(
            "The inputs app-id and app-private-key go together, but only one has a value: check that the secret for "
            "the other is set and available to this workflow."
        )
    api_url = (
        _given(environment, "github-api-url") or environment.get("GITHUB_API_URL") or "https://api.github.com"
    )
    if not is_api_url(api_url):
        raise InputError(
            f"The input github-api-url is {api_url!r}, but must be an address such as https://api.github.com."
        )
    access = GitHubAccess(
        api_url.rstrip("/"), _given(environment, "token") or None, app_id or None, key or None
    )
    if access.is_exposed(allow_insecure):
        raise InputError(access.exposure("The input github-api-url", "list {host} in allow-insecure"))
    return access
