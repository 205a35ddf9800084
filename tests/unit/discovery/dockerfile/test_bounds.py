"""No Dockerfile, however hostile, makes the reader raise or slow."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.discovery.dockerfile.reading import PATH, problems_of, read
from tests.unit.speed import within

from crreg.discovery.found import ProblemKind


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FROM a\n" * 1_001, "the file has more than 1000 stages and was not read"),
        ("\n" * 100_001, "the file has more than 100000 lines and was not read"),
        ("FROM a\n" + "RUN b\n" * 10_000, "the file has more than 10000 instructions and was not read"),
        (
            "FROM a\n" + ("RUN " + "--mount=from=b " * 4_000 + "c\n") * 3,
            "the file names more than 10000 sources and was not read",
        ),
    ],
)
def test_a_file_that_exceeds_a_bound_is_noted_as_unread(text: str, message: str) -> None:
    assert [(kind, noted) for kind, noted, _, _ in problems_of(text)] == [(ProblemKind.UNRESOLVED, message)]


HOSTILE = {
    "backslashes": "FROM a\nRUN " + "\\" * 60_000 + "\n",
    "many lines of backslashes": "FROM a\n" + ("RUN <<A " + "\\" * 60_000 + "\nA\n") * 20,
    "continuations": "FROM a\nRUN " + "\\\n" * 99_000,
    "a long continued line": "FROM a\nRUN " + ("<<A" + " \\$" * 15_000 + "\\\n") * 20,
    "braces": "FROM " + "${" * 30_000 + "\n",
    "nested braces": "FROM " + "${a:-" * 10_000 + "}" * 10_000 + "\n",
    "nested braces beside a heredoc": "FROM a\nRUN <<A " + "${a:-" * 10_000 + "\n",
    "stages": "FROM a\n" * 100_000,
    "heredocs": "FROM a\n" + "RUN <<A\nA\n" * 9_000,
    "heredocs in a line": "FROM a\nRUN" + " <<A" * 15_000 + "\nA" * 15_000,
    "a variable that doubles": "ARG A=aaaa\n" + "ARG A=$A$A\n" * 9_000 + "FROM $A\n",
    "a long variable": "ARG A=" + "a" * 60_000 + "\n" + "ARG A=$A\n" * 9_000 + "FROM $A\n",
    "patterns": "ARG A=" + "a" * 600 + "\n" + "ARG B=${A##*a*a*a*b}\n" * 9_000 + "FROM x$B\n",
    "replacements": "ARG A=" + "a" * 600 + "\n" + "ARG B=${A//a/bb}\n" * 9_000 + "FROM x$B\n",
    "patterns of many characters": "ARG A="
    + "".join(map(chr, range(0x4E00, 0x5E00)))
    + "\n"
    + ("ARG B=${A##" + "".join(map(chr, range(0x4E00, 0x5E00))) + "}\n") * 200
    + "FROM x$B\n",
    "quoted mounts": "FROM a\nRUN" + ' --mount=from="a" \\\n' * 50_000,
    "flags": "FROM a\nCOPY " + "--from=" * 9_000 + "\n",
    "open quotes": "FROM a\nENV " + "a='" * 20_000 + "\n",
    "spaces": "#" + " " * 60_000 + "x\nFROM" + " " * 60_000 + "\n",
    "a directive of spaces": "# syntax=a" + " " * 60_000 + "b\nFROM a\n",
    "triggers": "FROM a AS s\n" + "ONBUILD COPY --from=b c d\n" * 5_000 + "FROM s\n" * 900,
    "nested triggers": "FROM a\n" + "ONBUILD " * 8_000 + "\n",
    "nested arrays": "FROM a\nRUN " + "[" * 60_000 + "\n",
    "a nested object": "{" + '"a":{' * 50_000,
    "stages in a chain": "FROM a AS s0\n" + "".join(f"FROM s{i} AS s{i + 1}\n" for i in range(999)),
    "a ring of stages": "".join(f"FROM a AS s{i}\nCOPY --from=s{(i + 1) % 999} a b\n" for i in range(999)),
}


@pytest.mark.speed
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_takes_no_longer_than_a_second_a_megabyte(text: str) -> None:
    with within(max(1.0, len(text) / 1_000_000)):
        read(text)


PIECES = st.sampled_from(
    [
        *"ab=,:/.-_$<>[]{}'\"`#\\ \t\r\n@",
        *(
            "FROM ",
            "FROM a AS b\n",
            "ARG V=",
            "ARG V\n",
            "COPY --from=",
            "RUN --mount=from=",
            "ONBUILD ",
            "\\\n",
        ),
        *(
            "<<EOF",
            "\nEOF\n",
            "${V",
            "$V",
            "${V:-",
            "# escape=`\n",
            "# syntax=",
            "// syntax=",
            '{"syntax": "',
            "b\n",
        ),
        *("\ufeff", "é", "\x00", "\ud800", "\u2028", "\x1c", "0", "scratch"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(PIECES, max_size=40).map("".join),
    st.dictionaries(st.sampled_from(["V", "BUILDKIT_SYNTAX", "TARGETARCH"]), st.none() | st.text(max_size=5)),
    st.none() | st.sampled_from(["b", "B", "0", "x"]),
    st.dictionaries(
        st.sampled_from(["a", "b", "docker.io/a"]), st.sampled_from(["docker-image://c", "x", ""])
    ),
)
def test_no_input_raises_and_every_place_is_in_the_file(
    text: str, build_args: Mapping[str, str | None], target: str | None, contexts: Mapping[str, str]
) -> None:
    images, problems = read(text, build_args=build_args, target=target, build_contexts=contexts)
    lines = [*text.split("\n"), ""]
    for location in [image.location for image in images] + [problem.location for problem in problems]:
        assert location.path == PATH
        assert (1, 1) <= (location.line, location.column) <= (location.end_line, location.end_column)
        assert location.end_line <= len(lines)
        assert location.column <= len(lines[location.line - 1]) + 1
        assert location.end_column <= len(lines[location.end_line - 1]) + 1


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_at_all_raises(text: str) -> None:
    images, problems = read(text)
    assert images or problems
