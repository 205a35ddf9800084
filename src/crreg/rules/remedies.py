"""Remedies: lines of prose, and what is safe to paste, each on an indented line of its own."""

import json
import shlex
from collections.abc import Iterable

from crreg.facts import Facts, Holding
from crreg.github.inventory import Level
from crreg.plain import plain
from crreg.remedy import Command, Link, Prose, Shell, Step

INDENT = "  "
"""What a line to paste starts with; prose never does."""
_LONGEST_WORD = 1000


def command(*words: str) -> str:
    """Make a line that a shell reads as exactly these words, whatever they hold."""
    return INDENT + _shell(*words)


def lines_of(remedy: Iterable[Step]) -> tuple[str, ...]:
    """Render steps as lines; those to paste are indented."""
    return tuple(_line(step) for step in remedy)


def _line(step: Step) -> str:
    match step:
        case Prose(text):
            return text
        case Command(words):
            return command(*words)
        case Shell(line):
            return INDENT + line
        case Link(text, url):
            return f"{text}: {url}"


def configuration(identifier: str, key: str, value: str) -> str:
    """Make a line of .github/crreg.yml that sets one key of a triple to exactly this text, whatever it holds."""
    return f"{INDENT}registries: {{{identifier}: {{{key}: {json.dumps(plain(value), ensure_ascii=False)}}}}}"


def environment(name: str) -> str:
    """Make a line of a step's `env:` that hands over the Actions secret of that name."""
    return f"{INDENT}{name}: ${{{{ secrets.{name} }}}}"


def steps(*lines: str) -> str:
    """Join lines of prose and commands to a remedy."""
    return "\n".join(lines)


def set_secret(facts: Facts, name: str, level: Level = Level.REPOSITORY) -> str:
    """The command that creates a secret for this repository; gh asks for the value."""
    set_it = ("gh", "secret", "set", name)
    owner, _, repository = (facts.repository or "").partition("/")
    if level is Level.USER:
        return command(*set_it, "--user", *(("--repos", facts.repository) if facts.repository else ()))
    if level is Level.ORGANIZATION and repository:
        selected = ("--visibility", "selected", "--repos", repository)
        return command(*set_it, "--app", "codespaces", "--org", owner, *selected)
    return command(*set_it, "--app", "codespaces", *_repo_option(facts))


def update_secret(facts: Facts, name: str, holding: Holding | None) -> str:
    """The command that gives a stored secret another value and leaves alone who may read it.

    `gh secret set` replaces the list of repositories, so the list is read first and given again.
    """
    if holding is None or holding.level is Level.REPOSITORY or not facts.repository:
        return set_secret(facts, name)
    owner = facts.repository.partition("/")[0]
    if holding.level is Level.USER:
        readers = _selected(f"user/codespaces/secrets/{name}/repositories", "full_name")
        return INDENT + _shell("gh", "secret", "set", name, "--user", "--repos") + readers
    set_it = ("gh", "secret", "set", name, "--app", "codespaces", "--org", owner)
    if holding.visibility != "selected":
        return command(*set_it, "--visibility", holding.visibility or "private")
    readers = _selected(f"orgs/{owner}/codespaces/secrets/{name}/repositories", "name")
    return INDENT + _shell(*set_it, "--visibility", "selected", "--repos") + readers


def assign_secret(facts: Facts, name: str, level: Level) -> str:
    """The command that adds this repository to those that may read a secret; others keep it."""
    known = facts.inventory.repository if facts.inventory else None
    repository = str(known.id) if known else "REPOSITORY_ID"
    owner = (facts.repository or "ORGANIZATION").partition("/")[0]
    store = "user" if level is Level.USER else f"orgs/{owner}"
    path = f"{store}/codespaces/secrets/{name}/repositories/{repository}"
    return command("gh", "api", "-X", "PUT", path)


def delete_secret(facts: Facts, name: str, level: Level) -> str:
    """The command that deletes a secret at one level."""
    delete = ("gh", "secret", "delete", name)
    if level is Level.USER:
        return command(*delete, "--user")
    if level is Level.ORGANIZATION and facts.repository:
        return command(*delete, "--app", "codespaces", "--org", facts.repository.partition("/")[0])
    return command(*delete, "--app", "codespaces", *_repo_option(facts))


def settings_page(facts: Facts, level: Level) -> str:
    """The address of the settings where the secrets of a level are kept."""
    owner = plain((facts.repository or "ORGANIZATION").partition("/")[0])
    pages = {
        Level.USER: "settings/codespaces",
        Level.REPOSITORY: f"{plain(facts.repository or 'OWNER/REPOSITORY')}/settings/secrets/codespaces",
        Level.ORGANIZATION: f"organizations/{owner}/settings/secrets/codespaces",
    }
    return f"{facts.web_url}/{pages[level]}"


def _repo_option(facts: Facts) -> tuple[str, ...]:
    return ("--repo", facts.repository) if facts.repository else ()


def _shell(*words: str) -> str:
    return " ".join(shlex.quote(plain(word, _LONGEST_WORD)) for word in words)


def _selected(path: str, field: str) -> str:
    """The substitution that lists the repositories which may read a secret now."""
    query = _shell("gh", "api", "--paginate", path, "--jq", f".repositories[].{field}")
    return f' "$({query} | paste -sd, -)"'
