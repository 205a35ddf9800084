"""The tokens of JSON with comments, split as `jsonc-parser` splits them.

Source: https://github.com/microsoft/node-jsonc-parser/blob/main/src/impl/scanner.ts
"""

import enum
import re

_TRIVIA = re.compile(r"(?:[ \t\r\n]++|//[^\r\n]*+)++")
_NUMBER = re.compile(
    r"-?(?:0|[0-9]+)(?P<fraction>(?:\.(?P<decimals>[0-9]*))?(?:[eE][-+]?(?P<exponent>[0-9]*))?)"
)
_UNKNOWN = re.compile(r'[^ \t\r\n{}\[\]":,/]+')
_CHUNK = re.compile(r'[^"\\\x00-\x1f]+')
_PLAIN = re.compile(r'[^"\\\x00-\x1f\ud800-\udfff]*(?=")')
"""The content of a string without escapes."""
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_HEX_PART = re.compile(r"[0-9a-fA-F]{0,4}")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_MAX_DIGITS = 300
"""Longer numbers are infinite to JavaScript, and slow to convert here."""


class Token(enum.Enum):
    """What kind of token was read."""

    OPEN_BRACE = "{"
    CLOSE_BRACE = "}"
    OPEN_BRACKET = "["
    CLOSE_BRACKET = "]"
    COMMA = ","
    COLON = ":"
    NULL = "null"
    TRUE = "true"
    FALSE = "false"
    STRING = "a string"
    NUMBER = "a number"
    TRIVIA = "trivia"
    """A comment between `/*` and `*/`; white space and other comments are no token."""
    UNKNOWN = "unknown"
    END = "the end"


_PUNCTUATION = {token.value: token for token in Token if token.value in {"{", "}", "[", "]", ",", ":"}}
_WORDS = {token.value: token for token in (Token.NULL, Token.TRUE, Token.FALSE)}


class Scanner:
    """Reads one token after another."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.start = 0
        """Where the token starts."""
        self.end = 0
        """Where it ends."""
        self.value = ""
        """The content of a string."""
        self.string_span = (0, 0)
        """The span of a string's content, without its quotes."""
        self.mistake = ""
        """What is wrong inside the token; empty if nothing is."""
        self.mistaken_at = 0
        self._is_integer = False

    def scan(self) -> Token:
        """Read the next token, past white space and comments that end with their line."""
        text, start = self._text, self.end
        if trivia := _TRIVIA.match(text, start):
            start = trivia.end()
        self.start, self.end, self.mistake = start, start, ""
        character = text[start : start + 1]
        if not character:
            return Token.END
        if character in _PUNCTUATION:
            self.end += 1
            return _PUNCTUATION[character]
        if character == '"':
            return self._string()
        if text.startswith("/*", start):
            return self._comment()
        number = _NUMBER.match(text, start)
        return self._number(number) if number else self._word(character)

    def number(self) -> int | float:
        """The value of a number."""
        digits = self._text[self.start : self.end]
        try:
            return int(digits) if self._is_integer and len(digits) < _MAX_DIGITS else float(digits)
        except ValueError:
            return float(digits.lower().partition("e")[0])  # a broken exponent does not count

    def _number(self, match: re.Match[str]) -> Token:
        """Read a number; a broken one ends where it breaks, and a leading 0 ends before more digits."""
        text, start = self._text, self.start
        self.end = match.end()
        lead = start + text.startswith("-", start)
        if text[lead] == "0" and text[lead + 1 : lead + 2].isdecimal():
            self.end = lead + 1
            self._is_integer = True
            return Token.NUMBER
        self._is_integer = not match["fraction"]
        if match["decimals"] == "" or match["exponent"] == "":
            if match["decimals"] == "":
                self.end = match.start("decimals")
            self._fault("expected a digit", self.end)
        return Token.NUMBER

    def _word(self, character: str) -> Token:
        match = _UNKNOWN.match(self._text, self.start) if character != "-" else None
        self.end = match.end() if match else self.start + 1
        return _WORDS.get(match[0], Token.UNKNOWN) if match else Token.UNKNOWN

    def _comment(self) -> Token:
        end = self._text.find("*/", self.start + 2)
        self.end = end + 2 if end >= 0 else len(self._text)
        if end < 0:
            self._fault("this comment is never closed", self.start)
        return Token.TRIVIA

    def _string(self) -> Token:
        """Read a string up to its closing quote, or to the end of the line if it has none."""
        text, position = self._text, self.start + 1
        plain = _PLAIN.match(text, position)
        if plain:
            self.value, self.string_span, self.end = plain[0], plain.span(), plain.end() + 1
            return Token.STRING
        parts: list[str] = []
        while True:
            chunk = _CHUNK.match(text, position)
            if chunk:
                parts.append(chunk[0])
                position = chunk.end()
            character = text[position : position + 1]
            if character in {"", "\r", "\n"}:
                self._fault("this string has no closing quote on its line", self.start)
                self.string_span = (self.start + 1, position)
                break
            if character == '"':
                self.string_span = (self.start + 1, position)
                position += 1
                break
            if character == "\\":
                position = self._escape(position, parts)
            else:
                self._fault("a string contains a control character", position)
                parts.append(character)
                position += 1
        self.end = position
        # Half of a surrogate pair is not a character, and no file or terminal could show it: replace it.
        self.value = "".join(parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return Token.STRING

    def _escape(self, position: int, parts: list[str]) -> int:
        """Read the escape at a backslash, dropping an unknown one; return the position after it."""
        character = self._text[position + 1 : position + 2]
        if character == "u":
            digits = _HEX.match(self._text, position + 2)
            if digits:
                parts.append(chr(int(digits[0], 16)))
                return digits.end()
            self._fault("invalid escape in a string", position)
            partial = _HEX_PART.match(self._text, position + 2)
            return partial.end() if partial else position + 2
        if character in _ESCAPES:
            parts.append(_ESCAPES[character])
        elif character:
            self._fault("invalid escape in a string", position)
        return position + 1 + len(character)

    def _fault(self, message: str, position: int) -> None:
        """Note what is wrong with the token; as in the original, the last mistake in it counts."""
        self.mistake, self.mistaken_at = message, position
