"""`crreg doctor --write-recommended`: the property of devcontainer.json that asks people for secrets."""

import json

import pytest
from sandbox.world import PUBLIC_REPOSITORY
from tests.integration.doctor.scene import AZURE, Scene

DOCUMENTATION = (
    "https://docs.github.com/en/codespaces/reference/allowing-your-codespace-to-access-a-private-registry"
)


@pytest.fixture
def private(scene: Scene) -> Scene:
    scene.world.places[AZURE].push("dev/base", "1")
    scene.world.places["docker.io"].push("acme/db", "1")
    scene.world.places["docker.io"].push(PUBLIC_REPOSITORY, "1")
    scene.write(".devcontainer/devcontainer.json", '{"dockerComposeFile": "c.yml", "service": "a"}')
    scene.write(
        ".devcontainer/c.yml",
        "services:\n"
        f"  a: {{image: {AZURE}/dev/base:1}}\n"
        "  b: {image: acme/db:1}\n"
        f"  c: {{image: {PUBLIC_REPOSITORY}:1}}\n",
    )
    return scene


def test_it_holds_a_triple_for_each_private_registry(private: Scene) -> None:
    ended = private.doctor("--write-recommended")
    assert (ended.code, ended.errors) == (0, "")
    secrets = ended.document["secrets"]
    assert list(ended.document) == ["secrets"]
    assert {name: secret["description"] for name, secret in secrets.items()} == {
        "ACR_CONTAINER_REGISTRY_SERVER": f"The registry: {AZURE}",
        "ACR_CONTAINER_REGISTRY_USER": f"The user that logs in to {AZURE} to pull the dev container's image",
        "ACR_CONTAINER_REGISTRY_PASSWORD": f"A password or access token of that user at {AZURE} that can pull",
        "DOCKERHUB_CONTAINER_REGISTRY_SERVER": "The registry: https://index.docker.io/v1/",
        "DOCKERHUB_CONTAINER_REGISTRY_USER": "The user that logs in to docker.io to pull the dev container's image",
        "DOCKERHUB_CONTAINER_REGISTRY_PASSWORD": "A password or access token of that user at docker.io that can pull",
    }
    assert {secret["documentationUrl"] for secret in secrets.values()} == {DOCUMENTATION}


def test_the_triple_that_is_there_keeps_its_name(private: Scene) -> None:
    private.values = private.world.places[AZURE].triple("WORK")
    names = private.doctor("--write-recommended").document["secrets"]
    assert sorted({name.partition("_")[0] for name in names}) == ["DOCKERHUB", "WORK"]


def test_as_text_it_is_a_property_to_paste(private: Scene) -> None:
    text = private.doctor("--write-recommended", form="text").output
    document = private.doctor("--write-recommended").document
    assert text.startswith('  "secrets": {\n')
    assert json.loads(f"{{{text}}}") == document


def test_a_registry_that_does_not_answer_is_said_and_left_out(private: Scene) -> None:
    private.need("127.0.0.1:1/dev/base:1")
    ended = private.doctor("--write-recommended")
    assert (ended.code, ended.document) == (3, {"secrets": {}})
    assert "whether these images need a secret: 127.0.0.1:1/dev/base:1" in ended.errors
