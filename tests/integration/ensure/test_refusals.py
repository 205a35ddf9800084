"""What is wrong is told with its remedy, and nothing of that triple is written."""

import pytest
from sandbox import credentials
from sandbox.command import Ended
from tests.integration.ensure.scene import AZURE, PARTS, REPOSITORY, Scene, changes, hours_ago, names

PASSWORD = "ACR_CONTAINER_REGISTRY_PASSWORD"
WRONG = "pw-that-no-registry-knows"


def refused(scene: Scene, ended: Ended, rule: str, *, code: int = 1) -> tuple[str, str]:
    """Message and remedy of the one finding of a run that wrote nothing."""
    assert (ended.code, ended.rules, changes(ended)) == (code, [rule], [])
    assert scene.writes() == []
    [finding] = ended.document["findings"]
    assert (finding["severity"], finding["triple"]) == ("error", "ACR")
    return finding["message"], finding["remedy"]


@pytest.fixture
def ready(scene: Scene) -> Scene:
    """A scene whose triple would be created."""
    scene.values = scene.azure()
    scene.github.forget()
    return scene


def test_a_credential_that_does_not_log_in_is_not_written_unless_forced(ready: Scene) -> None:
    ready.values[PASSWORD] = WRONG
    message, remedy = refused(ready, ready.ensure(), "login-failed")
    assert message.startswith("The login with ACR fails (denied): acme.azurecr.io does not accept")
    assert "--force (input force)" in remedy
    forced = ready.ensure("--force")
    assert (forced.code, changes(forced)) == (0, [("create", name, "done") for name in names("ACR")])
    [warned] = forced.document["findings"]
    assert (warned["rule"], warned["severity"]) == ("login-failed", "warning")
    assert warned["message"].endswith("crreg writes it anyway, because force is set.")
    assert "--force" not in warned["remedy"]
    assert ready.stored("repository")[PASSWORD] == WRONG


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_github_enterprise_server_is_offered_no_token(ready: Scene, options: tuple[str, ...]) -> None:
    """It has no Codespaces, and a plan that could not be made is not a success."""
    ready.variables["GITHUB_API_URL"] = ready.github.enterprise_url
    message, remedy = refused(ready, ready.ensure(*options), "unreadable-secrets", code=3)
    assert "GitHub answered 404" in message
    assert "is a GitHub Enterprise Server, which has no Codespaces, so no token helps." in remedy
    assert "Give crreg a" not in remedy


def test_a_working_credential_is_left_where_the_one_at_hand_fails(ready: Scene) -> None:
    stored = ready.azure()
    ready.store("repository", stored, hours=99)
    ready.configure("registries: {ACR: {max-age: 1d}}")
    ready.values[PASSWORD] = WRONG
    refused(ready, ready.ensure(), "login-failed")
    assert ready.stored("repository") == stored


def test_an_ignored_refusal_writes_nothing_and_is_no_success(ready: Scene) -> None:
    ready.configure("ignore: [login-failed]")
    ready.values[PASSWORD] = WRONG
    ended = ready.ensure()
    assert (ended.code, ended.rules, changes(ended), ready.writes()) == (1, [], [], [])
    assert ended.document["status"] == "unhealthy"
    assert ended.document["notes"] == [
        "Nothing of ACR is written because of login-failed, which the configuration ignores."
    ]


def test_one_triple_that_fails_keeps_no_other_from_being_written(ready: Scene) -> None:
    ready.values |= ready.azure("BAD") | {"BAD_CONTAINER_REGISTRY_PASSWORD": WRONG}
    ended = ready.ensure()
    assert (ended.code, ended.rules) == (1, ["login-failed"])
    assert changes(ended) == [("create", name, "done") for name in names("ACR")]
    assert ready.stored("repository", "BAD") == {}


def test_a_registry_that_can_not_be_reached_proves_nothing(ready: Scene) -> None:
    ready.values["ACR_CONTAINER_REGISTRY_SERVER"] = "127.0.0.1:9"
    message, _ = refused(ready, ready.ensure(), "registry-unreachable")
    assert "(unreachable)" in message


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_an_empty_part_is_told(ready: Scene, part: str, value: str) -> None:
    ready.values[f"ACR_CONTAINER_REGISTRY_{part}"] = value
    ended = ready.ensure()
    assert (ended.code, changes(ended), ready.writes()) == (1, [], [])
    told = [
        finding["message"] for finding in ended.document["findings"] if finding["rule"] == "invalid-value"
    ]
    assert told == [f"The value for ACR_CONTAINER_REGISTRY_{part} is empty."]


@pytest.mark.parametrize("part", PARTS)
def test_a_part_without_a_value_is_told(ready: Scene, part: str) -> None:
    name = f"ACR_CONTAINER_REGISTRY_{part}"
    del ready.values[name]
    message, remedy = refused(ready, ready.ensure(), "missing-value")
    assert message.startswith(f"{name} can't be written: no value was given.")
    assert "action's input credentials" in remedy


