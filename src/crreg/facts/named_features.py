"""The features that other features name in their metadata, which a codespace asks the registries for as well."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from crreg.discovery.devcontainer.features import named_feature
from crreg.discovery.documents.jsonc import parse_jsonc
from crreg.discovery.documents.tree import DocumentError, Mapping, Scalar, Sequence
from crreg.discovery.found import Problem, ProblemKind, Source
from crreg.facts.image import ImageFact
from crreg.registry.image.artifact import FeatureMetadata
from crreg.registry.reference import ImageReference

_MOST_CHARACTERS = 8 * 1024 * 1024
"""Of the metadata of all features of a repository. A feature has some thousands."""
_MOST_NAMES = 200
_LONGEST_NAME = 1_000


@dataclass(slots=True)
class FurtherFeatures:
    """Follows features to those that they name, each once."""

    _known: set[tuple[str, str]] = field(default_factory=set)
    """Names and what to ask for: a tag or a digest."""
    _pinned: set[str] = field(default_factory=set)
    """Names with a digest. A lock file that pins one pins what it depends on too."""
    problems: dict[Problem, None] = field(default_factory=dict)
    """What could not be followed."""
    _left: int = _MOST_CHARACTERS
    _ordering: set[ImageReference] = field(default_factory=set)
    """Those that only decide the order: what they name is not followed, as in the dev containers CLI."""

    def named_by(self, images: Iterable[ImageFact]) -> tuple[ImageFact, ...]:
        """Return the features that these images name, at the places of those, without the ones that are known."""
        features = [image for image in images if image.source is Source.FEATURE]
        for reference in (image.reference for image in features):
            if reference is not None:
                self._known.add((reference.name, reference.target))
                self._pinned |= {reference.name} if reference.digest else set()
        return tuple(found for feature in features for found in self._named_by(feature))

    def _named_by(self, feature: ImageFact) -> Iterator[ImageFact]:
        if feature.pull is None or feature.pull.metadata is None or feature.reference in self._ordering:
            return
        metadata = feature.pull.metadata
        self._left -= len(metadata.text)
        if self._left < 0:
            metadata = FeatureMetadata(unread="the features before it have more metadata than crreg reads")
        named, unknown = _names_in(metadata)
        if unknown:
            message = f"crreg does not know which other features the feature {feature.text} needs: {unknown}"
            self.problems[Problem(ProblemKind.UNRESOLVED, message, feature.location)] = None
        for identifier, orders in named:
            found = named_feature(identifier, feature.location, orders=orders)
            self.problems |= dict.fromkeys(found.problems)
            image = next(map(ImageFact.of, found.images), None)
            reference = image.reference if image is not None else None
            if image is None or reference is None:
                continue
            key = (reference.name, reference.target)
            if key not in self._known and reference.name not in self._pinned:
                self._known.add(key)
                self._ordering |= {reference} if orders else set()
                yield image


def without_metadata(image: ImageFact) -> ImageFact:
    """Return the image without a feature's metadata, which was followed and would only make facts large."""
    if image.pull is None or image.pull.metadata is None:
        return image
    return replace(image, pull=replace(image.pull, metadata=None))


def _names_in(metadata: FeatureMetadata) -> tuple[list[tuple[str, bool]], str]:
    """Return each feature that is named and whether it only decides the order, and why these are perhaps not all."""
    if metadata.unread:
        return [], metadata.unread
    try:
        document = parse_jsonc(metadata.text, "devcontainer-feature.json")
    except DocumentError as error:
        return [], f"its metadata is {error}"
    if document.error is not None:
        # The CLI goes on with a part of it, as it does in a devcontainer.json.
        return [], f"its metadata is {document.error.message}"
    if not isinstance(document.value, Mapping):
        return [], "its metadata is no JSON object"
    depends_on, after = document.value.get("dependsOn"), document.value.get("installsAfter")
    needed = list(depends_on.entries) if isinstance(depends_on, Mapping) else []
    items = after.items if isinstance(after, Sequence) else ()
    ordering = [item.value for item in items if isinstance(item, Scalar) and isinstance(item.value, str)]
    named = [(name, orders) for names, orders in ((needed, False), (ordering, True)) for name in names]
    followed = [one for one in named if len(one[0]) <= _LONGEST_NAME][:_MOST_NAMES]
    beyond = f"it names more than {_MOST_NAMES}, or one of more than {_LONGEST_NAME} characters"
    return followed, beyond if len(followed) < len(named) else ""
