"""The user's token from `gh`, and from the variables that `gh` reads."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence

from crreg.net.github_hosts import HOST, RESIDENT
from crreg.net.urls import Address
from crreg.workspace.confined import search_path

SECONDS = 10.0
"""The time limit for `gh`, which may have to wait for a keyring."""
_TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")
_SERVER_TOKENS = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GITHUB_TOKEN")
TOKEN_VARIABLES = tuple(dict.fromkeys((*_TOKENS, *_SERVER_TOKENS)))
"""Every variable that may hold a token."""
_TOKEN = re.compile(r"[!-~]{1,1000}")
_NAMES = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR"),
        # Where gh keeps its configuration, and how it reaches a keyring.
        *("GH_CONFIG_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"),
        *("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"),
    }
)
_NETWORK = frozenset(
    {
        *("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR"),
    }
)
_QUIET = {"GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1", "GH_TELEMETRY": "false"}


def gh_host(web_url: str) -> str:
    """Return the name that `gh` uses for the GitHub at that address: its host, and the port if there is one."""
    return Address.parse(web_url).root.partition("://")[2]


def gh_words(web_url: str) -> tuple[str, ...]:
    """Return the first words of a `gh` command that is about the GitHub at that address, for a POSIX shell.

    `gh` takes github.com for granted if its user is logged in to several hosts. Only a host with data residency is
    named: a GitHub Enterprise Server has no Codespaces, and any other address may be a proxy's.
    Source: https://cli.github.com/manual/gh_help_environment (GH_HOST)
    """
    host = gh_host(web_url)
    return (f"GH_HOST={host}", "gh") if host.endswith(RESIDENT) else ("gh",)


def token_variable(host: str) -> str:
    """Return the variable whose token crreg and `gh` use for a host, whatever the others hold."""
    return _variables(host)[0]


def _variables(host: str) -> tuple[str, ...]:
    return _TOKENS if host == HOST or host.endswith(RESIDENT) else _SERVER_TOKENS


def token_of_environment(host: str, environment: Mapping[str, str]) -> str | None:
    """Return the token for a host, from the variables that `gh` documents, in its order; None if there is none.

    For a GitHub Enterprise Server, GITHUB_TOKEN comes last: `gh` reads it there only in a codespace, crreg everywhere.
    Source: https://cli.github.com/manual/gh_help_environment
    """
    found = (environment.get(name, "").strip() for name in _variables(host))
    return next(filter(None, found), None)


def token_of_gh(host: str, environment: Mapping[str, str], seconds: float = SECONDS) -> str | None:
    """Ask `gh` for the token of the account that is logged in at that host.

    None if `gh` is missing, has no token, prints anything else, or takes too long. `gh` never runs in a workflow,
    runs outside of the checkout, and gets no credentials.
    Source: https://cli.github.com/manual/gh_auth_token
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        return None
    program = _program(environment.get("PATH", ""))
    if program is None:
        return None
    child = {name: value for name, value in environment.items() if name in _NAMES}
    try:
        answer = subprocess.run(  # noqa: S603 - the command is ours, and the host is one argument
            [program, "auth", "token", "--hostname", host],
            env=child | _QUIET,
            cwd=os.sep,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    token = answer.stdout.decode("ascii", "replace").strip()
    return token if answer.returncode == 0 and _TOKEN.fullmatch(token) else None


def has_gh(environment: Mapping[str, str]) -> bool:
    """Whether `gh` is installed."""
    return _program(environment.get("PATH", "")) is not None


def asked_with(token_source: str) -> str | None:
    """A sentence about a token that the caller did not give; None if the caller gave it, or if there is none."""
    return f"GitHub's API was used with the token of gh ({token_source})." if token_source else None


def store_with_gh(
    words: Sequence[str], value: str, host: str, environment: Mapping[str, str], seconds: float = SECONDS
) -> str:
    """Run a `gh` command that stores a value, which it reads from standard input; returns what went wrong, or nothing.

    `gh` uses its own token for that host, or the one of the environment. It runs outside of the checkout, and the
    value is in none of its arguments or variables.
    Source: https://cli.github.com/manual/gh_secret_set
    """
    program = _program(environment.get("PATH", ""))
    if program is None:
        return "gh is not installed: see https://cli.github.com"
    names = _NAMES | _NETWORK | frozenset(TOKEN_VARIABLES)
    child = {name: text for name, text in environment.items() if name in names}
    try:
        ended = subprocess.run(  # noqa: S603 - the words are ours or quoted, and each is one argument
            [program, *words[words.index("gh") + 1 :]],
            env=child | _QUIET | {"GH_HOST": host},
            cwd=os.sep,
            input=value.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"gh did not end within {seconds:g} seconds"
    except (OSError, ValueError) as error:
        return (
            f"gh could not be run: {error.strerror}"
            if isinstance(error, OSError)
            else "the value is not UTF-8"
        )
    said = ended.stderr.decode("utf-8", "replace").strip() or f"gh ended with exit code {ended.returncode}"
    return said if ended.returncode else ""


def _program(path: str) -> str | None:
    return shutil.which("gh", path=search_path(path))
