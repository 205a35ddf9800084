"""PyGithub, with what nobody asks for left unloaded."""

import subprocess
import sys

import pytest

START = (
    "import sys; from crreg.github.lean import import_pygithub; import_pygithub(); import crreg.github.client"
)
END = "print('cryptography' in sys.modules)"


@pytest.mark.parametrize(
    ("use", "loaded"),
    [
        ("from github.Auth import Token", "False"),
        ("import github; github.NamedUser.NamedUser", "False"),
        ("import jwt; jwt.encode", "True"),
    ],
)
def test_what_signs_an_apps_requests_loads_when_it_is_used(use: str, loaded: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", f"{START}; {use}; {END}"], capture_output=True, text=True, check=False
    )
    assert (ended.stdout.strip(), ended.stderr) == (loaded, "")
