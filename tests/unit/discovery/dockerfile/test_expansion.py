"""Shell words are expanded as BuildKit's lexer expands them."""

import contextlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.speed import within

from crreg.discovery.dockerfile.expansion import MAX_DEPTH, Expanded, expand, split_words
from crreg.discovery.dockerfile.expansion_budget import Budget, ExpansionLimitError
from crreg.discovery.dockerfile.variable import ExpansionError, Unknown, UnknownValueError, Value

VARIABLES: dict[str, Value] = {
    "V": "foobarfoo",
    "EMPTY": "",
    "PATH": "/usr/share/doc.txt",
    "STARS": "a***b*",
    "P": "f*o",
    "SPACES": " a  b ",
    "KOREAN": "한국어",
}


def text_of(word: str, escape: str = "\\") -> str:
    return expand(word, VARIABLES, escape=escape, budget=Budget()).text


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("$V", "foobarfoo"),
        ("${V}", "foobarfoo"),
        ("$V.x", "foobarfoo.x"),
        ("$V_x", ""),
        ("a$", "a$"),
        ("a$/b", "a$/b"),
        ("$1a", "a"),
        ("$$V", "V"),
        ("$KOREAN", "한국어"),
        ("${KOREAN%어}", "한국"),
        ("$SPACES", " a  b "),
        ("'$V'", "$V"),
        ('"$V"', "foobarfoo"),
        ("\"'$V'\"", "'foobarfoo'"),
        ("'\\'", "\\"),
        ("\\$V", "$V"),
        ('"\\$V \\x \\\\ \\""', '$V \\x \\ "'),
        ("a\\ b", "a b"),
        ("a\\", "a"),
        ('"a\\', None),
        ("it's", None),
        ('"', None),
        ("\ufeffa", "a"),
        ("a<b<<c<< d", "a<b<<c<< d"),
        ("a}b/c", "a}b/c"),
        ("${V:-x}", "foobarfoo"),
        ("${EMPTY:-x}", "x"),
        ("${EMPTY-x}", ""),
        ("${UNSET:-x}", "x"),
        ("${UNSET-x}", "x"),
        ("${UNSET:-}", ""),
        ("${V:+x}", "x"),
        ("${EMPTY:+x}", ""),
        ("${EMPTY+x}", "x"),
        ("${UNSET+x}", ""),
        ("${V:?x}", "foobarfoo"),
        ("${EMPTY?x}", ""),
        ("${EMPTY:?x}", None),
        ("${UNSET?x}", None),
        ("${UNSET:-${EMPTY:-$V}}", "foobarfoo"),
        ("${UNSET:-'a}b'}", "a}b"),
        ("${UNSET:-a\\}b}", "a}b"),
        ('"${UNSET:-a b}"', "a b"),
        ("${V#f*o}", "obarfoo"),
        ("${V##f*o}", ""),
        ("${V#x}", "foobarfoo"),
        ("${V#}", "foobarfoo"),
        ("${V#$P}", "obarfoo"),
        ("${V#???}", "barfoo"),
        ("${V#*}", "foobarfoo"),
        ("${V##*}", ""),
        ("${V%o*}", "foobarfo"),
        ("${V%%o*}", "f"),
        ("${PATH##*/}", "doc.txt"),
        ("${PATH%/*}", "/usr/share"),
        ("${PATH%.*}", "/usr/share/doc"),
        ("${STARS%%\\**}", "a"),
        ("${STARS#a\\*}", "**b*"),
        ("${UNSET#x}", ""),
        ("${V#\\x}", None),
        ("${V/o/0}", "f0obarfoo"),
        ("${V//o/0}", "f00barf00"),
        ("${V/b*/x}", "foox"),
        ("${V//?/x}", "xxxxxxxxx"),
        ("${V/q/x}", "foobarfoo"),
        ("${V//o*/x}", "fx"),
        ("${V/oo/}", "fbarfoo"),
        ("${PATH/\\/usr/x}", "x/share/doc.txt"),
        ("${V//f/\\$0}", "\\foobar\\foo"),
        ("${V///x}", "xfxoxoxbxaxrxfxoxox"),
        ("${EMPTY//*/x}", "x"),
        ("${V//*/x}", "x"),
        ("${V/o}", None),
        ("${V/o/x", None),
        ("${V//\\q/x}", None),
        ("${", None),
        ("${}", None),
        ("${{V}}", None),
        ("${:-x}", None),
        ("${V", None),
        ("${V:-x", None),
        ("${V:#x}", None),
        ("${V=x}", None),
        ("${V:", None),
        ("${V!}", None),
        ("${V x}", None),
    ],
)
def test_a_word_expands_as_in_buildkit(word: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(ExpansionError):
            text_of(word)
    else:
        assert text_of(word) == expected


def test_the_other_escape_token_escapes_and_the_backslash_does_not() -> None:
    assert text_of("a`$V\\$V", escape="`") == "a$V\\foobarfoo"


def test_the_message_of_a_required_variable_is_expanded() -> None:
    with pytest.raises(ExpansionError, match=r"^UNSET: set foobarfoo$"):
        text_of("${UNSET:?set $V}")


def test_the_names_that_are_not_set_are_returned_once_each_in_order() -> None:
    assert expand("$B$A${B:-$V}$V", VARIABLES, budget=Budget()) == Expanded("foobarfoofoobarfoo", ("B", "A"))


@pytest.mark.parametrize(
    "word", ["$SECRET", "${SECRET:-x}", "${UNSET:-$SECRET}", "${SECRET#x}", "${SECRET/x/y}"]
)
def test_what_depends_on_an_unknown_value_is_unknown(word: str) -> None:
    with pytest.raises(UnknownValueError) as raised:
        expand(word, {"SECRET": Unknown("SECRET", "set later")}, budget=Budget())
    assert (raised.value.name, raised.value.reason) == ("SECRET", "set later")


def test_what_does_not_use_an_unknown_value_is_known() -> None:
    variables: dict[str, Value] = {"SECRET": Unknown("SECRET", "set later"), "V": "1"}
    assert expand("${V}'$SECRET'", variables, budget=Budget()) == Expanded("1$SECRET", ())


def test_braces_may_be_nested_up_to_a_depth() -> None:
    assert text_of("${U:-" * MAX_DEPTH + "x" + "}" * MAX_DEPTH) == "x"
    with pytest.raises(ExpansionLimitError):
        text_of("${U:-" * (MAX_DEPTH + 1) + "x" + "}" * (MAX_DEPTH + 1))


def test_an_expansion_stops_at_its_budget() -> None:
    with pytest.raises(ExpansionLimitError):
        expand("$A" * 1000, {"A": "a" * 1000}, budget=Budget(100_000))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("RUN  cat <<EOF > x", ["RUN", "cat", "<<EOF", ">", "x"]),
        ("a << \tb", ["a", "<< \tb"]),
        ("a '<<b c' \"d e\"", ["a", "'<<b c'", '"d e"']),
        ("a\\ b $c ${d:-e f}", ["a\\ b", "$c", "${d:-e", "f}"]),
        ("x${a:-b}y", ["${a:-b}y"]),
        ("  ", []),
    ],
)
def test_a_line_splits_into_words_as_in_buildkit(line: str, expected: list[str]) -> None:
    assert split_words(line, raw=True, raw_escapes=True, budget=Budget()) == expected


