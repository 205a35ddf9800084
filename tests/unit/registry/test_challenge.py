"""WWW-Authenticate headers as registries send them, and as none should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.speed import within

from crreg.registry.challenge import Challenge, seen_by_docker


@pytest.mark.parametrize(
    ("values", "challenges"),
    [
        ([], []),
        ([""], []),
        ([" , ,"], []),
        (['Bearer realm="x"', "", "Basic"], [Challenge("bearer", {"realm": "x"}), Challenge("basic")]),
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
            ['Bearer realm="https://r/t",scope="repository:a/b:pull,push", service=s'],
            [
                Challenge(
                    "bearer", {"realm": "https://r/t", "scope": "repository:a/b:pull,push", "service": "s"}
                )
            ],
        ),
        (
            ['Basic realm="a, Bearer realm=b", Bearer realm="c"'],
            [Challenge("basic", {"realm": "a, Bearer realm=b"})],
        ),
        (
            ["Negotiate, Basic realm=x", 'Bearer realm="y"'],
            [Challenge("negotiate"), Challenge("bearer", {"realm": "y"})],
        ),
        (['Basic realm="a\\"b\\\\c"'], [Challenge("basic", {"realm": 'a"b\\c'})]),
        (["Basic realm=a, realm=b"], [Challenge("basic", {"realm": "b"})]),
        (['Basic\trealm="x" ,,'], [Challenge("basic", {"realm": "x"})]),
    ],
)
def test_the_first_challenge_of_each_header_is_read(values: list[str], challenges: list[Challenge]) -> None:
    assert seen_by_docker(values) == challenges


@pytest.mark.parametrize(
    ("value", "challenge"),
    [
        ('Bearer realm="r"; service="s"', Challenge("bearer", {"realm": "r"})),
        ('Bearer realm="r" service="s"', Challenge("bearer", {"realm": "r"})),
        ('Bearer realm="r",service=my registry', Challenge("bearer", {"realm": "r", "service": "my"})),
        (
            'Bearer realm="r",error_description="the "token" is missing",service="s"',
            Challenge("bearer", {"realm": "r", "error_description": "the "}),
        ),
        ('Bearer realm="r",service="never closed', Challenge("bearer", {"realm": "r"})),
        ('Bearer realm="r",service="ends in an escape\\', Challenge("bearer", {"realm": "r"})),
        ('Bearer realm="r",service=,scope=x', Challenge("bearer", {"realm": "r"})),
        ('Bearer realm="r",service="",scope=x', Challenge("bearer", {"realm": "r"})),
        ('Bearer realm="r",service = "s"', Challenge("bearer", {"realm": "r"})),
        ('Bearer realm="r",,service="s"', Challenge("bearer", {"realm": "r"})),
        ("Bearer realm=https://r/t,service=s", Challenge("bearer", {"realm": "https"})),
        ('Bearer,realm="r"', Challenge("bearer")),
        ("Basic;realm=x", Challenge("basic")),
        ("B\u00e4sic realm=x", Challenge("b")),
        ("realm=x", Challenge("realm")),
        ("Negotiate YII+/a==, Basic realm=x", Challenge("negotiate")),
        ('Basic realm="x", Bearer realm="y"', Challenge("basic", {"realm": "x"})),
        (', Basic realm="x"', None),
        ('"Basic"', None),
        ("=", None),
    ],
)
def test_a_flaw_ends_what_docker_reads(value: str, challenge: Challenge | None) -> None:
    assert seen_by_docker([value]) == ([] if challenge is None else [challenge])


@given(st.lists(st.text() | st.text(alphabet='Bb =,"\\\t/', max_size=40)))
def test_no_header_raises_anything(values: list[str]) -> None:
    challenges = seen_by_docker(values)
    assert all(challenge.scheme == challenge.scheme.lower() != "" for challenge in challenges)
    assert len(challenges) <= len(values)


token = st.text(alphabet="abcXYZ019-._~", min_size=1, max_size=10)


@given(
    st.lists(
        st.tuples(token, st.dictionaries(token.map(str.lower), st.text(min_size=1, max_size=20), min_size=1))
    )
)
def test_what_is_written_by_the_grammar_is_read_back(written: list[tuple[str, dict[str, str]]]) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    values = [
        f"{scheme} " + ",".join(f"{name}={quoted(text)}" for name, text in parameters.items())
        for scheme, parameters in written
    ]
    assert seen_by_docker(values) == [Challenge(scheme.lower(), parameters) for scheme, parameters in written]
    assert seen_by_docker([", ".join(values)]) == seen_by_docker(values[:1])


@pytest.mark.speed
@pytest.mark.parametrize(
    "piece", ['"', "\\", "a=", "a,", "a ", 'a="', ",", 'a=",b', "A b=c,", '\\"', "a/", "=", " "]
)
@pytest.mark.parametrize("start", ["", "Basic ", 'Basic realm="', "Basic realm=x,"])
def test_a_megabyte_takes_less_than_a_second(start: str, piece: str) -> None:
    value = start + piece * (1_000_000 // len(piece))
    with within(1):
        seen_by_docker([value])
