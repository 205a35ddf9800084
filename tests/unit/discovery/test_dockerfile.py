"""The images of a Dockerfile are those that BuildKit pulls for the target, each where the file names it."""

import time
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crreg.discovery.dockerfile import images_of_dockerfile
from crreg.discovery.found import FoundImage, Problem, ProblemKind, Source
from crreg.location import Location

PATH = ".devcontainer/Dockerfile"


def read(
    text: str,
    *,
    build_args: Mapping[str, str | None] | None = None,
    target: str | None = None,
    build_contexts: Mapping[str, str] | None = None,
) -> tuple[tuple[FoundImage, ...], tuple[Problem, ...]]:
    return images_of_dockerfile(
        text, PATH, build_args=build_args or {}, target=target, build_contexts=build_contexts or {}
    )


def names(
    text: str,
    *,
    build_args: Mapping[str, str | None] | None = None,
    target: str | None = None,
    build_contexts: Mapping[str, str] | None = None,
) -> list[str]:
    images, problems = read(text, build_args=build_args, target=target, build_contexts=build_contexts)
    assert problems == ()
    return [image.text for image in images]


def problems_of(
    text: str,
    *,
    build_args: Mapping[str, str | None] | None = None,
    target: str | None = None,
) -> list[tuple[ProblemKind, str, int, int]]:
    _, problems = read(text, build_args=build_args, target=target)
    return [
        (problem.kind, problem.message, problem.location.line, problem.location.column)
        for problem in problems
    ]


def marked(text: str, location: Location) -> str:
    """What a location spans, lines joined."""
    lines = text.split("\n")[location.line - 1 : location.end_line]
    lines[-1] = lines[-1][: location.end_column - 1]
    lines[0] = lines[0][location.column - 1 :]
    return "\n".join(lines)


def at(line: int, column: int, end_column: int, end_line: int | None = None) -> Location:
    return Location(PATH, line, column, end_line or line, end_column)


def test_every_kind_of_entry_is_found_where_it_stands() -> None:
    text = (
        "# syntax=docker/dockerfile:1\n"
        "ARG V=24.04\n"
        "FROM --platform=$BUILDPLATFORM ubuntu:${V:-22.04} AS base\n"
        "COPY --from=ghcr.io/o/tools:1 /a /b\n"
        "RUN --mount=type=bind,from=acme.azurecr.io/x,target=/x --mount=type=cache,target=/c true\n"
    )
    assert read(text) == (
        (
            FoundImage("docker/dockerfile:1", Source.SYNTAX, at(1, 10, 29)),
            FoundImage("ubuntu:24.04", Source.BUILD, at(3, 32, 50)),
            FoundImage("ghcr.io/o/tools:1", Source.BUILD, at(4, 13, 30)),
            FoundImage("acme.azurecr.io/x", Source.BUILD, at(5, 28, 45)),
        ),
        (),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a\\\n  # comment\n\nb:1\n", ("ab:1", "a\\\n  # comment\n\nb:1")),
        ("\ufeffFROM a\r\n", ("a", "a")),
        ("\ufeff  \tFROM  \t a  AS b\r\n", ("a", "a")),
        ("FROM debian\nRUN é --mount\nFROM 'a'\n", ("a", "'a'")),
        ("# escape=`\nFROM `\n  a `\n AS b\n", ("a", "a")),
        ("# é\nFROM \\\n\\\n\\\n   a", ("a", "a")),
        ("\\\nFROM a\n", ("a", "a")),
    ],
)
def test_a_span_is_exact_over_lines_and_odd_white_space(text: str, expected: tuple[str, str]) -> None:
    (image,), problems = read(text)
    assert (image.text, marked(text, image.location), problems) == (*expected, ())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("COPY --from=img:1 a b", ("img:1", "img:1")),
        ("COPY --chown=1 --from='img:1' a b", ("img:1", "img:1")),
        ('COPY --fr"om=im"g:1 a b', ("img:1", 'im"g:1')),
        ("COPY --from=im\\g:1 a b", ("img:1", "im\\g:1")),
        ("COPY --link \\\n  --from=im\\\ng a b", ("img", "im\\\ng")),
        ("RUN --mount=from=img:1,target=/x true", ("img:1", "img:1")),
        ("RUN --mount=type=bind,FROM=img:1 true", ("img:1", "img:1")),
        ("RUN --mount=type=cache,from=no,from=img:1 true", ("img:1", "img:1")),
        ("RUN --mount='type=bind,\"from=img:1\",target=/x' true", ("img:1", "img:1")),
        ('RUN --network=none --mount=target=/x,from=img:1 ["a"]', ("img:1", "img:1")),
        ("copy --from=img:1 <<EOF /b/\nFROM no\nEOF", ("img:1", "img:1")),
    ],
)
def test_a_source_is_found_however_its_flag_is_written(line: str, expected: tuple[str, str]) -> None:
    text = f"FROM scratch\n{line}\n"
    (image,), problems = read(text)
    assert (image.text, marked(text, image.location), problems) == (*expected, ())


