"""JSON and Dockerfiles are read as the dev containers CLI reads them: compared with its own code in the npm package."""

import json
import math
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crreg.discovery.dockerfile.arguments import platform_arguments
from crreg.discovery.dockerfile.cli_reader import read_as_cli
from crreg.discovery.dockerfile.expansion_budget import Budget
from crreg.discovery.dockerfile.images import images_of_dockerfile
from crreg.discovery.documents.jsonc import parse_jsonc
from crreg.discovery.documents.tree import Mapping as MappingNode
from crreg.discovery.documents.tree import Node, Scalar, Sequence
from crreg.discovery.found import ProblemKind
from crreg.platform import LINUX_AMD64

HERE = Path(__file__).parent
PROGRAM = (
    HERE.parents[1]
    / "node_modules"
    / "@devcontainers"
    / "cli"
    / "dist"
    / "spec-node"
    / "devContainersSpecCLI.js"
)
PLATFORM = platform_arguments(LINUX_AMD64)


@dataclass(frozen=True)
class Cli:
    """The CLI's readers, in one process."""

    requests: IO[str]
    answers: IO[str]

    def ask(self, **request: Any) -> dict[str, Any]:
        self.requests.write(json.dumps(request) + "\n")
        self.requests.flush()
        answer: dict[str, Any] = json.loads(self.answers.readline())
        return answer


