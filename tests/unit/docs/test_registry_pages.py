"""Each registry's page quotes what crreg says of a refused login, and what it says to paste is right."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from docs.generate import ROOT
from tests.unit.docs.pages import anchors_of, blocks_of, tables_of

from crreg.findings.remedy import text_of
from crreg.registry.credentials import Credentials
from crreg.registry.login.cause import likely_cause
from crreg.registry.providers import PROVIDERS
from crreg.registry.providers.provider import Provider
from crreg.registry.server import parse_server, registry_of
from crreg.remedies.providers import advice_for
from crreg.rules.catalog import RULES
from crreg.triple import Part, find_triples

NOW = datetime(2026, 6, 1, tzinfo=UTC)
FOLDER = ROOT / "docs" / "registries"
SERVERS = {
    "azure.md": ("ACR", "acme.azurecr.io"),
    "ecr-keys.md": ("ECR", "123456789012.dkr.ecr.eu-west-1.amazonaws.com"),
    "ecr-oidc.md": ("ECR", "123456789012.dkr.ecr.eu-west-1.amazonaws.com"),
    "docker-hub.md": ("DOCKERHUB", "https://index.docker.io/v1/"),
    "google.md": ("GAR", "europe-docker.pkg.dev"),
    "ghcr.md": ("GHCR", "ghcr.io"),
    "others.md": ("HARBOR", "harbor.example.com"),
}
LONG = [name for name in SERVERS if name != "others.md"]
"""The pages that are about one provider."""
# The forms of a token's subject for a branch:
# https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
BY_NAME = re.compile(r"repo:[\w.-]+/[\w.-]+:ref:refs/heads/[\w./-]+")
BY_NUMBER = re.compile(r"repo:[\w.-]+@[0-9]+/[\w.-]+@[0-9]+:ref:refs/heads/[\w./-]+")


def test_there_is_a_page_for_each() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == {*SERVERS, "README.md"}
    assert {provider.page for provider in PROVIDERS} <= set(SERVERS)


@pytest.mark.parametrize(
    ("name", "user", "password"),
    [
        ("azure.md", "codespaces", "x"),
        ("ecr-keys.md", "AWS", "x"),
        ("docker-hub.md", "octocat", "x"),
        ("docker-hub.md", "octocat@example.com", "x"),
        ("google.md", "_json_key", "{"),
        ("google.md", "_json_key", "{}"),
        ("google.md", "_json_key", "e30="),
        ("google.md", "_json_key_base64", "e30=\n"),
        ("google.md", "_json_key_base64", "e30"),
        ("google.md", "octocat", "x"),
        ("ghcr.md", "octocat", "ghp_x"),
        ("ghcr.md", "octocat", "github_pat_x"),
        ("others.md", "robot$dev+pull", "x"),
        ("others.md", "gitlab+deploy-token-1", "x"),
        ("others.md", "gitlab-ci-token", "x"),
    ],
)
def test_a_page_has_what_crreg_says_of_a_refused_login(name: str, user: str, password: str) -> None:
    cause = likely_cause(parse_server(SERVERS[name][1]), Credentials(user, password), NOW)

    assert cause.rstrip(".") in (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "azure.md",
            ("AcrPull", "content/read", "Container Registry Repository Reader", "_repositories_pull"),
        ),
        ("docker-hub.md", ("Repo Read-only", "Repo Public Read-only", "organization's name")),
        ("ecr-keys.md", ("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")),
        ("ghcr.md", ("read:packages", "Manage Codespaces access")),
        ("google.md", ("roles/artifactregistry.reader", "_json_key_base64")),
    ],
)
def test_a_page_and_the_remedies_name_the_same_permissions(name: str, words: tuple[str, ...]) -> None:
    advice = advice_for(registry_of(SERVERS[name][1]))
    remedies = text_of((*advice.renewal.steps, *advice.grant)) + (advice.renewal.user or "")
    page = " ".join((FOLDER / name).read_text(encoding="utf-8").split())

    assert [word for word in words if word not in remedies or word not in page] == []


@pytest.mark.parametrize("name", LONG)
def test_a_page_names_all_three_secrets_with_the_server_and_says_what_goes_wrong(name: str) -> None:
    identifier, server = SERVERS[name]
    text = (FOLDER / name).read_text(encoding="utf-8")

    assert all(f"| `{identifier}_CONTAINER_REGISTRY_{part}` |" in text for part in Part)
    assert f"`{server}`" in text or f"server: {server}" in text
    assert "what-goes-wrong" in anchors_of(FOLDER / name)


@pytest.mark.parametrize("name", SERVERS)
def test_the_names_in_what_is_to_be_pasted_are_those_of_one_triple(name: str) -> None:
    text = "\n".join(block.text for block in blocks_of(FOLDER / name))
    words = {
        word.strip("\"',:=").partition("=")[0]: "" for word in text.split() if "_CONTAINER_REGISTRY_" in word
    }
    kinds = ("secrets.", "vars.")

    assert set(find_triples(words)) <= {SERVERS[name][0]}
    assert all(word.startswith(SERVERS[name][0]) or word.startswith(kinds) for word in words)


@pytest.mark.parametrize("name", SERVERS)
def test_only_the_password_is_a_secret_of_actions(name: str) -> None:
    text = "\n".join(block.text for block in blocks_of(FOLDER / name))

    assert set(re.findall(r"secrets\.\w+_REGISTRY_(\w+)", text)) <= {"PASSWORD"}
    assert set(re.findall(r"vars\.\w+_REGISTRY_(\w+)", text)) <= {"SERVER", "USER"}
    for line in text.splitlines():
        if "--app actions" in line or '--app "$app"' in line:
            assert "_REGISTRY_PASSWORD" in line
        if "gh variable set" in line:
            assert "_REGISTRY_PASSWORD" not in line


@pytest.mark.parametrize("name", SERVERS)
def test_no_suggested_user_is_a_word_that_crreg_writes(name: str) -> None:
    text = "\n".join(block.text for block in blocks_of(FOLDER / name))
    users = set(re.findall(r"_REGISTRY_USER .*--body (\S+)", text))
    users |= set(re.findall(r"--(?:name|user-name) (\S+)", text)) | set(
        re.findall(r"accounts create (\S+)", text)
    )
    ours = " ".join(f"{rule.id} {rule.summary} {rule.remedy}" for rule in RULES).split()

    assert users.isdisjoint({*ours, "codespaces", "actions", "gh", "secret", "user", "app"})


@pytest.mark.parametrize("provider", [provider for provider in PROVIDERS if provider.page == "others.md"])
def test_the_page_of_the_others_has_each_with_its_source(provider: Provider) -> None:
    (row,) = (row for row in next(tables_of(FOLDER / "others.md")) if row[1] == f"`{provider.identifier}`")

    assert re.fullmatch(r"\[[^]]+\]\(https://[^)]+\)", row[0])
    assert all(cell.strip() for cell in row)
    assert (
        not provider.hosts
        or any(provider.serves(host) for host in re.findall(r"`([a-z.0-9-]+)`", row[2]))
        or (provider.name == "Harbor")
    )
    assert all(
        user in row[3]
        for user in provider.public_users & {"$oauthtoken", "iamapikey", "nologin"}
        if (provider.name != "Quay")
    )


@pytest.mark.parametrize("page", [FOLDER / "ecr-oidc.md", ROOT / "docs" / "operations.md"])
def test_a_trust_policy_knows_both_forms_of_the_subject(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    policies = re.findall(r'\{\n  "Version".*?\n\}', text, re.DOTALL)
    (trust,) = (policy for policy in map(json.loads, policies) if "AssumeRole" in json.dumps(policy))
    subjects = trust["Statement"][0]["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]

    assert [bool(BY_NAME.fullmatch(subject)) for subject in subjects] == [True, False]
    assert [bool(BY_NUMBER.fullmatch(subject)) for subject in subjects] == [False, True]
    assert "/actions/oidc/customization/sub --jq .sub_claim_prefix" in text


def test_with_data_residency_the_issuer_is_another() -> None:
    assert "https://token.actions.SUBDOMAIN.ghe.com" in (FOLDER / "ecr-oidc.md").read_text(encoding="utf-8")
