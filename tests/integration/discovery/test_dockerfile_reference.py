"""Instructions are split as BuildKit's own parser splits them: compared through the PyPI package `dockerfile`.

dockerfile 3.4.0 wraps BuildKit 0.12.5. Newer versions read a few things differently, and this project follows them.
`differs` names these, and those where the reference itself can't be trusted.
"""

import json
import re
from dataclasses import dataclass

import dockerfile  # type: ignore[import-not-found]  # an extension module without stubs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crreg.discovery.dockerfile.expansion_budget import Budget
from crreg.discovery.dockerfile.images import images_of_dockerfile
from crreg.discovery.dockerfile.instructions import Instruction, read_instructions
from crreg.discovery.dockerfile.lines import DockerfileError, LineReader

CORPUS = {
    "one stage": "FROM debian\n",
    "no line feed at the end": "FROM debian",
    "lower case": "from debian as base\nrun true\n",
    "mixed case": "FrOm debian aS Base\nRuN true\n",
    "byte order mark": "\ufeffFROM debian\nRUN true\n",
    "byte order mark and directive": "\ufeff# escape=`\nFROM debian\nRUN a `\n b\n",
    "carriage returns": "# escape=`\r\nFROM debian\r\nRUN a `\r\n  b\r\n",
    "syntax directive": "# syntax=docker/dockerfile:1\nFROM debian\n",
    "syntax in capitals": "# SYNTAX = docker/dockerfile:1 \nFROM debian\n",
    "two directives": "#syntax=a\n#escape=\\\nFROM debian\n",
    "two escapes": "# escape=`\n# escape=\\\nFROM debian\n",
    "unknown directive ends them": "# foo=bar\n# escape=`\nFROM debian\nRUN a \\\n b\n",
    "comment ends directives": "# hello\n# escape=`\nFROM debian\nRUN a \\\n b\n",
    "empty line ends directives": "\n# escape=`\nFROM debian\nRUN a \\\n b\n",
    "broken escape": "# escape=x\nFROM debian\n",
    "escape of nothing but a space": "# escape= \nFROM debian\n",
    "directive with spaces before": "   # escape=`\nFROM debian\nRUN a `\n b\n",
    "shebang": "#!/usr/bin/env docker\n# escape=`\nFROM debian\nRUN a \\\n b\n",
    "continuation": "FROM debian\nRUN apt-get update \\\n && apt-get install x\n",
    "spaces after the token": "FROM debian\nRUN a \\  \t\n b\n",
    "comments in a continuation": "FROM debian\nRUN a \\\n# one\n  # two\n b\nRUN c\n",
    "empty lines in a continuation": "FROM debian\nRUN a \\\n\n   \n b\n",
    "token on its own line": "FROM debian\n\\\nRUN a\n",
    "continued inside a word": "FROM deb\\\nian\nRUN a\\\nb\n",
    "escaped token at the end": "FROM debian\nRUN a \\\\\nRUN b\n",
    "three tokens at the end": "FROM debian\nRUN a \\\\\\\nRUN b\n",
    "continuation at the end of the file": "FROM debian\nRUN a \\",
    "continuation into nothing": "FROM debian\nRUN a \\\n\n",
    "nothing but a token": "\\\n",
    "tabs and form feeds": "FROM\tdebian\nRUN\v\fa\n",
    "indented": "   FROM debian\n\t RUN a\n",
    "hash in an argument": "FROM debian\nRUN a # b\n",
    "exec form": 'FROM debian\nRUN ["a", "b c", "\\u00e9"]\nCMD ["x"]\nENTRYPOINT []\n',
    "exec form over lines": 'FROM debian\nCMD [ \\\n  "a", \\\n  "b" \\\n]\n',
    "array of a number": 'FROM debian\nCMD ["a", 1]\n',
    "array of a null": "FROM debian\nCMD [null]\n",
    "array of an array": 'FROM debian\nCMD [["a"]]\n',
    "single quotes are not JSON": "FROM debian\nCMD ['a']\n",
    "NaN is not JSON": "FROM debian\nCMD [NaN]\n",
    "bracket as a command": "FROM debian\nRUN [ -f x ] && y\n",
    "shell": 'FROM debian\nSHELL ["bash", "-c"]\n',
    "copy with flags": "FROM debian\nCOPY --from=x --chown=1:1 a b /c/\n",
    "copy as array": 'FROM debian\nCOPY --from=x ["a b", "c"]\n',
    "quoted flag": 'FROM debian\nCOPY --from=\'x y\' --chown="a\\"b" a b\n',
    "flag after a dash": "FROM debian\nCOPY -- --from=x a\n",
    "flags and nothing": "FROM debian\nRUN --network=none\n",
    "flag over lines": "FROM debian\nRUN --mount=type=cache \\\n  --mount=type=bind,from=b,target=/b \\\n  c\n",
    "flag that ends in a token": "FROM debian\nRUN --a\\ b c\n",
    "platform": "FROM --platform=$BUILDPLATFORM debian AS x\n",
    "arguments": "ARG A\nARG B=1 C=\"x y\" D='z' E=\\ f\nFROM debian\n",
    "argument without name": "ARG\nFROM debian\n",
    "environment": "FROM debian\nENV a=b c=\"d e\" f='g h' i=j\\ k l=\n",
    "environment of old": "FROM debian\nENV a b c=d  e\n",
    "environment without value": "FROM debian\nENV a\n",
    "environment half given": "FROM debian\nENV a=b c\n",
    "environment with open quote": 'FROM debian\nENV a="b c\n',
    "label": 'FROM debian\nLABEL "com.example"="x y" b=c\\\n d=e\n',
    "label without value": "FROM debian\nLABEL a\n",
    "text": "FROM debian\nMAINTAINER  a b \nUSER a:b\nWORKDIR /a  b\nSTOPSIGNAL 9\n",
    "expose": "FROM debian\nEXPOSE 80  443/tcp\n",
    "volume": 'FROM debian\nVOLUME /a /b\nVOLUME ["/c d"]\n',
    "health check": 'FROM debian\nHEALTHCHECK --interval=5s CMD a b\nHEALTHCHECK CMD ["a", "b"]\nHEALTHCHECK NONE\n',
    "trigger": "FROM debian\nONBUILD RUN a b\nONBUILD COPY --from=x a b\n",
    "trigger without instruction": "FROM debian\nONBUILD\n",
    "unknown instruction": "FROM debian\nFOO bar\n",
    "heredoc": "FROM debian\nRUN <<EOF\nFROM no\nEOF\nRUN a\n",
    "quoted heredoc": "FROM debian\nRUN <<'EOF' cat\n$a\nEOF\nRUN <<\"E F\"\nx\nE F\n",
    "chomped heredoc": "FROM debian\nRUN <<-EOF\n\ta\n\t\tEOF\nRUN a\n",
    "chomped, with spaces": "FROM debian\nRUN <<-EOF\n  EOF\n\tEOF\n",
    "several heredocs": "FROM debian\nCOPY <<a <<b /c/\n1\na\n2\nb\nRUN x\n",
    "numbered heredoc": "FROM debian\nRUN python3 3<<EOF\nx\nEOF\n",
    "heredoc that never ends": "FROM debian\nRUN <<EOF\nx\n",
    "heredoc ends with a carriage return": "FROM debian\nRUN <<EOF\r\nx\r\nEOF\r\nRUN b\r\n",
    "here string": "FROM debian\nRUN cat <<<a\nRUN b\n",
    "quoted arrows": "FROM debian\nRUN echo '<<EOF'\nRUN echo \"<<EOF\"\n",
    "escaped arrows": "FROM debian\nRUN echo \\<<EOF\nRUN b\nEOF\n",
    "arrows after a variable": "FROM debian\nRUN $a<<EOF\nx\nEOF\n",
    "arrows with an open quote": "FROM debian\nRUN echo it's <<EOF\nRUN b\n",
    "arrows in an array": 'FROM debian\nRUN ["a", "<<EOF"]\nRUN b\n',
    "arrows elsewhere": "FROM debian\nCMD cat <<EOF\nENV a=<<EOF\n",
    "heredoc after a continuation": "FROM debian\nRUN a \\\n <<EOF\nx\nEOF\nRUN b\n",
    "heredoc of a trigger": "FROM debian\nONBUILD RUN <<EOF\nx\nEOF\nRUN a\n",
    "heredoc with the other token": "# escape=`\nFROM debian\nRUN <<EOF `\n a\nx\nEOF\n",
    "heredoc keeps continuations": "FROM debian\nRUN <<EOF\na \\\nEOF\nRUN b\n",
    "no instruction": "# nothing\n\n",
    "empty": "",
    "line at the bound": f"FROM debian\nRUN {'a' * 65_531}\n",
    "line beyond the bound": f"FROM debian\nRUN {'a' * 65_532}\n",
}

