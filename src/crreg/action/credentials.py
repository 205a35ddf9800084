"""The `credentials` input: dotenv lines that carry the values of triples."""

import json
import re

_LINE = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<value>.*)")


class CredentialsError(ValueError):
    """A line that is not `NAME=value`; the text gives the line's number and never quotes it."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"credentials, line {line}: {reason}")
        self.line = line


def parse_credentials(text: str) -> dict[str, str]:
    """Return the values by name.

    Lines are `NAME=value`; empty lines and lines that start with `#` are ignored. A value in double quotes
    is a JSON string, so that `${{ toJSON(secrets.X) }}` passes several lines safely; one in single quotes is
    taken literally; any other is taken whole, without blanks around it.

    Raises:
        CredentialsError: a line has another form.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.fullmatch(stripped)
        if match is None:
            raise CredentialsError(
                number,
                "expected NAME=value; a value of several lines must be one JSON string: NAME=${{ toJSON(secrets.X) }}",
            )
        found[match["name"].upper()] = _value(match["value"], number)
    return found


def _value(text: str, number: int) -> str:
    if text.startswith("'") and text.endswith("'") and len(text) > 1:
        return text[1:-1]
    if not text.startswith('"'):
        # toJSON of a secret that is not set.
        return "" if text == "null" else text
    try:
        value = json.loads(text)
    except ValueError:
        raise CredentialsError(
            number, "the value starts with a double quote but is not a JSON string (write it with toJSON)"
        ) from None
    try:
        str(value).encode()
    except UnicodeEncodeError:
        raise CredentialsError(
            number, "the value contains an unpaired surrogate and can't be encoded as UTF-8"
        ) from None
    return str(value)
