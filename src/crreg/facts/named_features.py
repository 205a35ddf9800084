"""The features that other features name in their metadata, which a codespace asks the registries for as well."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from crreg.discovery.devcontainer.features import named_feature
from crreg.discovery.documents.jsonc import parse_jsonc
from crreg.discovery.documents.tree import DocumentError, Mapping, Scalar, Sequence
from crreg.discovery.found import FeatureRole, Problem, ProblemKind, Source
from crreg.facts.image import ImageFact
from crreg.registry.image.artifact import FeatureMetadata

_Key = tuple[str, str]
"""The name of a feature and what to ask for: a tag or a digest."""
_MOST_CHARACTERS = 8 * 1024 * 1024
"""Of the metadata of all features of a repository. A feature has some thousands."""
_MOST_NAMES = 200
_LONGEST_NAME = 1_000


@dataclass(slots=True)
class FurtherFeatures:
    """Follows features to those that they name, each once."""

    _known: dict[_Key, FeatureRole] = field(default_factory=dict)
    _unfollowed: dict[_Key, ImageFact] = field(default_factory=dict)
    """Those whose metadata is known, but not needed so far."""
    _pinned: set[str] = field(default_factory=set)
    """Names with a digest. A lock file that pins one pins what it depends on too."""
    problems: dict[Problem, None] = field(default_factory=dict)
    """What could not be followed."""
    _left: int = _MOST_CHARACTERS

    def named_by(self, images: Iterable[ImageFact]) -> tuple[ImageFact, ...]:
        """Return the features that these images name, at the places of those, without the ones that are known."""
        features = [image for image in images if image.source is Source.FEATURE]
        for feature, reference in ((image, image.reference) for image in features):
            if reference is not None:
                key = (reference.name, reference.target)
                self._known[key] = max(feature.role, self._known.get(key, feature.role))
                self._pinned |= {reference.name} if reference.digest else set()
        return tuple(found for feature in features for found in self._named_by(feature))

    def _named_by(self, feature: ImageFact) -> Iterator[ImageFact]:
        if feature.pull is None or feature.pull.metadata is None or feature.reference is None:
            return
        key = (feature.reference.name, feature.reference.target)
        if self._known[key] is not FeatureRole.INSTALLED:
            self._unfollowed[key] = feature
            return
        metadata = feature.pull.metadata
        self._left -= len(metadata.text)
        if self._left < 0:
            metadata = FeatureMetadata(unread="the features before it have more metadata than crreg reads")
        named, unknown = _names_in(metadata)
        if unknown:
            message = f"crreg does not know which other features the feature {feature.text} needs: {unknown}"
            self.problems[Problem(ProblemKind.UNRESOLVED, message, feature.location)] = None
        for identifier, role in named:
            found = named_feature(identifier, feature.location, role)
            self.problems |= dict.fromkeys(found.problems)
            image = next(map(ImageFact.of, found.images), None)
            reference = image.reference if image is not None else None
            if image is not None and reference is not None and reference.name not in self._pinned:
                yield from self._asked_as(role, image, (reference.name, reference.target))

    def _asked_as(self, role: FeatureRole, image: ImageFact, key: _Key) -> Iterator[ImageFact]:
        """Yield a feature, or what it names, unless that is known already."""
        before = self._known.get(key, FeatureRole.ORDERED)
        self._known[key] = max(role, before)
        if before is FeatureRole.ORDERED:
            yield image
        elif role > before and key in self._unfollowed:
            yield from self._named_by(self._unfollowed.pop(key))


def without_metadata(image: ImageFact) -> ImageFact:
    """Return the image without a feature's metadata, which was followed and would only make facts large."""
    if image.pull is None or image.pull.metadata is None:
        return image
    return replace(image, pull=replace(image.pull, metadata=None))


def _names_in(metadata: FeatureMetadata) -> tuple[list[tuple[str, FeatureRole]], str]:
    """Return each feature that is named and why a codespace asks for it, and why these are perhaps not all."""
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
    roles = ((needed, FeatureRole.INSTALLED), (ordering, FeatureRole.AFTER))
    named = [(name, role) for names, role in roles for name in names]
    followed = [one for one in named if len(one[0]) <= _LONGEST_NAME][:_MOST_NAMES]
    beyond = f"it names more than {_MOST_NAMES}, or one of more than {_LONGEST_NAME} characters"
    return followed, beyond if len(followed) < len(named) else ""
