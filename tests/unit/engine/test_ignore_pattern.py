"""Patterns of `.dockerignore`, held to the cases of moby's patternmatcher and to its translation to an expression.

Source of the cases: https://github.com/moby/patternmatcher/blob/main/patternmatcher_test.go
"""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.speed import within

from crreg.engine import ignore_file
from crreg.engine.error import EngineError
from crreg.engine.ignore_file import IgnoreFile
from crreg.engine.ignore_pattern import IgnorePattern, IgnorePatternError

MATCHES = [
    *(
        ("**", "file"),
        ("**", "dir/file"),
        ("**/**", "dir/file"),
        ("dir/**", "dir/file"),
        ("dir/**", "dir/a/file"),
    ),
    *(
        ("**/dir", "dir"),
        ("**/dir2/*", "dir/dir2/file"),
        ("**/dir2/**", "dir/dir2/dir3/file"),
        ("**file", "file"),
    ),
    *(
        ("**file", "dir/file"),
        ("**file", "dir/dir/file"),
        ("**/file", "dir/dir/file"),
        ("**/file*", "dir/dir/file"),
    ),
    *(
        ("**/file*", "dir/dir/file.txt"),
        ("**/file*txt", "dir/dir/file.txt"),
        ("**/file*.txt*", "dir/dir/file.txt"),
    ),
    *(("**/**/*.txt", "dir/dir/file.txt"), ("**/*.txt", "file.txt"), ("**/**/*.txt", "file.txt")),
    *(("a**/*.txt", "a/file.txt"), ("a**/*.txt", "a/dir/dir/file.txt"), ("a/*.txt", "a/file.txt")),
    *(
        ("a/*.txt**", "a/file.txt"),
        ("a[b-d]e", "ace"),
        ("a[^b-d]e", "aze"),
        (".*", ".foo"),
        ("abc.def", "abc.def"),
    ),
    *(
        ("abc?def", "abcZdef"),
        ("**/foo/bar", "foo/bar"),
        ("**/foo/bar", "dir/dir2/foo/bar"),
        ("abc/**", "abc/def"),
    ),
    *(("**/.foo", ".foo"), ("a(b)c/def", "a(b)c/def"), ("a.|)$(}+{bc", "a.|)$(}+{bc"), ("a\\\\", "a\\")),
    *(("a\\*b", "a*b"), ("*c", "abc"), ("a*", "a"), ("a*/b", "abc/b"), ("a*b*c*d*e*/f", "axbxcxdxexxx/f")),
    *(
        ("a*b?c*x", "abxbbxdbxebxczzx"),
        ("ab[c]", "abc"),
        ("ab[^e-g]", "abc"),
        ("a?b", "a☺b"),
        ("a[^a]b", "a☺b"),
    ),
    *(
        ("[a-ζ]*", "β"),
        ("[\\]a]", "]"),
        ("[\\-]", "-"),
        ("[x\\-]", "x"),
        ("[\\-x]", "-"),
        ("*x", "xxx"),
        ("a]*", "a]b"),
    ),
    *(
        ("[[]*", "[b"),
        ("a^b", "a^b"),
        ("**^b", "a^b"),
        ("a[^b]c", "a/c"),
        ("a[^b]c", "a\nc"),
        ("**a", "x\na"),
    ),
    *(("a/**", "a/b\nc"), ("\\?", "?"), ("*\\^", "a^")),
]
NO_MATCHES = [
    *(
        ("**/**/*.txt2", "dir/dir/file.txt"),
        ("a/*.txt", "a/dir/file.txt"),
        ("a[b-d]e", "ae"),
        ("a[b-d]e", "aae"),
    ),
    *(
        (".*", "foo"),
        ("abc.def", "abcZdef"),
        ("abc?def", "abcdef"),
        ("abc/**", "abc"),
        ("**/.foo", "bar.foo"),
    ),
    *(("a(b)c/def", "a(b)c/xyz"), ("**/dir", "dir/file"), ("**/dir2/*", "dir/dir2/a/b"), ("a*", "ab/c")),
    *(
        ("a*/b", "a/c/b"),
        ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f"),
        ("a*b?c*x", "abxbbxdbxebxczzy"),
        ("ab[e-g]", "abc"),
    ),
    *(
        ("ab[^c]", "abc"),
        ("ab[^b-d]", "abc"),
        ("a\\*b", "ab"),
        ("a???b", "a☺b"),
        ("*[a-ζ]", "A"),
        ("a?b", "a/b"),
    ),
    *(("[x\\-]", "z"), ("[\\-x]", "a"), (".", "a"), ("/", "a"), ("**/**", "a\nb"), ("a**b", "acb")),
]
INVALID = [
    *(
        "[]a]",
        "[-]",
        "[x-]",
        "[-x]",
        "\\",
        "a\\",
        "[a-b-c]",
        "[",
        "[^",
        "[^bc",
        "a[",
        "[]",
        "[^]",
        "[b-a]",
        "[a*]",
    ),
    *("[a?]", "[[:alpha:]]", "\\d*", "[\\d]", "a^*", "x" * 1_001),
]


