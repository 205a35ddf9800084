"""A run without secrets, such as one of a fork's pull request: why it has none, and what each job then does and says.

Its values are empty. They count as not given (`Facts.withheld`), so no rule asks anybody to pass them.
"""

from dataclasses import dataclass

from crreg.exits.exit_code import exit_code
from crreg.exits.status import Status

PULL_REQUEST = "pull_request"
"""The start of the names of all events of a pull request."""
_WITH_ALL_SECRETS = "pull_request_target"
_DEPENDABOT = "dependabot[bot]"
_WITHOUT_SECRETS_FOR_DEPENDABOT = frozenset(
    {
        "pull_request",
        "pull_request_review",
        "pull_request_review_comment",
        "push",
        "create",
        "deployment",
        "deployment_status",
    }
)
"""Source: https://docs.github.com/en/code-security/dependabot/troubleshooting-dependabot/troubleshooting-dependabot-on-github-actions"""


@dataclass(frozen=True, slots=True)
class WithoutSecrets:
    """What a job says if GitHub gave its run no secrets, and so no token."""

    title: str
    rest: str
    """What the job does instead, as sentences that follow the reason."""

    def text(self, why: str) -> str:
        """Return the whole text; `why` is the reason that `why_withheld` gives."""
        return f"{why} {self.rest}"


CHECK = WithoutSecrets(
    "Not everything was checked",
    "So crreg checked only the files and whether their images are public, not the Codespaces secrets or the logins. "
    "A run on the target branch checks the rest.",
)
"""The only job that does a part of its work."""
CHECK_ORGANIZATION = WithoutSecrets(
    "Nothing was checked",
    "An organization's repositories can't be read without them; a run on a branch has them.",
)
ENSURE = WithoutSecrets(
    "Nothing was ensured", "Nothing can be written without them; a run on a branch has them."
)
PUBLISH = WithoutSecrets(
    "Nothing was published", "Nothing can be published without them; a run on a branch has them."
)
ENDED = exit_code(Status.UNKNOWN, tried=False, withheld=True)
"""The exit code of a job that did nothing because of that."""


def why_withheld(name: str, payload: object, actor: str) -> str:
    """Return why a run has no secrets, as a sentence; empty if it has them.

    A fork's pull request gets none, and Dependabot's runs get Dependabot's own.

    Args:
        name: the event, as GITHUB_EVENT_NAME has it.
        payload: the event's payload.
        actor: who started the run, as GITHUB_ACTOR has it.

    Source: https://docs.github.com/en/actions/reference/security/secure-use
    """
    if actor == _DEPENDABOT and (
        name in _WITHOUT_SECRETS_FOR_DEPENDABOT or (name == _WITH_ALL_SECRETS and _is_dependabots(payload))
    ):
        return "Workflows that Dependabot starts get only Dependabot's own secrets."
    if name.startswith(PULL_REQUEST) and name != _WITH_ALL_SECRETS and _is_fork(payload):
        return "GitHub gives no secrets to workflows of a fork's pull request."
    return ""


def _is_dependabots(payload: object) -> bool:
    match payload:
        case {"pull_request": {"user": {"login": str(author)}}}:
            return author == _DEPENDABOT
        case _:
            return False


def _is_fork(payload: object) -> bool:
    """Whether the pull request's branch is in another repository than its target, or in one that was deleted."""
    match payload:
        case {
            "pull_request": {
                "head": {"repo": {"full_name": str(head)}},
                "base": {"repo": {"full_name": str(base)}},
            }
        }:
            return head.lower() != base.lower()
        case {"pull_request": {"head": {"repo": None}}}:
            return True
        case _:
            return False
