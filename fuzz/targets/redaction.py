"""Secrets in echoes of servers and in output."""

import html
import json
import unicodedata
import urllib.parse
from collections.abc import Callable

from fuzz.secrecy import gives_away
from fuzz.target import ensure, target

from crreg.action.credentials import CredentialsError, parse_credentials
from crreg.facts.masked_values import secrets_of_environment, secrets_of_triples
from crreg.redaction.redact import Redactor
from crreg.registry.errors import quote
from crreg.triple import Triple

_PASSWORD = "pä/ss&W<örd+Tr0ub4dor=9"  # noqa: S105 - made up
_ECHOES: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(json.dumps(text))[1:-1],
    urllib.parse.quote,
    lambda text: urllib.parse.quote(urllib.parse.quote(text, safe=""), safe=""),
    lambda text: urllib.parse.quote(text, safe="/+&=<>"),
    html.escape,
    lambda text: "".join(f"&#{ord(character)};" for character in text),
    lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    lambda text: text.encode().decode("latin-1"),
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: text.replace("/", "\\/"),
    lambda text: text[:16],
    lambda text: text[7:],
    "\u00ad".join,
    lambda text: f"{text[:9]}\n{text[9:]}",
)
"""The ways in which real servers echo a password so that it stays readable."""


@target("echo", longest=512, weight=2)
def echo(before: str, way: bytes, after: str) -> None:
    """A quotation contains no eight successive characters of a password, in any spelling."""
    for number in way[:2]:
        spelled = _ECHOES[number % len(_ECHOES)](_PASSWORD)
        body = json.dumps({"errors": [{"code": "DENIED", "message": f"{before}{spelled}{after}"}]}).encode()
        ensure(not gives_away(quote(body, (_PASSWORD,)), _PASSWORD), "the quotation gives the password away")


@target("redactor", longest=512)
def redactor(before: str, password: str, after: str) -> None:
    """A redacted text contains no password of six characters or more."""
    triple = Triple("ACR", "acr.example", "octocat", password)
    texts = secrets_of_triples([triple])
    redacted = Redactor(texts).redact(f"{before}{password}{after}")
    least = len("secret")
    held = len(password) >= least and password in redacted and password not in "***" * len(redacted)
    ensure(not held, "the text holds the password")
    ensure(not password or password in texts, "a password is no secret")


@target("credentials", raises=(CredentialsError,), longest=2048)
def credentials(text: str) -> None:
    """Every parsed value is masked, and no error quotes one."""
    masked = secrets_of_environment({"INPUT_CREDENTIALS": text})
    try:
        values = parse_credentials(text)
    except CredentialsError as error:
        ensure(str(error).isascii() and str(error).isprintable(), "the error quotes a line")
        raise
    ensure(all(name == name.upper() for name in values), "a name is not in upper case")
    # SERVER and USER are shown, and masking a value of only punctuation would mask every report.
    passwords = (value for name, value in values.items() if name.endswith("_PASSWORD"))
    secret = any(map(str.isalnum, "".join(passwords)))
    ensure(masked or not secret, "values are read that nothing masks")
