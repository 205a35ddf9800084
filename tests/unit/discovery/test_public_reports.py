"""Configurations as people write them: each test covers one kind of case from public reports and repositories."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.unit.speed import within

from crreg.discovery.discover import discover
from crreg.discovery.dockerfile.cli_reader import read_as_cli
from crreg.discovery.dockerfile.expansion_budget import Budget, ExpansionLimitError
from crreg.discovery.dockerfile.go_text import as_go
from crreg.discovery.found import Discovery, ProblemKind, Source
from crreg.findings.finding import Effect, Severity
from crreg.findings.location import Location

USUAL = ".devcontainer/devcontainer.json"
DOCKERFILE = ".devcontainer/Dockerfile"
COMPOSE = ".devcontainer/c.yml"
BUILT = json.dumps({"build": {"dockerfile": "Dockerfile"}})
COMPOSED = json.dumps({"dockerComposeFile": "c.yml", "service": "a"})


def found(root: Path, files: Mapping[str, str | bytes]) -> Discovery:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode() if isinstance(content, str) else content)
    return discover(root)


def names(discovery: Discovery) -> list[str]:
    return [image.text for image in discovery.images]


def noted(discovery: Discovery) -> list[tuple[Severity, str, int]]:
    return [
        (problem.severity, problem.location.path, problem.location.line) for problem in discovery.problems
    ]


def platforms(discovery: Discovery) -> list[tuple[str, str]]:
    return [(image.text, str(image.platform)) for image in discovery.images]


def kinds(discovery: Discovery) -> list[ProblemKind]:
    return [problem.kind for problem in discovery.problems]


@pytest.mark.parametrize(
    "text",
    [
        '{\n"image": "e.io/a"\n"name": "x"}',
        '{\n"image": "e.io/a",\n"x": {"y": 1}\n',
        '{\n"image": "e.io/a",\n"x": "\\$HOME"}',
        '{\n"image": "e.io/a"\n}}',
        '{\n"image": "e.io/a", # x\n"y": 1}',
        '{\n"image": "e.io/a",\n\u00a0"y": 1}',
        '{\n"image": "e.io/a",\n"y": "x\ny"}',
    ],
)
def test_broken_json_that_the_cli_reads_is_a_warning_and_read(tmp_path: Path, text: str) -> None:
    discovery = found(tmp_path, {USUAL: text})

    assert names(discovery) == ["e.io/a"]
    ((severity, _, line),) = noted(discovery)
    assert (severity, line > 1) == (Severity.WARNING, True)
    assert discovery.problems[0].effect is Effect.HYGIENE


def test_broken_json_that_leaves_nothing_to_start_from_is_an_error(tmp_path: Path) -> None:
    assert noted(found(tmp_path, {USUAL: '{"image": \n'})) == [(Severity.ERROR, USUAL, 2)]


def test_broken_json_of_a_feature_is_a_warning_and_read(tmp_path: Path) -> None:
    feature = '{"id": "f"\n"dependsOn": {"e.io/g/h:1": {}}}'
    files = {
        USUAL: '{"image": "e.io/a", "features": {"./f": {}}}',
        ".devcontainer/f/devcontainer-feature.json": feature,
    }
    discovery = found(tmp_path, files)

    assert names(discovery) == ["e.io/a", "e.io/g/h:1"]
    assert noted(discovery) == [(Severity.WARNING, ".devcontainer/f/devcontainer-feature.json", 2)]


def test_null_is_like_a_missing_key(tmp_path: Path) -> None:
    build = {"dockerfile": "Dockerfile", "args": None, "target": None, "cacheFrom": None, "options": None}
    compose = {"dockerComposeFile": None, "service": "a", "runServices": None, "features": None}
    files = {
        USUAL: json.dumps({"build": build, "features": None}),
        DOCKERFILE: "FROM e.io/a\n",
        ".devcontainer/x/devcontainer.json": json.dumps(compose),
        "docker-compose.yml": "services: {a: {image: e.io/b}}",
    }
    discovery = found(tmp_path, files)

    assert (names(discovery), discovery.problems) == (["e.io/a", "e.io/b"], ())


def test_a_null_argument_is_the_word_that_javascript_makes_of_it(tmp_path: Path) -> None:
    build = {"dockerfile": "Dockerfile", "args": {"A": None}}
    files = {USUAL: json.dumps({"build": build}), DOCKERFILE: "ARG A\nFROM e.io/$A\n"}

    assert "e.io/null" in names(found(tmp_path, files))


@pytest.mark.parametrize("encoding", ["latin-1", "shift_jis", "gbk"])
def test_a_comment_in_any_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    comment = {"latin-1": "café", "shift_jis": "開発", "gbk": "镜像"}[encoding].encode(encoding)
    files = {
        USUAL: b"// " + comment + b"\n" + BUILT.encode(),
        DOCKERFILE: b"# " + comment + b"\nFROM e.io/a\n",
    }
    discovery = found(tmp_path, files)

    assert (names(discovery), discovery.problems) == (["e.io/a"], ())


def test_a_lower_case_dockerfile_is_built_by_buildkit_and_not_found_by_the_cli(tmp_path: Path) -> None:
    compose = "services:\n  a: {image: e.io/a}\n  b: {build: ./b}\n"
    files = {USUAL: COMPOSED, COMPOSE: compose, ".devcontainer/b/dockerfile": "FROM e.io/b\n"}
    discovery = found(tmp_path / "other", files)
    own = found(tmp_path / "own", {USUAL: BUILT, ".devcontainer/dockerfile": "FROM e.io/b\n"})

    assert (sorted(names(discovery)), discovery.problems) == (["e.io/a", "e.io/b"], ())
    assert [problem.message for problem in own.problems] == [
        f"{DOCKERFILE} does not exist; there is dockerfile"
    ]


@pytest.mark.parametrize(
    ("config", "others", "severity", "advice"),
    [
        (
            {"dockerComposeFile": "..\\c.yml", "service": "a"},
            {"c.yml": ""},
            Severity.ERROR,
            "use / instead of \\",
        ),
        ({"dockerComposeFile": "c.yaml", "service": "a"}, {COMPOSE: ""}, Severity.ERROR, "there is c.yml"),
        ({"build": {"dockerfile": "DockerFile"}}, {DOCKERFILE: ""}, Severity.ERROR, "there is Dockerfile"),
        (
            {"build": {"dockerfile": "../shared/D"}},
            {".gitmodules": '[submodule "s"]\n\tpath = shared\n\turl = https://e.io/s.git\n'},
            Severity.WARNING,
            "is in the submodule shared, which is not checked out here",
        ),
        (
            {"image": "${localEnv:X:-e.io/a:1}"},
            {},
            Severity.ERROR,
            "write ${localEnv:X:e.io/a}, without the dash; :1 is",
        ),
        ({"image": "${localEnv:X:e.io/a:1}"}, {}, Severity.WARNING, "so this means e.io/a, without :1"),
    ],
)
def test_a_message_says_what_is_meant(
    tmp_path: Path, config: dict[str, Any], others: dict[str, str], severity: Severity, advice: str
) -> None:
    (problem,) = found(tmp_path, {USUAL: json.dumps(config), **others}).problems

    assert problem.severity is severity
    assert advice in problem.message


def test_a_dash_in_a_build_argument_is_a_value_like_any_other(tmp_path: Path) -> None:
    build = {"dockerfile": "Dockerfile", "args": {"FLAGS": "${localEnv:X:-}"}}

    assert found(tmp_path, {USUAL: json.dumps({"build": build}), DOCKERFILE: "FROM e.io/a\n"}).problems == ()


@pytest.mark.parametrize(
    "path",
    [
        "devcontainer.json",
        ".devcontainer.jsonc",
        ".devcontainer/devcontainer.yml",
        ".devcontainer/DevContainer.json",
        ".DevContainer/devcontainer.json",
        ".devcontainer/a/b/devcontainer.json",
    ],
)
def test_a_file_with_a_name_or_in_a_place_that_is_ignored_is_noted(tmp_path: Path, path: str) -> None:
    discovery = found(tmp_path / "alone", {path: "{}"})
    beside = found(
        tmp_path / "beside", {path: "{}", ".devcontainer/x/devcontainer.json": '{"image": "e.io/a"}'}
    )

    assert noted(discovery) == [(Severity.WARNING, path, 1)]
    assert beside.problems == ()


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"build": {"dockerfile": "Dockerfile", "cacheFrom": ""}}, []),
        ({"build": {"dockerfile": "Dockerfile", "cacheFrom": ["", "c.io/a,d.io/b"]}}, ["c.io/a", "d.io/b"]),
        ({"build": {"dockerfile": "Dockerfile", "cacheFrom": "type=registry"}}, []),
        ({"build": {"dockerfile": "Dockerfile", "options": ["--platform="]}}, []),
    ],
)
def test_an_option_that_names_nothing_is_no_problem(
    tmp_path: Path, config: dict[str, Any], expected: list[str]
) -> None:
    discovery = found(tmp_path, {USUAL: json.dumps(config), DOCKERFILE: "FROM e.io/a\n"})

    assert discovery.problems == ()
    assert sorted(names(discovery)) == [*expected, "e.io/a"]


@pytest.mark.parametrize(
    ("initialize", "severity"), [({}, Severity.ERROR), ({"initializeCommand": "touch x"}, Severity.WARNING)]
)
@pytest.mark.parametrize("key", ["env_file: no.env", "env_file: [{path: no.env}]", "label_file: no.env"])
def test_a_missing_file_of_variables_keeps_a_codespace_from_starting(
    tmp_path: Path, key: str, initialize: dict[str, str], severity: Severity
) -> None:
    compose = f"services:\n  a: {{image: e.io/a}}\n  b: {{image: e.io/b, profiles: [x], {key}}}\n"
    config = json.dumps({"dockerComposeFile": "c.yml", "service": "a", **initialize})
    discovery = found(tmp_path, {USUAL: config, COMPOSE: compose})

    assert names(discovery) == ["e.io/a"]
    assert noted(discovery) == [(severity, COMPOSE, 3)]
    assert "initializeCommand" in discovery.problems[0].message


@pytest.mark.parametrize(
    ("initialize", "severity"), [({}, Severity.ERROR), ({"initializeCommand": "make"}, Severity.WARNING)]
)
@pytest.mark.parametrize(
    ("config", "compose"),
    [
        ({"build": {"dockerfile": "Made"}}, ""),
        ({"image": "e.io/a", "features": {"./made": {}}}, ""),
        ({"dockerComposeFile": ["c.yml", "made.yml"], "service": "a"}, "services: {a: {image: e.io/a}}"),
        ({"dockerComposeFile": "c.yml", "service": "a"}, "services: {a: {build: {dockerfile: Made}}}"),
        (
            {"dockerComposeFile": "c.yml", "service": "a"},
            "services: {a: {image: e.io/a, extends: {file: made.yml, service: b}}}",
        ),
        (
            {"dockerComposeFile": "c.yml", "service": "a"},
            "include: [made.yml]\nservices: {a: {image: e.io/a}}",
        ),
    ],
)
def test_a_missing_file_may_be_made_before_the_container(
    tmp_path: Path, config: dict[str, object], compose: str, initialize: dict[str, str], severity: Severity
) -> None:
    discovery = found(tmp_path, {USUAL: json.dumps({**config, **initialize}), COMPOSE: compose})

    assert [problem.severity for problem in discovery.problems] == [severity]
    assert ("initializeCommand" in discovery.problems[0].message) is bool(initialize)


def test_a_file_that_only_one_dev_container_makes_is_missing_for_the_other(tmp_path: Path) -> None:
    build = {"build": {"dockerfile": "../Made"}}
    made = json.dumps({**build, "initializeCommand": "make"})
    discovery = found(
        tmp_path,
        {".devcontainer/a/devcontainer.json": made, ".devcontainer/b/devcontainer.json": json.dumps(build)},
    )

    assert noted(discovery) == [
        (Severity.WARNING, ".devcontainer/a/devcontainer.json", 1),
        (Severity.ERROR, ".devcontainer/b/devcontainer.json", 1),
    ]


def test_the_variables_that_a_file_requires_are_one_finding(tmp_path: Path) -> None:
    asked = "".join(f"      V{number}: ${{V{number}:?}}\n" for number in range(7))
    services = f"services:\n  a:\n    image: e.io/a\n    environment:\n{asked}"
    config = json.dumps({"dockerComposeFile": ["c.yml", "d.yml"], "service": "a"})
    other = "services: {a: {user: '${U?}'}}"
    discovery = found(tmp_path, {USUAL: config, COMPOSE: services, ".devcontainer/d.yml": other})

    assert names(discovery) == ["e.io/a"]
    assert [(problem.kind, problem.effect) for problem in discovery.problems] == [
        (ProblemKind.INVALID, Effect.UNPROVEN)
    ] * 2
    assert noted(discovery) == [
        (Severity.WARNING, COMPOSE, 5),
        (Severity.WARNING, ".devcontainer/d.yml", 1),
    ]
    several, one = (problem.message for problem in discovery.problems)
    assert "if V0, V1, V2, V3, V4 or one of 2 more has no value" in several
    assert "if U has no value" in one


def test_an_image_that_a_required_variable_names_is_one_finding(tmp_path: Path) -> None:
    discovery = found(tmp_path, {USUAL: COMPOSED, COMPOSE: "services: {a: {image: 'e.io/a:${V:?}'}}"})

    assert kinds(discovery) == [ProblemKind.UNRESOLVED]


@pytest.mark.parametrize(
    ("built", "used", "expected"),
    [
        ("e.io/x:${A}", "e.io/x:${A}", []),
        ("e.io/x:${A}", "e.io/x:${B}", [ProblemKind.UNRESOLVED]),
        ("${A}", "${B}", [ProblemKind.UNRESOLVED]),
    ],
)
def test_an_image_is_built_by_a_service_only_if_the_names_are_equal(
    tmp_path: Path, built: str, used: str, expected: list[ProblemKind]
) -> None:
    services = f"services: {{a: {{image: '{built}', build: .}}, b: {{image: '{used}'}}}}"
    discovery = found(tmp_path, {USUAL: COMPOSED, COMPOSE: services, DOCKERFILE: "FROM e.io/a\n"})

    assert (names(discovery), kinds(discovery)) == (["e.io/a"], expected)


def test_a_file_in_the_home_folder_is_not_known(tmp_path: Path) -> None:
    compose = "services:\n  a: {image: e.io/a, env_file: ~/x.env}\n  b: {build: ~/x}\n"
    discovery = found(tmp_path, {USUAL: COMPOSED, COMPOSE: compose})

    assert [problem.kind for problem in discovery.problems] == [ProblemKind.UNRESOLVED] * 2


@pytest.mark.parametrize(
    "address", ["https://github.com/o/r.git#main:b.yml", "oci://e.io/b:1", "github.com/o/r"]
)
@pytest.mark.parametrize("key", ["include: [{}]", "services: {{a: {{extends: {{file: '{}', service: b}}}}}}"])
def test_a_file_elsewhere_is_not_known(tmp_path: Path, address: str, key: str) -> None:
    text = key.format(address) + "\n"
    files = {
        USUAL: COMPOSED,
        COMPOSE: text if "services" in text else f"{text}services: {{a: {{image: e.io/a}}}}\n",
    }

    assert [problem.kind for problem in found(tmp_path, files).problems] == [ProblemKind.UNRESOLVED]


def test_images_of_volumes_and_of_what_runs_first_are_pulled(tmp_path: Path) -> None:
    compose = (
        "services:\n  a:\n    image: e.io/a\n    volumes:\n      - {type: image, source: e.io/v, target: /v}\n"
        "      - {type: bind, source: ., target: /w}\n      - .:/x\n    pre_start:\n      - image: e.io/p\n"
        "      - command: x\n"
    )
    discovery = found(tmp_path, {USUAL: COMPOSED, COMPOSE: compose})

    assert [(image.text, image.source, image.location.line) for image in discovery.images] == [
        ("e.io/a", Source.COMPOSE, 3),
        ("e.io/v", Source.COMPOSE, 5),
        ("e.io/p", Source.COMPOSE, 9),
    ]
    # Compose 2 refuses pre_start, and Compose 5 takes it.
    assert discovery.problems == ()


@pytest.mark.parametrize("name", ["mine", "mine:latest", "docker.io/library/mine"])
def test_an_image_that_another_service_builds_is_not_pulled(tmp_path: Path, name: str) -> None:
    compose = (
        "services:\n  b: {image: mine, build: {dockerfile_inline: FROM e.io/b}}\n"
        f"  d: {{build: {{dockerfile_inline: FROM {name}}}, depends_on: [b]}}\n  c: {{image: '{name}'}}\n"
        "  a: {image: e.io/a}\n"
    )
    discovery = found(tmp_path, {USUAL: COMPOSED, COMPOSE: compose})

    assert names(discovery) == ["e.io/b", "e.io/a"]
    assert noted(discovery) == [(Severity.WARNING, COMPOSE, 3)]
    assert "built by the service b" in discovery.problems[0].message


PIN = f"sha256:{'a' * 64}"
NEEDED = f"sha256:{'b' * 64}"


@pytest.mark.parametrize(
    ("path", "lock_path"),
    [(USUAL, ".devcontainer/devcontainer-lock.json"), (".devcontainer.json", ".devcontainer-lock.json")],
)
def test_a_feature_is_asked_for_by_the_digest_of_the_lock_file(
    tmp_path: Path, path: str, lock_path: str
) -> None:
    lock = {
        "features": {
            "ghcr.io/o/f/x:1": {"version": "1.0.0", "integrity": PIN, "dependsOn": ["ghcr.io/o/f/needed"]},
            "ghcr.io/o/f/needed": {"integrity": NEEDED, "dependsOn": ["ghcr.io/o/f/x:1"]},
            "ghcr.io/o/f/unused:1": {"integrity": PIN},
        }
    }
    config = {"image": "e.io/a", "features": {"ghcr.io/o/f/x:1": {}, "ghcr.io/o/f/y:2": {}}}
    discovery = found(tmp_path, {path: json.dumps(config), lock_path: json.dumps(lock)})

    assert sorted(names(discovery)) == [
        "e.io/a",
        f"ghcr.io/o/f/needed@{NEEDED}",
        f"ghcr.io/o/f/x@{PIN}",
        "ghcr.io/o/f/y:2",
    ]
    assert discovery.problems == ()


@pytest.mark.parametrize(("text", "problems"), [("", 0), (" \n", 0), ("{", 1), ("[]", 1), ("{}", 1)])
def test_a_broken_lock_file_stops_a_codespace_and_an_empty_one_does_not(
    tmp_path: Path, text: str, problems: int
) -> None:
    config = json.dumps({"image": "e.io/a", "features": {"ghcr.io/o/f/x:1": {}}})
    discovery = found(tmp_path, {USUAL: config, ".devcontainer/devcontainer-lock.json": text})

    assert kinds(discovery) == [ProblemKind.INVALID] * problems
    assert names(discovery) == ["e.io/a", "ghcr.io/o/f/x:1"]


def test_a_trailing_comma_in_a_lock_file_is_found_at_its_place(tmp_path: Path) -> None:
    config = json.dumps({"image": "e.io/a", "features": {"ghcr.io/o/f/x:1": {}}})
    lock = ".devcontainer/devcontainer-lock.json"
    discovery = found(tmp_path, {USUAL: config, lock: '{\n  "features": {},\n}\n'})

    assert noted(discovery) == [(Severity.ERROR, lock, 3)]


AMD, ARM = ("e.io/x", "linux/amd64"), ("e.io/y", "linux/arm64")
ARCHITECTURES = "FROM e.io/x AS base-amd64\nFROM e.io/y AS base-arm64\nFROM base-${TARGETARCH}\n"


@pytest.mark.parametrize(
    ("asked", "images"),
    [
        (["--platform=linux/arm64"], [ARM]),
        (["--platform", "linux/arm64/v8"], [ARM]),
        (["--platform=arm64"], [ARM]),
        (["--platform=linux/amd64", "--platform", "linux/arm64"], [AMD, ARM]),
        (["--platform=linux/amd64,linux/arm64"], [AMD, ARM]),
        (["--platform=linux/x86_64"], [AMD]),
        ([], [AMD]),
    ],
)
def test_images_are_found_for_the_platforms_of_the_build(
    tmp_path: Path, asked: list[str], images: list[tuple[str, str]]
) -> None:
    config = json.dumps({"build": {"dockerfile": "Dockerfile", "options": asked}})
    discovery = found(tmp_path, {USUAL: config, DOCKERFILE: ARCHITECTURES})

    assert platforms(discovery) == images
    assert kinds(discovery) == ([ProblemKind.UNSUPPORTED] if images == [ARM] else [])


@pytest.mark.parametrize(
    ("keys", "env", "images", "may_not_run"),
    [
        ("platform: linux/arm64, build: .", "", [ARM], True),
        ("platform: linux/arm64, image: e.io/y", "", [ARM], True),
        ("image: e.io/y", "DOCKER_DEFAULT_PLATFORM=linux/arm64", [ARM], True),
        ("build: .", "DOCKER_DEFAULT_PLATFORM=linux/aarch64", [ARM], True),
        ("platform: linux/amd64, build: .", "DOCKER_DEFAULT_PLATFORM=linux/arm64", [AMD], False),
        ("build: {context: ., platforms: [linux/arm64]}", "", [ARM], True),
        # docker compose build builds for all of them, and up runs the engine's own.
        ("build: {context: ., platforms: [linux/arm64, linux/amd64]}", "", [AMD, ARM], False),
    ],
)
def test_images_are_found_for_the_platforms_of_a_service(
    tmp_path: Path, keys: str, env: str, images: list[tuple[str, str]], *, may_not_run: bool
) -> None:
    compose = f"services: {{a: {{image: e.io/a, platform: linux/amd64}}, b: {{{keys}}}}}\n"
    files = {USUAL: COMPOSED, COMPOSE: compose, DOCKERFILE: ARCHITECTURES, ".devcontainer/.env": env}
    discovery = found(tmp_path, files)

    assert sorted(platforms(discovery)) == sorted([("e.io/a", "linux/amd64"), *images])
    assert kinds(discovery) == ([ProblemKind.UNSUPPORTED] if may_not_run else [])


@pytest.mark.parametrize(
    ("dockerfile", "images", "may_not_run"),
    [
        ("FROM --platform=linux/arm64 e.io/y\n", [ARM], True),
        ("FROM --platform=$BUILDPLATFORM e.io/x\n", [AMD], False),
        ("ARG P=linux/arm64\nFROM --platform=$P e.io/y AS a\nFROM a\n", [ARM], True),
        ("FROM --platform=linux/arm64 e.io/y AS a\nFROM e.io/x\nCOPY --from=a /a /a\n", [ARM, AMD], False),
        ("FROM e.io/x\nCOPY --from=e.io/y /a /a\n", [AMD, ("e.io/y", "linux/amd64")], False),
        ("FROM --platform=linux/arm64 e.io/y AS a\nFROM e.io/x\n", [AMD], False),
    ],
)
def test_images_are_found_for_the_platform_of_their_stage(
    tmp_path: Path, dockerfile: str, images: list[tuple[str, str]], *, may_not_run: bool
) -> None:
    discovery = found(tmp_path, {USUAL: BUILT, DOCKERFILE: dockerfile})

    assert platforms(discovery) == images
    assert kinds(discovery) == ([ProblemKind.UNSUPPORTED] if may_not_run else [])


@pytest.mark.parametrize("arguments", [["--platform", "linux/arm64"], ["--init", "--platform=linux/arm64"]])
def test_an_image_is_found_for_the_platform_that_it_runs_on(tmp_path: Path, arguments: list[str]) -> None:
    discovery = found(tmp_path, {USUAL: json.dumps({"image": "e.io/y", "runArgs": arguments})})

    assert platforms(discovery) == [ARM]
    assert kinds(discovery) == [ProblemKind.UNSUPPORTED]


@pytest.mark.parametrize(
    "files",
    [
        {DOCKERFILE: "FROM --platform=linux/arm64/v8/x e.io/a\n"},
        {DOCKERFILE: "FROM e.io/a\n", USUAL: BUILT.replace("}}", ', "options": ["--platform=/"]}}')},
        {USUAL: COMPOSED, COMPOSE: "services: {a: {image: e.io/a, platform: 'linux amd64'}}"},
        {
            USUAL: COMPOSED,
            COMPOSE: "services: {a: {image: e.io/a},\n"
            "b: {platform: linux/arm64, build: {context: ., platforms: [linux/amd64]}}}",
            DOCKERFILE: "FROM e.io/a\n",
        },
    ],
)
def test_a_platform_that_docker_or_compose_refuses_is_invalid(tmp_path: Path, files: dict[str, str]) -> None:
    assert ProblemKind.INVALID in kinds(found(tmp_path, {USUAL: BUILT, **files}))


def test_a_platform_that_only_the_codespace_knows_is_unresolved(tmp_path: Path) -> None:
    config = json.dumps({"build": {"dockerfile": "Dockerfile", "args": {"P": "${localEnv:P}"}}})
    discovery = found(tmp_path, {USUAL: config, DOCKERFILE: "ARG P\nFROM --platform=$P e.io/a\n"})

    assert kinds(discovery) == [ProblemKind.UNRESOLVED]


@pytest.mark.parametrize(
    "build",
    ["{dockerfile_inline: FROM e.io/b}", "https://example.com/x.git", "{context: 'https://e.io/x.git'}"],
)
def test_a_dockerfile_of_the_own_service_that_is_no_file_is_unsupported(tmp_path: Path, build: str) -> None:
    own = found(tmp_path / "own", {USUAL: COMPOSED, COMPOSE: f"services: {{a: {{build: {build}}}}}\n"})
    other = found(
        tmp_path / "other",
        {USUAL: COMPOSED, COMPOSE: f"services: {{a: {{image: e.io/a}}, b: {{build: {build}}}}}\n"},
    )

    assert ProblemKind.UNSUPPORTED in kinds(own)
    assert ProblemKind.UNSUPPORTED not in kinds(other)


def test_compose_refuses_two_dockerfiles_of_one_service(tmp_path: Path) -> None:
    compose = "services: {a: {image: e.io/a},\nb: {build: {dockerfile: Dockerfile, dockerfile_inline: FROM e.io/b}}}\n"

    assert kinds(found(tmp_path, {USUAL: COMPOSED, COMPOSE: compose})) == [ProblemKind.INVALID]


@pytest.mark.parametrize("name", [" e.io/a", "e.io/a ", "e.io/a\n", "\te.io/a"])
def test_white_space_around_a_name_is_kept_for_docker_to_refuse(tmp_path: Path, name: str) -> None:
    assert names(found(tmp_path, {USUAL: json.dumps({"image": name})})) == [name]


def test_what_a_link_leads_to_is_the_place(tmp_path: Path) -> None:
    (tmp_path / ".devcontainer").mkdir()
    for name in ("devcontainer.json", "Dockerfile"):
        (tmp_path / ".devcontainer" / name).symlink_to(f"../shared/{name}")
    files = {"shared/devcontainer.json": BUILT, "shared/Dockerfile": "FROM e.io/a\n"}
    (image,) = found(tmp_path, files).images

    assert image.location == Location("shared/Dockerfile", 1, 6, 1, 12)


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_quoted_name_is_found_without_its_quotes(tmp_path: Path, quote: str) -> None:
    (image,) = found(tmp_path, {USUAL: BUILT, DOCKERFILE: f"FROM {quote}e.io/a{quote}\n"}).images

    assert image.location == Location(DOCKERFILE, 1, 7, 1, 13)


def test_dollars_of_an_inline_dockerfile_move_no_place(tmp_path: Path) -> None:
    compose = (
        "services:\n  a:\n    build:\n      dockerfile_inline: |\n        ARG V=1\n"
        "        FROM e.io/$$V-$$V AS x\n        FROM e.io/${W:-w}\n        COPY --from=x / /\n"
    )
    discovery = found(tmp_path, {USUAL: COMPOSED, COMPOSE: compose})

    assert [(image.text, image.location) for image in discovery.images] == [
        ("e.io/1-1", Location(COMPOSE, 6, 14, 6, 26)),
        ("e.io/w", Location(COMPOSE, 7, 9, 7, 26)),
    ]


def test_arguments_that_the_cli_does_not_know_are_a_second_image(tmp_path: Path) -> None:
    build = {"dockerfile": "Dockerfile", "args": {"V": "1"}, "options": ["--build-arg", "V=2"]}
    files = {USUAL: json.dumps({"build": build}), DOCKERFILE: "ARG V\nFROM e.io/a:$V\n"}
    discovery = found(tmp_path, files)

    assert sorted(names(discovery)) == ["e.io/a:1", "e.io/a:2"]
    assert noted(discovery) == [(Severity.WARNING, DOCKERFILE, 2)]


@pytest.mark.parametrize(
    ("value", "text"),
    [(20240501.5, "2.02405015e+07"), (1e6, "1e+06"), (999999.0, "999999"), (1e-5, "1e-05"), (0.0001, "0.0001"),
     (-1.5, "-1.5"), (True, "true"), (12345678, "12345678"), (-0.0, "-0"), (float("nan"), "NaN"), (1e23, "1e+23")],
)  # fmt: skip
def test_numbers_are_written_as_go_writes_them(value: float, text: str) -> None:
    assert as_go(value) == text


def images(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("crreg")), "images", "--path", str(folder), *arguments]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_json_of_images_holds_the_problems(tmp_path: Path) -> None:
    found(tmp_path, {USUAL: '{"image": "e.io/a "\n"x": 1}'})
    done = images(tmp_path, "--format", "json")

    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["problems"] == [
        {
            "severity": "warning",
            "message": 'invalid JSON: expected "," or "}"',
            "path": USUAL,
            "line": 2,
            "column": 1,
            "end_line": 2,
            "end_column": 2,
        },
        {
            "severity": "error",
            "message": (
                "e.io/a  is not a valid image name: it has white space or a line break before or after it"
            ),
            "path": USUAL,
            "line": 1,
            "column": 12,
            "end_line": 1,
            "end_column": 19,
        },
    ]


@pytest.mark.parametrize(("text", "code"), [('{"image": "e.io/a"\n"x": 1}', 0), ('{"image": \n', 1)])
def test_only_an_error_is_a_failure_of_images(tmp_path: Path, text: str, code: int) -> None:
    found(tmp_path, {USUAL: text})
    done = images(tmp_path)

    assert done.returncode == code
    assert "name no image" not in done.stdout


def test_images_loads_no_http_library(tmp_path: Path) -> None:
    files = {USUAL: COMPOSED, COMPOSE: "services: {a: {build: .}}", DOCKERFILE: "FROM e.io/a\n"}
    found(tmp_path, files)
    script = (
        "import sys\nfrom crreg.cli import main as cli\n"
        "libraries = {'http.client', 'urllib3', 'requests', 'ssl'}\n"
        "try:\n"
        f"    cli.main(['images', '--path', {str(tmp_path)!r}])\n"
        "finally:\n"
        "    print(sorted(libraries & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert "e.io/a" in done.stdout
    assert done.stdout.endswith("[]\n")


def test_a_build_context_is_unknown_to_the_cli(tmp_path: Path) -> None:
    compose = "services: {a: {build: {context: ., additional_contexts: {base: 'docker-image://e.io/a'}}}}\n"
    discovery = found(tmp_path, {USUAL: COMPOSED, COMPOSE: compose, DOCKERFILE: "FROM base\n"})

    assert names(discovery) == ["e.io/a"]
    assert noted(discovery) == [(Severity.ERROR, DOCKERFILE, 1)]


@pytest.mark.speed
@pytest.mark.parametrize(
    "text",
    [
        "\n" * 500_000,
        "\r" * 500_000 + "FROM e.io/a\n",
        "FROM e.io/a\n" + " \n" * 250_000,
        "FROM e.io/a\nRUN x\n" + "FROM " * 100_000 + "\n",
        "ARG A=" + "=" * 500_000 + "\nFROM e.io/a\n",
        "ARG" + " " * 60_000 + "\nFROM e.io/a\n",
        "FROM e.io/a\nENV A=" + "${" * 30_000 + "\n",
        "ARG A=" + "x" * 60_000 + "\n" + "ARG A=$A$A\n" * 100 + "FROM $A\n",
    ],
)
def test_a_dockerfile_is_read_as_the_cli_reads_it_in_time(text: str) -> None:
    with within(1), contextlib.suppress(ExpansionLimitError):
        read_as_cli(text, {}, {}, Budget(1_000_000)).base_image(None)
