"""Reads the files of an organization's repositories with as few queries as possible."""

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

from crreg.github.commit_files import Objects, Request, read_objects
from crreg.github.errors import Cause, GitHubError
from crreg.github.graphql import GraphQL
from crreg.github.repositories import BranchListed, Listing, RepositoryListed, RepositoryPage, read_properties
from crreg.github.repository_at import find_repository
from crreg.net.concurrency import Pool
from crreg.net.retry import QUERY_ATTEMPTS, pause_of_query
from crreg.organization.batches import Batch, Batches, Fetch, Later
from crreg.organization.listed import Listed, Read, Remembered
from crreg.organization.repository_files import RepositoryFiles, without_files
from crreg.organization.selection import Selection

_QUERIES = 2
"""Queries for files at the same time, besides the one for the list."""
_MOST_OPEN = 600
"""Repositories being read before the list is read on."""
_MOST_BYTES = 48 << 20
"""What all repositories may keep in memory before they are finished one by one."""
_MOST_FAILURES = 24
"""Queries that may fail in a row, each smaller or later than the one before."""
_HALVINGS = 7
"""Queries for the list that may fail without a wait, because each asks for fewer repositories than the last."""
_UNNAMED = "was not read: GitHub lists a repository without saying which"


def read_repositories(
    graphql: GraphQL,
    organization: str,
    selection: Selection,
    remembered: Remembered,
    say: Callable[[str], None],
    *,
    counted: Callable[[int, int], None] = lambda _, __: None,
    last_checked: Mapping[int, str] | None = None,
    with_topics: bool = False,
    with_properties: bool = False,
) -> Iterator[Read]:
    """Yield the selected repositories with what their files say, each as soon as it is known.

    Topics and custom properties are known only if they are asked for, here or by a filter. `counted` is called after
    each page with the number of repositories so far, and of all. Those of `last_checked`, by id with a text that orders
    them, come last: an earlier run that could not check everything checked them.

    Raises:
        GitHubError: the list could not be read to its end. All repositories that it named were yielded before.
    """
    with_properties = with_properties or bool(selection.properties)
    properties = read_properties(graphql.rest, organization) if with_properties else {}
    listing = Listing(graphql, organization, with_topics or bool(selection.topics), selection.branches)
    reading = _Reading(graphql, remembered, say, last_checked or {})
    yield from reading.read(listing, selection, properties, counted)


def read_repository_files(
    graphql: GraphQL, full_name: str, say: Callable[[str], None] = lambda _: None
) -> Read:
    """Read the files of one repository at its default branch.

    Raises:
        GitHubError: the repository can't be read.
    """
    found = find_repository(graphql, full_name)
    return next(iter([*_Reading(graphql, None, say, {}).read_one(found)]))


