"""The rules of `crreg publish`: why it does not publish an image. A check never reports them."""

from crreg.findings.finding import Effect, Severity
from crreg.rules.rule import Rule

PUSH_REFUSED = Rule(
    "push-refused",
    Severity.ERROR,
    Effect.STOPS,
    "The registry does not let crreg push the image.",
    "Give the job the permission packages: write, or pass a login that may push.",
)
INVALID_TARGET = Rule(
    "invalid-target",
    Severity.ERROR,
    Effect.STOPS,
    "The image's name does not belong to the repository that publishes it.",
    "Publish the image under the repository's owner, or name the repository.",
)
SOURCE_NOT_READABLE = Rule(
    "source-not-readable",
    Severity.ERROR,
    Effect.STOPS,
    "The image to publish can't be read.",
    "Correct its name, or pass the login of its registry.",
)
MAY_BECOME_PUBLIC = Rule(
    "may-become-public",
    Severity.ERROR,
    Effect.STOPS,
    "GitHub may make the new package public, permanently.",
    "Set allow-public: true, or publish from a private repository.",
)
IMMUTABLE_TAG = Rule(
    "immutable-tag",
    Severity.ERROR,
    Effect.STOPS,
    "An immutable tag points to another image.",
    "Publish the image under another tag.",
)
ENGINE_UNAVAILABLE = Rule(
    "engine-unavailable",
    Severity.ERROR,
    Effect.STOPS,
    "The image needs a Docker Engine, but none is available.",
    "Run the step where a Docker Engine runs, or copy an image that is already in a registry.",
)
BUILD_FAILED = Rule(
    "build-failed",
    Severity.ERROR,
    Effect.STOPS,
    "The image could not be built.",
    "Correct the error that the build's output shows.",
)
PUBLISH_FAILED = Rule(
    "publish-failed",
    Severity.ERROR,
    Effect.STOPS,
    "The image did not arrive in the registry, or not under all of its tags.",
    "Run crreg again; what was sent is not sent again.",
)

PUBLISH_RULES: tuple[Rule, ...] = (
    PUSH_REFUSED,
    INVALID_TARGET,
    SOURCE_NOT_READABLE,
    MAY_BECOME_PUBLIC,
    IMMUTABLE_TAG,
    ENGINE_UNAVAILABLE,
    BUILD_FAILED,
    PUBLISH_FAILED,
)
"""In the order of docs/rules.md."""
