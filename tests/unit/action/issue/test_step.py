"""The remedy for an issue that could not be written."""

from crreg.action.issue.step import _remedy
from crreg.github.errors import Cause, GitHubError


def test_no_permission_helps_with_a_locked_issue() -> None:
    says = "Unable to create comment because issue is locked."
    locked = GitHubError(Cause.REFUSED, f'GitHub answered 403 ("{says}").', 403, says=says)

    assert (locked.is_locked, locked.lacks_permission) == (True, False)
    assert _remedy(locked) == "Unlock the issue's conversation."
