from pathlib import Path

import pytest
import yaml

from crreg.action.input_names import NAMES
from crreg.action.inputs import InputError, Inputs, Mode, read_inputs
from crreg.exits.exit_code import FailOn
from crreg.github.access import GitHubAccess
from crreg.github.levels import Level

BASE = {"GITHUB_REPOSITORY": "octo/app", "GITHUB_WORKSPACE": "/github/workspace"}


def test_a_step_without_inputs_checks_its_own_repository() -> None:
    assert read_inputs(BASE) == Inputs(
        repository="octo/app",
        workspace=Path("/github/workspace"),
        access=GitHubAccess("https://api.github.com"),
        values=BASE,
        configuration=None,
        registries="",
        fail_on=FailOn.ERROR,
        allow_insecure=frozenset(),
        report_file=None,
        sarif_file=None,
    )


def test_the_known_inputs_are_those_of_the_action() -> None:
    offered = yaml.safe_load((Path(__file__).parents[3] / "action.yml").read_text())["inputs"]
    assert frozenset(offered) == NAMES


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("INPUT_DRY_RUN", "There is no input 'dry_run'. Did you mean dry-run?"),
        ("INPUT_FAIL-ONN", "There is no input 'fail-onn'. Did you mean fail-on?"),
        ("INPUT_REPORT", "There is no input 'report'. Did you mean report-file?"),
    ],
)
def test_a_misspelled_input_is_refused_before_anything_is_written(variable: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_inputs({**BASE, "INPUT_MODE": "ensure", variable: "true"})
    assert str(caught.value) == said


@pytest.mark.parametrize("variable", ["INPUT_ARGS", "INPUT_ENTRYPOINT", "INPUT_BUCKET", "MY_INPUT_DRY_RUN"])
def test_a_variable_that_is_like_no_input_is_left_alone(variable: str) -> None:
    assert read_inputs({**BASE, variable: "x"}).mode is Mode.CHECK


def test_every_input_is_read() -> None:
    environment = {
        **BASE,
        "INPUT_TOKEN": " ghp_x ",
        "INPUT_MODE": "ensure",
        "INPUT_DRY-RUN": "true",
        "INPUT_LEVEL": "organization",
        "INPUT_FORCE": "true",
        "INPUT_REGISTRIES": "ACR",
        "INPUT_CREDENTIALS": "ACR_CONTAINER_REGISTRY_USER=me",
        "INPUT_CONFIG": "crreg.yml",
        "INPUT_REPOSITORY": "octo/other",
        "INPUT_FAIL-ON": "warning",
        "INPUT_ALLOW-INSECURE": "a.example, b.example:5000\n",
        "INPUT_REPORT-FILE": "out/report.json",
        "INPUT_SARIF-FILE": "out/report.sarif",
        "INPUT_GITHUB-API-URL": "https://ghe.example/api/v3/",
    }
    assert read_inputs(environment) == Inputs(
        repository="octo/other",
        workspace=Path("/github/workspace"),
        access=GitHubAccess("https://ghe.example/api/v3", "ghp_x"),
        values={**environment, "ACR_CONTAINER_REGISTRY_USER": "me"},
        configuration="crreg.yml",
        registries="ACR",
        fail_on=FailOn.WARNING,
        allow_insecure=frozenset({"a.example", "b.example:5000"}),
        report_file="out/report.json",
        sarif_file="out/report.sarif",
        mode=Mode.ENSURE,
        dry_run=True,
        level=Level.ORGANIZATION,
        force=True,
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MODE", "repair", "The input mode is 'repair', but must be check, ensure, plan or merge."),
        (
            "LEVEL",
            "org",
            "The input level is 'org', but must be repository, organization or user.",
        ),
        ("DRY-RUN", "yes", "The input dry-run is 'yes', but must be false or true."),
        ("ISSUE", "yes", "The input issue is 'yes', but must be false or true."),
        (
            "RECEIPTS",
            "my receipts",
            (
                "The input receipts is 'my receipts', but must be the name of an Actions variable (letters, digits and "
                "underscores), or false."
            ),
        ),
        ("FORCE", "1", "The input force is '1', but must be false or true."),
        (
            "FAIL-ON",
            "notice",
            "The input fail-on is 'notice', but must be error, warning, unknown or never.",
        ),
        ("REPOSITORY", "app", "The input repository is 'app', but must be OWNER/NAME."),
        ("APP-ID", "17", "app-id and app-private-key go together"),
        ("CREDENTIALS", "what", "The input credentials, line 1: expected NAME=value"),
        ("GITHUB-API-URL", "ghe.example", "must be an address such as https://api.github.com"),
    ],
)
def test_a_wrong_input_is_told_by_name(name: str, value: str, said: str) -> None:
    with pytest.raises(InputError, match=r"input|inputs") as caught:
        read_inputs({**BASE, f"INPUT_{name}": value})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("", ""),
        ("false", ""),
        ("true\n", "true"),
        ("  - {image: a.b/c,\n     copy: d}\n", "  - {image: a.b/c,\n     copy: d}"),
    ],
)
def test_what_to_publish_keeps_its_indentation(given: str, read: str) -> None:
    assert read_inputs({**BASE, "INPUT_PUBLISH": given}).publish == read


