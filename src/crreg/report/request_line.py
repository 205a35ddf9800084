"""The line of the log for one request."""

from crreg.net.request_log import LogForm, Sent
from crreg.redaction.redact import Redactor
from crreg.report.rendering import rendered


def request_line(sent: Sent, form: LogForm, redactor: Redactor) -> str:
    """The record of a request as one line without a line break; the caller makes it safe for where it goes."""
    if form is LogForm.JSON:
        return rendered(sent, redactor, lambda shown: [shown.document()]).rstrip("\n")
    return rendered(sent, redactor, Sent.line)
