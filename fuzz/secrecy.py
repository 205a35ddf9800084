"""Whether a text gives a secret away."""

_WINDOW = 8
"""Successive characters of a secret that no text may hold."""


def gives_away(text: str, secret: str) -> bool:
    """Whether `text` holds eight successive characters of `secret`, in whichever case, or all of a shorter one."""
    shown, hidden = text.casefold(), secret.casefold()
    if len(hidden) <= _WINDOW:
        return hidden in shown
    return any(hidden[start : start + _WINDOW] in shown for start in range(len(hidden) - _WINDOW + 1))
