"""Keeping receipts: an Actions variable records what a run of ensure wrote, and where the values came from."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from crreg.ensure.change import WRITES_OF_VALUES, Change, Result
from crreg.facts.proof import Ledger
from crreg.facts.receipts import (
    Key,
    NewerReceipts,
    NotReceipts,
    Receipt,
    Written,
    format_receipts,
    merged,
    parse,
    without,
)
from crreg.github.client import GitHub
from crreg.github.errors import GitHubError
from crreg.github.inventory import Repository
from crreg.github.levels import Level
from crreg.github.origins import Origins
from crreg.github.token import variables_permission
from crreg.github.variables import read_variable, write_variable
from crreg.github.writer import SecretWriter
from crreg.net.concurrency import Pool
from crreg.printable import sentence

_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class ReceiptScope:
    """Where the receipts of a run are kept, and what is known about its values."""

    repository: Repository
    variable: str
    """The variable's name; empty if no receipts are wanted."""
    origins: Origins | None
    """Where the run's values come from; None if it is not a step of the repository's workflow."""
    altered: frozenset[str] = frozenset()
    """Names of secrets whose written values differ from the given ones: tidied, or minted."""


class Recorder:
    """Keeps the receipts of one run. It raises nothing: secrets are written with or without receipts.

    GitHub has no conditional update of a variable. So the receipts of secrets that are about to be written are removed
    first, and the new ones are merged afterward into what the variable holds then. A receipt that another run
    overwrites is missing, or names a date that no secret has.
    """

    def __init__(self, github: GitHub, writer: SecretWriter, scope: ReceiptScope) -> None:
        """Prepare; nothing is requested yet."""
        self._github = github
        self._writer = writer
        self._scope = scope
        self._ledger = Ledger.of(scope.origins) if scope.origins is not None else None
        self._pool = Pool(2 * len(Level))
        self._first_texts: dict[Level, Future[str | None]] = {}

    def begin(self, writes: Iterable[Change]) -> None:
        """Remove the known receipts of what is about to be written; waits until that is done.

        A run that can't prove where its values come from only needs to know whether there are receipts: that is
        requested while the secrets are written.
        """
        keys = _keys(writes)
        if not self._scope.variable:
            return
        if self._ledger is None:
            homes = {_home(level) for _, level in keys}
            self._first_texts = {home: self._pool.submit(partial(self._text, home)) for home in homes}
            return
        known = {home: receipts for home in Level if not isinstance(receipts := self._known(home), str)}
        begun: list[Future[Any]] = []
        for home, receipts in known.items():
            left = without(receipts, keys)
            if len(left) < len(receipts):
                begun.append(self._pool.submit(partial(self._write, home, left, exists=True)))
        if not begun:
            return
        # The keys of the stores are needed next, and take as long.
        begun += [
            self._pool.submit(partial(self._writer.prepare, level)) for level in {level for _, level in keys}
        ]
        for future in begun:
            # A receipt that could not be removed has a date that will soon not match the secret's.
            future.exception()

    def record(self, changes: Iterable[tuple[Change, Result]]) -> tuple[str, ...]:
        """Record what was written, in two rounds of requests; return sentences on what could not be recorded."""
        written = [
            (change, result)
            for change, result in changes
            if change.action in WRITES_OF_VALUES and result.begun
        ]
        if not written or not self._scope.variable or self._has_none():
            return ()
        levels = {change.level for change, _ in written}
        dates = {level: self._pool.submit(partial(self._writer.dates, level)) for level in levels}
        homes = {_home(level) for level in levels}
        texts = {home: self._pool.submit(partial(self._text, home)) for home in homes}
        notes = [
            self._record_at(
                home,
                [
                    self._written(pair, dates[pair[0].level])
                    for pair in written
                    if _home(pair[0].level) is home
                ],
                texts[home],
                {level: dates[level] for level in levels if _home(level) is home and level is not Level.USER},
            )
            for home in sorted(homes)
        ]
        return tuple(dict.fromkeys(filter(None, notes)))

    def _has_none(self) -> bool:
        """Whether there was nothing to keep when the run began, and it adds nothing."""
        texts = self._first_texts.values()
        return bool(texts) and all(text.exception() or text.result() is None for text in texts)

    def _record_at(
        self,
        home: Level,
        written: list[Written],
        text: Future[str | None],
        dates: Mapping[Level, Future[dict[str, datetime]]],
    ) -> str:
        """Record the receipts of one variable; return a sentence on what went wrong."""
        try:
            present = text.result()
            if present is None and not any(each.own and each.source for each in written):
                # A variable that would prove nothing is not created.
                return ""
            return self._merge(home, written, present, dates)
        except NewerReceipts:
            return self._unusable(home, "a later version of crreg wrote it")
        except NotReceipts as error:
            return self._unusable(home, f"{error}; delete it, and crreg creates a new one")
        except GitHubError as error:
            # A person at a terminal who keeps no receipts need not know about them.
            return self._refused(home, error) if self._ledger is not None else ""

    def _merge(
        self,
        home: Level,
        written: list[Written],
        present: str | None,
        dates: Mapping[Level, Future[dict[str, datetime]]],
    ) -> str:
        receipts = merged(parse(present) if present is not None else {}, written)
        receipts = {key: each for key, each in receipts.items() if not _is_gone(key, dates)}
        try:
            return self._write(home, receipts, exists=present is not None)
        except GitHubError as error:
            if present is not None or error.status != _CONFLICT:
                raise
        # Another run created it meanwhile.
        return self._merge(home, written, self._text(home) or "", dates)

    def _written(self, pair: tuple[Change, Result], dates: Future[dict[str, datetime]]) -> Written:
        change, result = pair
        listed = dates.exception() is None
        source = None
        if self._ledger is not None and change.name not in self._scope.altered:
            source = self._ledger.source(change.name)
        return Written(
            change.name,
            change.level,
            result.answered_at,
            dates.result().get(change.name) if listed else None,
            source,
            self._scope.origins.began_at if self._scope.origins is not None else None,
        )

    def _known(self, home: Level) -> Mapping[Key, Receipt] | str:
        """Return the receipts that were read before; a sentence if none can be used."""
        if self._ledger is None or home is Level.USER:
            return ""
        return self._ledger.shared if home is Level.ORGANIZATION else self._ledger.own

    def _text(self, home: Level) -> str | None:
        return read_variable(self._github, self._path(home), self._scope.variable)

    def _write(self, home: Level, receipts: Mapping[Key, Receipt], *, exists: bool) -> str:
        text, dropped = format_receipts(receipts)
        write_variable(self._github, self._path(home), self._scope.variable, text, exists=exists)
        if not dropped:
            return ""
        return f"{dropped} receipts did not fit into the variable {self._scope.variable}, which holds 48 KB at most."

    def _path(self, home: Level) -> str:
        repository = self._scope.repository
        owner = f"orgs/{repository.owner}" if home is Level.ORGANIZATION else f"repos/{repository.full_name}"
        return f"/{owner}/actions/variables"

    def _unusable(self, home: Level, why: str) -> str:
        return f"No receipts were recorded: the {home}'s variable {self._scope.variable} can't be used, because {why}."

    def _refused(self, home: Level, error: GitHubError) -> str:
        needs = ""
        if error.lacks_permission:
            permission = variables_permission(organization=home is Level.ORGANIZATION, kind=self._github.kind)
            needs = f" The token needs the {permission}."
        return f"No receipts were recorded in the {home}'s Actions variables: {sentence(error.detail)}{needs}"


def _keys(changes: Iterable[Change]) -> set[Key]:
    return {(change.name, change.level) for change in changes if change.action in WRITES_OF_VALUES}


def _home(level: Level) -> Level:
    """Return where the receipts of a level are; a person's are the repository's, as users have no variables."""
    return Level.ORGANIZATION if level is Level.ORGANIZATION else Level.REPOSITORY


def _is_gone(key: Key, dates: Mapping[Level, Future[dict[str, datetime]]]) -> bool:
    """Whether the secret was deleted, as far as its store was listed."""
    name, level = key
    listed = dates.get(level)
    return listed is not None and listed.exception() is None and name not in listed.result()
