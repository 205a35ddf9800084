"""Properties of a devcontainer.json that name no image to pull: packages to read, misspelled names, mounted images."""

from collections.abc import Iterable

from crreg.discovery.collected import Collected
from crreg.discovery.documents.tree import Mapping, Node, Scalar, Sequence, Text, items_of
from crreg.discovery.found import Problem, ProblemKind
from crreg.findings.finding import Effect

_NAMING = {name.lower(): name for name in ("image", "dockerFile", "dockerComposeFile", "build")}
"""The properties that name what to start, by their names in lower case."""
_READING = ("read", "write")
_READING_ALL = ("read-all", "write-all")


def packages_of(config: Mapping) -> frozenset[str]:
    """Return the repositories in `customizations.codespaces.repositories` whose packages it may read.

    Values that are not as documented ask for nothing, and stop no codespace. A wildcard names no repository, and
    is not documented to work for packages. Source:
    https://docs.github.com/en/codespaces/managing-your-codespaces/managing-repository-access-for-your-codespaces
    """
    node: Node | None = config
    for name in ("customizations", "codespaces", "repositories"):
        node = node.get(name) if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping):
        return frozenset()
    return frozenset(name.lower() for name, entry in node.entries.items() if _reads_packages(entry.value))


def _reads_packages(repository: Node) -> bool:
    permissions = repository.get("permissions") if isinstance(repository, Mapping) else None
    if isinstance(permissions, Mapping):
        permission = permissions.get("packages")
        return isinstance(permission, Scalar) and permission.value in _READING
    return isinstance(permissions, Scalar) and permissions.value in _READING_ALL


def note_misspelled(config: Mapping, build: Mapping, collected: Collected) -> None:
    """Note properties whose capital letters are wrong, in a dev container that otherwise names nothing to start.

    The dev containers CLI stops without an image. GitHub does not document whether a codespace does too, so it is only
    not proven that one starts.
    """
    named = [(key, _NAMING.get(key.lower(), ""), entry) for key, entry in config.entries.items()]
    named += [(f"build.{key}", "build.dockerfile", entry) for key, entry in build.entries.items()]
    for name, right, entry in named:
        if name != right and name.lower() == right.lower():
            message = f"{name} is not read, so this dev container names no image: write {right}"
            collected.invalid(message, entry.key, Effect.UNPROVEN)


def note_mounted_images(mounts: Node | None, options: Iterable[Text], collected: Collected) -> None:
    """Note every mount of an image, in `mounts` or in `options`, the values of an option of `docker run`.

    Docker did not pull such an image when this was introduced, and it needs another image store than Docker's own
    packages turn on, so nothing says what a codespace does with it.
    Source: https://github.com/moby/moby/pull/48798 and https://docs.docker.com/engine/storage/image-mounts/
    """
    for mount in (*items_of(mounts), *options):
        if _mounts_image(mount):
            message = "it mounts an image, and crreg does not check mounted images"
            collected.problem(Problem(ProblemKind.UNSUPPORTED, message, mount.location, Effect.UNPROVEN))


def _mounts_image(mount: Node | Text) -> bool:
    if isinstance(mount, Mapping):
        kind = mount.get("type")
        return isinstance(kind, Scalar) and kind.value == "image"
    if isinstance(mount, Sequence) or not isinstance(mount.value, str):
        return False
    fields = (field.partition("=") for field in mount.value.split(","))
    # docker compares both in lower case.
    return any((name.strip().lower(), value.lower()) == ("type", "image") for name, _, value in fields)
