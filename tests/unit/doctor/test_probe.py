"""A file of the probe: what it says of each claim, and that a hostile one is refused without being quoted."""

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crreg.doctor.probe import Probe, ProbeError, read_probe
from crreg.doctor.probe_answers import Fared, ProbeAnswer, probe_answers

DOCUMENT: dict[str, Any] = {
    "schema_version": 1,
    "date": "2026-01-02",
    "recovery": False,
    "codespace": True,
    "variables": ["CODESPACES", "CRREG_LIVE_BAD_CONTAINER_REGISTRY_SERVER"],
    "files": {"shared": {"known": [], "others": 0}, "persisted": {"known": [], "others": 0}},
    "reason": None,
    "formats": {},
    "levels": {
        "environment": {"level": "user", "below": "repository"},
        "files": {"level": "absent", "below": "absent"},
    },
    "config": True,
    "helper": False,
    "logins": [{"host": "ghcr.io", "scheme": False, "path": False, "user": "s6"}],
    "log": {"denied: denied": 0},
    "programs": ["docker"],
    "own_token": {
        "environment": True,
        "files": False,
        "lists": {"repository": 403, "organization": 404, "user": 403},
    },
    "public_image": {"without": 200, "wrong": 403},
    "hub": {"limit": 100, "remaining": 99},
}


def probe(tmp_path: Path, **changed: Any) -> Probe:
    path = tmp_path / "probe.json"
    path.write_text(json.dumps({**DOCUMENT, **changed}))
    return read_probe(path)


def levels(environment: str, files: str = "absent") -> dict[str, Any]:
    return {
        "environment": {"level": environment, "below": environment},
        "files": {"level": files, "below": files},
    }


def test_every_verdict_has_its_reason(tmp_path: Path) -> None:
    holds, unproven = Fared.HOLDS, Fared.UNPROVEN
    by_suite = ProbeAnswer(unproven, "A codespace can't show it; `make live` asks GitHub.")
    answers = probe_answers(probe(tmp_path))
    assert {name: answers[name] for name in (f"U{number}" for number in range(1, 12))} == {
        "U1": ProbeAnswer(holds, "The codespace had the user's value."),
        "U2": ProbeAnswer(holds, "The codespace started, and docker has s6 under ghcr.io."),
        "U3": ProbeAnswer(unproven, "This is not the recovery container."),
        "U4": ProbeAnswer(holds, "GitHub answered: organization 404, repository 403, user 403."),
        "U5": by_suite,
        "U6": by_suite,
        "U7": by_suite,
        "U8": by_suite,
        "U9": ProbeAnswer(
            holds, "Docker Hub had 99 of 100 left for this address before the codespace pulled from it."
        ),
        "U10": ProbeAnswer(unproven, "It takes an AWS role and twelve hours; try it by hand."),
        "U11": ProbeAnswer(holds, "Docker's login for ghcr.io is that of a planted triple."),
    }