PIECES = [
    *"ab=,:/.-_$<>[]{}()'\"`#\\ \t\r\n",
    "\n", "\n", "\n", "\\\n", "`\n", " \\ \n", "FROM debian\n", "FROM ", "RUN ", "COPY ", "ADD ", "ENV ", "ARG ",
    "LABEL ", "ONBUILD ", "CMD ", "HEALTHCHECK ", "VOLUME ", "USER ", "EXPOSE ", "SHELL ", "run ", " AS x",
    "<<EOF", "<<-E", "<<'E F'", "\nEOF\n", "\n\tE\n", "--from=x ", "--mount=type=bind,from=y ", "-- ",
    '["a", "b"]', "[1]", "# escape=`\n", "# syntax=x\n", "#", "${a", "${a:-b}", "}", "$a", "a=b", 'c="d e"', "f='g'",
    "é", "\u3000",
]  # fmt: skip


NAMES = [f"{name} " for name in (*dockerfile.all_cmds(), "ONBUILD COPY", "ONBUILD RUN", "FOO")]
TOPS = ["", "# escape=`\n", "# syntax=x\n# escape=\\\n", "\ufeff", "# comment\n", "\n"]


@dataclass(frozen=True)
class Split:
    """What both parsers return for one instruction."""

    name: str
    sub_command: str | None
    is_json: bool
    first: int
    last: int
    flags: tuple[str, ...]
    value: tuple[str, ...]
    heredocs: tuple[tuple[str, str], ...]


