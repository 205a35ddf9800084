"""What BuildKit refuses, and what can't be known, is a problem at its place; the rest is still read."""

from collections.abc import Mapping

import pytest
from tests.unit.discovery.dockerfile.reading import at, names, problems_of, read

from crreg.discovery.found import ProblemKind


@pytest.mark.parametrize(
    ("text", "build_args", "expected"),
    [
        (
            "ARG IMAGE\nFROM $IMAGE\n",
            {},
            (
                ProblemKind.UNRESOLVED,
                "the image name $IMAGE is empty: ARG IMAGE has no default, and no build argument sets it",
                2,
                6,
            ),
        ),
        (
            "FROM $IMAGE\n",
            {"IMAGE": "x"},
            (
                ProblemKind.INVALID,
                "the image name $IMAGE is empty: no ARG before the first FROM declares IMAGE",
                1,
                6,
            ),
        ),
        ("ARG V=\nFROM ${V}\n", {}, (ProblemKind.INVALID, "the image name ${V} is empty", 2, 6)),
        (
            "ARG TAG\nFROM a/b:$TAG\n",
            {},
            (
                ProblemKind.UNRESOLVED,
                (
                    "a/b:$TAG becomes 'a/b:', which is not an image name: "
                    "ARG TAG has no default, and no build argument sets it"
                ),
                2,
                6,
            ),
        ),
        (
            "ARG V\nARG W=x$V\nFROM a:$W\n",
            {"V": None},
            (
                ProblemKind.UNRESOLVED,
                "a:$W depends on V: the build argument's value is not known before the codespace is created",
                3,
                6,
            ),
        ),
        ("FROM ${V:?set-it}\n", {}, (ProblemKind.INVALID, "${V:?set-it}: V: set-it", 1, 6)),
        (
            "ARG V=${X?}\nFROM a\n",
            {},
            (ProblemKind.INVALID, "ARG V=${X?}: X: is not allowed to be unset", 1, 1),
        ),
        (
            "FROM --platform=$P a\n",
            {},
            (ProblemKind.INVALID, "the platform $P is empty: no ARG before the first FROM declares P", 1, 6),
        ),
    ],
)
def test_an_unknown_name_is_a_problem_that_says_why(
    text: str, build_args: Mapping[str, str | None], expected: tuple[ProblemKind, str, int, int]
) -> None:
    assert problems_of(text, build_args=build_args) == [expected]


def test_an_unknown_name_in_a_stage_that_is_not_reached_is_no_problem() -> None:
    assert names("ARG V\nFROM $V AS a\nFROM b:$V AS c\nFROM d\n", build_args={"V": None}) == ["d"]


