"""Folders and files of commits in many repositories, with one query."""

import base64
import binascii
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from crreg.github.errors import Cause, GitHubError
from crreg.github.graphql import Answer, FieldError, GraphQL
from crreg.workspace.commit_objects import TreeEntry, Wanted
from crreg.workspace.confined import RefusedError
from crreg.workspace.opening import too_large
from crreg.workspace.readable import MAX_FILE_BYTES

_LARGEST_MODE = 0o177777
_MOST_SINGLE = 20
"""Files of one repository in one query that are read one by one, because GraphQL does not show them exactly."""
_GONE = (
    "was not read: GitHub no longer shows it to this token, so it was deleted or made private in the meantime"
)
_NO_COMMIT = (
    "was not read: the commit that GitHub listed is gone, so the branch has been emptied or overwritten"
)
_REPLACED = "was not read: another repository has taken its name in the meantime"
_BROKEN = "was not read: GitHub described its files in a way that crreg does not understand"


@dataclass(frozen=True, slots=True)
class Request:
    """Objects of one commit to read."""

    repository: int
    """GitHub's number of the repository."""
    full_name: str
    commit: str
    wanted: Sequence[Wanted]


@dataclass(slots=True)
class Objects:
    """What was read of one commit."""

    folders: dict[str, list[tuple[str, TreeEntry]]] = field(default_factory=dict)
    """Entries by the folder's path."""
    blobs: dict[str, bytes | RefusedError] = field(default_factory=dict)
    """Contents by object id, or why there is none."""
    trouble: str = ""
    """Why the repository can't be read, as a clause to follow its name; empty if it can."""
    is_too_much: bool = False
    """Whether GitHub gave up, and the same request may succeed with fewer others."""


def read_objects(graphql: GraphQL, requests: Sequence[Request]) -> list[Objects]:
    """Read what each request wants; an object that does not exist is left out.

    GraphQL gives a text, which is not always what is in the file. Its digest shows whether it is; otherwise the file
    is read with REST, which gives the bytes.

    Raises:
        GitHubError: nothing was read; with `is_too_much`, fewer requests may be answered.
    """
    answer = graphql.query(_document(requests), _variables(requests))
    return [_objects(graphql, answer, number, request) for number, request in enumerate(requests)]


def _objects(graphql: GraphQL, answer: Answer, number: int, request: Request) -> Objects:
    alias = f"r{number}"
    error = answer.error_below(alias)
    node = answer.data.get(alias)
    if error is not None:
        return _failed(error)
    if not isinstance(node, dict):
        return Objects(trouble=_GONE)
    if node.get("databaseId") != request.repository:
        return Objects(trouble=_REPLACED)
    if node.get("commit") is None:
        return Objects(trouble=_NO_COMMIT)
    found = Objects()
    try:
        singles = [
            oid
            for at, wanted in enumerate(request.wanted)
            if (each := node[f"o{at}"]) is not None and (oid := _add(found, wanted, each))
        ]
        for oid in singles[:_MOST_SINGLE]:
            found.blobs[oid] = _single(graphql, request.full_name, oid)
        for oid in singles[_MOST_SINGLE:]:
            found.blobs[oid] = RefusedError(
                "was not read: too many files need a request of their own", beyond=True
            )
    except (TypeError, KeyError, ValueError, AttributeError):
        return Objects(trouble=_BROKEN)
    return found


def _failed(error: FieldError) -> Objects:
    if error.is_too_much:
        return Objects(is_too_much=True)
    if error.type == "NOT_FOUND":
        return Objects(trouble=_GONE)
    quoted = f' ("{error.message}")' if error.message else ""
    return Objects(trouble=f"was not read: GitHub answered with an error{quoted}")


def _add(found: Objects, wanted: Wanted, node: Mapping[str, Any]) -> str:
    """Add an object; return its id if it must be read by itself, else an empty text."""
    kind = node["__typename"]
    if wanted.is_folder:
        if kind == "Tree":
            found.folders[wanted.path] = entries_of(node)
        return ""
    if kind != "Blob":
        return ""
    oid, size, text = str(node["oid"]), node["byteSize"], node["text"]
    if size > MAX_FILE_BYTES:
        found.blobs[oid] = too_large(MAX_FILE_BYTES)
        return ""
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else b""
    if not is_content(oid, content):
        return oid
    found.blobs[oid] = content
    return ""


