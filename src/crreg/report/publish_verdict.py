"""What a publishing comes to, in a status, a sentence, and the words of its tables."""

from crreg.exits import Status
from crreg.publish.published import Linked, Outcome, Published, Publishing, Sent
from crreg.report.wording import Mark

_MARKS = {
    Outcome.UNCHANGED: Mark.GOOD,
    Outcome.PUBLISHED: Mark.GOOD,
    Outcome.PLANNED: Mark.UNSURE,
    Outcome.SKIPPED: Mark.UNSURE,
    Outcome.FAILED: Mark.BAD,
}
_WORDS = {
    Outcome.UNCHANGED: "unchanged",
    Outcome.PUBLISHED: "published",
    Outcome.PLANNED: "may be published",
    Outcome.SKIPPED: "not begun",
    Outcome.FAILED: "failed",
}
_COUNTED = {
    Outcome.PUBLISHED: "published",
    Outcome.UNCHANGED: "unchanged",
    Outcome.PLANNED: "to publish",
    Outcome.SKIPPED: "not begun",
    Outcome.FAILED: "failed",
}
_KILO = 1000


def publish_status(publishing: Publishing) -> Status:
    """Return `healthy` if every image is published, and `unknown` if some were only planned."""
    outcomes = {result.outcome for result in publishing.results}
    if publishing.errors or outcomes & {Outcome.FAILED, Outcome.SKIPPED}:
        return Status.UNHEALTHY
    return Status.UNKNOWN if Outcome.PLANNED in outcomes else Status.HEALTHY


def publish_verdict(publishing: Publishing) -> str:
    """The sentence that ends a report; it starts with the status."""
    outcomes = [result.outcome for result in publishing.results]
    counts = [
        f"{outcomes.count(outcome)} {word}" for outcome, word in _COUNTED.items() if outcome in outcomes
    ]
    counts += [_plural(len(publishing.errors), "error")] if publishing.errors else []
    counts += [_plural(len(publishing.warnings), "warning")] if publishing.warnings else []
    status = publish_status(publishing).capitalize()
    said = f"{status}: {_plural(len(outcomes), 'image')}, {', '.join(counts)}."
    if publishing.dry_run:
        return f"{said} This was a dry run, so nothing was published."
    sent = [result.sent for result in publishing.results if result.sent is not None]
    return f"{said} {_traffic(sent)}" if any(one.bytes or one.there or one.mounted for one in sent) else said


def end_of(result: Published) -> tuple[Mark, str]:
    """A table's cell: how a target ended."""
    return _MARKS[result.outcome], _WORDS[result.outcome]


def tags_of(result: Published) -> str:
    """A table's cell: the tags, and of those that pointed elsewhere, where."""
    return ", ".join(
        f"{tag} (was {short(before)})"
        if (before := result.previous.get(tag)) not in {None, result.digest}
        else tag
        for tag in result.publication.tags
    )


def access_of(result: Published) -> str:
    """A table's cell: what the package and the image say of the repository."""
    linked = {Linked.YES: "linked", Linked.NO: "not linked", Linked.UNKNOWN: ""}[result.linked]
    return ", ".join(filter(None, (result.visibility, linked)))


def short(digest: str | None) -> str:
    """A digest as people tell it from others: algorithm and twelve digits."""
    algorithm, _, digits = (digest or "").partition(":")
    return f"{algorithm}:{digits[:12]}" if digits else ""


def size(count: int) -> str:
    """A number of bytes for a person, in powers of a thousand."""
    amount, units = float(count), ["bytes", "kB", "MB", "GB", "TB"]
    while amount >= _KILO and len(units) > 1:
        amount, units = amount / _KILO, units[1:]
    return f"{count} bytes" if units[0] == "bytes" else f"{amount:.3g} {units[0]}"


def _traffic(sent: list[Sent]) -> str:
    blobs = sum(one.blobs for one in sent)
    spared = sum(one.there for one in sent)
    mounted = sum(one.mounted for one in sent)
    parts = [f"{_plural(blobs, 'blob')} sent ({size(sum(one.bytes for one in sent))})"]
    parts += [f"{spared} there already"] if spared else []
    parts += [f"{mounted} mounted"] if mounted else []
    return f"{', '.join(parts)}."


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
