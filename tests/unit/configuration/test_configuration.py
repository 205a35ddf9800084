import contextlib
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crreg.configuration.nodes import ConfigurationError
from crreg.configuration.parse import parse_configuration, parse_registries
from crreg.configuration.settings import (
    Allowed,
    Build,
    ConfiguredImage,
    Publication,
    RegistrySettings,
    Rotation,
    Settings,
    Visibility,
)
from crreg.findings.location import Location
from crreg.github.levels import Level

RULES = frozenset({"unused-triple", "missing-secret"})
PATH = ".github/crreg.yml"


def parse(text: str) -> Settings:
    return parse_configuration(text, PATH, rules=RULES)


def test_every_key_is_read_with_its_place() -> None:
    text = """\
registries:
  acr:
    server: acme.azurecr.io
    level: organization
    visibility: selected
    repositories: [org/app, org/api]
    images: [acme.azurecr.io/dev/base:1]
    max-age: 90d
  ECR:
    rotate: ecr-token
    allow: ["*", org/app, topic:backend, property:tier=a=1]
ignore: [unused-triple]
publish:
  - image: ghcr.io/org/app-dev
    tags: [latest, "1.4"]
    copy: acme.azurecr.io/dev/base:1
  - image: ghcr.io/org/tools
    build: {context: ., dockerfile: Dockerfile, target: dev, args: {V: "1"}}
  - image: ghcr.io/org/local
    local: app:ci
"""
    assert parse(text) == Settings(
        {
            "ACR": RegistrySettings(
                "ACR",
                Location(PATH, 2, 3, 2, 6),
                server="acme.azurecr.io",
                server_location=Location(PATH, 3, 13, 3, 28),
                level=Level.ORGANIZATION,
                visibility=Visibility.SELECTED,
                repositories=("org/app", "org/api"),
                images=(ConfiguredImage("acme.azurecr.io/dev/base:1", Location(PATH, 7, 14, 7, 40)),),
                max_age=timedelta(days=90),
            ),
            "ECR": RegistrySettings(
                "ECR",
                Location(PATH, 9, 3, 9, 6),
                rotate=Rotation.ECR_TOKEN,
                allow=(
                    Allowed("*"),
                    Allowed("org/app"),
                    Allowed(topic="backend"),
                    Allowed(property=("tier", "a=1")),
                ),
            ),
        },
        frozenset({"unused-triple"}),
        (
            Publication(
                "ghcr.io/org/app-dev",
                Location(PATH, 14, 12, 14, 31),
                ("latest", "1.4"),
                copy="acme.azurecr.io/dev/base:1",
            ),
            Publication(
                "ghcr.io/org/tools",
                Location(PATH, 17, 12, 17, 29),
                build=Build(".", "Dockerfile", "dev", {"V": "1"}),
            ),
            Publication("ghcr.io/org/local", Location(PATH, 19, 12, 19, 29), local="app:ci"),
        ),
        PATH,
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "registries:\n"])
def test_an_empty_file_sets_nothing(text: str) -> None:
    assert parse(text) == Settings(path=PATH)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (
            "registry: {}",
            1,
            "unknown key `registry` in the configuration (did you mean `registries`?): expected registries",
        ),
        ("pubish: []", 1, "unknown key `pubish` in the configuration (did you mean `publish`?)"),
        (
            "registries:\n  ACR: {max_age: 90d}",
            2,
            "in registries.ACR (did you mean `max-age`?): expected server",
        ),
        ("registries:\n  ACR: {Level: user}", 2, "in registries.ACR (did you mean `level`?)"),
        (
            "registries:\n  ACR: {level: organisation}",
            2,
            "is 'organisation' (did you mean `organization`?), but must",
        ),
        (
            "ignore: [missing-secrets]",
            1,
            "'missing-secrets' (did you mean `missing-secret`?), which is not a rule",
        ),
        ("publish:\n  - {image: x, tag: a}\n", 2, "in an entry of publish (did you mean `tags`?)"),
        ("- a", 1, "the configuration must be a mapping"),
        ("registries: [ACR]", 1, "registries must be a mapping"),
        ("registries:\n  ACR:\n    host: x", 3, "unknown key `host` in registries.ACR: expected server"),
        ("registries:\n  ACR: {level: team}", 2, "registries.ACR.level is 'team', but must be one of user"),
        ("registries:\n  ACR: {max-age: 90}", 2, "such as 12h, 90d or 4w"),
        ("registries:\n  ACR: {rotate: weekly}", 2, "but must be ecr-token"),
        ("registries:\n  ACR: {repositories: app}", 2, "repositories must be a list"),
        ("registries:\n  ACR: {repositories: [app]}", 2, "'app' is not a repository: expected OWNER/NAME"),
        ("registries:\n  ACR: {allow: app}", 2, "registries.ACR.allow must be a list"),
        *(
            (f"registries:\n  ACR: {{allow: ['{entry}']}}", 2, f"'{entry}' can't be an entry of allow")
            for entry in (
                "team:x",
                "topic:",
                "property:tier",
                "property:=a",
                "property:tier=",
                "topics:a",
                "org:app",
                ":",
            )
        ),
        (
            "registries:\n  ACR:\n    allow: [app]\n    level: user",
            4,
            "registries.ACR.level must be organization, because registries.ACR has allow",
        ),
        (
            "registries:\n  ACR: {visibility: all, allow: []}",
            2,
            "registries.ACR.visibility must be selected, because registries.ACR has allow",
        ),
        ("registries:\n  1ACR: {}", 2, "'1ACR' can't be an identifier"),
        ("registries:\n  GITHUB_X: {}", 2, "GitHub refuses names that start with GITHUB_"),
        ("registries:\n  ACR: {}\n  acr: {}", 3, "the identifier ACR appears twice"),
        ("registries:\n  ACR: {}\n  ACR: {}", 3, "invalid YAML: 'ACR' is already on line 2"),
        ("registries:\n  ACR: {server: [x]}", 2, "registries.ACR.server must be a host"),
        ("ignore: [no-such-rule]", 1, "'no-such-rule', which is not a rule"),
        ("publish:\n  - image: x\n", 2, "exactly one of copy, build and local"),
        ("publish:\n  - copy: x\n", 2, "must name its image"),
        (
            "publish:\n  - {image: x, copy: y, colour: z}\n",
            2,
            "unknown key `colour` in an entry of publish: expected image",
        ),
        ("registries: {}\n---\nignore: []", 2, "a second document starts here, but only one is allowed"),
        ("a: b: c", 1, "invalid YAML: mapping values are not allowed"),
        ("a: \x07", 1, "invalid YAML: control characters are not allowed"),
        ("[" * 5000, 1, "invalid YAML: more than 20 levels"),
        ("# " + "x" * 70_000, 1, "larger than 65536 characters"),
        ("registries:\n  A: &a {images: [x]}\n  B: *a", 2, "&a: aliases and anchors are not supported here"),
        ("registries:\n  A: {images: [*a]}", 2, "*a: aliases and anchors are not supported here"),
        ("registries:\n  A: {<<: {level: user}}", 2, "merge keys (<<) are not supported here"),
        (
            "registries:\n" + "".join(f"  R{number}:\n" for number in range(101)),
            102,
            "registries has more than 100 entries",
        ),
        (
            "registries:\n"
            + "".join(f"  R{number}: {{images: [{', '.join(['a'] * 101)}]}}\n" for number in range(10)),
            11,
            "registries name more than 1000 images",
        ),
        (
            "publish:\n" + "".join(f"- {{image: a.b/c{number}, copy: a}}\n" for number in range(101)),
            102,
            "publish has 101 entries, but may have at most 100",
        ),
    ],
)
def test_a_mistake_is_told_with_its_file_its_line_and_what_was_expected(
    text: str, line: int, said: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    assert caught.value.location.line == line
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{PATH}:{line}:")


@pytest.mark.parametrize("text", ["ACR hub", "ACR, hub", "acr\nHUB\n"])
def test_the_input_may_list_identifiers(text: str) -> None:
    assert parse_registries(text) == {
        "ACR": RegistrySettings("ACR", None),
        "HUB": RegistrySettings("HUB", None),
    }


def test_the_input_may_be_yaml() -> None:
    found = parse_registries("ACR:\n  server: acme.azurecr.io\n")
    assert found["ACR"].server == "acme.azurecr.io"


def test_an_empty_input_is_no_registry() -> None:
    assert parse_registries("  \n") == {}


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (
        lambda: parse_configuration(text, PATH, rules=RULES),
        lambda: parse_registries(text),
    ):
        with contextlib.suppress(ConfigurationError):
            read()


def test_an_input_names_no_more_registries_than_a_file() -> None:
    with pytest.raises(ConfigurationError, match="more than 100 identifiers"):
        parse_registries(" ".join(f"R{number}" for number in range(101)))


@pytest.mark.parametrize(
    "text", ["\n::error::x", "\r::error::x", "\x1b[2J", "\u202e", "\u2028::x", "\x85::x"]
)
def test_a_mistake_is_told_in_one_printable_line(text: str) -> None:
    for key in (
        f"publish:\n- {{image: {json.dumps('ghcr.io/O' + text)}, copy: a}}",
        json.dumps(text) + ": 1",
    ):
        with pytest.raises(ConfigurationError) as caught:
            parse(key)
        assert str(caught.value).isprintable()
        assert caught.value.message.isprintable()
