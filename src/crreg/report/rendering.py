"""The one way from what a report holds to what is shown."""

from collections.abc import Callable
from typing import Any, TypeVar

from crreg.redaction.redact import Redactor

_T = TypeVar("_T")


def rendered(
    value: _T, redactor: Redactor, draw: Callable[[_T], str | dict[str, Any]], *, commands: bool = False
) -> str:
    """Render a value of any kind; `draw` makes a text, workflow commands, or a document that becomes JSON.

    Every text in the value is redacted before, since a secret that was wrapped or escaped is not found any more;
    and what was drawn is searched again, since texts that were put together may make up one. A document keeps its
    keys and the words that its readers compare.
    """
    drawn = draw(redactor.value(value))
    if isinstance(drawn, dict):
        from crreg.report.json import dumped

        return dumped(redactor.document(drawn))
    return redactor.commands(drawn) if commands else redactor.redact(drawn)
