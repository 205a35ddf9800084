"""The features that other features name in their manifests, which a codespace asks the registries for as well."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from crreg.discovery.devcontainer.features import named_feature
from crreg.discovery.found import Problem, ProblemKind, Source
from crreg.facts.image import ImageFact
from crreg.registry.reference import ImageReference


@dataclass(slots=True)
class FurtherFeatures:
    """Follows features to those that they name, each once."""

    _known: set[tuple[str, str]] = field(default_factory=set)
    """Names and what to ask for: a tag or a digest."""
    _pinned: set[str] = field(default_factory=set)
    """Names with a digest. A lock file that pins one pins what it depends on too."""
    problems: dict[Problem, None] = field(default_factory=dict)
    """What could not be followed."""
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
        if feature.pull is None or feature.reference in self._ordering:
            return
        named = feature.pull.features
        if not named.is_complete:
            message = f"the manifest of the feature {feature.text} does not say which other features it needs"
            self.problems[Problem(ProblemKind.UNRESOLVED, message, feature.location)] = None
        for identifier, orders in (
            *((name, False) for name in named.depends_on),
            *((name, True) for name in named.installs_after),
        ):
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