def reference(text: str) -> list[Split]:
    return [
        Split(
            command.cmd or "",  # the package turns an empty name into None
            command.sub_cmd,
            command.json,
            command.start_line,
            command.end_line,
            command.flags,
            command.value,
            tuple((heredoc.name, heredoc.content) for heredoc in command.heredocs),
        )
        for command in dockerfile.parse_string(text)
    ]


def ours(text: str) -> list[Split]:
    return [split(instruction) for instruction in read_instructions(LineReader.of(text), Budget())]


def split(instruction: Instruction) -> Split:
    inner = instruction.trigger or instruction
    return Split(
        instruction.name,
        instruction.trigger.name if instruction.trigger else None,
        inner.is_json,
        instruction.line.first,
        instruction.last,
        tuple(flag.text for flag in instruction.flags),
        tuple(inner.arguments),
        # The package looks for a trigger's heredocs at the trigger, where BuildKit does not put them.
        ()
        if instruction.trigger
        else tuple((heredoc.name, heredoc.content) for heredoc in instruction.heredocs),
    )


def differs(text: str) -> str:
    """Return why the two may read a text differently; empty if they must not."""
    # Empty lines and comments do not end a continuation.
    joined = re.sub(r"[\\`][ \t]*\r*\n(?:[ \t\r]*(?:#[^\n]*)?\n)*", "", text)
    reasons = {
        "newer BuildKit knows the directive `check`": re.search(r"(?i)#\s*check\s*=", text),
        "newer BuildKit takes the escape token in flags too, not always a backslash": re.search(
            r"(?i)escape\s*=\s*`", text
        )
        and "--" in text,
        "BuildKit reads flags byte by byte, which breaks non-ASCII characters": not text.isascii()
        and "--" in text,
        "newer BuildKit takes an array with text after it for a shell command": any(
            _array_with_text_after_it(line) for line in joined.split("\n")
        ),
        "newer BuildKit allows spaces between << and a heredoc's name": re.search(r"<<-?[ \t\r]", joined),
        "newer BuildKit's lexer knows more substitutions, if there is also a <<": "${" in text
        and "<<" in text,
        "a chained ONBUILD is refused at once, by BuildKit a moment later": re.search(
            r"(?i)onbuild\s+(--\S*\s+)*onbuild", joined
        ),
    }
    return next((reason for reason, applies in reasons.items() if applies), "")


