"""`crreg doctor` on a terminal: lines as checks end, in colour unless that is refused, and the diagnosis last."""

import os
import pty
import re
import subprocess

import pytest
from sandbox import credentials
from sandbox.command import CRREG, surroundings
from sandbox.credentials import leaks_in
from sandbox.faults import STALL, FaultProxy
from sandbox.world import triple
from tests.integration.doctor.scene import AZURE, Scene

IMAGE = f"{AZURE}/dev/base:1"
PASSWORD = "ACR_CONTAINER_REGISTRY_PASSWORD"
COLOR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def azure(scene: Scene) -> Scene:
    place = scene.world.places[AZURE]
    place.push("dev/base", "1")
    scene.need(IMAGE)
    scene.values = place.triple("ACR") | {PASSWORD: credentials.password()}
    return scene


def on_terminal(scene: Scene, **environment: str) -> tuple[int, str]:
    """Exit code, and what a terminal got, in which a carriage return and a wipe undo a line."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [CRREG, "doctor"],
        cwd=scene.folder,
        env={**surroundings(), **scene.environment, "TERM": "xterm", **environment},
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=follower,
    ) as process:
        os.close(follower)
        seen = b""
        try:
            while chunk := _read(leader):
                seen += chunk
        finally:
            os.close(leader)
        code = process.wait(60)
    text = seen.decode().replace("\r\n", "\n")
    assert leaks_in(text) == ()
    return code, text


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 65536)
    except OSError:
        # Linux tells so that the last program has closed its end.
        return b""


def plain(text: str) -> list[str]:
    """The lines that stand at the end, without colour and what was wiped."""
    lines = [line.rpartition("\r\x1b[2K")[2] for line in text.split("\n")]
    return [COLOR.sub("", line).rstrip() for line in lines]


def test_it_reads_like_a_note_in_colour_with_the_diagnosis_after_the_checks(azure: Scene) -> None:
    code, text = on_terminal(azure)
    lines = plain(text)
    assert code == 1
    assert COLOR.search(text)
    assert re.search(rf"\x1b\[2KWaiting for [0-9] answers? from {re.escape(AZURE)}", text)
    login, image, diagnosis = (
        lines.index(line)
        for line in (
            "✗ Login      ACR: denied",
            f"✗ Image      {IMAGE}: denied",
            "Diagnosis: one cause keeps this codespace from pulling what it needs.",
        )
    )
    assert login < diagnosis
    assert image < diagnosis
    assert lines[diagnosis + 2].startswith(f"1. The login with ACR fails: {AZURE}")
    assert len([line for line in lines if line.startswith(("✓ Login", "✗ Login"))]) == 1


def test_no_color_is_honoured(azure: Scene) -> None:
    code, text = on_terminal(azure, NO_COLOR="1")
    assert (code, COLOR.search(text)) == (1, None)


def test_a_check_is_told_as_it_ends_and_waits_for_no_other(azure: Scene) -> None:
    place = azure.world.places["basic"]
    with FaultProxy(place.registry.url) as slow:
        slow.go_wrong(STALL)
        azure.values |= triple("SLOW", slow.address, place.owner)
        _, text = on_terminal(azure, CRREG_TIMEOUT="4")
    lines = plain(text)
    # SLOW ended last, at the deadline, though ACR and SLOW began at the same time and SLOW's image none waits for.
    assert lines.index("✗ Login      ACR: denied") < lines.index("? Login      SLOW: unreachable")