@pytest.fixture(scope="module")
def cli() -> Iterator[Cli]:
    command = ["node", str(HERE / "read_as_cli.mjs"), str(PROGRAM)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        yield Cli(process.stdin, process.stdout)
        process.stdin.close()


def plain(node: Node) -> Any:
    match node:
        case MappingNode():
            return {name: plain(entry.value) for name, entry in node.entries.items()}
        case Sequence():
            return [plain(item) for item in node.items]
        case Scalar():
            # JavaScript has no way to write it as JSON, and writes null.
            return None if node.value in (math.inf, -math.inf) else node.value


BROKEN_JSON = {
    "a missing comma": '{"image": "a"\n"name": "x"}',
    "a missing brace": '{"image": "a", "b": {"c": [1, 2}\n',
    "a brace too many": '{"image": "a"}}',
    "a hash comment": '{"image": "a", # no\n"b": 1}',
    "a character that only looks like a space": '{\u00a0"image": "a"}',
    "a line end in a string": '{"b": "x\ny", "image": "a"}',
    "an unknown escape": r'{"image": "a", "b": "\$HOME \q \u12g"}',
    "a control character": '{"image": "a\x01"}',
    "single quotes": "{'image': 'a', \"b\": 1}",
    "no value": '{"image": , "b": 1}',
    "no value at the end": '{"image": \n',
    "no colon": '{"image" "a", "b": 1}',
    "no name": '{: 1, "b": 2}',
    "commas": "[,1,,2,]",
    "an open comment": '{"image": "a" /* x',
    "an open string": '{"image": "a',
    "half a number": "[1., 1.e5, 1e, 1e+, -, -x, 01, 1.5.5]",
    "numbers without end": "[1e2323, -1e2323]",
    "half a word": "[nul, True, undefined]",
    "a slash": '{"image": "a" / "b": 1}',
    "words together": "[truefalse null1]",
    "nothing": "",
    "only a comment": "// x",
    "two values": '{"a": 1} {"b": 2}',
}


def compare_json(cli: Cli, text: str) -> None:
    theirs, ours = cli.ask(json=text), parse_jsonc(text, "f")
    assert (ours.value is not None) == theirs["isThere"]
    assert ours.value is None or plain(ours.value) == theirs["value"]
    assert (ours.error is not None) == (theirs["error"] is not None)


@pytest.mark.parametrize("name", BROKEN_JSON)
def test_what_is_recovered_from_broken_json_is_what_the_cli_recovers(name: str, cli: Cli) -> None:
    compare_json(cli, BROKEN_JSON[name])


PIECES = st.sampled_from(
    ['"', "{", "}", "[", "]", ",", ":", "\\", "\\u0041", "\\n", "\\q", "/", "//", "/*", "*/", "\n", "\r", " ",
     "\t", "-", "0", "1", "23", ".", "e", "E+", "true", "false", "null", "x", "#", "\u00a0", "é", '"a"', '"a": 1', "'"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_generated_json_is_recovered_as_the_cli_recovers_it(cli: Cli, text: str) -> None:
    compare_json(cli, text)


def compare_dockerfile(cli: Cli, text: str, args: Mapping[str, str], target: str | None) -> None:
    theirs = cli.ask(dockerfile=text, args=args, platform=PLATFORM, target=target)
    ours = read_as_cli(text, args, PLATFORM, Budget())
    assert [[stage.image, stage.label] for stage in ours.stages] == theirs["stages"]
    assert ours.base_image(target) == theirs["base"]
    assert (ours.last and (ours.last.label or "")) == theirs["last"]
    if ours.last and not ours.last.label:
        assert ours.last.line == theirs["changed"]


DOCKERFILE_PIECES = st.sampled_from(
    [
        "FROM ", "from ", "FROM debian\n", "FROM base AS x\n", "FROM x as Y\n", "FROM $A\n",
        "FROM ${A:-b} AS x\n", "FROM ${A-b}\n", "FROM '$A'\n", 'FROM "a"\n',
        "FROM --platform=$BUILDPLATFORM a\n", "FROM a-${TARGETARCH}\n", "FROM a$A$A\n", "ARG A\n",
        "ARG A=1\n", "ARG A=1 B=2\n", 'ARG A="x y"\n', 'ARG A="$B"\n', "ARG B='x'\n", "ARG A=${B:+c}\n",
        "ENV A=e\n", "USER A\n", "ARG A=$A$B\n", "\\\n", "\n", "\r\n", "\t", " ", "\u2028", "\ufeff",
        "COPY <<EOF /x\n", "EOF\n", "# FROM c\n", "FROMAGE\n", "AS z", "a:1 ", "\x1c", "\x85", "K",
    ]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(
    st.lists(DOCKERFILE_PIECES, max_size=10).map("".join),
    st.dictionaries(st.sampled_from("AB"), st.sampled_from(["", "v", "$B", "x"])),
    st.sampled_from([None, "x", "Y", "y"]),
)
@example("ARG A\nUSER A\nFROM $A\n", {"A": "v"}, None)
@example("ARG A=1\nUSER A=2\nFROM $A\n", {}, None)
def test_generated_dockerfiles_are_read_as_the_cli_reads_them(
    cli: Cli, text: str, args: dict[str, str], target: str | None
) -> None:
    compare_dockerfile(cli, text, args, target)


DIFFERENT = {
    "two arguments over two lines": (
        "ARG UNUSED=x \\\n    VERSION=1\nFROM e.io/b:${VERSION}\n",
        1,
        "an ARG of its own",
    ),
    "a line that begins with FROM": ("FROM e.io/b\nENV X='Greetings \\\nfrom Simon'\n", 3, "another word"),
    "a heredoc of SQL": ("FROM e.io/b\nCOPY <<EOF /i.sql\nSELECT a\nFROM pg_user;\nEOF\n", 4, "another word"),
    "a heredoc of a Dockerfile": ("FROM e.io/b\nCOPY <<EOF /D\n  FROM alpine:3\nEOF\n", 3, "another word"),
    "single quotes": ("ARG BASE='e.io/b'\nFROM $BASE\n", 1, "without single quotes"),
    "FROM over two lines": ("FROM \\\n  e.io/b\n", 1, "on the line of its FROM"),
    "AS over two lines": ("FROM e.io/b \\\n  AS dev\n", 1, "write AS dev on the line"),
    "a stage in another case": ("FROM e.io/b AS Base\nFROM base\nENV a=b\n", 1, "in lower case"),
    "the last stage in capitals": ("FROM e.io/b AS Dev\n", 1, "lower case, dev"),
    "a default without a colon": ("ARG BASE\nFROM ${BASE-e.io/b}\n", 2, "give BASE its default with ARG"),
    "a default in a default": ("ARG X\nFROM ${X:-${Y:-e.io/b}}\n", 2, "give X its default with ARG"),
    "a replacement": ("ARG X=e.io/bb\nFROM ${X%b}\n", 2, "give X its default with ARG"),
    "a byte order mark": ("\ufeffFROM e.io/b\n", 1, "byte order mark"),
    "another escape token": ("# escape=`\nFROM e.io/b\nRUN a `\n  b\n", 1, "escape directive"),
    "a default with an escape": ("ARG X=e.io\\/b\nFROM $X\n", 1, "without single quotes, spaces or escapes"),
    "a quoted default in parts": ('ARG X="e.io"/b\nFROM $X\n', 1, "without single quotes"),
}
"""By name of the case: a Dockerfile that BuildKit builds, the line to change, and what to write there."""

SAME = {
    "one stage": "FROM e.io/b\n",
    "a name": "FROM e.io/b AS dev\n",
    "lower case": "from e.io/b as dev\nrun true\n",
    "double quotes": 'ARG B="e.io/b"\nFROM "$B"\n',
    "a default": "ARG V=1\nFROM e.io/b:${V}\n",
    "a default in FROM": "ARG V\nFROM e.io/b:${V:-1}\n",
    "two stages": "FROM e.io/a AS one\nFROM one\nCOPY --from=one / /\n",
    "a heredoc": "FROM e.io/b\nRUN <<EOF\necho from\nEOF\n",
    "a comment": "# FROM x\nFROM e.io/b\n# FROM y\n",
    "a continuation elsewhere": "FROM e.io/b\nRUN a \\\n  && b\n",
    "carriage returns": "ARG V=1\r\nFROM e.io/b:$V\r\nRUN a\r\n",
    "a platform": "FROM --platform=linux/amd64 e.io/b\n",
    "an architecture": "FROM e.io/b-${TARGETARCH}\n",
    "an escape directive that changes nothing": "# escape=`\nFROM e.io/b\nRUN a\n",
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_difference_is_noted_at_its_line_with_what_to_write(name: str, cli: Cli) -> None:
    text, line, advice = DIFFERENT[name]
    images, problems = images_of_dockerfile(text, "D", build_args={}, target=None, cli_args={})

    assert [image.text for image in images] == ["e.io/b:1" if "VERSION" in text else "e.io/b"]
    assert [(problem.kind, problem.location.line) for problem in problems] == [
        (ProblemKind.READ_DIFFERENTLY, line)
    ]
    assert advice in problems[0].message
    compare_dockerfile(cli, text, {}, None)


@pytest.mark.parametrize("name", SAME)
def test_what_both_read_alike_is_no_problem(name: str, cli: Cli) -> None:
    _, problems = images_of_dockerfile(SAME[name], "D", build_args={}, target=None, cli_args={})

    assert problems == ()
    compare_dockerfile(cli, SAME[name], {}, None)
