"""Explain why a registry does not accept an image, and what to do about it. Pure functions."""

from crreg.configuration.settings import Publication
from crreg.engine.error import EngineError, PushDeniedError
from crreg.exits.unexpected import describe
from crreg.findings.finding import Finding
from crreg.printable import plain, quoted, sentence
from crreg.publish.explain_github import explain
from crreg.publish.target import Target
from crreg.registry.copy.source import Content
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause
from crreg.registry.reference import ImageReference
from crreg.remedies.providers import how_to_create_repository, how_to_grant_push
from crreg.rules.publish_rules import PUBLISH_FAILED, PUSH_REFUSED, SOURCE_NOT_READABLE
from crreg.rules.rule import Rule

_LOGINS = frozenset(
    {
        TransferCause.DENIED,
        TransferCause.FORBIDDEN,
        TransferCause.NOT_FOUND,
        TransferCause.NO_REPOSITORY,
    }
)
_WITH_TRIPLE = (
    "pass a triple whose SERVER is its registry: as variables ID_CONTAINER_REGISTRY_SERVER, _USER and _PASSWORD, or in "
    "the action's input credentials."
)


def push_refused(target: Target, error: TransferError) -> Finding:
    """Explain why nothing can be pushed to a target, before anything is built or copied."""
    message = f"{quoted(target.publication.image)} can't be published. {sentence(error.detail)}"
    if error.cause is TransferCause.NO_REPOSITORY and not target.at_github:
        remedy = how_to_create_repository(target.reference.registry, target.reference.repository)
        return target.finding(
            PUSH_REFUSED, f"{message} A push does not create the repository there.", *remedy
        )
    if error.cause not in _LOGINS:
        return target.finding(PUSH_REFUSED, message, passing_remedy(error, target.reference.registry))
    return _login_refused(target, PUSH_REFUSED, message, error)


def _login_refused(target: Target, rule: Rule, message: str, error: TransferError) -> Finding:
    """Explain what the login lacks that a push needs."""
    if target.at_github:
        explained = explain(target, error)
        return target.finding(rule, f"{message} {explained.cause}", *explained.remedy)
    registry = target.reference.registry
    grant = how_to_grant_push(registry, target.reference.repository)
    if target.publisher.keys.triple(registry) is None:
        return target.finding(
            rule, message, f"To log in, {_WITH_TRIPLE} Its account must be able to push:", *grant
        )
    if error.cause is TransferCause.DENIED:
        # Some registries answer 401 to a user who may only pull.
        return target.finding(rule, message, passing_remedy(error, registry), *grant)
    return target.finding(rule, message, *grant)


def source_refused(target: Target, source: str, error: TransferError, *, has_triple: bool) -> Finding:
    """Explain why an image can't be copied."""
    message = f"{quoted(source)} can't be read, so {quoted(target.publication.image)} can't be published. "
    if error.cause is TransferCause.NOT_FOUND:
        remedy = "Correct the name, tag, digest or platform under copy, or push the image there first."
    elif error.cause in _LOGINS and not has_triple:
        remedy = f"If the image is private, {_WITH_TRIPLE}"
    elif error.cause in _LOGINS and target.publisher.keys.is_token(ImageReference.parse(source).registry):
        remedy = (
            'GitHub\'s token may not read that package. Add the repository under "Manage Actions access" in the '
            "package's settings, and give the job the permission packages: write. Or pass a triple whose SERVER "
            "is that registry, of an account that may pull the image."
        )
    elif error.cause in _LOGINS:
        remedy = "Check that the login of that registry's triple is current, and that it may pull this image."
    else:
        remedy = passing_remedy(error, ImageReference.parse(source).registry)
    return target.finding(SOURCE_NOT_READABLE, message + sentence(error.detail), remedy)


def transfer_failed(target: Target, error: TransferError) -> Finding:
    """Explain why an image did not arrive, although it may be pushed."""
    return target.finding(
        PUBLISH_FAILED,
        f"{quoted(target.publication.image)} was not published. {sentence(error.detail)} No tag was moved.",
        passing_remedy(error, _failed_registry(target, error)),
    )


def _failed_registry(target: Target, error: TransferError) -> str:
    """Return the registry that failed; for a copy, that may be the source's."""
    copied = target.publication.copy
    return ImageReference.parse(copied).registry if copied and error.at_source else target.reference.registry