def test_a_password_that_got_old_without_another_at_hand_is_a_warning(ready: Scene) -> None:
    ready.store("repository", ready.azure(), hours=99)
    ready.values = {}
    ready.configure("registries: {ACR: {max-age: 1d}}")
    ended = ready.ensure()
    assert (ended.code, ended.rules) == (0, ["missing-value"])
    assert [finding["severity"] for finding in ended.document["findings"]] == ["warning"]
    assert ready.ensure("--fail-on", "warning").code == 1


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\n\n"])
def test_a_line_break_at_the_end_is_trimmed_and_said(ready: Scene, ending: str) -> None:
    ready.values = {name: value + ending for name, value in ready.azure().items()}
    ended = ready.ensure()
    assert ended.code == 0
    assert ready.stored("repository") == ready.azure()
    assert ended.document["notes"] == [
        f"{name}: the line break at its end was removed." for name in names("ACR")
    ]


def test_a_value_of_more_than_48_kilobytes_is_told(ready: Scene) -> None:
    ready.values[PASSWORD] = "x" * (48 * 1024 + 1)
    ended = ready.ensure("--force")
    message, _ = refused(ready, ended, "invalid-value")
    assert message == f"The value for {PASSWORD} has 49153 bytes; GitHub accepts 49152 (48 KB)."


def test_a_value_of_48_kilobytes_is_written(ready: Scene) -> None:
    largest = "x" * 48 * 1024
    ready.values[PASSWORD] = largest
    assert ready.ensure("--force").code == 0
    assert ready.stored("repository")[PASSWORD] == largest


def test_a_store_that_would_hold_more_than_100_secrets_is_told(ready: Scene) -> None:
    for number in range(95):
        ready.github.add_secret("repository", REPOSITORY, f"NAME_{number}")
    ready.values |= ready.azure("BCR")
    ended = ready.ensure()
    assert (ended.code, ended.rules) == (1, ["secret-limit"])
    assert changes(ended) == [("create", name, "done") for name in names("ACR")]
    [finding] = ended.document["findings"]
    assert finding["message"] == (
        "BCR needs 3 new secrets at repository level, but there is room for 2: GitHub stores at most 100 Codespaces "
        "secrets there."
    )


def test_a_name_that_github_refuses_is_told(scene: Scene) -> None:
    scene.values = scene.azure("GITHUB_ACR")
    ended = scene.ensure()
    assert (ended.code, ended.rules, changes(ended)) == (1, ["invalid-name"], [])


@pytest.mark.parametrize("identifier", ["1ACR", "A-B", "GITHUB_ACR"])
def test_an_identifier_that_github_refuses_is_an_error_of_the_configuration(
    ready: Scene, identifier: str
) -> None:
    ready.configure(f"registries: {{{identifier}: {{level: repository}}}}")
    ended = ready.run("ensure")
    assert (ended.code, ended.output, ready.writes()) == (2, "", [])
    assert ".github/crreg.yml:1:14" in ended.errors


def test_an_unknown_level_is_wrong_usage(ready: Scene) -> None:
    ended = ready.run("ensure", "--level", "team")
    assert (ended.code, ended.output) == (2, "")
    assert "'team' is not one of 'repository', 'organization', 'user'" in ended.errors
    ready.configure("registries: {ACR: {level: team}}")
    ended = ready.run("ensure")
    assert (ended.code, ready.writes()) == (2, [])
    assert "registries.ACR.level is 'team'" in ended.errors


@pytest.mark.parametrize("kind", ["installation", "workflow"])
def test_no_apps_token_writes_a_persons_secrets(ready: Scene, kind: str) -> None:
    ready.token = credentials.register(
        ready.github.add_token(
            kind,  # type: ignore[arg-type] # a parameter is a str
            resource_owner="acme",
            permissions={"codespaces_secrets": "write", "metadata": "read"},
        )
    )
    message, remedy = refused(ready, ready.ensure("--level", "user"), "no-such-level")
    assert "not to a person" in message
    assert remedy.startswith("Give crreg a personal access token of the user")


def test_a_person_has_no_secrets_of_an_organization(ready: Scene) -> None:
    ready.github.add_repository("mona/own")
    message, remedy = refused(
        ready, ready.ensure("--repository", "mona/own", "--level", "organization"), "no-such-level"
    )
    assert "mona is a person" in message
    assert "level: repository" in remedy


