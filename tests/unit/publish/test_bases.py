"""Which images a build pulls, and with which registry's login."""

import pytest

from crreg.configuration.settings import Build
from crreg.engine.image import Base, RegistryLogin
from crreg.publish.apply import bases_of


def test_bases_are_the_images_of_from_and_copy_that_the_target_reaches() -> None:
    dockerfile = (
        "ARG TAG=1\nFROM --platform=linux/amd64 ghcr.io/o/base:${TAG} AS first\n"
        "FROM first\nCOPY --from=quay.io/o/tool /a /b\nCOPY --from=first /a /b\n"
        "FROM quay.io/o/never\n"
        "FROM first AS last\nCOPY --from=1 /a /b\n"
    )

    assert bases_of(dockerfile, Build(args={"TAG": "2"})) == (
        Base("ghcr.io/o/base:2", "ghcr.io"),
        Base("quay.io/o/tool", "quay.io"),
    )


def test_what_buildkit_expands_is_expanded_as_it_expands_it() -> None:
    dockerfile = 'ARG V="1"\nARG FULL=ghcr.io/o/base:$V\nFROM ${FULL%:*}:${W:-2}\nRUN <<EOF\nFROM evil.example/a\nEOF\n'

    assert bases_of(dockerfile, Build()) == (Base("ghcr.io/o/base:2", "ghcr.io"),)


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        ("EVIL/app", "evil"),
        ("Evil/app:1", "evil"),
        ("evil.example/app", "evil.example"),
        ("app", "docker.io"),
        ("index.docker.io/o/app", "docker.io"),
    ],
)
def test_the_login_of_docker_hub_goes_to_no_stranger(image: str, registry: str) -> None:
    assert bases_of(f"FROM {image}\n", Build()) == (Base(image, registry),)


@pytest.mark.parametrize(
    ("registry", "key"), [("docker.io", "https://index.docker.io/v1/"), ("ghcr.io", "ghcr.io")]
)
def test_a_login_has_the_key_under_which_docker_looks_it_up(registry: str, key: str) -> None:
    assert RegistryLogin(registry, "a", "1").key == key
