"""Which of the given values are secret. What a server may echo of a login is decided beside the login.

What it returns goes to `Runner.mask` or `Redactor.hide`, which hide every text that they get.
"""

import base64
import itertools
import re
from collections.abc import Iterable, Mapping

from crreg.github.gh import TOKEN_VARIABLES
from crreg.net.proxy import secrets_of_proxies
from crreg.redaction.redact import SHORTEST_LINE
from crreg.registry.issued_keys import is_key
from crreg.triple import Part, Triple, find_triples, parse_name

_CREDENTIALS = "INPUT_CREDENTIALS"
_SECRET_VARIABLES = (
    # The action's inputs, as the runner passes them.
    *("INPUT_TOKEN", "INPUT_ISSUE-TOKEN", "INPUT_APP-PRIVATE-KEY"),
    # An earlier step may have put temporary AWS keys into the environment, for minting registry tokens.
    *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *TOKEN_VARIABLES,
)
"""Variables that hold nothing but a secret, besides those of triples."""
_PROBABLY_SECRET = re.compile(r"TOKEN|SECRET|PASS|KEY|CREDENTIAL")
"""Names of variables whose values are probably secret."""
_GITHUB_S = re.compile(r"(?:GITHUB_|CODESPACE)(?!.*TOKEN)", re.IGNORECASE)
"""Names that GitHub itself sets, except those of tokens."""


def secrets_of_environment(environment: Mapping[str, str], others: Iterable[str] = ()) -> tuple[str, ...]:
    """Return every text of an environment, and of `others`, that must not be written, longest first.

    The environment may hold the action's inputs, which need not be valid: they are masked before they are parsed.
    """
    named = (environment.get(name, "") for name in _SECRET_VARIABLES)
    pieces = itertools.chain.from_iterable(
        map(_secrets_of_line, environment.get(_CREDENTIALS, "").splitlines())
    )
    # A line of a multi-line JSON key may be a lone brace, which occurs everywhere.
    kept = (piece for piece in pieces if len(piece) >= SHORTEST_LINE or any(map(str.isalnum, piece)))
    found = set(secrets_of_triples(find_triples(environment).values()))
    for value in (*named, *kept, *secrets_of_proxies(environment), *others):
        found |= _with_lines(value)
    return _ordered(found)


def secrets_of_triples(triples: Iterable[Triple]) -> tuple[str, ...]:
    """Return every text of these triples that must not be written, longest first.

    These are the password, its lines, the base64 of `user:password`, and a user that is a key. Any other user may be
    shown: reports name it, and the runner masks it if the caller stores it as a secret.
    """
    found: set[str] = set()
    for triple in triples:
        user, password = triple.user or "", triple.password or ""
        if is_key(user):
            found |= {user, user.strip()}
        if password:
            found |= _with_lines(password)
            for name, value in ((user, password), (user.strip(), password.strip())):
                found.add(base64.b64encode(f"{name}:{value}".encode(errors="surrogateescape")).decode())
    return _ordered(found)


def probable_secrets(environment: Mapping[str, str], kept: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values to remove from a log, which may quote anything.

    Args:
        environment: the variables; a value counts if its name suggests a secret.
        kept: the variables that Codespaces keeps on disk; all of them count but a triple's SERVER and USER and what
            GitHub itself sets.
    """
    suggested = [value for name, value in environment.items() if _PROBABLY_SECRET.search(name)]
    return (*suggested, *(value for name, value in kept.items() if not _may_be_shown(name)))


def _may_be_shown(name: str) -> bool:
    parsed = parse_name(name)
    return parsed.part is not Part.PASSWORD if parsed is not None else _GITHUB_S.match(name) is not None


def _secrets_of_line(line: str) -> tuple[str, ...]:
    """Return what must be masked of a line of the input `credentials`.

    That is the value of a PASSWORD, since reports show its name, and nothing of a SERVER or USER, since reports show
    both. Any other line may be a piece of a value that was meant to be one line.
    """
    name, _, rest = line.partition("=")
    value = rest.strip().strip("\"'")
    parsed = parse_name(name.strip().removeprefix("export ").strip())
    if parsed is None:
        return line, value
    return (value,) if parsed.part is Part.PASSWORD else ()


def _with_lines(value: str) -> set[str]:
    lines = {line.strip() for line in value.splitlines()}
    return {value, value.strip(), *(line for line in lines if len(line) >= SHORTEST_LINE)}


def _ordered(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(filter(None, texts), key=lambda text: (-len(text), text)))
