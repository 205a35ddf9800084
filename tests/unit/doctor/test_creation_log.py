"""Which line of a creation log says why the start failed."""

import pytest
from sandbox.recovery_container import creation_log
from tests.unit.speed import within

from crreg.doctor.creation_log import first_error

IMAGE = "acme.azurecr.io/dev/base:1"
UNAUTHORIZED = f'Error response from daemon: Head "https://{IMAGE}": unauthorized: authentication required'
AT = "2025-07-04 18:05:03.306Z: "


def test_it_is_what_the_engine_said_and_neither_the_attempt_before_nor_what_follows() -> None:
    assert first_error(creation_log(IMAGE, UNAUTHORIZED)) == UNAUTHORIZED


@pytest.mark.parametrize(
    ("log", "error"),
    [
        ("", None),
        (f"{AT}Host information\n{AT}Creating container...\n", None),
        # microsoft/PubSec-Info-Assistant#879
        (
            f"{AT}#3 ERROR: failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized\n",
            "ERROR: failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized",
        ),
        (
            f"{AT}unable to find user vscode: no matching entries in passwd file\n{AT}Error: An error occurred.\n",
            "unable to find user vscode: no matching entries in passwd file",
        ),
        (
            f"{AT}#12 3.456 cp: permission denied\n{AT}Error: Command failed: docker buildx build\n",
            "Error: Command failed: docker buildx build",
        ),
        (
            f"{AT}Error fetching image details: No manifest found for x.\n",
            "Error fetching image details: No manifest found for x.",
        ),
        (f'{AT}$ docker login error: denied\n{AT}    at error: denied\n{AT}{{"message":"denied"}}\n', None),
        (f"{AT}Creating recovery container.\n{AT}Error: denied\n", None),
        (f"{AT}{AT}Error: twice\r\n", "Error: twice"),
    ],
)
def test_the_first_line_that_a_registry_said_else_the_first_error(log: str, error: str | None) -> None:
    assert first_error(log) == error


@pytest.mark.speed
@pytest.mark.parametrize(
    "log", ["x" * 16_000_000, f"{AT} \n" * 400_000, "#1 " * 4_000_000, f"{AT}{AT}{AT}" * 200_000]
)
def test_a_log_of_any_shape_is_read_in_seconds(log: str) -> None:
    with within(8):
        assert first_error(log) is None
