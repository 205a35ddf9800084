"""The features that other features name in their metadata, which a codespace asks the registries for as well."""

from collections import deque
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
_MOST_CHARACTERS = 1024 * 1024
"""Of the metadata of all features of a repository, which take a second to parse. A feature has a few thousand."""
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
        features = deque(
            (image, (reference.name, reference.target))
            for image in images
            if image.source is Source.FEATURE and (reference := image.reference) is not None
        )
        for feature, key in features:
            self._known[key] = max(feature.role, self._known.get(key, feature.role))
            if feature.reference is not None and feature.reference.digest:
                self._pinned.add(feature.reference.name)
        fresh: list[ImageFact] = []
        # A queue, since registries decide how long a chain of features is.
        while features:
            feature, key = features.popleft()
            if self._known[key] is not FeatureRole.INSTALLED:
                self._unfollowed[key] = feature
                continue
            for role, image, named in self._named_in(feature):
                before = self._known.get(named, FeatureRole.ORDERED)
                self._known[named] = max(role, before)
                if before is FeatureRole.ORDERED:
                    fresh.append(image)
                elif role > before and named in self._unfollowed:
                    features.append((self._unfollowed.pop(named), named))
        return tuple(fresh)

    def _named_in(self, feature: ImageFact) -> Iterator[tuple[FeatureRole, ImageFact, _Key]]:
        """Yield each feature that a feature names, and what for."""
        if feature.pull is None or feature.pull.metadata is None:
            return
        metadata = feature.pull.metadata
        self._left -= len(metadata.text)
        if self._left < 0:
            metadata = FeatureMetadata(unread="the features before it have more metadata than crreg reads")
        found_names, unknown = _names_in(metadata)
        if unknown:
            message = f"crreg does not know which other features the feature {feature.text} needs: {unknown}"
            self.problems[Problem(ProblemKind.UNRESOLVED, message, feature.location)] = None
        for identifier, role in found_names:
            found = named_feature(identifier, feature.location, role)
            self.problems |= dict.fromkeys(found.problems)
            image = next(map(ImageFact.of, found.images), None)
            reference = image.reference if image is not None else None
            if image is not None and reference is not None and reference.name not in self._pinned:
                yield role, image, (reference.name, reference.target)


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
        return [], "its metadata is not a JSON object"
    depends_on, after = document.value.get("dependsOn"), document.value.get("installsAfter")
    needed = list(depends_on.entries) if isinstance(depends_on, Mapping) else []
    items = after.items if isinstance(after, Sequence) else ()
    ordering = [item.value for item in items if isinstance(item, Scalar) and isinstance(item.value, str)]
    roles = ((needed, FeatureRole.INSTALLED), (ordering, FeatureRole.AFTER))
    named = [(name, role) for names, role in roles for name in names]
    followed = [one for one in named if len(one[0]) <= _LONGEST_NAME][:_MOST_NAMES]
    beyond = f"it names more than {_MOST_NAMES}, or one of more than {_LONGEST_NAME} characters"
    return followed, beyond if len(followed) < len(named) else ""
