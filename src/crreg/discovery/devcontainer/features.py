"""The images that hold a dev container's features.

Which identifiers name an image follows `src/spec-configuration/containerFeaturesConfiguration.ts` and
`containerCollectionsOCI.ts` of `@devcontainers/cli`. What only decides the order, it asks the registry for as well:
`containerFeaturesOrder.ts` there stops if it gets no manifest for an entry of `installsAfter` or
`overrideFeatureInstallOrder`.

A build with features needs no other Dockerfile frontend: the CLI asks for `docker/dockerfile:1.4` only with a Docker
Engine before 23.0 (https://github.com/devcontainers/cli/pull/1118, which was made for codespaces). It keeps the
`# syntax=` of a Dockerfile, which is read there.
"""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from crreg.discovery.collected import Collected
from crreg.discovery.devcontainer.lock import Locked, read_lock
from crreg.discovery.devcontainer.variables import expand
from crreg.discovery.documents.jsonc import parse_jsonc
from crreg.discovery.documents.tree import DocumentError, Mapping, Node, Text, without_null
from crreg.discovery.found import FeatureRole, Source
from crreg.findings.location import Location
from crreg.workspace.readable import Decoding, ReadableFiles, UnreadableFileError, join

_COLLECTION = "ghcr.io/devcontainers/features"
_SHORT_NAMES = {
    name: f"{_COLLECTION}/{name}:1"
    for name in (
        "aws-cli",
        "azure-cli",
        "desktop-lite",
        "docker-from-docker",
        "docker-in-docker",
        "dotnet",
        "git",
        "git-lfs",
        "github-cli",
        "java",
        "kubectl-helm-minikube",
        "node",
        "powershell",
        "python",
        "ruby",
        "rust",
        "sshd",
        "terraform",
    )
} | {
    "common": f"{_COLLECTION}/common-utils:1",
    "golang": f"{_COLLECTION}/go:1",
    "gradle": f"{_COLLECTION}/java:1",
    "jupyterlab": f"{_COLLECTION}/python:1",
    "maven": f"{_COLLECTION}/java:1",
}
"""Names from before features were images, and the images that the reference implementation uses for them."""
_MOVED_OWNER = ("devcontainers-contrib", "devcontainers-extra")
_RELEASE_PARTS = 3
"""`OWNER/REPOSITORY/FEATURE` with no host in front is an asset of a GitHub release, the predecessor of images."""
_ELSEWHERE = "downloaded from an address, not from a registry, and crreg does not ask for it: use its image"
_ABSOLUTE = "an absolute path to a local feature is not allowed"
_OUTSIDE = "a local feature must be inside the folder .devcontainer"


@dataclass(frozen=True, slots=True)
class _Reference:
    """An identifier of a feature, with its place."""

    identifier: str
    location: Location
    role: FeatureRole = FeatureRole.INSTALLED

    @property
    def is_needed(self) -> bool:
        """Whether the CLI asks a registry for it, and stops if it gets no manifest.

        What only decides the order may be missing if it could be an asset of a GitHub release, or has an address.
        """
        name = self.identifier
        is_release = name.count("/") == _RELEASE_PARTS - 1 and not {":", "@"} & set(name.rpartition("/")[2])
        orders = self.role is not FeatureRole.INSTALLED
        return not (orders and (name.startswith((".", "/", "https://")) or is_release))


def collect_features(
    workspace: ReadableFiles, path: str, features: Mapping, order: Node | None, collected: Collected
) -> None:
    """Add the images of `features` in the devcontainer.json at `path`, and of the features they depend on.

    A local feature's dependencies are in its own file, and those of another one in the lock file. `order` is the value
    of `overrideFeatureInstallOrder`.
    """
    if not features.entries:
        return
    lock = read_lock(workspace, path, collected)
    waiting = [*_references(features), *_ordering(order, collected)][::-1]
    seen: set[str] = set()
    while waiting:
        reference = waiting.pop()
        identifier = reference.identifier
        if not reference.is_needed:
            continue
        if identifier.startswith(("./", "../", "/")):
            folder = join(posixpath.dirname(path), identifier)
            if identifier.startswith("/"):
                collected.invalid(_ABSOLUTE, reference.location)
            elif not f"{folder}/".startswith(".devcontainer/"):
                collected.invalid(_OUTSIDE, reference.location)
            elif folder not in seen:
                seen.add(folder)
                waiting += _dependencies(workspace, folder, reference.location, collected)[::-1]
        else:
            identifier = _SHORT_NAMES.get(identifier, identifier)
            locked = lock.get(identifier, Locked())
            # What is installed as well is asked for once.
            role = FeatureRole.INSTALLED if identifier in seen else reference.role
            _collect_image(identifier, locked.digest, reference.location, role, collected)
            if identifier not in seen and role is FeatureRole.INSTALLED:
                seen.add(identifier)
                waiting += [_Reference(name, reference.location) for name in reversed(locked.depends_on)]


