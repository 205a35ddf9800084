"""devcontainer.json is read as `@devcontainers/cli read-configuration`, the reference implementation, reads it.

The CLI needs no engine: it only asks one for running containers, and `true` answers with none.
"""

import json
import posixpath
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from crreg.discovery.collected import Collected
from crreg.discovery.devcontainer.places import find_devcontainers
from crreg.discovery.devcontainer.read import DevContainer, read_devcontainer
from crreg.discovery.documents.tree import Text
from crreg.discovery.found import ProblemKind
from crreg.findings.finding import Effect
from crreg.workspace.reading import Workspace

HERE = Path(__file__).parent
PROGRAM = HERE.parents[1] / "node_modules" / "@devcontainers" / "cli" / "devcontainer.js"
USUAL = ".devcontainer/devcontainer.json"


@dataclass(frozen=True)
class Case:
    text: str
    path: str = USUAL
    others: Mapping[str, str] = field(default_factory=dict)


def json_case(**config: Any) -> Case:
    return Case(json.dumps(config, indent=2))


ENVIRONMENT = "${localEnv:CRREG_TEST_UNSET"

READ = {
    "an image": json_case(image="ghcr.io/o/r:1"),
    "an image in the root's file": Case('{"image": "debian"}', ".devcontainer.json"),
    "an image in a folder's file": Case('{"image": "debian"}', ".devcontainer/python/devcontainer.json"),
    "the folder's file before the root's": Case(
        '{"image": "debian"}', USUAL, {".devcontainer.json": '{"image": "alpine"}'}
    ),
    "line comments": Case('// first\n{ // here\n"image": "debian" // there\n}\n// last'),
    "block comments": Case('/* a */{/**/"image"/* b\nc */:/***/"debian"/*/*/}'),
    "comment marks in a string": Case('{"image": "host//debian/*x*/"}'),
    "a comma after the last property": Case('{"image": "debian",}'),
    "a comma after the last item": Case('{"dockerComposeFile": ["a.yml", "b.yml",], "service": "s",}'),
    "a byte order mark": Case('\ufeff{"image": "debian"}'),
    "carriage returns": Case('{\r\n\t"image": "debian"\r\n}\r\n'),
    "escapes": Case(r'{"im\u0061ge": "a\/b\u003a1\t\"\\\ud83d\ude00"}'),
    "characters beyond the basic plane": Case('{"name": "😀", "image": "é/😀"}'),
    "a name twice": Case('{"image": "first", "image": "second"}'),
    "a feature twice": Case('{"image": "i", "features": {"a/b/c": {}, "d/e/f": {}, "a/b/c": {}}}'),
    "an empty object": Case("{}"),
    "the Dockerfile": json_case(build={"dockerfile": "Dockerfile"}),
    "the Dockerfile by its old name": json_case(dockerFile="Dockerfile", context=".."),
    "both names of the Dockerfile": json_case(dockerFile="old", build={"dockerfile": "new"}),
    "the old name with arguments": json_case(dockerFile="old", build={"args": {"A": "1"}, "target": "dev"}),
    "a Dockerfile above": json_case(build={"dockerfile": "../docker/./dev/../Dockerfile", "context": ".."}),
    "a Dockerfile below the root": json_case(
        build={"dockerfile": "${localWorkspaceFolder}/docker/Dockerfile"}
    ),
    "a Dockerfile and an image": json_case(image="unused", build={"dockerfile": "Dockerfile"}),
    "an image and a Compose file": json_case(image="used", dockerComposeFile="c.yml", service="s"),
    "build without a Dockerfile": json_case(image="used", build={"args": {"A": "1"}}),
    "arguments and target": json_case(
        build={"dockerfile": "D", "args": {"A": "1", "B": "x y", "C": ""}, "target": "dev"}
    ),
    "arguments that are not strings": json_case(
        build={"dockerfile": "D", "args": {"A": 1, "B": True, "C": 1.5}}
    ),
    "one image to take the cache from": json_case(build={"dockerfile": "D", "cacheFrom": "o/r:cache"}),
    "several images to take the cache from": json_case(build={"dockerfile": "D", "cacheFrom": ["a", "b:1"]}),
    "one Compose file": json_case(dockerComposeFile="docker-compose.yml", service="app"),
    "several Compose files": json_case(
        dockerComposeFile=["../a.yml", "b.yml"], service="app", runServices=["db", "cache"]
    ),
    "a variable with a default": json_case(image="debian:" + ENVIRONMENT + ":12}"),
    "a variable by its old name": json_case(image="debian:${env:CRREG_TEST_UNSET:12}"),
    "an empty default": json_case(image="debian" + ENVIRONMENT + ":}"),
    "a default that holds a colon": json_case(image=ENVIRONMENT + ":host:5000/x}"),
    "a variable in a default": json_case(image=ENVIRONMENT + ":" + ENVIRONMENT + ":x}}"),
    "two variables": json_case(image=ENVIRONMENT + ":a}/" + ENVIRONMENT + ":b}"),
    "a variable in everything": json_case(
        build={
            "dockerfile": ENVIRONMENT + ":Dockerfile}",
            "args": {"A": ENVIRONMENT + ":1}"},
            "target": ENVIRONMENT + ":dev}",
            "cacheFrom": [ENVIRONMENT + ":o/r}"],
        }
    ),
    "a variable in the service": json_case(
        dockerComposeFile=ENVIRONMENT + ":c.yml}",
        service=ENVIRONMENT + ":app}",
        runServices=[ENVIRONMENT + ":db}"],
    ),
    "an unknown variable": json_case(image="debian:${other:x}"),
    "dollars and braces": json_case(image="$a ${ {b} $${c}"),
    "a variable over two lines": json_case(image="a${local\nEnv:X}b${c}"),
    "a variable in a feature's name": json_case(image="i", features={ENVIRONMENT + ":x}/y/z": {}}),
    "features": json_case(image="i", features={"ghcr.io/O/f/x:1": {}, "./local": {}, "node": "lts"}),
}