def test_heredocs_comments_and_arrays_name_nothing() -> None:
    assert names(
        "FROM a\n"
        "RUN <<EOF cat <<-'B'\n"
        "FROM b\n"
        "COPY --from=c x y\n"
        "EOF\n"
        "\tFROM d\n"
        "\tB\n"
        "# FROM e\n"
        'RUN ["sh", "-c", "--mount=from=f"]\n'
        "RUN echo \\\n"
        "# FROM g\n"
        "FROM h\n"
        "ADD https://i/x /\n"
    ) == ["a"]


STAGES = (
    "FROM img1 AS One\n"
    "FROM one AS two\n"
    "COPY --from=img2 a b\n"
    "FROM img3 AS three\n"
    "FROM scratch AS four\n"
    "COPY --from=TWO a b\n"
    "RUN --mount=from=Three true\n"
    "FROM img4\n"
    "COPY --from=1 a b\n"
)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("one", ["img1"]),
        ("ONE", ["img1"]),
        ("two", ["img1", "img2"]),
        ("three", ["img3"]),
        ("four", ["img1", "img2", "img3"]),
        (None, ["img1", "img2", "img4"]),
        ("", ["img1", "img2", "img4"]),
    ],
)
def test_only_the_stages_that_the_target_reaches_are_pulled(target: str | None, expected: list[str]) -> None:
    assert names(STAGES, target=target) == expected


@pytest.mark.parametrize("target", ["five", "0"])
def test_an_unknown_target_is_a_problem_that_names_the_stages(target: str) -> None:
    assert problems_of(STAGES, target=target) == [
        (
            ProblemKind.INVALID,
            f"there is no stage '{target}' to build; the stages are: one, two, three, four",
            8,
            6,
        )
    ]


def test_a_name_in_from_is_a_stage_only_in_the_case_that_buildkit_keeps() -> None:
    assert names("FROM img AS Base\nFROM Base\n") == ["Base"]


def test_of_two_stages_of_one_name_from_takes_the_last_before_it_and_copy_the_last_of_all() -> None:
    assert names("FROM a AS x\nFROM b AS x\nFROM x\n") == ["b"]
    assert names("FROM a AS x\nFROM x AS x\nFROM x\n") == ["a"]


def test_a_stage_may_have_the_name_of_its_image() -> None:
    assert names("FROM node AS node\nCOPY --from=node:20 a b\n") == ["node", "node:20"]


def test_the_same_image_at_two_places_stands_twice() -> None:
    images, _ = read("FROM a\nCOPY --from=a x y\n")
    assert [(image.text, image.location) for image in images] == [("a", at(1, 6, 7)), ("a", at(2, 13, 14))]


def test_a_trigger_runs_in_a_stage_of_the_same_file_and_nowhere_else() -> None:
    assert names("FROM a AS base\nONBUILD COPY --from=b x y\n") == ["a"]
    assert names("FROM a AS base\nONBUILD COPY --from=b x y\nFROM base\n") == ["a", "b"]
    assert names("FROM a AS base\nONBUILD RUN --mount=from=b x\nFROM base AS c\nFROM c\n") == ["a", "b"]


@pytest.mark.parametrize(
    ("arguments", "build_args", "expected"),
    [
        ("ARG V=1", {}, "img:1"),
        ("ARG V=1", {"V": "2"}, "img:2"),
        ("ARG V=1", {"v": "2"}, "img:1"),
        ("ARG V", {"V": "2"}, "img:2"),
        ("ARG V=1\nARG V", {}, "img:1"),
        ("ARG V=1\nARG V=2", {}, "img:2"),
        ('ARG A=1 B="$A-x"\nARG V=$B', {}, "img:1-x"),
        ("ARG A=1\nARG V=${A:+2}", {"A": ""}, "img:"),
        ("ARG V='$A'", {}, "img:$A"),
        ("ARG V=$TARGETOS-$TARGETARCH$TARGETVARIANT", {}, "img:linux-amd64"),
        ("ARG V=$BUILDPLATFORM", {"BUILDPLATFORM": "x"}, "img:x"),
        ("ARG V=$TARGETSTAGE", {}, "img:default"),
    ],
)
def test_arguments_before_the_first_from_are_evaluated(
    arguments: str, build_args: Mapping[str, str], expected: str
) -> None:
    assert names(f"{arguments}\nFROM img:$V\n", build_args=build_args) == [expected]


def test_a_build_argument_counts_only_where_an_arg_declares_it() -> None:
    assert names("FROM img${V:-1}\n", build_args={"V": "2"}) == ["img1"]


