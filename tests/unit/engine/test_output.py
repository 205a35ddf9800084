import base64

import pytest

from crreg.engine.output import BuildOutput
from crreg.engine.trace import InvalidTraceError, Log, Vertex, decode


def _field(number: int, value: bytes) -> bytes:
    return bytes([number << 3 | 2, len(value)]) + value


_STARTED = _field(1, _field(1, b"sha256:1") + _field(3, b"[1/2] RUN make") + _field(5, b""))
_LOGGED = _field(3, _field(1, b"sha256:1") + _field(4, b"one\n\x1b[1mtw"))


def test_a_trace_tells_steps_and_what_they_print() -> None:
    assert list(decode(_STARTED + _LOGGED)) == [
        Vertex("sha256:1", "[1/2] RUN make", started=True),
        Log("sha256:1", b"one\n\x1b[1mtw"),
    ]


@pytest.mark.parametrize("message", [b"\x0a\x05ab", b"\x0a", b"\xff" * 20, b"\x0b"])
def test_bytes_that_are_no_trace_are_told_apart(message: bytes) -> None:
    with pytest.raises(InvalidTraceError):
        list(decode(message))


def test_output_comes_line_by_line_without_control_characters_and_a_failure_quotes_it() -> None:
    lines: list[str] = []
    steps: list[str] = []
    output = BuildOutput(lines.append, steps.append)

    output.take({"id": "moby.buildkit.trace", "aux": base64.b64encode(_STARTED + _LOGGED).decode()})
    output.end()

    assert lines == ["[1/2] RUN make", "one", "\\x1b[1mtw"]
    assert steps == ["step [1/2] RUN make"]
    assert output.failure("exit code: 2").detail == (
        'The build failed in the step `[1/2] RUN make`: exit code: 2. Its last lines: "one / \\\\x1b[1mtw".'
    ).replace("\\\\", "\\")


@pytest.mark.parametrize(
    ("says", "remedy"),
    [
        ("dockerfile parse error line 3: unknown instruction: HELLO", "install docker buildx"),
        ("dockerfile parse error line 2: Unknown flag: network", "install docker buildx"),
        ("the --mount option requires BuildKit", "install docker buildx"),
        (
            "ghcr.io/o/base:1: pull access denied, repository does not exist",
            "pass the triple of its registry",
        ),
        ('process "/bin/sh -c make" did not complete successfully: exit code: 2', "Correct the Dockerfile"),
    ],
)
def test_a_failure_has_the_remedy_of_its_cause(says: str, remedy: str) -> None:
    assert remedy in BuildOutput(lambda _: None, lambda _: None).failure(says).remedy
