"""The one connection to GitHub of a run: what an App's token goes through before it is used."""

import io
from collections.abc import Sequence

import pytest

from crreg.action.runner import Runner
from crreg.github.access import GitHubAccess
from crreg.github.connection import Connection
from crreg.net.deadline import Deadline
from crreg.redaction.redact import Redactor

MINTED = "ghs_" + "0123456789abcdefghijklmnopqrstuvwxyz"


def test_the_token_that_an_app_gets_is_concealed_before_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    def mint(*_: object, **__: object) -> str:
        steps.append("minted")
        return MINTED

    def conceal(texts: Sequence[str]) -> None:
        assert texts == (MINTED,)
        steps.append("concealed")

    monkeypatch.setattr("crreg.github.app.installation_token", mint)
    monkeypatch.setattr(
        "crreg.github.client.GitHub.with_token", lambda token, **_: steps.append(f"used {token == MINTED}")
    )
    access = GitHubAccess("https://api.github.com", app_id="1", app_private_key="key")
    Connection(access, "octo/app", Deadline.after(5), lambda _: None, conceal).client()
    assert steps == ["minted", "concealed", "used True"]


def test_what_is_made_in_the_run_is_masked_and_taken_out_of_what_follows() -> None:
    stream = io.StringIO()
    runner = Runner(stream)
    runner.mask(["first-s3cret"])
    runner.mask([MINTED])
    runner.notice("Title", f"first-s3cret and {MINTED}")
    assert stream.getvalue() == (
        f"::add-mask::first-s3cret\n::add-mask::{MINTED}\n::notice title=Title::*** and ***\n"
    )


def test_a_redactor_is_told_of_more() -> None:
    redactor = Redactor(["first-s3cret"])
    assert redactor.redact(MINTED) == MINTED
    redactor.hide([MINTED])
    assert redactor.redact(f"first-s3cret {MINTED}") == "*** ***"