def test_arguments_of_a_stage_do_not_count_in_the_next_from() -> None:
    assert names("FROM a\nARG V=1\nENV W=2\nFROM img${V:-3}${W:-4}\n") == ["img34"]


@pytest.mark.parametrize(
    ("text", "build_args", "expected"),
    [
        (
            "ARG IMAGE\nFROM $IMAGE\n",
            {},
            (
                ProblemKind.UNRESOLVED,
                "$IMAGE names no image: ARG IMAGE has no default, and no build argument gives it a value",
                2,
                6,
            ),
        ),
        (
            "FROM $IMAGE\n",
            {"IMAGE": "x"},
            (ProblemKind.INVALID, "$IMAGE names no image: no ARG before the first FROM declares IMAGE", 1, 6),
        ),
        ("ARG V=\nFROM ${V}\n", {}, (ProblemKind.INVALID, "${V} names no image", 2, 6)),
        (
            "ARG TAG\nFROM a/b:$TAG\n",
            {},
            (
                ProblemKind.UNRESOLVED,
                (
                    "a/b:$TAG becomes 'a/b:', which names no image: "
                    "ARG TAG has no default, and no build argument gives it a value"
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
            (ProblemKind.INVALID, "$P names no platform: no ARG before the first FROM declares P", 1, 6),
        ),
    ],
)
def test_a_name_that_can_not_be_known_is_a_problem_that_says_why(
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
        ("RUN a\nFROM a\n", "RUN stands before the first FROM, where only ARG may", 1, 1),
        ("FROM a\nFORM b\n", "unknown instruction: FORM", 2, 1),
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
        ("FROM a\nCOPY --from=a --from=b c d\n", "the flag --from stands twice", 2, 1),
        ("FROM a\nCOPY --link=x a b\n", "the flag --link is true or false, not 'x'", 2, 1),
        ("FROM a\nCOPY a\n", "COPY requires at least two arguments, a source and a destination", 2, 1),
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
        ("FROM a AS b\nCOPY --from=b c d\n", "the stages need each other in a circle", 2, 13),
        (
            "FROM a AS b\nCOPY --from=d x y\nFROM c AS d\nCOPY --from=b x y\n",
            "the stages need each other in a circle",
            2,
            13,
        ),
        (
            "FROM a AS b\nRUN --mount=from=d true\nFROM c AS d\n",
            "a stage can only take files from a stage that stands before it",
            2,
            18,
        ),
        ("FROM a\nCOPY --from=2 c d\n", "there is no stage 2 to copy from", 2, 13),
        ("FROM a\nCOPY --from=-1 c d\n", "there is no stage -1 to copy from", 2, 13),
        (
            "ARG V=b\nFROM a\nCOPY --from=$V c d\n",
            "--from=$V: variables are not expanded here; name a stage, and give that its image with FROM",
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
            '--mount: a " stands inside a field that does not begin with one',
            2,
            1,
        ),
        ("FROM a\nRUN --mount='\"a\"b' c\n", '--mount: a " stands inside a quoted field; write ""', 2, 1),
    ],
)
def test_what_buildkit_refuses_is_a_problem_at_its_place(
    text: str, message: str, line: int, column: int
) -> None:
    target = "b" if "only take" in message else None
    assert problems_of(text, target=target) == [(ProblemKind.INVALID, message, line, column)]


def test_a_problem_of_a_line_spans_the_whole_of_it() -> None:
    _, (problem,) = read("FROM a\nCOPY \\\n --from=x \\\n  b\r\nRUN c\n")
    assert problem.location == at(2, 1, 4, end_line=4)


@pytest.mark.parametrize(
    ("text", "image", "location"),
    [
        ("#syntax=a/b:1\nFROM c\n", "a/b:1", at(1, 9, 14)),
        ("# check=skip=all\n# SYNTAX =  a/b:1 --flag \nFROM c\n", "a/b:1", at(2, 13, 18)),
        ("\ufeff# syntax=a/b:1\r\nFROM c\n", "a/b:1", at(1, 11, 16)),
        ("#!/usr/bin/env x\n# syntax=a/b:1\nFROM c\n", "a/b:1", at(2, 10, 15)),
        ("// syntax=a/b:1\nanything: at all\n", "a/b:1", at(1, 11, 16)),
        ('{\n  "other": 1, "syntax": "a/b:1"\n}\n', "a/b:1", at(2, 26, 31)),
    ],
)
def test_the_frontend_is_found_in_each_way_to_name_it(text: str, image: str, location: Location) -> None:
    images, problems = read(text)
    assert [found for found in images if found.source is Source.SYNTAX] == [
        FoundImage(image, Source.SYNTAX, location)
    ]
    assert problems == ()


@pytest.mark.parametrize(
    "text",
    [
        "# hello\n# syntax=a\nFROM c\n",
        "\n# syntax=a\nFROM c\n",
        " # syntax=a\nFROM c\n",
        "FROM c\n# syntax=a\n",
    ],
)
def test_a_syntax_comment_that_does_not_stand_at_the_top_names_nothing(text: str) -> None:
    assert names(text) == ["c"]


def test_the_build_argument_wins_over_the_syntax_directive() -> None:
    assert names("# syntax=a\nFROM c\n", build_args={"BUILDKIT_SYNTAX": "docker/dockerfile:1 x"}) == [
        "docker/dockerfile:1",
        "c",
    ]


def test_a_frontend_of_another_kind_may_read_what_looks_broken() -> None:
    assert problems_of("# syntax=o/own:1\nINCLUDE x\n") == [
        (
            ProblemKind.UNRESOLVED,
            "unknown instruction: INCLUDE (unless the frontend o/own:1 reads it in another way)",
            2,
            1,
        )
    ]
    assert problems_of("# syntax=mirror.example/docker/dockerfile:1@sha256:00\nINCLUDE x\n") == [
        (ProblemKind.INVALID, "unknown instruction: INCLUDE", 2, 1)
    ]


@pytest.mark.parametrize(
    ("contexts", "expected"),
    [
        ({"base": "docker-image://img:1"}, ["img:1", "tools"]),
        ({"base": "./folder"}, ["tools"]),
        ({"docker.io/library/debian:latest": "docker-image://img:1"}, ["img:1", "tools"]),
        ({"debian:12": "docker-image://img:1"}, ["debian", "tools"]),
        ({"tools": "https://example.org/x.git"}, ["debian"]),
        ({"base::linux/amd64": "docker-image://amd", "base": "docker-image://any"}, ["amd", "tools"]),
        ({"scratch": "docker-image://img:1"}, ["debian", "tools"]),
        ({"base": "docker-image://scratch"}, ["tools"]),
    ],
)
def test_a_named_context_stands_in_for_the_stage_or_image_of_its_name(
    contexts: Mapping[str, str], expected: list[str]
) -> None:
    text = (
        "FROM debian AS base\nFROM scratch AS none\nFROM base\nCOPY --from=tools a b\nCOPY --from=none a b\n"
    )
    assert names(text, build_contexts=contexts) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FROM a\n" * 1_001, "the file has more than 1000 stages and was not read"),
        ("\n" * 100_001, "the file has more than 100000 lines and was not read"),
        ("FROM a\n" + "RUN b\n" * 20_000, "the file has more than 20000 instructions and was not read"),
        (
            "FROM a\n" + "COPY --from=b c d\n" * 10_001,
            "the file names more than 10000 sources and was not read",
        ),
    ],
)
def test_a_file_beyond_a_bound_is_said_to_be_unread(text: str, message: str) -> None:
    assert [(kind, said) for kind, said, _, _ in problems_of(text)] == [(ProblemKind.UNRESOLVED, message)]