@pytest.mark.parametrize(("pattern", "path"), MATCHES)
def test_it_matches(pattern: str, path: str) -> None:
    assert IgnorePattern(pattern).matches(path)


@pytest.mark.parametrize(("pattern", "path"), NO_MATCHES)
def test_it_does_not_match(pattern: str, path: str) -> None:
    assert not IgnorePattern(pattern).matches(path)


@pytest.mark.parametrize("pattern", INVALID, ids=lambda pattern: pattern[:10])
def test_what_is_no_pattern_or_an_ambiguous_one_is_refused(pattern: str) -> None:
    with pytest.raises(IgnorePatternError):
        IgnorePattern(pattern)


def _expression(pattern: str) -> str:
    """What patternmatcher makes of a pattern of stars, question marks and letters."""
    if pattern.startswith("**") and not set(pattern[2:]) & {"*", "?"}:
        suffix = re.escape(pattern[2:])
        return rf"(?s:.*){suffix}|{suffix[1:]}" if suffix.startswith("/") else rf"(?s:.*){suffix}"
    if pattern.endswith("**") and not set(pattern[:-2]) & {"*", "?"}:
        return re.escape(pattern[:-2]) + "(?s:.*)"
    words = re.findall(r"\*\*/?|\*|\?|.", pattern, re.DOTALL)
    meanings = {"*": "[^/]*", "?": "[^/]", "**": "(?:.*/)?", "**/": "(?:.*/)?"}
    body = [meanings.get(word) or re.escape(word) for word in words]
    if words[-1] in ("**", "**/"):
        body[-1] = ".*"
    return "".join(body)


@given(st.text("ab/*?.", min_size=1, max_size=10), st.text("ab/.\n", max_size=12))
def test_it_is_what_its_expression_is(pattern: str, path: str) -> None:
    assert IgnorePattern(pattern).matches(path) == bool(re.fullmatch(_expression(pattern), path)), pattern


@given(st.text(), st.text())
def test_any_text_is_a_pattern_or_none(pattern: str, path: str) -> None:
    with contextlib.suppress(IgnorePatternError):
        assert IgnorePattern(pattern).matches(path) in {True, False}


def ignored(text: str, path: str) -> bool:
    file = IgnoreFile(text)
    place = file.root
    for name in path.split("/"):
        place = file.path(place, name)
    return place.ignored


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("docs\n!docs/README.md\n", "docs/README.md", False),
        ("docs/\n!docs/README.md", "docs/README.md", False),
        ("docs/*\n!docs/README.md", "docs/README.md", False),
        ("!a\n*", "a", True),
        ("**\n!util/docker/web", "util/docker/web/foo", False),
        ("**\n!util/docker/web\nutil/docker/web/foo", "util/docker/web/foo", True),
        ("**\n!dist/*.whl", "dist/a-2.4.0rc3+g08-py3.whl", False),
        ("# a\n#a", "a", False),
        (" # a", "# a", True),
        ("  a\t\r\n", "a", True),
        ("  !  a  \n", "a", False),
        ("*\n  !  a  \n", "a", False),
        ("/a/", "a", True),
        ("//a", "a", True),
        ("./a/../b/", "b/c", True),
        ("../a", "a", False),
        ("a\n\n", "b", False),
        ("a", "b/a", False),
        ("a", "a/b/c", True),
        (".", "a", False),
        ("/", "a", False),
        ("a\x1c", "a", False),
        ("a\u2028", "a", True),
        ("a\u2028b", "a\u2028b", True),
        # Once the folder is left out, moby does not ask for it again, and so does not remember the third line.
        ("a\n!a/b\na", "a/b", False),
        ("a\n!a/b\na", "a/c", True),
    ],
    ids=repr,
)
def test_the_last_line_that_matches_counts(text: str, path: str, expected: bool) -> None:  # noqa: FBT001 - of a table
    assert ignored(text, path) is expected


@pytest.mark.parametrize(
    "text", ["!", "a\n ! ", "!/", "[", "a\n!\\", "\n" * 10 + "a\n" * 2_001, "a" * 200_000]
)
def test_a_file_that_docker_refuses_or_that_is_too_long_is_said(text: str) -> None:
    with pytest.raises(EngineError, match=r"\.dockerignore"):
        IgnoreFile(text)


@pytest.mark.speed
@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("*a*a*a*a*a*a*a*a*b", "a" * 100),
        ("*a" * 400 + "b", "a" * 4_000),
        ("**/" * 300 + "b", "a/" * 2_000),
        ("**a" * 300 + "b", "a/" * 2_000),
        ("*?" * 400 + "b", "ba" * 2_000),
    ],
    ids=lambda text: text[:8],
)
def test_no_pattern_takes_more_than_linear_time(pattern: str, name: str) -> None:
    with within(5):
        assert not IgnorePattern(pattern).matches(name)


@pytest.mark.speed
def test_work_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ignore_file, "_MOST_WORK", 1_000_000)
    file = IgnoreFile("\n".join("*?" * 40 + str(number) for number in range(1_000)))

    def look() -> None:
        for number in range(1_000_000):
            file.path(file.root, f"{number:0200b}")

    with within(5), pytest.raises(EngineError, match="take too long"):
        look()