def entries_of(tree: Mapping[str, Any]) -> list[tuple[str, TreeEntry]]:
    """Return the entries of a folder that was asked for with the fragment `FOLDER`, by name.

    Raises:
        TypeError, KeyError, ValueError: the answer is not what git can have.
    """
    return [_entry(each) for each in tree["entries"]]


def _entry(node: Mapping[str, Any]) -> tuple[str, TreeEntry]:
    entry = TreeEntry(int(node["mode"]), str(node["oid"]))
    if not entry.is_usable or entry.mode > _LARGEST_MODE:
        raise ValueError("no mode that git has")
    return os.fsdecode(base64.b64decode(node["nameRaw"], validate=True)), entry


def is_content(oid: str, content: bytes) -> bool:
    """Return whether a file with this content has this object id. Source: gitformat-pack(5), "Object names"."""
    algorithm = "sha256" if len(oid) == hashlib.sha256().digest_size * 2 else "sha1"
    hasher = hashlib.new(algorithm, f"blob {len(content)}\0".encode(), usedforsecurity=False)
    hasher.update(content)
    return hasher.hexdigest() == oid


def _single(graphql: GraphQL, full_name: str, oid: str) -> bytes | RefusedError:
    """Read one file; raises GitHubError if that is for the whole token's sake.

    Source: https://docs.github.com/en/rest/git/blobs#get-a-blob
    """
    try:
        answer = graphql.rest.get(f"/repos/{quote(full_name)}/git/blobs/{quote(oid, safe='')}")
        content = base64.b64decode(answer["content"])
    except GitHubError as error:
        if error.cause in (Cause.RATE_LIMITED, Cause.BAD_TOKEN):
            raise
        return RefusedError(f"was not read: {error.detail}", beyond=True)
    except (TypeError, KeyError, binascii.Error):
        content = b""
    if not is_content(oid, content):
        return RefusedError("was not read: GitHub's answer is not its content", beyond=True)
    return content


def _document(requests: Sequence[Request]) -> str:
    parameters, repositories = [], []
    for number, request in enumerate(requests):
        parameters += [f"$w{number}: String!", f"$n{number}: String!", f"$c{number}: GitObjectID!"]
        looks = []
        for at, wanted in enumerate(request.wanted):
            kind, key = ("GitObjectID!", "oid") if wanted.oid else ("String!", "expression")
            parameters.append(f"$v{number}_{at}: {kind}")
            fragment = "Folder" if wanted.is_folder else "File"
            looks.append(f"o{at}: object({key}: $v{number}_{at}) {{ __typename ...{fragment} }}")
        repositories.append(
            f"r{number}: repository(owner: $w{number}, name: $n{number}) {{\n"
            f"databaseId\ncommit: object(oid: $c{number}) {{ oid }}\n" + "\n".join(looks) + "\n}"
        )
    fragments = "".join(
        text
        for is_folder, text in ((True, FOLDER), (False, _FILE))
        if any(wanted.is_folder is is_folder for wanted in _wanted(requests))
    )
    return f"query ({', '.join(parameters)}) {{\n" + "\n".join(repositories) + "\n}" + fragments


def _wanted(requests: Sequence[Request]) -> Iterator[Wanted]:
    for request in requests:
        yield from request.wanted


def _variables(requests: Sequence[Request]) -> dict[str, str]:
    variables: dict[str, str] = {}
    for number, request in enumerate(requests):
        owner, _, name = request.full_name.partition("/")
        variables |= {f"w{number}": owner, f"n{number}": name, f"c{number}": request.commit}
        for at, wanted in enumerate(request.wanted):
            variables[f"v{number}_{at}"] = wanted.oid or f"{request.commit}:{wanted.path}"
    return variables


FOLDER = "\nfragment Folder on Tree { entries { nameRaw mode oid } }"
"""What to ask of a folder, as `...Folder`; `entries_of` reads the answer."""
_FILE = "\nfragment File on Blob { oid byteSize text }"
