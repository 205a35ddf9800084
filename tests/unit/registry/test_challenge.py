"""WWW-Authenticate headers as registries send them, and as none should."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crreg.registry.challenge import Challenge, InvalidChallenge, parse_challenges


@pytest.mark.parametrize(
    ("values", "challenges"),
    [
        ([], []),
        ([""], []),
        ([" , ,"], []),
        (["Basic"], [Challenge("basic")]),
        (['Basic realm="Sonatype Nexus"'], [Challenge("basic", {"realm": "Sonatype Nexus"})]),
        (["BASIC REALM=x"], [Challenge("basic", {"realm": "x"})]),
        (
            ['Bearer realm="https://auth.docker.io/token",service="registry.docker.io"'],
            [
                Challenge(
                    "bearer",
                    {"realm": "https://auth.docker.io/token", "service": "registry.docker.io"},
                ),
            ],
        ),
        (
            ['Bearer realm="https://r/t",scope="repository:a/b:pull,push", service = s'],
            [
                Challenge(
                    "bearer", {"realm": "https://r/t", "scope": "repository:a/b:pull,push", "service": "s"}
                )
            ],
        ),
        (
            ['Basic realm="a, Bearer realm=b", Bearer realm="c"'],
            [Challenge("basic", {"realm": "a, Bearer realm=b"}), Challenge("bearer", {"realm": "c"})],
        ),
        (
            ["Negotiate, Basic realm=x", 'Bearer realm="y"'],
            [Challenge("negotiate"), Challenge("basic", {"realm": "x"}), Challenge("bearer", {"realm": "y"})],
        ),
        (
            ["Negotiate YII+/a==, Basic realm=x"],
            [Challenge("negotiate", {}, "YII+/a=="), Challenge("basic", {"realm": "x"})],
        ),
        (['Basic realm="a\\"b\\\\c"'], [Challenge("basic", {"realm": 'a"b\\c'})]),
        (["Basic realm=a, realm=b"], [Challenge("basic", {"realm": "b"})]),
        ([',, Basic\trealm="x" ,,'], [Challenge("basic", {"realm": "x"})]),
    ],
)
def test_every_challenge_is_read(values: list[str], challenges: list[Challenge]) -> None:
    assert parse_challenges(values) == challenges


@pytest.mark.parametrize(
    "value",
    [
        'Basic realm="never closed',
        'Basic realm="ends in an escape\\',
        "realm=x",
        "Basic realm=x service=y",
        "Basic realm=,service=y",
        "=",
        '"Basic"',
        "Basic;realm=x",
        "Bäsic realm=x",
        "Basic realm=x, " * 2000,
    ],
)
def test_a_broken_header_raises_its_own_error_without_quoting_it(value: str) -> None:
    with pytest.raises(InvalidChallenge) as raised:
        parse_challenges([value])
    assert "service" not in str(raised.value)


@given(st.lists(st.text() | st.text(alphabet='Bb =,"\\\t/', max_size=40)))
def test_no_header_raises_anything_else(values: list[str]) -> None:
    try:
        challenges = parse_challenges(values)
    except InvalidChallenge:
        return
    assert all(challenge.scheme == challenge.scheme.lower() != "" for challenge in challenges)


token = st.text(alphabet="abcXYZ019-._~", min_size=1, max_size=10)


@given(st.lists(st.tuples(token, st.dictionaries(token.map(str.lower), st.text(max_size=20), min_size=1))))
def test_what_is_written_by_the_grammar_is_read_back(written: list[tuple[str, dict[str, str]]]) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    value = ", ".join(
        f"{scheme} " + ",".join(f"{name}={quoted(text)}" for name, text in parameters.items())
        for scheme, parameters in written
    )
    assert parse_challenges([value]) == [
        Challenge(scheme.lower(), parameters) for scheme, parameters in written
    ]


@pytest.mark.parametrize(
    "piece", ['"', "\\", "a=", "a,", "a ", 'a="', ",", 'a=",b', "A b=c,", '\\"', "a/", "=", " "]
)
@pytest.mark.parametrize("start", ["", "Basic ", 'Basic realm="', "Basic realm=x,"])
def test_a_megabyte_takes_less_than_a_second(start: str, piece: str) -> None:
    value = start + piece * (1_000_000 // len(piece))
    started = time.process_time()
    try:
        parse_challenges([value])
    except InvalidChallenge:
        pass
    finally:
        taken = time.process_time() - started
    assert taken < 1
