"""The plan that was reviewed, and whether another plan does nothing more."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crreg.ensure.change import WRITES_OF_VALUES, ChangeOutcome
from crreg.organization.repair import Repair
from crreg.triple import SecretName

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class ReviewedError(ValueError):
    """What was passed is no plan; the message is for users."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A plan that was reviewed: its digest alone, or all that it does."""

    digest: str
    is_whole: bool = False
    """Whether the rest is known, and not only the digest."""
    values: frozenset[tuple[str, str | None, str | None]] = frozenset()
    """The triples whose values it writes, each with its registry, and with the visibility of secrets written."""
    access: frozenset[tuple[str, int, str]] = frozenset()
    """The secrets that it gives access to, each with GitHub's number of the repository, and its visibility."""

    def covers(self, made: Repair) -> bool:
        """Return whether carrying out `made` does nothing that was not reviewed.

        That is so for the same plan. If the whole plan is known, it is also so for what an interrupted run left of it.
        All values of a triple are then written again, since half a credential is useless. Neither a secret nor a
        repository may have become visible to more people since.
        """
        if made.digest == self.digest:
            return True
        return self.is_whole and _values(made) <= self.values and _access(made) <= self.access


def _values(made: Repair) -> frozenset[tuple[str, str | None, str | None]]:
    return frozenset(
        (change.triple, made.registries[change.triple], change.visibility)
        for change in made.plan.writes
        if change.action in WRITES_OF_VALUES
    )


def _access(made: Repair) -> frozenset[tuple[str, int, str]]:
    return frozenset(
        (str(SecretName(grant.triple, part)), grant.repository.id, grant.repository.visibility)
        for grant in made.grants
        for part in grant.parts
    )


def reviewed_as(given: str, read: Callable[[str], bytes]) -> Reviewed:
    """Return the plan that a caller says was reviewed.

    Args:
        given: its digest, or the path of the JSON report that showed it.
        read: reads a file; may raise OSError.

    Raises:
        ReviewedError: it is neither.
    """
    if _DIGEST.fullmatch(given):
        return Reviewed(given)
    try:
        return _reviewed_in(read(given))
    except FileNotFoundError:
        raise ReviewedError(
            "it must be the digest that a plan ends with (sha256: and 64 hex digits), or the file with its JSON report."
        ) from None
    except OSError as error:
        raise ReviewedError(f"{given} can't be read ({type(error).__name__}).") from None
    except ReviewedError as error:
        raise ReviewedError(f"{given}: {error}") from None


def _reviewed_in(content: bytes) -> Reviewed:
    try:
        document: Any = json.loads(content)
        reviewed = Reviewed(
            str(document["digest"]),
            is_whole=True,
            values=frozenset(
                (str(change["triple"]), change["registry"], change["visibility"])
                for change in document["changes"]
                if change["action"] in WRITES_OF_VALUES and change["outcome"] == ChangeOutcome.PLANNED
            ),
            access=frozenset(
                (str(name), int(grant["repository_id"]), str(grant["visibility"]))
                for grant in document["grants"]
                for name in grant["secrets"]
            ),
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ReviewedError("it is not the JSON report of crreg ensure --org.") from None
    if not _DIGEST.fullmatch(reviewed.digest):
        raise ReviewedError("it has no plan.")
    return reviewed