ALPHABET = st.sampled_from([*"ab*?\\/'\"`}{$:-+#%<= \n", "${", "$V", "${V", "${V#", "${V//", "${U:-", "é"])


@settings(max_examples=500, deadline=None)
@given(st.lists(ALPHABET, max_size=60).map("".join), st.sampled_from("\\`"))
def test_no_word_raises_anything_but_its_own_errors(word: str, escape: str) -> None:
    try:
        expanded = expand(word, VARIABLES, escape=escape, budget=Budget())
    except (ExpansionError, ExpansionLimitError):
        return
    assert isinstance(expanded.text, str)


def globbed(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)


GLOB = st.text("ab*?", max_size=6)
VALUE = st.text("ab\n", max_size=10)


@settings(deadline=None)
@given(GLOB, VALUE)
def test_a_prefix_is_cut_as_a_regular_expression_would_cut_it(pattern: str, value: str) -> None:
    lazy = re.sub(re.escape(globbed("*")), ".*?", globbed(pattern))
    assert expand(f"${{V#{pattern}}}", {"V": value}, budget=Budget()).text == re.sub(
        rf"\A{lazy}", "", value, count=1
    )
    longest = expand(f"${{V##{pattern}}}", {"V": value}, budget=Budget()).text
    assert longest == re.sub(rf"\A{globbed(pattern)}", "", value, count=1)


@settings(deadline=None)
@given(GLOB.filter(bool), VALUE)
def test_the_first_match_is_replaced_as_a_regular_expression_would_replace_it(
    pattern: str, value: str
) -> None:
    assert expand(f"${{V/{pattern}/-}}", {"V": value}, budget=Budget()).text == re.sub(
        globbed(pattern), "-", value, count=1
    )


@pytest.mark.speed
@pytest.mark.parametrize(
    "word",
    [
        "${V##" + "*a" * 5_000 + "b}",
        "${V//" + "*a" * 500 + "b/x}",
        "${" * 200_000,
        "\\" * 1_000_000,
        "'" * 1_000_001,
        "$V" * 100_000,
        "${U:-" * 100_000,
    ],
    ids=["long pattern", "replacing", "braces", "backslashes", "quotes", "repetition", "nesting"],
)
def test_a_hostile_word_takes_no_longer_than_a_second_a_megabyte(word: str) -> None:
    with within(1 + len(word) / 1_000_000), contextlib.suppress(ExpansionError, ExpansionLimitError):
        expand(word, {"V": "a" * 5_000}, budget=Budget())
