"""What `crreg init` says, as lines. They quote files, so escape them for a terminal."""

from collections.abc import Collection, Iterator
from operator import attrgetter

from crreg.findings.documentation import guide
from crreg.printable import plural
from crreg.remedies.wording import listing, some_of
from crreg.rules.unreadable_secrets import TOKEN
from crreg.setup.needs import Need
from crreg.setup.proposal import Proposal, Setting

_MOST_IMAGES = 3
"""Images that one line names."""
_INDENT = "  "
_BRANCH = "registry-check"


def found_lines(
    repository: str, needs: Collection[Need], undecided: Collection[str], problems: int
) -> Iterator[str]:
    """Yield what was found: the registries with the images that need them, and the images that did not answer.

    The number of `problems` is that of the places in the dev containers' files that may hide an image.
    """
    if needs:
        count = "1 registry" if len(needs) == 1 else f"{len(needs)} registries"
        yield f"{repository} needs a login for {count}:"
        width = max(len(need.identifier) for need in needs)
        yield from (f"{_INDENT}{need.identifier:{width}}  {_registry(need)}" for need in needs)
    else:
        needs_one = "is known to need" if undecided or problems else "needs"
        yield f"crreg found no image of {repository} that {needs_one} a login."
    if undecided:
        yield "crreg could not request these images, so it can't tell whether they need a login:"
        yield from (f"{_INDENT}{image}" for image in undecided)
    if problems:
        count = plural(problems, "problem")
        yield f"The dev containers' files have {count}, so crreg may have missed an image. Run crreg images to see why."


def _registry(need: Need) -> str:
    registry = need.registry or "a registry that only the stored SERVER names"
    if not need.images:
        return registry
    return f"{registry}, for {some_of(need.images, _MOST_IMAGES)}"


def proposal_lines(proposal: Proposal) -> Iterator[str]:
    """Yield the new files with their text, and what an existing workflow lacks."""
    yield from (f"{path} already exists, so it is left unchanged." for path in proposal.kept)
    if proposal.strange:
        yield f"It does not run crreg. Rename it, or add the step yourself: {guide('first-check.md')}"
    if proposal.lacking:
        yield "Add these lines to the `env:` of its step:"
        yield from (f"{_INDENT}{line}" for line in proposal.lacking)
    for file in proposal.files:
        yield from ("", f"{file.path}:", "")
        yield from (f"{_INDENT}{line}" for line in file.text.splitlines())
    if proposal.files:
        yield ""


def next_lines(proposal: Proposal, left: Collection[Setting], *, written: bool) -> Iterator[str]:
    """Yield what is still to do: the settings that are `left`, what could not be seen, and the pull request."""
    if left:
        yield ""
        if proposal.token is not None and TOKEN in map(attrgetter("name"), left):
            yield f"{proposal.token.text}:"
            yield f"{_INDENT}{proposal.token.url}"
        yield "Store what is missing. gh prompts for each value that its line lacks:"
        yield from (f"{_INDENT}{setting.paste}" for setting in left)
    if proposal.unseen:
        yield f"crreg could not list {listing(proposal.unseen)}, so it can't tell what is missing there."
    if proposal.why_unseen:
        yield proposal.why_unseen
    if proposal.files and written:
        yield from ("", "Then commit, and open a pull request:")
        paths = " ".join(file.path for file in proposal.files)
        commit = f'git add {paths} && git commit --message "Check the registries"'
        yield f"{_INDENT}git switch --create {_BRANCH} && {commit}"
        yield f"{_INDENT}git push --set-upstream origin {_BRANCH} && gh pr create --fill"
    if not (left or proposal.unseen or proposal.files or proposal.lacking or proposal.strange):
        yield "Nothing is missing."