ORGANIZATION = {"MODE": "ensure", "ORGANIZATION": "acme"}


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (ORGANIZATION | {"LEVEL": "user"}, "The input level must be organization or empty"),
        (ORGANIZATION | {"SARIF-FILE": "x.sarif"}, "writes no SARIF"),
        (ORGANIZATION | {"PLAN": "plan.json", "WITHOUT-REVIEW": "true"}, "exclude each other"),
        ({"MODE": "ensure", "PLAN": "plan.json"}, "works with mode ensure only for an organization"),
        ({"MODE": "ensure", "WITHOUT-REVIEW": "true"}, "works with mode ensure and organization only"),
        (
            {"ORGANIZATION": "acme", "WITHOUT-REVIEW": "true"},
            "works with mode ensure and organization only",
        ),
        ({"ISSUES-PER-REPOSITORY": "true"}, "works with organization in mode check"),
        (ORGANIZATION | {"ISSUES-PER-REPOSITORY": "true"}, "works with organization in mode check"),
    ],
)
def test_what_is_only_for_an_organization_is_refused_elsewhere(inputs: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_inputs(BASE | {f"INPUT_{name}": value for name, value in inputs.items()})
    assert said in str(caught.value)


def test_an_organizations_repair_takes_a_reviewed_plan_or_none() -> None:
    environment = BASE | {f"INPUT_{name}": value for name, value in ORGANIZATION.items()}
    inputs = read_inputs(environment | {"INPUT_PLAN": "plan.json", "INPUT_LEVEL": "organization"})
    assert (inputs.organization, inputs.planning.plan, inputs.without_review) == ("acme", "plan.json", False)
    assert read_inputs(environment | {"INPUT_WITHOUT-REVIEW": "true"}).without_review


def test_the_token_for_the_issue_is_the_issues_alone() -> None:
    given = read_inputs({**BASE, "INPUT_ISSUE": "true", "INPUT_ISSUE-TOKEN": "ghs_x", "INPUT_TOKEN": "ghp_x"})
    assert (given.issue, given.issue_token, given.access.token) == (True, "ghs_x", "ghp_x")
    assert read_inputs({**BASE, "INPUT_ISSUE": "false", "INPUT_ISSUE-TOKEN": ""}).issue_token is None


@pytest.mark.parametrize("more", [{"INPUT_MODE": "ensure"}, {"INPUT_PUBLISH": "true"}])
def test_only_a_check_keeps_an_issue(more: dict[str, str]) -> None:
    with pytest.raises(InputError, match="The input issue works with the modes check and merge only"):
        read_inputs({**BASE, "INPUT_ISSUE": "true", **more})


def test_a_step_publishes_or_has_a_mode() -> None:
    with pytest.raises(InputError, match="The input publish can't be combined with mode 'ensure'"):
        read_inputs({**BASE, "INPUT_PUBLISH": "true", "INPUT_MODE": "ensure"})


@pytest.mark.parametrize(
    ("api_url", "web_url", "registry"),
    [
        ("https://api.github.com", "https://github.com", "ghcr.io"),
        ("https://API.github.com:443/", "https://github.com", "ghcr.io"),
        ("https://ghe.example/api/v3", "https://ghe.example", "containers.ghe.example"),
        ("https://ghe.example:8443/api/v3/", "https://ghe.example:8443", "containers.ghe.example:8443"),
        ("https://api.octo.ghe.com", "https://octo.ghe.com", "containers.octo.ghe.com"),
    ],
)
def test_remedies_link_to_the_pages_of_the_server_that_was_asked(
    api_url: str, web_url: str, registry: str
) -> None:
    access = GitHubAccess(api_url)
    assert (access.web_url, access.container_registry) == (web_url, registry)


@pytest.mark.parametrize(
    "api_url",
    [
        *("http://127.0.0.1:8080", "https://git.corp/api/v1", "https://git.corp", "https://api.git.corp"),
        *("https://git.corp/x/api/v3", "http://api.github.com", "https://api.github.com:8443"),
        *("http://localhost:8080/api/v3", "http://[::1]:8080/api/v3"),
        *("https://api.github.com.evil.example", "https://xapi.github.com", "https://api.github.com."),
        *(
            "https://api.a.b.ghe.com",
            "https://octo.ghe.com",
            "https://api.octo.ghe.com:8443",
            "https://ghe.com",
        ),
    ],
)
def test_the_token_of_an_unknown_github_goes_to_no_registry(api_url: str) -> None:
    access = GitHubAccess(api_url)
    assert access.container_registry is None
    assert access.web_url == api_url.partition("/api/")[0].removesuffix("/x")


@pytest.mark.parametrize("allowed", ["", "other.example, ghe.example:81"])
def test_a_token_goes_to_no_github_in_plain_http(allowed: str) -> None:
    with pytest.raises(InputError) as caught:
        read_inputs(
            {**BASE, "INPUT_GITHUB-API-URL": "http://ghe.example/api/v3", "INPUT_ALLOW-INSECURE": allowed}
        )
    assert str(caught.value) == (
        "The input github-api-url uses plain http, so anyone on the network could read the token. Use https, or "
        "list ghe.example in allow-insecure."
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080",
        "http://localhost:8080",
        "http://[::1]:8080",
        "http://ghe.example/api/v3",
        "http://ghe.example:5000/api/v3",
    ],
)
def test_plain_http_reaches_a_github_on_loopback_or_where_it_is_allowed(url: str) -> None:
    environment = {**BASE, "INPUT_GITHUB-API-URL": url, "INPUT_ALLOW-INSECURE": "ghe.example"}
    assert read_inputs(environment).access.api_url == url


def test_no_secret_shows_in_a_repr() -> None:
    inputs = read_inputs(
        {
            **BASE,
            "INPUT_TOKEN": "ghp_x",
            "INPUT_ISSUE-TOKEN": "ghs_x",
            "ACR_CONTAINER_REGISTRY_PASSWORD": "hunter2",
        }
    )
    assert "ghp_x" not in repr(inputs)
    assert "ghs_x" not in repr(inputs)
    assert "hunter2" not in repr(inputs)