def named_feature(identifier: str, location: Location, role: FeatureRole) -> Collected:
    """Return the image of a feature that another one names in its manifest, or what is wrong with the name.

    Nothing if the CLI asks for nothing.
    """
    collected = Collected()
    if not identifier.startswith((".", "/")) and _Reference(identifier, location, role).is_needed:
        _collect_image(_SHORT_NAMES.get(identifier, identifier), "", location, role, collected)
    return collected


def _collect_image(
    identifier: str, digest: str, location: Location, role: FeatureRole, collected: Collected
) -> None:
    if identifier.startswith("https://"):
        collected.unresolved(f"the feature {identifier} is {_ELSEWHERE}", location)
        return
    if "/" not in identifier:
        message = f"the feature {identifier!r} is no longer available under a short name: write its image, or ./FOLDER"
        collected.invalid(message, location)
        return
    registry, *rest = identifier.lower().split("/")
    if not ("." in registry or ":" in registry or registry == "localhost"):
        if len(rest) != _RELEASE_PARTS - 1 or ":" in rest[-1]:
            collected.invalid(f"the feature {identifier!r} names no registry", location)
        else:
            collected.unresolved(f"the feature {identifier!r} is {_ELSEWHERE}", location)
        return
    if rest[0] == _MOVED_OWNER[0]:
        rest[0] = _MOVED_OWNER[1]
    if digest:
        rest[-1] = f"{rest[-1].partition('@')[0].partition(':')[0]}@{digest}"
    name = Text("/".join([registry, *rest]), location)
    collected.image(name, Source.FEATURE, "a feature's name", role=role)


def _dependencies(
    workspace: ReadableFiles, folder: str, named_at: Location, collected: Collected
) -> list[_Reference]:
    """What a local feature depends on."""
    path = posixpath.join(folder, "devcontainer-feature.json")
    try:
        file = workspace.read_file(path, decoding=Decoding.LENIENT)
        document = parse_jsonc(file.text, file.path)
    except UnreadableFileError as error:
        collected.unreadable(path, error, named_at)
        return []
    except DocumentError as error:
        collected.problem(error.problem)
        return []
    if document.error is not None:
        collected.problem(document.error)
    feature = collected.mapping(document.value, "devcontainer-feature.json")
    # The CLI treats null like a missing key.
    depends_on, after = (
        without_null(feature.get(key)) if feature else None for key in ("dependsOn", "installsAfter")
    )
    depends_on = collected.mapping(depends_on, "dependsOn")
    return [
        *(_references(depends_on) if depends_on else ()),
        *(
            _Reference(str(name.value), name.location, FeatureRole.AFTER)
            for name in collected.strings(after, "installsAfter")
        ),
    ]


def _ordering(order: Node | None, collected: Collected) -> Iterator[_Reference]:
    """Yield what `overrideFeatureInstallOrder` names; unlike the names in `features`, they may have variables."""
    for scalar in collected.strings(order, "overrideFeatureInstallOrder"):
        try:
            text = expand(scalar, is_strict=False)
        except DocumentError as error:
            collected.problem(error.problem)
            continue
        if collected.is_known(text, "an entry of overrideFeatureInstallOrder"):
            yield _Reference(text.value, text.location, FeatureRole.ORDERED)


def _references(features: Mapping) -> list[_Reference]:
    return [_Reference(identifier, entry.key) for identifier, entry in features.entries.items()]
