"""Repositories that are made to be expensive to read: each is cut short, and its healthy dev container is reported."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.attacks.measured import Attempt, run_action, run_command, write_repository

pytestmark = pytest.mark.attack

HOSTILE = ".devcontainer/a/devcontainer.json"
HEALTHY = ".devcontainer/b/devcontainer.json"
# A closed port: nobody answers, and nobody is asked for long.
IMAGE = "localhost:1/healthy:1"
LONG = "A=" + "x" * 90_000 + "\n"


def compose(text: str, **files: str) -> Mapping[str, str]:
    config = json.dumps({"dockerComposeFile": "c.yml", "service": "s0"})
    others = {f".devcontainer/a/{name.replace('_', '.', 1)}": content for name, content in files.items()}
    return {HOSTILE: config, ".devcontainer/a/c.yml": text, **others}


def numbered(template: str, count: int) -> str:
    return "".join(template.replace("@", str(number)) for number in range(count))


def dockerfiles(count: int, text: str) -> Mapping[str, str]:
    return {
        path: content
        for number in range(count)
        for path, content in {
            f".devcontainer/a{number}/devcontainer.json": '{"build": {"dockerfile": "Dockerfile"}}',
            f".devcontainer/a{number}/Dockerfile": text,
        }.items()
    }


REPLACING = "ARG V\nARG A=" + "a" * 300 + "\n" + "ARG B=${A//a/b}\n" * 20 + "FROM localhost:1/x\n"
SHAPES: Mapping[str, tuple[Mapping[str, str], str]] = {
    "a value of 9 GB in .env": (
        compose("services: {s0: {image: '$B'}}", _env=LONG + "B=" + "$A" * 100_000 + "\n"),
        "the variables are longer than 100,000 characters",
    ),
    "an image's name of 9 GB": (
        compose("services: {s0: {image: '" + "$A" * 100_000 + "'}}", _env=LONG),
        "this string is longer than 100,000 characters with its variables expanded",
    ),
    "ten thousand names of 90 kB": (
        compose("services:\n" + numbered(" s@: {image: 'localhost:1/@:$A'}\n", 10_000), _env=LONG),
        "8,000,000 characters made from variables, aliases, includes and extends",
    ),
    "includes that include two": (
        compose(
            "include: [i0.yml]\nservices: {s0: {image: a}}",
            **{f"i{n}_yml": f"include: [i{n + 1}.yml, i{n + 1}.yml]\n" for n in range(17)},
            i17_yml="{}\n",
        ),
        "1,000 Compose includes",
    ),
    "includes with many variables each": (
        compose(
            "services: {s0: {image: a}}\ninclude: [" + "{path: i.yml, env_file: v.env}," * 400 + "]\n",
            v_env=numbered("a@=\n", 15_000),
            i_yml="{}\n",
        ),
        "20,000 variables of .env files",
    ),
    "a Dockerfile for each of 4,000 services": (
        {
            **compose(
                "services:\n" + numbered(" s@: {build: {context: ., args: {V: @}}}\n", 4_000),
                Dockerfile=REPLACING,
            )
        },
        "steps of expanding and merging",
    ),
    "lists that each service copies": (
        compose(
            "services:\n b: {image: a, build: {context: ., cache_from: ["
            + "x," * 9_000
            + "]}}\n"
            + numbered(" s@: {extends: b, build: {target: t}}\n", 5_000)
        ),
        "8,000,000 characters made from variables, aliases, includes and extends",
    ),
    "images without end": (
        compose("services:\n" + numbered(" s@: {image: 'localhost:1/x@'}\n", 10_000)),
        "5,000 images",
    ),
    "problems without end": (
        compose("services:\n" + numbered(" s@: {image: 1}\n", 10_000)),
        "1,000 problems",
    ),
    "directives that YAML compares with each other": (
        compose(numbered("%TAG !@! b\n", 60_000) + "--- {}\n"),
        "more than 1000 directives",
    ),
    "a chain of services": (
        compose("services:\n" + "".join(f" s{n}: {{extends: s{n + 1}}}\n" for n in range(9_000))),
        "more than 50 services extend each other",
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_hostile_dev_container_is_cut_short_and_the_other_reported(name: str, tmp_path: Path) -> None:
    files, limit = SHAPES[name]
    folder = write_repository(tmp_path, {**files, HEALTHY: json.dumps({"image": IMAGE})})

    attempt = check(folder)

    assert len([message for message in unresolved(attempt) if limit in message]) == 1
    assert len(unresolved(attempt)) <= 2
    assert IMAGE in images(attempt)


def test_images_of_many_dockerfiles_are_one_finding_in_every_format(tmp_path: Path) -> None:
    sources = "FROM scratch\n" + "".join(
        "RUN " + "".join(f"--mount=from=X{number}.{source} " for source in range(10)) + "true\n"
        for number in range(1_000)
    )
    folder = write_repository(tmp_path, {**dockerfiles(2, sources), HEALTHY: json.dumps({"image": IMAGE})})

    attempt = check(folder)

    [message] = unresolved(attempt)
    assert "5,000 images" in message
    assert IMAGE in images(attempt)
    assert len(json.loads(run_check(folder, "--format", "sarif").output)["runs"][0]["results"]) > 1


def test_the_action_reports_a_healthy_dev_container_beside_a_hostile_one(tmp_path: Path) -> None:
    files, _ = SHAPES["a Dockerfile for each of 4,000 services"]
    folder = write_repository(tmp_path, {**files, HEALTHY: json.dumps({"image": IMAGE})})

    attempt = run_action(folder, CRREG_TIMEOUT="5", **{"INPUT_REPORT-FILE": "report.json"})

    assert attempt.within_limits, attempt.cost
    assert "Traceback" not in attempt.output + attempt.errors
    report = json.loads((folder / "report.json").read_text())
    assert [finding["rule"] for finding in report["findings"]].count("unresolved-image") == 1
    assert IMAGE in {image["reference"] for image in report["images"]}


def check(folder: Path) -> Attempt:
    return run_check(folder, "--format", "json")


def run_check(folder: Path, *arguments: str) -> Attempt:
    attempt = run_command(folder, "check", "--repository", "acme/app", *arguments, CRREG_TIMEOUT="5")
    assert attempt.within_limits, attempt.cost
    assert attempt.code in {0, 1, 3}, attempt.errors
    assert "Traceback" not in attempt.errors
    return attempt


def unresolved(attempt: Attempt) -> list[str]:
    """The messages of the findings that tell what was not read; an image beyond a limit may be one more."""
    findings = json.loads(attempt.output)["findings"]
    return [finding["message"] for finding in findings if finding["rule"] == "unresolved-image"]


def images(attempt: Attempt) -> set[str]:
    return {image["reference"] for image in json.loads(attempt.output)["images"]}
