"""Whether a text gives a secret away."""

_WINDOW = 8
"""Consecutive letters and digits of a secret that no text may hold."""


def gives_away(text: str, secret: str) -> bool:
    """Whether `text` holds eight consecutive letters and digits of `secret`, whatever stands between them, or all."""
    shown, hidden = _folded(text), _folded(secret)
    if len(hidden) <= _WINDOW:
        return hidden in shown
    return any(hidden[start : start + _WINDOW] in shown for start in range(len(hidden) - _WINDOW + 1))


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
