"""The model of the runner's masking passes the runner's own tests.

Source: https://github.com/actions/runner/blob/main/src/Test/L0/HostContextL0.cs
"""

import base64

import pytest
from sandbox.runner_masking import SecretMasker, seen

VALUES = (
    *("Password123!", 'Pass"word"123!', "Pass word 123!", "Pass<word>123!", "Pass'word'123!"),
    *('"Password123!!"', '"short"'),
)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("123Password123!123", "123***123"),
        ("password123", "password123"),
        ('123Pass\\"word\\"123!123', "123***123"),
        ("123Pass%20word%20123%21123", "123***123"),
        ("123Pass&lt;word&gt;123!123", "123***123"),
        ("123Pass''word''123!123", "123***123"),
        (encoded(":Password123!"), "OlBh***"),
        (encoded("a:Password123!"), "YTpQ***"),
        (encoded("ab:Password123!"), "YWI6***"),
        (encoded("abc:Password123!"), "YWJjOlBh***"),
        (encoded("abcd:Password123!"), "YWJjZDpQ***"),
        (encoded("abcde:Password123!"), "YWJjZGU6***"),
        ("123Password123!!123", "123***123"),
        ("123short123", "123short123"),
        ('123"short"123', "123***123"),
    ],
)
def test_values_are_masked_in_every_encoding(text: str, shown: str) -> None:
    masker = SecretMasker()
    for value in VALUES:
        masker.add(value)

    assert masker.mask(text) == shown


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("secret&secret&secret", "secret&secret&<secret>", "***<***>"),
        ("secret&secret+secret", "secret&<secret+secret>", "***<***>"),
        ("secret+secret&secret", "secret+secret&<secret>", "***<***>"),
        ("secret&secret&+secretsecret", "secret&secret&+<s>ecretsecret", "***<s>***"),
        ("secret&+secret&secret", "secret&+<s>ecret&secret", "***<s>***"),
        ("secret&+secret&+secret", "secret&+<s>ecret&+secret", "***<s>***"),
        ("secret&+secret&secret&+secret", "secret&+<s>ecret&secret&+secret", "***<s>***"),
        ("secret&secret&+", "secret&secret&+<>", "***<>"),
    ],
)
def test_what_powershell_colors_is_masked_in_parts(secret: str, text: str, shown: str) -> None:
    masker = SecretMasker()
    masker.add(secret)

    assert masker.mask(text) == shown


def test_each_line_of_a_secret_is_masked_however_short() -> None:
    masker = SecretMasker(["{\n  'id': 1\r\n}\n"])

    assert masker.mask("{'id': 1, x}") == "***, x***"


def test_ranges_that_overlap_or_touch_become_one() -> None:
    masker = SecretMasker()
    for value in ("abc", "cde", "fg"):
        masker.add(value)

    assert masker.mask("xabcdefgx") == "x***x"


def test_what_a_step_writes_is_seen_as_the_runner_shows_it() -> None:
    printed = (
        "::add-mask::hidden\nhidden here\n::stop-commands::0123456789\n::error::s3cret\n::0123456789::\n"
        f"  ::error file=a%2Cb,line=2,title=x%3A y::hidden%0As3cret {'z' * 5000}\n::unknown::x\n"
    )

    found = seen(printed, "a s3cret\nb\n", 'one<<D\n{"a": 1}\nD\ntwo<<D\nx\ns3cret\nD\n', ["s3cret"])

    assert found.log == ["*** here", "::error::***", "::unknown::x", ""]
    [one] = found.annotations
    assert (one.command, dict(one.properties)) == ("error", {"file": "a,b", "line": "2", "title": "x: y"})
    assert (one.message[:9], len(one.message)) == ("***\n*** z", 4096)
    assert found.cut == ["z" * (5000 + len("***\n*** ") - 4096)]
    assert found.summary == "a ***\nb\n\n"
    assert (found.outputs, found.dropped) == ({"one": '{"a": 1}'}, ["two"])
