"""The images of a Dockerfile are those that BuildKit pulls for the target, each where the file names it."""

from collections.abc import Mapping

import pytest
from tests.unit.discovery.dockerfile.reading import at, marked, names, problems_of, read

from crreg.discovery.found import FoundImage, ProblemKind, Source
from crreg.findings.location import Location


def test_every_kind_of_entry_is_found_at_its_place() -> None:
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
        ("FROM debian\nRUN é --mount\nFROM 'a'\n", ("a", "a")),
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


def test_the_same_image_at_two_places_is_found_twice() -> None:
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
def test_a_syntax_comment_that_is_not_at_the_top_names_nothing(text: str) -> None:
    assert names(text) == ["c"]


def test_the_build_argument_wins_over_the_syntax_directive() -> None:
    assert names("# syntax=a\nFROM c\n", build_args={"BUILDKIT_SYNTAX": "docker/dockerfile:1 x"}) == [
        "docker/dockerfile:1",
        "c",
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
def test_a_named_context_replaces_the_stage_or_image_of_its_name(
    contexts: Mapping[str, str], expected: list[str]
) -> None:
    text = (
        "FROM debian AS base\nFROM scratch AS none\nFROM base\nCOPY --from=tools a b\nCOPY --from=none a b\n"
    )
    assert names(text, build_contexts=contexts) == expected


@pytest.mark.parametrize("address", ["docker-image://", "docker-image:", "docker-image:// "])
@pytest.mark.parametrize("text", ["FROM base\n", "FROM debian\nCOPY --from=base a b\n"])
def test_a_named_context_without_an_image_is_refused(address: str, text: str) -> None:
    found, problems = read(text, build_contexts={"base": address})
    assert [image.text for image in found] == ["debian"] * text.count("debian")
    assert [(problem.kind, problem.message) for problem in problems] == [
        (ProblemKind.INVALID, "the build context of this name names no image")
    ]