@pytest.mark.parametrize(
    ("name", "changed", "expected"),
    [
        ("U1", {"levels": levels("repository")}, Fared.DIFFERS),
        ("U1", {"levels": levels("absent", "organization")}, Fared.DIFFERS),
        ("U1", {"levels": levels("other")}, Fared.UNPROVEN),
        ("U1", {"levels": levels("absent")}, Fared.UNPROVEN),
        ("U2", {"logins": []}, Fared.UNPROVEN),
        ("U2", {"recovery": True}, Fared.UNPROVEN),
        ("U2", {"variables": []}, Fared.UNPROVEN),
        ("U2", {"logins": [{"host": "ghcr.io", "scheme": True, "path": False, "user": "s2"}]}, Fared.DIFFERS),
        ("U3", {"recovery": True, "levels": levels("absent", "user")}, Fared.HOLDS),
        ("U3", {"recovery": True, "levels": levels("user", "user")}, Fared.DIFFERS),
        ("U3", {"recovery": True, "levels": levels("absent")}, Fared.UNPROVEN),
        ("U4", {"own_token": {"lists": {"repository": 200}}}, Fared.DIFFERS),
        ("U4", {"own_token": {"lists": {"repository": 0, "user": 403}}}, Fared.UNPROVEN),
        ("U4", {"own_token": {"lists": {}}}, Fared.UNPROVEN),
        ("U9", {"hub": {"limit": 100, "remaining": 100}}, Fared.UNPROVEN),
        ("U9", {"hub": {}}, Fared.UNPROVEN),
        (
            "U11",
            {"logins": [{"host": "GHCR.IO", "scheme": False, "path": False, "user": "other"}]},
            Fared.DIFFERS,
        ),
        ("U11", {"logins": []}, Fared.UNPROVEN),
        ("CS-REPOSITORY-LEVEL", {"levels": levels("organization")}, Fared.DIFFERS),
        ("GHCR-TOKEN-WRONG", {"public_image": {"without": 200, "wrong": 401}}, Fared.DIFFERS),
        ("GHCR-TOKEN-WRONG", {"public_image": {"without": 200, "wrong": 0}}, Fared.UNPROVEN),
        ("RC-IMAGE", {"recovery": True, "programs": ["python3"]}, Fared.DIFFERS),
        ("RC-ENV-SECRETS", {"formats": {".env-secrets": True}}, Fared.UNPROVEN),
        ("RC-ENV-SECRETS", {"formats": {".env-secrets": True, ".env": False}}, Fared.DIFFERS),
        ("RC-ENV-SECRETS", {"formats": {".env-secrets": True, ".env": True}}, Fared.HOLDS),
    ],
)
def test_another_file_gets_another_verdict(
    name: str, changed: dict[str, Any], expected: Fared, tmp_path: Path
) -> None:
    assert probe_answers(probe(tmp_path, **changed))[name].fared is expected


def _set(*path: str | int) -> Callable[[Any], dict[str, Any]]:
    def change(value: Any, /) -> dict[str, Any]:
        document = copy.deepcopy(DOCUMENT)
        place: Any = document
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        return document

    return change


EVIL = "\x1b[31m::error::https://evil.example/`hunter2-hunter2`"


@pytest.mark.parametrize(
    "document",
    [
        _set("date")(EVIL),
        _set("date")("2026-01-02\n"),
        _set("recovery")(1),
        _set("schema_version")(2),
        _set("reason")(-1),
        _set("reason")("1302"),
        _set("variables")([EVIL]),
        _set("variables")(["PATH"]),
        _set("variables")(["GITHUB_X"] * 201),
        _set("levels")({"environment": {}}),
        _set("levels", "files", "level")(EVIL),
        _set("logins", 0, "host")(EVIL),
        _set("logins", 0, "user")("root"),
        _set("logins")("ghcr.io"),
        _set("log")({EVIL: 1}),
        _set("log")({str(number): 1 for number in range(201)}),
        _set("log")([]),
        _set("programs")([EVIL]),
        _set("own_token")(None),
        _set("own_token")({"lists": {"user": "403"}}),
        _set("public_image")({"without": 1e9}),
        _set("hub")({EVIL: 1}),
        _set("formats")({".env": "true"}),
        [],
        None,
        "text",
        {},
    ],
)
def test_a_hostile_file_is_refused_without_a_quote(document: Any, tmp_path: Path) -> None:
    path = tmp_path / "probe.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ProbeError) as refused:
        read_probe(path)
    assert str(refused.value) in (
        "It does not have the form that the probe writes.",
        *(
            f"Its {what} is not one that the probe writes."
            for what in ("text", "number", "list", "object", "true or false", "schema_version")
        ),
    )


def test_what_is_no_json_no_file_or_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "probe.json"

    def refusal() -> str:
        with pytest.raises(ProbeError) as refused:
            read_probe(path)
        return str(refused.value)

    assert refusal() == "It can't be read: No such file or directory."
    path.write_bytes(b"\xff{")
    assert refusal() == "It is not JSON."
    path.write_text("[" * 100_000)
    assert refusal() == "It is not JSON."
    path.write_text(" " * (256 * 1024 + 1))
    assert refusal() == "It is larger than 256 KiB, which no file of the probe is."
    path.unlink()
    os.mkfifo(path)
    assert refusal() == "It is not a regular file."