def test_the_rest_is_read_when_one_name_is_broken() -> None:
    images, problems = read(
        "FROM $X AS a\nFROM b\nCOPY --from=a x y\nCOPY --from=$Y x y\nCOPY --from=c x y\n"
    )
    assert [image.text for image in images] == ["b", "c"]
    assert [problem.location for problem in problems] == [at(1, 6, 8), at(4, 1, 19)]


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("", "the Dockerfile has no instructions", 1, 1),
        ("# FROM a\n", "the Dockerfile has no instructions", 1, 1),
        ("ARG A\n", "the Dockerfile has no stage: a FROM is missing", 1, 1),
        ("RUN a\nFROM a\n", "RUN comes before the first FROM, where only ARG is allowed", 1, 1),
        ("FROM a\nFORM b\n", "unknown instruction: FORM", 2, 1),
        ("FROM a\nsk-live-51Hx b\n", "unknown instruction", 2, 1),
        (f"FROM a\n{'x' * 21} b\n", "unknown instruction", 2, 1),
        ("FROM a\n// install b\n", "unknown instruction: // (a comment starts with #)", 2, 1),
        ("FROM a\n//install b\n", "unknown instruction: // (a comment starts with #)", 2, 1),
        ("FROM\n", "FROM requires either one or three arguments (image AS stage)", 1, 1),
        ("FROM a b\n", "FROM requires either one or three arguments (image AS stage)", 1, 1),
        ("FROM a IS b\n", "FROM requires either one or three arguments (image AS stage)", 1, 1),
        (
            "FROM a AS 1\n",
            "invalid name for build stage: '1', name can't start with a number or contain symbols",
            1,
            1,
        ),
        ("FROM --pull a\n", "unknown flag of FROM: --pull", 1, 1),
        ("FROM a\nCOPY --from a b\n", "the flag --from needs a value", 2, 1),
        ("FROM a\nCOPY --from=a --from=b c d\n", "the flag --from is used twice", 2, 1),
        ("FROM a\nCOPY --link=x a b\n", "the flag --link must be true or false, not 'x'", 2, 1),
        ("FROM a\nCOPY a\n", "COPY requires at least two arguments, a source and a destination", 2, 1),
        ("FROM a\nCOPY a <<EOF\nEOF\n", "COPY cannot accept a heredoc as a destination", 2, 1),
        (
            "FROM a\nRUN --network=x b\n",
            "the flag --network must be one of default, host, none, not 'x'",
            2,
            1,
        ),
        (
            "FROM a\nRUN --security=x b\n",
            "the flag --security must be one of insecure, sandbox, not 'x'",
            2,
            1,
        ),
        ("FROM a\nRUN <<EOF\nx\n", "the heredoc 'EOF' never ends", 2, 1),
        ("FROM a\nENV a\n", "ENV must have two arguments", 2, 1),
        ("FROM a\nENV a=b c\n", "can't find = in 'c': expected name=value", 2, 1),
        ("FROM a\nENV =b\n", "ENV names can not be blank", 2, 1),
        ("FROM a\nWORKDIR\n", "WORKDIR requires exactly one argument", 2, 1),
        ("FROM a\nEXPOSE\n", "EXPOSE requires at least one argument", 2, 1),
        ('FROM a\nVOLUME [""]\n', "a VOLUME can not be an empty string", 2, 1),
        ("ARG =x\nFROM a\n", "ARG names can not be blank", 1, 1),
        ("FROM a\nCMD [1]\n", "when using JSON array syntax, arrays must be comprised of strings only", 2, 1),
        ("FROM a\nSHELL bash\n", "SHELL requires its arguments as a JSON array", 2, 1),
        ("FROM a\nHEALTHCHECK a\n", "unknown type 'a' in HEALTHCHECK (try CMD)", 2, 1),
        ("FROM a\nHEALTHCHECK CMD\n", "missing command after HEALTHCHECK CMD", 2, 1),
        ("FROM a\nHEALTHCHECK NONE a\n", "HEALTHCHECK NONE takes no arguments", 2, 1),
        ("FROM a\nONBUILD\n", "ONBUILD requires at least one argument", 2, 1),
        ("FROM a\nONBUILD FROM b\n", "FROM isn't allowed as an ONBUILD trigger", 2, 1),
        ("FROM a\nONBUILD ONBUILD RUN b\n", "ONBUILD can't trigger another ONBUILD", 2, 1),
        ("# escape=x\nFROM a\n", "invalid escape token 'x': expected \\ or `", 1, 1),
        ("# escape=`\n# ESCAPE=`\nFROM a\n", "only one escape parser directive can be used", 2, 1),
        (f"FROM a\nRUN {'x' * 65_536}\n", "the line is longer than 65535 bytes", 2, 1),
        ("FROM a AS b\nCOPY --from=b c d\n", "the stages depend on each other in a circle", 2, 13),
        (
            "FROM a AS b\nCOPY --from=d x y\nFROM c AS d\nCOPY --from=b x y\n",
            "the stages depend on each other in a circle",
            2,
            13,
        ),
        (
            "FROM a AS b\nRUN --mount=from=d true\nFROM c AS d\n",
            "a stage can only take files from an earlier stage",
            2,
            18,
        ),
        ("FROM a\nCOPY --from=2 c d\n", "there is no stage 2 to copy from", 2, 13),
        ("FROM a\nCOPY --from=-1 c d\n", "there is no stage -1 to copy from", 2, 13),
        (
            "ARG V=b\nFROM a\nCOPY --from=$V c d\n",
            "--from=$V: variables are not expanded here; name a stage, and set its image with FROM",
            3,
            1,
        ),
        (
            "ARG V=b\nFROM a\nRUN --mount=from=$V c\n",
            "from=$V: variables are not expanded here; name a stage instead",
            3,
            1,
        ),
        ("FROM a\nRUN --mount='\"from=b' c\n", "--mount: a double quote is never closed", 2, 1),
        (
            "FROM a\nRUN --mount='a\"b' c\n",
            '--mount: a field contains a " but does not begin with one',
            2,
            1,
        ),
        ("FROM a\nRUN --mount='\"a\"b' c\n", '--mount: a quoted field contains a "; write "" instead', 2, 1),
    ],
)
def test_what_buildkit_refuses_is_a_problem_at_its_place(
    text: str, message: str, line: int, column: int
) -> None:
    target = "b" if "only take" in message else None
    assert problems_of(text, target=target) == [(ProblemKind.INVALID, message, line, column)]


def test_a_problem_of_a_line_spans_the_whole_line() -> None:
    _, (problem,) = read("FROM a\nCOPY \\\n --from=x \\\n  b\r\nRUN c\n")
    assert problem.location == at(2, 1, 4, end_line=4)


def test_a_frontend_of_another_kind_may_read_what_looks_broken() -> None:
    assert problems_of("# syntax=o/own:1\nINCLUDE x\n") == [
        (
            ProblemKind.UNRESOLVED,
            "unknown instruction: INCLUDE (unless the frontend o/own:1 reads it differently)",
            2,
            1,
        )
    ]
    assert problems_of("# syntax=mirror.example/docker/dockerfile:1@sha256:00\nINCLUDE x\n") == [
        (ProblemKind.INVALID, "unknown instruction: INCLUDE", 2, 1)
    ]
