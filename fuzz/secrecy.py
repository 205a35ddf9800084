"""Detects secrets in text."""

_WINDOW = 8
"""The number of consecutive letters and digits of a secret that no text may contain."""


def gives_away(text: str, secret: str) -> bool:
    """Whether `text` contains eight consecutive letters and digits of `secret` (or all), with any separators."""
    shown, hidden = _folded(text), _folded(secret)
    if len(hidden) <= _WINDOW:
        return hidden in shown
    return any(hidden[start : start + _WINDOW] in shown for start in range(len(hidden) - _WINDOW + 1))


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