REFUSED = {
    "a list": Case("[]"),
    "a string": Case('"image"'),
    "a number": Case("1"),
    "null": Case("null"),
    "a variable without a name": Case('{"image": "debian:${localEnv}"}'),
}

GUESSED = {
    "a missing comma": Case('{"image": "debian"\n"name": "x"}'),
    "a missing brace": Case('{"image": "debian"'),
    "single quotes": Case("{'image': 'debian'}"),
    "a missing value": Case('{"image": , "name": "x"}'),
    "text after the end": Case('{"image": "debian"} x'),
    "an unknown escape": Case('{"image": "deb\\qian"}'),
    "a comment that never ends": Case('{"image": "debian"} /* x'),
}


def write(root: Path, case: Case) -> Path:
    for path, text in {case.path: case.text, **case.others}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="")
    return root


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return the reference's reading of every case, by name, with the case's folder."""
    names = [*READ, *REFUSED, *GUESSED]
    cases = READ | REFUSED | GUESSED
    assert len(names) == len(cases)
    folders = [write(tmp_path_factory.mktemp("workspace"), cases[name]) for name in names]
    arguments = [
        [
            *("read-configuration", "--docker-path", "true", "--workspace-folder", str(folder)),
            *(("--config", str(folder / cases[name].path)) if cases[name].path.count("/") > 1 else ()),
        ]
        for name, folder in zip(names, folders, strict=True)
    ]
    finished = subprocess.run(
        ["node", str(HERE / "read_configurations.mjs"), str(PROGRAM)],
        input=json.dumps(arguments),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    results = json.loads(finished.stdout)
    return {
        name: result | {"folder": folder}
        for name, result, folder in zip(names, results, folders, strict=True)
    }


def ours(folder: Path, path: str) -> tuple[DevContainer, Collected]:
    collected = Collected()
    return read_devcontainer(Workspace(folder), path, collected), collected


def values(texts: tuple[Text, ...]) -> list[str]:
    assert all(not text.unknown for text in texts)
    return [text.value for text in texts]


def as_reference(devcontainer: DevContainer) -> dict[str, Any]:
    """Return what we read, in the shape of `expected`."""
    build, compose = devcontainer.build, devcontainer.compose
    return {
        "image": devcontainer.image and devcontainer.image.value,
        "build": build
        and {
            "dockerfile": build.dockerfile,
            "args": dict(build.args),
            "target": build.target and build.target.value,
            "cache_from": values(build.cache_from),
        },
        "compose": compose
        and {
            "files": values(compose.files),
            "service": compose.service and compose.service.value,
            "run_services": values(compose.run_services),
        },
        "features": sorted(devcontainer.features.entries) if devcontainer.features else [],
    }


def expected(config: dict[str, Any], folder: Path, path: str) -> dict[str, Any]:
    """Return what the reference uses of what it read: the first of build, image and Compose."""

    def resolved(file: str) -> str:
        absolute = posixpath.normpath(posixpath.join(folder, posixpath.dirname(path), file))
        return posixpath.relpath(absolute, folder)

    def listed(value: str | list[str] | None) -> list[str]:
        return [value] if isinstance(value, str) else value or []

    build = config.get("build", {})
    dockerfile = config.get("dockerFile", build.get("dockerfile"))
    image = config.get("image") if dockerfile is None else None
    compose = config.get("dockerComposeFile") if dockerfile is None and "image" not in config else None
    as_text = {True: "true", False: "false"}
    return {
        "image": image,
        "build": dockerfile
        and {
            "dockerfile": resolved(dockerfile),
            "args": {
                name: as_text[value] if isinstance(value, bool) else str(value)
                for name, value in build.get("args", {}).items()
            },
            "target": build.get("target"),
            "cache_from": listed(build.get("cacheFrom")),
        },
        "compose": compose
        and {
            "files": [resolved(file) for file in listed(compose)],
            "service": config["service"],
            "run_services": config.get("runServices", []),
        },
        "features": sorted(config.get("features", {})),
    }


@pytest.mark.parametrize("name", READ)
def test_a_configuration_is_read_as_the_reference_reads_it(
    name: str, answers: dict[str, dict[str, Any]]
) -> None:
    answer, case = answers[name], READ[name]
    assert answer["code"] == 0, answer["errors"]
    reference = json.loads(answer["output"])["configuration"]

    devcontainer, collected = ours(answer["folder"], case.path)

    assert as_reference(devcontainer) == expected(reference, answer["folder"], case.path)
    # A default that loses a part is noted, and read as the reference reads it.
    assert {problem.effect for problem in collected.problems} <= {Effect.HYGIENE}
    assert bool(collected.problems) == ("in a default" in name or "holds a colon" in name)


@pytest.mark.parametrize("name", READ)
def test_the_reference_s_file_is_among_those_found(name: str, answers: dict[str, dict[str, Any]]) -> None:
    answer = answers[name]
    path = json.loads(answer["output"])["configuration"]["configFilePath"]["path"]

    found = find_devcontainers(Workspace(answer["folder"]))

    assert Path(path).relative_to(answer["folder"]).as_posix() in found


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_reference_refuses_is_invalid(name: str, answers: dict[str, dict[str, Any]]) -> None:
    answer = answers[name]
    assert answer["code"] == 1

    _, collected = ours(answer["folder"], REFUSED[name].path)

    assert [problem.kind for problem in collected.problems] == [ProblemKind.INVALID]


@pytest.mark.parametrize("name", GUESSED)
def test_what_the_reference_recovers_is_read_with_a_warning(
    name: str, answers: dict[str, dict[str, Any]]
) -> None:
    answer = answers[name]
    # The reference's parser silently continues after an error.
    assert answer["code"] == 0
    reference = json.loads(answer["output"])["configuration"]

    devcontainer, collected = ours(answer["folder"], GUESSED[name].path)

    assert as_reference(devcontainer) == expected(reference, answer["folder"], GUESSED[name].path)
    # A codespace does not start if nothing is recovered that it could start from.
    names_something = devcontainer != DevContainer()
    effect = Effect.HYGIENE if names_something else Effect.STOPS
    assert [(problem.kind, problem.effect) for problem in collected.problems] == [
        (ProblemKind.INVALID, effect)
    ]


def test_a_variable_without_a_default_is_left_to_the_codespace(tmp_path: Path) -> None:
    folder = write(tmp_path, json_case(image="debian:" + ENVIRONMENT + "}"))

    devcontainer, _ = ours(folder, USUAL)

    assert devcontainer.image is not None
    assert devcontainer.image.known() is None
    assert devcontainer.image.unknown == (ENVIRONMENT + "}",)
