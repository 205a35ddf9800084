"""Which of the given values are secret."""

import base64
from pathlib import Path

import pytest
import yaml

from crreg.facts.masked_values import probable_secrets, secrets_of_environment, secrets_of_triples
from crreg.triple import Triple

ROOT = Path(__file__).parents[3]
PASSWORD = "ACR_CONTAINER_REGISTRY_PASSWORD"


def basic(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_triple_is_hidden_by_its_password_and_its_basic_form() -> None:
    triple = Triple("ACR", "acme.azurecr.io", "octocat", "hunter2-hunter2")
    assert set(secrets_of_triples([triple])) == {"hunter2-hunter2", basic("octocat:hunter2-hunter2")}


def test_each_line_of_a_password_is_masked_but_not_a_bare_brace() -> None:
    key = '{\n  "private_key": "abc",\n  "id": "def"\n}'
    found = secrets_of_triples([Triple("GCR", "gcr.io", "_json_key", key)])
    assert set(found) == {key, '"private_key": "abc",', '"id": "def"', basic(f"_json_key:{key}")}


@pytest.mark.parametrize("user", ["AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "ghp_0123456789abcdef"])
def test_a_user_that_is_a_key_is_hidden(user: str) -> None:
    assert user in secrets_of_triples([Triple("ECR", "a.example", user, None)])


@pytest.mark.parametrize("user", ["AWS", "codespaces-pull", "AKIA", "akiaiosfodnn7example", ""])
def test_any_other_user_is_shown(user: str) -> None:
    assert secrets_of_triples([Triple("ECR", "a.example", user, None)]) == ()


def test_a_value_with_a_trailing_newline_is_masked_without_it_too() -> None:
    found = secrets_of_triples([Triple("ACR", "a.example", "octocat", "hunter2-hunter2\n")])
    assert {"hunter2-hunter2", "hunter2-hunter2\n", basic("octocat:hunter2-hunter2")} <= set(found)


def test_longer_masks_come_first_so_that_none_is_cut_by_a_part_of_it() -> None:
    assert secrets_of_environment({}, ["token", "a longer token"]) == ("a longer token", "token")


@pytest.mark.parametrize(
    ("variable", "value", "secrets"),
    [
        (
            "HTTPS_PROXY",
            "http://me:hunter2-hunter2@p.example:3128",
            {"hunter2-hunter2", basic("me:hunter2-hunter2")},
        ),
        ("http_proxy", "me:hunter%32@p.example", {"hunter%32", "hunter2", basic("me:hunter2")}),
        ("ALL_PROXY", "socks5://a-token@p.example", {"a-token", basic("a-token:")}),
        ("https_proxy", "http://me:a/b@c@p.example", {"a/b@c", basic("me:a/b@c")}),
        ("HTTPS_PROXY", "http://p.example:3128", set()),
        ("NO_PROXY", "p.example", set()),
        ("A_PROXY_OF_OURS", "http://me:hunter2-hunter2@p.example", set()),
    ],
)
def test_the_login_of_a_proxy_is_hidden(variable: str, value: str, secrets: set[str]) -> None:
    assert set(secrets_of_environment({variable: value})) == secrets


def test_what_must_be_masked_is_known_before_any_input_is_checked() -> None:
    environment = {
        "INPUT_TOKEN": "ghp_x",
        "INPUT_ISSUE-TOKEN": "ghs_x",
        "INPUT_APP-PRIVATE-KEY": "key",
        "INPUT_CREDENTIALS": "A=one\n\nbroken line\nacr_container_registry_user=octocat\n"
        "export HUB_CONTAINER_REGISTRY_PASSWORD='two'\nGCR_CONTAINER_REGISTRY_PASSWORD=",
    }
    masked = {"ghp_x", "ghs_x", "key", "A=one", "one", "broken line", "two"}
    assert set(secrets_of_environment(environment)) == masked


@pytest.mark.parametrize("line", ["{", "}", '"{"', "[", "''"])
def test_a_brace_of_a_key_that_was_not_written_as_one_string_is_no_secret(line: str) -> None:
    text = f"GAR_CONTAINER_REGISTRY_PASSWORD={line}\n  x\n{line}"
    assert secrets_of_environment({"INPUT_CREDENTIALS": text}) == ("  x", "x")


def test_every_secret_input_of_the_action_is_masked() -> None:
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    secret = [name for name in inputs if {"token", "key", "credentials", "password"} & set(name.split("-"))]
    assert secret == ["token", "app-private-key", "credentials", "issue-token"]
    for name in secret:
        assert "hunter2-hunter2" in secrets_of_environment({f"INPUT_{name.upper()}": "hunter2-hunter2"})


@pytest.mark.parametrize(
    "name",
    [
        *("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"),
        *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", PASSWORD),
    ],
)
def test_a_variable_is_secret_in_the_action_the_command_and_a_codespace_alike(name: str) -> None:
    assert "hunter2-hunter2" in secrets_of_environment({name: "hunter2-hunter2\n"})


def test_of_what_codespaces_keeps_all_is_secret_but_what_a_diagnosis_is_about() -> None:
    kept = {
        PASSWORD: "p",
        "ACR_CONTAINER_REGISTRY_SERVER": "acme.azurecr.io",
        "ACR_CONTAINER_REGISTRY_USER": "u",
        "GITHUB_TOKEN": "ghu_x",
        "GITHUB_REPOSITORY": "acme/app",
        "CODESPACE_NAME": "parakeet",
        "DATABASE_URL": "d",
    }
    assert probable_secrets({"NPM_TOKEN": "n", "HOME": "/root"}, kept) == ("n", "p", "ghu_x", "d")
