import io

import pytest

from crreg.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_on_a_terminal_fits_into_one_row_and_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    terminal = Terminal()
    progress = Progress(terminal)
    progress.say("Waiting for 2 answers from acme.azurecr.io")
    shown = terminal.getvalue()
    progress.done()
    assert shown == "\r\x1b[2KWaiting for 2 answers from… …"
    assert len(shown.removeprefix("\r\x1b[2K")) < 30
    assert terminal.getvalue() == shown + "\r\x1b[2K"


def test_nothing_is_written_where_nobody_watches() -> None:
    pipe = io.StringIO()
    progress = Progress(pipe)
    progress.say("Waiting")
    progress.done()
    assert pipe.getvalue() == ""


def test_a_terminal_that_is_gone_ends_nothing() -> None:
    class Gone(Terminal):
        def write(self, _text: str, /) -> int:
            raise OSError

    Progress(Gone()).say("Waiting")
