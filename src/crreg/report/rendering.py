"""Turn a value into text: redact it, draw it in a format, and redact the result."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from crreg.redaction.redact import Redactor

_T = TypeVar("_T")
Drawn = str | Mapping[str, object] | Sequence[Mapping[str, object]]
"""Text, a document, or several documents."""


def rendered(
    value: _T,
    redactor: Redactor,
    draw: Callable[[_T], Drawn],
    *,
    commands: bool = False,
) -> str:
    """Render a value of any kind.

    `draw` makes a text, workflow commands, a document that becomes JSON, or several that become a line of JSON each.

    Every text in the value is redacted first, because a secret can't be found once it is wrapped or escaped. The result
    is searched again, because two texts that are joined may form a secret. A document keeps its keys and the words that
    programs compare.
    """
    drawn = draw(redactor.value(value))
    if isinstance(drawn, Mapping):
        return dumped(redactor.document(drawn))
    if not isinstance(drawn, str):
        return _dumped_lines(redactor.document(drawn))
    return redactor.commands(drawn) if commands else redactor.redact(drawn)


def dumped(document: Mapping[str, object]) -> str:
    """Dump ASCII JSON without workflow commands (`##[` can only occur inside a string)."""
    return _inert(json.dumps(document, indent=2))


def _dumped_lines(documents: Iterable[Mapping[str, object]]) -> str:
    """Dump each document on its own line, like `dumped`."""
    return "".join(_inert(json.dumps(document)) for document in documents)


def _inert(text: str) -> str:
    return text.replace("##[", "#\\u0023[") + "\n"
