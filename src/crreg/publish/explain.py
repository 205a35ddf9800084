"""Why a registry takes no image, and what to do about it: pure."""

from crreg.engine.engine import EngineError
from crreg.exits import describe
from crreg.findings.finding import Finding
from crreg.publish.explain_github import explain
from crreg.publish.target import Target
from crreg.registry.image.transfer_error import TransferCause, TransferError
from crreg.registry.reference import ImageReference
from crreg.remedies.providers import how_to_create_repository, how_to_grant_push
from crreg.rules.publish_rules import PUBLISH_FAILED, PUSH_REFUSED, SOURCE_NOT_READABLE
from crreg.text import plain, quoted, sentence

_LOGINS = frozenset(
    {
        TransferCause.DENIED,
        TransferCause.FORBIDDEN,
        TransferCause.NOT_FOUND,
        TransferCause.NO_REPOSITORY,
    }
)


def push_refused(target: Target, error: TransferError) -> Finding:
    """Why nothing can be pushed to a target, asked before anything is built or copied."""
    message = f"{quoted(target.publication.image)} can't be published. {sentence(error.detail)}"
    if error.cause is TransferCause.NO_REPOSITORY and not target.at_github:
        remedy = how_to_create_repository(target.reference.registry, target.reference.repository)
        return target.finding(
            PUSH_REFUSED, f"{message} A push does not create the repository there.", *remedy
        )
    if error.cause not in _LOGINS:
        return target.finding(PUSH_REFUSED, message, passing_remedy(error, target.reference.registry))
    if target.at_github:
        explained = explain(target, error)
        return target.finding(PUSH_REFUSED, f"{message} {explained.cause}", *explained.remedy)
    remedy = how_to_grant_push(target.reference.registry, target.reference.repository)
    return target.finding(PUSH_REFUSED, message, *remedy)


def source_refused(target: Target, source: str, error: TransferError, *, has_triple: bool) -> Finding:
    """Why an image can't be copied."""
    message = f"{quoted(source)}, which {quoted(target.publication.image)} is copied from, can't be read. "
    if error.cause is TransferCause.NOT_FOUND:
        remedy = "Correct the name, tag, digest or platform under copy, or push the image there first."
    elif error.cause in _LOGINS and not has_triple:
        remedy = (
            "If the image is private, hand over a triple whose SERVER is its registry, as variables "
            "ID_CONTAINER_REGISTRY_SERVER, _USER and _PASSWORD or in the action's input credentials."
        )
    elif error.cause in _LOGINS and target.place.keys.is_token(ImageReference.parse(source).registry):
        remedy = (
            'GitHub\'s token may not read that package: add the repository under "Manage Actions access" in the '
            "package's settings, and give the job the permission packages: write; or hand over a triple whose SERVER "
            "is that registry, of an account that may pull the image."
        )
    elif error.cause in _LOGINS:
        remedy = (
            "See that the user and password of that registry's triple are current and may pull this image."
        )
    else:
        remedy = passing_remedy(error, ImageReference.parse(source).registry)
    return target.finding(SOURCE_NOT_READABLE, message + sentence(error.detail), remedy)


def transfer_failed(target: Target, error: TransferError) -> Finding:
    """Why an image that could be pushed to did not arrive."""
    return target.finding(
        PUBLISH_FAILED,
        f"{quoted(target.publication.image)} was not published. {sentence(error.detail)} No tag was moved.",
        passing_remedy(error, _whose(target, error)),
    )


def _whose(target: Target, error: TransferError) -> str:
    """The registry that failed: of a copy it may be the one that it is copied from."""
    copied = target.publication.copy
    return ImageReference.parse(copied).registry if copied and error.at_source else target.reference.registry


def tagging_failed(target: Target, error: TransferError) -> Finding:
    """Why an image that arrived is not there under all of its tags; some of them may point at it."""
    return target.finding(
        PUBLISH_FAILED,
        f"{quoted(target.publication.image)} was sent, but is not there under all of its tags. "
        f"{sentence(error.detail)}",
        passing_remedy(error, target.reference.registry),
    )


def engine_push_failed(target: Target, error: EngineError) -> Finding:
    """Why the engine could not push what this token may push."""
    return target.finding(
        PUBLISH_FAILED,
        f"{quoted(target.publication.image)} was not published. {sentence(error.detail)}",
        error.remedy,
    )


def unforeseen(target: Target, error: Exception) -> Finding:
    """An error that nobody foresaw, which concerns this target alone; its text may quote a secret and is not shown."""
    return target.finding(
        PUBLISH_FAILED,
        f"{quoted(target.publication.image)} was not published. {describe(error)}",
        "Run crreg again; if it stays so, report it.",
    )


def passing_remedy(error: TransferError, registry: str) -> str:
    """What to do about a failure that is no matter of permissions."""
    name = plain(registry)
    remedies = {
        TransferCause.QUOTA: (
            f"{name} is full, or takes no image of this size: delete what is no longer needed there, or raise its "
            "quota or limit, then run crreg again. What was sent is not sent again."
        ),
        TransferCause.MISMATCH: (
            "Run crreg again. If it stays so, the image is damaged where it is copied from, or something on the way "
            "changes it: pull it with docker, which checks the same digests, and push it again."
        ),
        TransferCause.UNSUPPORTED: "Push the image again with a current docker or buildx, then run crreg again.",
        TransferCause.IMMUTABLE: (
            f"In that repository of {name}, tags are immutable: publish the image under another tag, or let its tags "
            "be overwritten in the repository's settings."
        ),
        TransferCause.NO_REPOSITORY: f"Create the repository at {name}, then run crreg again.",
        TransferCause.NOT_FOUND: (
            f"Run crreg again. If it stays so, see what {name} shows in its own pages: another registry may answer "
            "there, or one of its replicas does not keep up."
        ),
        TransferCause.MOVED: (
            "Somebody else pushed the same tag at the same time: see that only one workflow publishes it, for example "
            "with concurrency, then run crreg again."
        ),
        TransferCause.INSECURE: (
            f"Use a registry that speaks https, or name {name} in allow-insecure (--allow-insecure) if the way to it "
            "is safe."
        ),
        TransferCause.TLS_ERROR: f"Give {name} a valid certificate for its name, or add its authority to this machine.",
        TransferCause.INVALID: f"Correct the triple whose SERVER is {name}.",
        TransferCause.NOT_A_REGISTRY: f"See that {name} is the registry's host, with no proxy before it.",
        TransferCause.DENIED: f"Hand over a user and password that {name} takes.",
        TransferCause.FORBIDDEN: f"Let the account push and pull there, in the settings of {name}.",
    }
    return remedies.get(
        error.cause, f"Run crreg again; if it stays so, see that {name} is up and can be reached from here."
    )
