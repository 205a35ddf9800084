import contextlib
import logging
from collections.abc import Iterator

import pytest
from tests.unit.registry.servers import Answer, serving

from crreg.net import request_log
from crreg.net.request_log import Exchange, LogForm, Sent, log_form, write_to
from crreg.net.urls import Address
from crreg.redaction.redact import Redactor
from crreg.registry.transport.failure import Tally
from crreg.registry.transport.transport import Transport
from crreg.report.request_line import request_line

PASSWORD = "a-long-password-of-ours"


@pytest.fixture
def written() -> Iterator[list[Sent]]:
    """The records; afterwards nobody reads them."""
    found: list[Sent] = []
    write_to(found.append)
    yield found
    logger = logging.getLogger("crreg.requests")
    logger.handlers.clear()
    logger.setLevel(logging.NOTSET)


@pytest.mark.parametrize(
    ("environment", "verbose", "form"),
    [
        ({}, False, None),
        ({}, True, LogForm.TEXT),
        ({"CRREG_DEBUG": "1"}, False, LogForm.TEXT),
        ({"CRREG_DEBUG": "0"}, False, None),
        ({"CRREG_DEBUG": ""}, True, LogForm.TEXT),
        ({"CRREG_DEBUG": "json"}, False, LogForm.JSON),
        ({"CRREG_DEBUG": "JSON"}, True, LogForm.JSON),
        ({"RUNNER_DEBUG": "1"}, False, LogForm.TEXT),
        ({"RUNNER_DEBUG": "1", "CRREG_DEBUG": "json"}, False, LogForm.JSON),
    ],
)
def test_the_option_and_the_environment_turn_the_lines_on(
    environment: dict[str, str], *, verbose: bool, form: LogForm | None
) -> None:
    assert log_form(environment, verbose=verbose) is form


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.github.com:443/x?token=1", "api.github.com"),
        ("http://127.0.0.1:80/x?a", "127.0.0.1"),
        ("http://127.0.0.1:443/x", "127.0.0.1:443"),
        ("https://user:password@ghe.example.com:8443/x", "ghe.example.com:8443"),
    ],
)
def test_a_record_has_neither_a_query_nor_a_user(written: list[Sent], url: str, host: str) -> None:
    Exchange.to("GET", url).answered(200, 3)
    [sent] = written
    assert (sent.host, sent.path) == (host, "/x")


def test_a_request_is_written_once_and_again_only_if_it_is_sent_again(written: list[Sent]) -> None:
    exchange = Exchange("GET", "ghcr.io", "/v2/")
    exchange.answered(502, 7)
    exchange.failed(ConnectionError())
    exchange.restart()
    with contextlib.suppress(TimeoutError), exchange:
        raise TimeoutError(PASSWORD)
    assert [(sent.status, sent.received, sent.error) for sent in written] == [
        (502, 7, ""),
        (None, 0, "TimeoutError"),
    ]


def test_without_a_reader_nothing_is_recorded(caplog: pytest.LogCaptureFixture) -> None:
    Exchange("GET", "ghcr.io", "/v2/").answered(200, 1)
    assert (caplog.records, request_log.is_on()) == ([], False)


def test_a_server_that_echoes_a_password_in_a_path_does_not_get_it_into_a_line(written: list[Sent]) -> None:
    def answer(_: object) -> Answer:
        return (
            Answer(307, {}, {"Location": f"/there/{PASSWORD}/x?y"}) if len(server.requests) < 2 else Answer()
        )

    with serving(answer) as server:
        sender = Transport(budget=5)
        sender.hide(PASSWORD)
        sender.request("GET", Address.parse(f"{server.url}/here?password={PASSWORD}"), Tally())
        sender.close()
    assert [(sent.path, sent.status) for sent in written] == [("/here", 307), ("/…", 200)]


def test_a_line_is_redacted_in_both_forms() -> None:
    sent = Sent("GET", f"{PASSWORD}.example", f"/{PASSWORD}", 200, 1, 2)
    for form in LogForm:
        assert PASSWORD not in request_line(sent, form, Redactor((PASSWORD,)))
    assert request_line(Sent("GET", "ghcr.io", "/v2/", 401, 113, 87), LogForm.TEXT, Redactor(())) == (
        "GET ghcr.io /v2/ 401 113 ms 87 bytes"
    )
