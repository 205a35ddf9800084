import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crreg.configuration.nodes import ConfigurationError
from crreg.configuration.publications import complaint_of_local, parse_publications
from crreg.configuration.settings import Build, Publication

COPIED = Publication("ghcr.io/o/app", None, copy="acme.azurecr.io/base:1")


def test_every_key_is_read() -> None:
    text = """\
- image: ghcr.io/o/app
  copy: acme.azurecr.io/base:1
  tags: ["1", latest, "1"]
  platforms: [linux/amd64, linux/arm/v7]
  referrers: true
  link: True
  immutable: false
- image: localhost:5000/tools
  build:
    context: app
    dockerfile: app/Containerfile
    target: dev
    args: {VERSION: 1.20, EMPTY: }
    labels: {team: platform}
    cache-from: [ghcr.io/o/tools:cache]
    platforms: [linux/arm64]
- image: ghcr.io/o/here
  build: .devcontainer
"""
    assert parse_publications(text, ()) == (
        replace(
            COPIED,
            tags=("1", "latest"),
            platforms=("linux/amd64", "linux/arm/v7"),
            referrers=True,
            link=True,
        ),
        Publication(
            "localhost:5000/tools",
            None,
            build=Build(
                "app",
                "app/Containerfile",
                "dev",
                {"VERSION": "1.20", "EMPTY": ""},
                {"team": "platform"},
                ("ghcr.io/o/tools:cache",),
                ("linux/arm64",),
            ),
        ),
        Publication("ghcr.io/o/here", None, build=Build(".devcontainer")),
    )


@pytest.mark.parametrize("text", ["true", " TRUE\n"])
def test_the_input_may_stand_for_what_the_configuration_lists(text: str) -> None:
    assert parse_publications(text, (COPIED,)) == (COPIED,)


@pytest.mark.parametrize("text", ["", "  \n", "# nothing"])
def test_an_empty_input_publishes_nothing(text: str) -> None:
    assert parse_publications(text, (COPIED,)) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("true", "1:1: the configuration lists no images under publish"),
        ("yes", "1:1: expected a list of images as in the configuration's publish, or true"),
        ("image: x", "1:1: publish must be a list"),
        (
            "- {image: ghcr.io/Org/App, copy: a}",
            "1:11: publish.image 'ghcr.io/Org/App' has upper-case letters, which no registry accepts",
        ),
        (
            "- {image: ghcr.io/o/app:1, copy: a}",
            "1:11: publish.image 'ghcr.io/o/app:1' has a tag or a digest",
        ),
        (
            "- {image: ghcr.io/o//app, copy: a}",
            "1:11: publish.image 'ghcr.io/o//app' is not a valid image name",
        ),
        ("- {image: a.b/c, copy: 'a b'}", "1:25: publish.copy 'a b' is not a valid image name"),
        ("- {image: a.b/c, copy: a, tags: []}", "1:33: publish.tags must list at least one tag"),
        (
            "- {image: a.b/c, copy: a, tags: [.x]}",
            "1:34: '.x' is not a valid tag: a tag has 1 to 128 letters",
        ),
        (
            "- {image: a.b/c, copy: a, platforms: [arm64]}",
            "'arm64' is not a platform: expected one such as linux/amd64",
        ),
        ("- {image: a.b/c, local: ../containers}", "publish.local '../containers' is not a valid image name"),
        ("- {image: a.b/c, local: sha256:aa/../x}", "is not a valid image name"),
        ("- {image: a.b/c, local: a, platforms: [linux/arm64]}", "publish.platforms works only with copy"),
        (
            "- {image: a.b/c, build: ., platforms: [linux/arm64]}",
            "only with copy: list a build's platforms under build",
        ),
        ("- {image: a.b/c, build: ., referrers: true}", "publish.referrers works only with copy"),
        (
            "- {image: a.b/c, build: ., link: true}",
            "publish.link works only with copy and local: built images are always",
        ),
        ("- {image: a.b/c, copy: a, immutable: 3}", "publish.immutable is '3', but must be true or false"),
        (
            "- {image: o/app, copy: a}\n- {image: docker.io/o/app, local: b}",
            "2:3: docker.io/o/app:latest appears twice in publish",
        ),
        (
            "- {image: a.b/c, copy: a}\n- {image: A.b/c, local: b}",
            "2:3: A.b/c:latest appears twice in publish",
        ),
        (
            "- {image: a.b/c, copy: a}\n- {image: a.b/c, local: b}",
            "2:3: a.b/c:latest appears twice in publish",
        ),
        ("- {image: a.b/c, build: {args: {V: [1]}}}", "publish.build.args.V must be a string"),
        ("- {image: a.b/c, build: {colour: red}}", "unknown key `colour` in publish.build: expected context"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_publications(text, ())
    assert str(caught.value).startswith("input publish:")
    assert said in str(caught.value)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ConfigurationError):
        parse_publications(text, (COPIED,))


@pytest.mark.parametrize(
    "local", ["app:ci", "a" * 12, "a" * 64, "sha256:" + "a" * 64, "ghcr.io/o/app@sha256:" + "a" * 64]
)
def test_an_image_of_the_engine_has_a_name_or_an_identifier(local: str) -> None:
    assert complaint_of_local(local) is None