def _array_with_text_after_it(line: str) -> bool:
    start = line.find("[")
    if start < 0:
        return False
    try:
        _, end = json.JSONDecoder().raw_decode(line, start)
    except ValueError:
        return False
    return bool(line[end:].strip())


def compare(text: str) -> None:
    try:
        expected = reference(text)
    except dockerfile.GoParseError:
        _, problems = images_of_dockerfile(text, "Dockerfile", build_args={}, target=None)
        assert problems
        return
    assert ours(text) == expected


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS.keys())
def test_a_dockerfile_is_split_as_buildkit_splits_it(text: str) -> None:
    assert differs(text) == ""
    compare(text)


ARGUMENTS = st.lists(st.sampled_from([piece for piece in PIECES if not piece.startswith("FROM")]), max_size=8)
INSTRUCTIONS = st.builds("{}{}\n".format, st.sampled_from(NAMES), ARGUMENTS.map("".join))
LINES = st.builds("{}{}".format, st.sampled_from(TOPS), st.lists(INSTRUCTIONS, max_size=5).map("".join))


@settings(max_examples=500, deadline=None)
@given(LINES | st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_generated_dockerfiles_are_split_as_buildkit_splits_them(text: str) -> None:
    if not differs(text):
        compare(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# escape=`\nFROM a\nCOPY --from=a\\b c d\n", ("--from=a\\b",)),
        ("# escape=`\nFROM a\nCOPY --from=a`b c d\n", ("--from=ab",)),
        ("FROM a\nCOPY --from=é c d\n", ("--from=é",)),
    ],
)
def test_flags_are_read_as_newer_buildkit_reads_them(text: str, expected: tuple[str, ...]) -> None:
    assert differs(text)
    assert ours(text)[1].flags == expected


@pytest.mark.parametrize(
    ("command", "value"),
    [('["a"] b', '["a"] b'), ('["a"]\\\n\nb', '["a"]b'), ('["a"]\\\n  # no\n\nb', '["a"]b')],
)
def test_an_array_with_text_after_it_is_a_shell_command(command: str, value: str) -> None:
    text = f"FROM a\nRUN {command}\n"
    assert differs(text)
    assert ours(text)[1].value == (value,)


def test_spaces_may_come_before_the_name_of_a_heredoc() -> None:
    assert ours("FROM a\nRUN << EOF\nx\nEOF\n")[1].heredocs == (("EOF", "x\n"),)


def test_a_chained_trigger_is_refused() -> None:
    with pytest.raises(DockerfileError, match="ONBUILD can't trigger another ONBUILD"):
        ours("FROM a\nONBUILD ONBUILD RUN b\n")


def test_the_directive_check_is_known_and_may_not_be_used_twice() -> None:
    with pytest.raises(DockerfileError, match="only one check parser directive can be used"):
        ours("# check=skip=all\n# check=skip=all\nFROM a\n")