def tagging_failed(target: Target, error: TransferError) -> Finding:
    """Explain why an image arrived but not all of its tags point at it; some may."""
    return target.finding(
        PUBLISH_FAILED,
        f"{quoted(target.publication.image)} was sent, but not all of its tags were set. "
        f"{sentence(error.detail)}",
        passing_remedy(error, target.reference.registry),
    )


def engine_push_failed(target: Target, error: EngineError) -> Finding:
    """Explain why the engine could not push what this token may push."""
    message = f"{quoted(target.publication.image)} was not published. {sentence(error.detail)}"
    if isinstance(error, PushDeniedError):
        refusal = TransferError(TransferCause.FORBIDDEN, error.detail, error.says)
        return _login_refused(target, PUBLISH_FAILED, message, refusal)
    return target.finding(PUBLISH_FAILED, message, error.remedy)


def unforeseen(target: Target, error: Exception) -> Finding:
    """Report an unexpected error of this target alone. Its text may quote a secret, and is not shown."""
    return target.finding(
        PUBLISH_FAILED,
        f"{quoted(target.publication.image)} was not published. {describe(error)}",
        "Run crreg again. If it happens again, report it.",
    )


def passing_remedy(error: TransferError, registry: str) -> str:
    """Return what to do about a failure that has nothing to do with permissions."""
    name = plain(registry)
    remedies = {
        TransferCause.QUOTA: (
            f"Delete what you no longer need at {name}, or raise its quota or limit: it is full, or does not accept "
            "images of this size. Then run crreg again. What was sent is not sent again."
        ),
        TransferCause.MISMATCH: (
            "Run crreg again. If it happens again, the source image is damaged, or something in between changes it. "
            "Pull it with docker, which checks the same digests, and push it again."
        ),
        TransferCause.UNSUPPORTED: "Push the image again with a current docker or buildx, then run crreg again.",
        TransferCause.IMMUTABLE: (
            f"Publish the image under another tag, since tags in that repository of {name} are immutable. Or allow "
            "overwriting tags in the repository's settings."
        ),
        TransferCause.NO_REPOSITORY: f"Create the repository at {name}, then run crreg again.",
        TransferCause.NOT_FOUND: (
            f"Run crreg again. If it happens again, compare with what {name} shows on its own pages: another registry "
            "may answer there, or one of its replicas may lag behind."
        ),
        TransferCause.MOVED: (
            "Let only one workflow publish this tag, for example with concurrency, and run crreg again. Somebody else "
            "pushed the tag at the same time."
        ),
        TransferCause.INSECURE: (
            f"Use a registry that supports https, or name {name} in allow-insecure (--allow-insecure) if the network "
            "to it is safe."
        ),
        TransferCause.TLS_ERROR: (
            f"Give {name} a valid certificate for its name, or make this machine trust its certificate authority."
        ),
        TransferCause.INVALID: f"Correct the triple whose SERVER is {name}.",
        TransferCause.NOT_A_REGISTRY: f"Check that {name} is the registry's host, with no proxy in front of it.",
        TransferCause.DENIED: f"Pass a user and password that {name} accepts.",
        TransferCause.FORBIDDEN: f"Allow the account to push and pull there, in the settings of {name}.",
    }
    return remedies.get(
        error.cause,
        f"Run crreg again. If it happens again, check that {name} is up and can be reached from here.",
    )


def copy_notes(publication: Publication, content: Content) -> tuple[str, ...]:
    """Return sentences on the digest of a copy, and on what was left out."""
    if not content.takes_labels:
        about = "Not linked: it is an artifact and not an image, so it has no label."
    elif publication.link and content.changed:
        about = "Linked: the label and the annotation were added, so the digest differs from the source's."
    elif publication.link:
        about = "Linked: the label and the annotation were already there, so the digest is the source's."
    elif content.changed:
        about = "Some platforms were left out, so the digest differs from the source's."
    else:
        about = "The digest is the source's."
    return (about, *(f"Not copied: {each}." for each in content.left_out))


def kept_note(tag: str) -> str:
    """Return a sentence on a tag of attachments that was not set."""
    return f"The tag {tag} was left as it is: the target has something attached there that the source lacks."