@pytest.mark.parametrize(
    ("level", "scopes", "needs"),
    [
        ("organization", ("repo",), "scope `admin:org`"),
        ("user", ("repo",), "scope `codespace:secrets`"),
    ],
)
def test_a_token_that_may_not_list_a_level_is_told_what_it_needs(
    ready: Scene, level: str, scopes: tuple[str, ...], needs: str
) -> None:
    ready.token = credentials.register(ready.github.add_token("classic", owner="mona", scopes=scopes))
    _, remedy = refused(ready, ready.ensure("--level", level), "unreadable-secrets", code=3)
    assert remedy == f"Give crreg a token with the {needs}."


def test_the_workflows_own_token_is_told_to_be_none_for_this(ready: Scene) -> None:
    ready.token = credentials.register(
        ready.github.add_token("workflow", resource_owner="acme", permissions={"contents": "read"})
    )
    message, _ = refused(ready, ready.ensure(), "unreadable-secrets", code=3)
    assert "A workflow's GITHUB_TOKEN can't access Codespaces secrets" in message


def test_a_token_that_may_read_and_not_write_fails_before_anything_is_written(ready: Scene) -> None:
    ready.token = credentials.register(
        ready.github.add_token(
            "fine-grained",
            owner="mona",
            resource_owner="acme",
            permissions={"codespaces_secrets": "read", "metadata": "read"},
        )
    )
    ended = ready.ensure()
    assert ended.code == 1
    assert changes(ended) == [("create", name, "failed") for name in names("ACR")]
    detail = ended.document["changes"][0]["detail"]
    assert 'The token needs the repository permission "Codespaces secrets" (read and write).' in detail
    assert ready.stored("repository") == {}


def test_no_token_is_told(ready: Scene) -> None:
    ready.token = ""
    ended = ready.ensure()
    assert (ended.code, ended.rules, changes(ended)) == (3, ["unreadable-secrets"], [])


def test_a_repository_that_is_not_there_is_told(ready: Scene) -> None:
    ended = ready.ensure("--repository", "acme/nowhere")
    assert (ended.code, ended.rules, changes(ended)) == (3, ["unreadable-secrets"], [])


def test_nothing_to_ensure_is_wrong_usage(scene: Scene) -> None:
    ended = scene.run("ensure")
    assert (ended.code, ended.output) == (2, "")
    assert "There is no triple to ensure" in ended.errors


@pytest.mark.parametrize("visibility", ["private", "selected"])
def test_a_credential_that_public_repositories_may_read_is_refused(ready: Scene, visibility: str) -> None:
    for name in names("ACR"):
        ready.github.add_secret("organization", "acme", name, visibility="all", updated_at=hours_ago(99))
    ready.configure(f"registries: {{ACR: {{level: organization, visibility: {visibility}, max-age: 1d}}}}")
    message, remedy = refused(ready, ready.ensure("--force"), "visibility-too-wide")
    assert "including public ones" in message
    assert "Narrow its repository access" in remedy


def test_a_public_repository_gets_nothing_that_is_for_private_ones(ready: Scene) -> None:
    ready.github.add_repository("acme/site", visibility="public")
    ready.configure("registries: {ACR: {level: organization, visibility: private}}")
    message, _ = refused(ready, ready.ensure("--repository", "acme/site"), "not-assignable")
    assert message.startswith("acme/site is public, and ")


def test_a_repository_of_somebody_else_reads_no_secret_of_the_organization(ready: Scene) -> None:
    ready.configure("registries: {ACR: {level: organization, repositories: [mona/own]}}")
    message, _ = refused(ready, ready.ensure(), "not-assignable")
    assert message == "mona/own is not a repository of acme, so it can't read a secret of that organization."


def test_a_repository_that_is_not_there_is_given_nothing(ready: Scene) -> None:
    ready.configure("registries: {ACR: {level: organization, repositories: [acme/nowhere]}}")
    ended = ready.ensure()
    assert ended.code == 1
    assert [outcome for _, _, outcome in changes(ended)] == ["failed"] * 3
    assert "Could not give acme/nowhere access" in ended.document["changes"][0]["detail"]
    assert ready.stored("organization") == {}


def test_a_server_other_than_the_configuration_expects_is_refused(ready: Scene) -> None:
    ready.configure("registries: {ACR: {server: other.azurecr.io}}")
    message, _ = refused(ready, ready.ensure(), "server-mismatch")
    assert message == (
        f"The configuration expects `other.azurecr.io` for ACR, but the given value is `{AZURE}`."
    )


def test_a_secret_of_a_level_that_wins_is_a_warning(ready: Scene) -> None:
    ready.store("repository", {PASSWORD: "another"})
    ended = ready.ensure("--level", "organization")
    assert (ended.code, ended.rules) == (0, ["shadowed-secret"])
    assert changes(ended) == [("create", name, "done") for name in names("ACR")]
    [finding] = ended.document["findings"]
    assert (finding["severity"], finding["message"]) == (
        "warning",
        f"{PASSWORD} at repository level overrides what is ensured at organization level.",
    )