class _Reading:
    """One run. All but the queries happens in the caller's thread."""

    def __init__(
        self,
        graphql: GraphQL,
        remembered: Remembered | None,
        say: Callable[[str], None],
        last_checked: Mapping[int, str],
    ) -> None:
        self._later = Later(last_checked)
        self._graphql = graphql
        self._remembered = remembered
        self._say = say
        self._pool = Pool(_QUERIES + 1)
        self._answers: queue.SimpleQueue[tuple[Batch | None, Future[Any]]] = queue.SimpleQueue()
        self._is_listing = False
        self._batches = 0
        self._open: dict[int, RepositoryFiles] = {}
        """By `id` of the object, in the order of the list."""
        self._waiting = Batches(say)
        self._list_failures = 0
        """Queries for the list that failed since the last that did not."""
        self._stopped: GitHubError | None = None
        """Why nothing more can be read."""
        self._seen: set[int] = set()

    def read(
        self,
        listing: Listing,
        selection: Selection,
        properties: dict[int, dict[str, tuple[str, ...]]],
        counted: Callable[[int, int], None],
    ) -> Iterator[Read]:
        """Read the list and the files of what it names."""
        error: GitHubError | None = None
        while True:
            may_list = not listing.is_done and error is None and self._stopped is None
            if may_list and not self._is_listing and self._has_room():
                self._is_listing = True
                self._submit(None, listing.next_page, waits=self._list_failures - _HALVINGS)
            elif not (may_list or self._is_listing):
                yield from self._resume()
            self._start()
            if not (self._is_listing or self._batches):
                break
            batch, future = self._answers.get()
            if batch is not None:
                yield from self._answered(batch, future)
                continue
            self._is_listing = False
            try:
                page = future.result()
            except GitHubError as caught:
                error = self._list_failed(caught)
                continue
            if page is None:
                self._list_failures += 1
                self._say("GitHub gave up on a page of the list. Asking for fewer repositories.")
                continue
            self._list_failures = 0
            yield from self._listed(page, selection, properties, listing.organization)
            counted(len(self._seen), page.total)
        yield from self._abandon()
        if error is not None or not listing.is_done:
            raise error or self._stopped or GitHubError(Cause.UNREACHABLE, "The list ended early.")

    def read_one(self, found: RepositoryListed) -> Iterator[Read]:
        """Read the first branch of one repository."""
        yield from self._found(_listed_of(found, found.branches[0], {}), found.branches[0])
        while True:
            self._start()
            if not self._batches:
                break
            batch, future = self._answers.get()
            yield from self._answered(batch or [], future)
        yield from self._abandon()

    def _has_room(self) -> bool:
        return len(self._open) < _MOST_OPEN and self._weight() < _MOST_BYTES

    def _weight(self) -> int:
        return sum(each.weight for each in self._open.values())

    def _list_failed(self, error: GitHubError) -> GitHubError | None:
        """Return the error if the list can't be read any further; None if it is worth another try."""
        self._list_failures += 1
        may_pass = error.cause is Cause.UNREACHABLE and self._list_failures < QUERY_ATTEMPTS
        is_busy = error.is_too_much and self._list_failures < _MOST_FAILURES
        return None if may_pass or is_busy else error

    def _listed(
        self,
        page: RepositoryPage,
        selection: Selection,
        properties: dict[int, dict[str, tuple[str, ...]]],
        organization: str,
    ) -> Iterator[Read]:
        for _ in range(page.unnamed if selection.has(0) else 0):
            yield Read(Listed(0, f"{organization}/?", "private", "", ""), None, _UNNAMED)
        for found in page.repositories:
            # A page can repeat a repository whose place in the list changes meanwhile.
            if found.id in self._seen:
                continue
            self._seen.add(found.id)
            for branch in found.branches or (None,):
                listed = _listed_of(found, branch, properties.get(found.id, {}))
                if selection.takes(listed, found.pushed_at) and not self._later.takes(listed, branch):
                    yield from self._found(listed, branch)

    def _resume(self) -> Iterator[Read]:
        """Take up the repositories that waited for the end of the list, as far as there is room for them."""
        while self._later and (self._stopped is not None or self._has_room()):
            yield from self._found(*self._later.pop())

    def _found(self, listed: Listed, branch: BranchListed | None) -> Iterator[Read]:
        read = without_files(listed, branch)
        if read is not None or branch is None:
            yield read or Read(listed, None)
            return
        known = self._remembered.files(listed.id, listed.commit) if self._remembered else None
        if known is not None:
            yield Read(listed, known, is_remembered=True)
            return
        files = RepositoryFiles(listed, branch)
        self._open[id(files)] = files
        yield from self._advance(files)

    def _advance(self, files: RepositoryFiles) -> Iterator[Read]:
        """Read a round once everything for it was fetched."""
        if files.pending or (files.waiting and not files.trouble) or id(files) not in self._open:
            return
        result = files.read()
        if result is None:
            self._waiting.add(files)
            return
        read, is_final = result
        del self._open[id(files)]
        if is_final and read.files is not None and self._remembered is not None:
            self._remembered.keep(files.listed, read.files)
        yield read

    def _start(self) -> None:
        """Start queries: full ones, and another one only if nothing under way could fill it."""
        while self._waiting and self._stopped is None and self._batches < _QUERIES:
            if not self._waiting.is_full and (self._is_listing or self._batches):
                return
            # A few repositories can fill the memory. They are then finished one by one.
            batch = self._waiting.take(one=self._weight() >= _MOST_BYTES)
            if not batch:
                return
            self._batches += 1
            requests = [_request(fetch) for fetch in batch]
            self._submit(batch, partial(read_objects, self._graphql, requests), waits=self._waiting.waits)

    def _submit(self, batch: Batch | None, call: Callable[[], Any], *, waits: int) -> None:
        """Run a query after as many waits, each twice as long as the one before."""
        pause = pause_of_query(waits)

        def run() -> Any:
            threading.Event().wait(pause)
            return call()

        future = self._pool.submit(run if pause else call)
        future.add_done_callback(lambda done: self._answers.put((batch, done)))

    def _answered(self, batch: Batch, future: Future[list[Objects]]) -> Iterator[Read]:
        self._batches -= 1
        for fetch in batch:
            fetch.files.pending -= 1
        try:
            found = future.result()
        except GitHubError as error:
            self._failed(batch, error)
            for fetch in batch if self._stopped is None else ():
                yield from self._advance(fetch.files)
            return
        given_up = [fetch for fetch, objects in zip(batch, found, strict=True) if objects.is_too_much]
        if given_up:
            self._waiting.put_back_smaller(given_up, batch)
        else:
            self._waiting.grow()
        for fetch, objects in zip(batch, found, strict=True):
            fetch.files.trouble = fetch.files.trouble or objects.trouble
            fetch.files.add(objects)
            yield from self._advance(fetch.files)

    def _failed(self, batch: Batch, error: GitHubError) -> None:
        """Put a batch back, or stop if there is no hope."""
        if error.is_too_much:
            self._waiting.put_back_smaller(batch, batch)
        elif error.cause is Cause.UNREACHABLE:
            self._waiting.put_back(batch)
            self._waiting.failures += 1
        if self._waiting.failures >= (_MOST_FAILURES if error.is_too_much else QUERY_ATTEMPTS) or not (
            error.is_too_much or error.cause is Cause.UNREACHABLE
        ):
            self._stopped = error

    def _abandon(self) -> Iterator[Read]:
        """Yield the repositories that can no longer be read."""
        why = self._stopped.detail.rstrip(".") if self._stopped else "the time limit was reached"
        for files in self._open.values():
            yield Read(files.listed, None, f"was not read: {why}")
        self._open.clear()


def _request(fetch: Fetch) -> Request:
    listed = fetch.files.listed
    return Request(listed.id, listed.full_name, listed.commit, fetch.wanted)


def _listed_of(
    found: RepositoryListed, branch: BranchListed | None, properties: dict[str, tuple[str, ...]]
) -> Listed:
    return Listed(
        id=found.id,
        full_name=found.full_name,
        visibility=found.visibility,
        branch=branch.name if branch else "",
        commit=branch.commit if branch else "",
        is_archived=found.is_archived,
        is_fork=found.is_fork,
        topics=found.topics,
        properties=properties,
    )