HOSTILE = {
    "backslashes": "FROM a\nRUN " + "\\" * 60_000 + "\n",
    "many lines of backslashes": "FROM a\n" + ("RUN <<A " + "\\" * 60_000 + "\nA\n") * 20,
    "continuations": "FROM a\nRUN " + "\\\n" * 99_000,
    "a long continued line": "FROM a\nRUN " + ("<<A" + " \\$" * 15_000 + "\\\n") * 20,
    "braces": "FROM " + "${" * 30_000 + "\n",
    "nested braces": "FROM " + "${a:-" * 10_000 + "}" * 10_000 + "\n",
    "nested braces beside a heredoc": "FROM a\nRUN <<A " + "${a:-" * 10_000 + "\n",
    "stages": "FROM a\n" * 100_000,
    "heredocs": "FROM a\n" + "RUN <<A\nA\n" * 19_000,
    "heredocs in a line": "FROM a\nRUN" + " <<A" * 15_000 + "\nA" * 15_000,
    "a variable that doubles": "ARG A=aaaa\n" + "ARG A=$A$A\n" * 10_000 + "FROM $A\n",
    "a long variable": "ARG A=" + "a" * 60_000 + "\n" + "ARG A=$A\n" * 10_000 + "FROM $A\n",
    "patterns": "ARG A=" + "a" * 600 + "\n" + "ARG B=${A##*a*a*a*b}\n" * 10_000 + "FROM x$B\n",
    "replacements": "ARG A=" + "a" * 600 + "\n" + "ARG B=${A//a/bb}\n" * 10_000 + "FROM x$B\n",
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


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_takes_no_longer_than_a_second_a_megabyte(text: str) -> None:
    started = time.process_time()
    read(text)
    assert time.process_time() - started < max(1.0, len(text) / 1_000_000)


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


@settings(max_examples=400)
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


@given(st.text(max_size=200))
def test_no_text_at_all_raises(text: str) -> None:
    images, problems = read(text)
    assert images or problems
