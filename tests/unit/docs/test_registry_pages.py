"""Each registry's page tells what crreg says of a login that fails there, in crreg's own words."""

from datetime import UTC, datetime

import pytest
from docs.generate import ROOT
from tests.unit.docs.pages import anchors_of, blocks_of

from crreg.registry.cause import likely_cause
from crreg.registry.credentials import Credentials
from crreg.registry.server import parse_server
from crreg.triple import Part, find_triples

NOW = datetime(2026, 6, 1, tzinfo=UTC)
FOLDER = ROOT / "docs" / "registries"
SERVERS = {
    "azure.md": ("ACR", "acme.azurecr.io"),
    "ecr-keys.md": ("ECR", "123456789012.dkr.ecr.eu-west-1.amazonaws.com"),
    "ecr-oidc.md": ("ECR", "123456789012.dkr.ecr.eu-west-1.amazonaws.com"),
    "docker-hub.md": ("HUB", "https://index.docker.io/v1/"),
    "google.md": ("GAR", "europe-docker.pkg.dev"),
    "ghcr.md": ("GHCR", "ghcr.io"),
}


def test_there_is_a_page_for_each() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == set(SERVERS)


@pytest.mark.parametrize(
    ("name", "user", "password"),
    [
        ("azure.md", "codespaces", "x"),
        ("ecr-keys.md", "AWS", "x"),
        ("docker-hub.md", "octocat", "x"),
        ("google.md", "_json_key", "{"),
        ("google.md", "_json_key", "{}"),
        ("google.md", "_json_key_base64", "e30=\n"),
        ("ghcr.md", "octocat", "ghp_x"),
    ],
)
def test_a_page_has_what_crreg_says_of_a_refused_login(name: str, user: str, password: str) -> None:
    cause = likely_cause(parse_server(SERVERS[name][1]), Credentials(user, password), NOW)

    assert cause.rstrip(".") in (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SERVERS)
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

    assert set(find_triples(words)) <= {SERVERS[name][0]}
    assert all(word.startswith(SERVERS[name][0]) or "secrets." in word for word in words)
