"""The page of a rule is for reading on a terminal, and Markdown in a pipe."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from sandbox.command import CRREG, surroundings

COMMAND = (
    "      gh api -X PUT orgs/org/codespaces/secrets/ACR_CONTAINER_REGISTRY_PASSWORD/repositories/"
    '"$(gh api repos/org/app --jq .id)"'
)


def on_a_terminal(*arguments: str, **environment: str) -> str:
    leader, follower = pty.openpty()
    with os.fdopen(leader, "rb", buffering=0) as shown:
        subprocess.run(
            [CRREG, *arguments], env={**surroundings(), **environment}, stdout=follower, check=True
        )
        os.close(follower)
        output = b""
        try:
            while block := shown.read(1 << 16):
                output += block
        except OSError:
            # Linux reports that the other end is closed.
            pass
    return output.decode().replace("\r\n", "\n")


def test_on_a_terminal_a_rule_has_no_markdown_and_its_commands_are_not_wrapped() -> None:
    shown = on_a_terminal("rules", "not-assigned", NO_COLOR="1", COLUMNS="60")
    assert COMMAND in shown.splitlines()
    assert "```" not in shown
    assert "**error**" not in shown


def test_in_a_pipe_a_rule_is_the_markdown_of_its_page() -> None:
    piped = subprocess.run(
        [CRREG, "rules", "not-assigned"], env=surroundings(), stdout=subprocess.PIPE, check=True
    )
    page = Path(__file__).parents[3] / "docs" / "rules.md"
    assert "\n```sh\n" in piped.stdout.decode()
    assert piped.stdout.decode().splitlines()[2] in page.read_text()


def test_a_page_of_text_needs_no_parser_for_markdown() -> None:
    """The container leaves it out: see container/assemble.py."""
    program = "import sys; sys.modules['markdown_it'] = None; import crreg.report.page"
    subprocess.run([sys.executable, "-c", program], check=True)
