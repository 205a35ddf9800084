"""Remedies: lines of prose, and what is safe to paste, each on an indented line of its own."""

import json
import shlex
from collections.abc import Iterable
from dataclasses import replace

from crreg.facts import Facts, Holding
from crreg.github.inventory import Level
from crreg.plain import plain
from crreg.registry.server import InvalidServer, parse_server
from crreg.remedy import Command, Link, Prose, Shell, Step
from crreg.triple import Part, parse_name

INDENT = "  "
"""What a line to paste starts with; prose never does."""
_LONGEST_WORD = 1000


def command(*words: str) -> str:
    """Make a line that a shell reads as exactly these words, whatever they hold."""
    return INDENT + _shell(*words)


def ask_registry(registry: str) -> str:
    """The command that shows with which status a registry answers: 200 or 401 if it is one.

    It asks with GET, as the distribution specification has it; ghcr.io answers HEAD with 405.
    """
    status = r"%{http_code}\n"
    return command(
        *(
            "curl",
            "-sS",
            "-o",
            "/dev/null",
            "-w",
            status,
            "--max-time",
            "20",
            f"https://{_address(registry)}/v2/",
        )
    )


def _address(registry: str) -> str:
    """Return where a registry is reached, which for Docker Hub is another name."""
    try:
        return parse_server(registry).address
    except InvalidServer:
        return registry


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


def environment(name: str, *, source: str | None = None) -> str:
    """Make a line of a step's `env:` that passes a part of a triple from Actions, from under `source` if given.

    Only PASSWORD is a secret there. The runner masks every value of a secret wherever it appears, so a server or a
    user kept as one would be unreadable in every report.
    """
    return f"{INDENT}{name}: ${{{{ {'secrets' if _is_password(name) else 'vars'}.{source or name} }}}}"


def export(name: str) -> str:
    """Make a line that sets a part of a triple in the environment; a password is asked for and not echoed."""
    if _is_password(name):
        return f"{INDENT}read -rs {name} && export {name}"
    return f"{INDENT}export {name}="


def set_for_actions(facts: Facts, name: str) -> str:
    """Make the command that stores a part of a triple for workflows; gh asks for the value."""
    return set_actions_secret(facts, name) if _is_password(name) else set_actions_variable(facts, name)


def _is_password(name: str) -> bool:
    parsed = parse_name(name)
    return parsed is not None and parsed.part is Part.PASSWORD


def steps(*lines: str) -> str:
    """Join lines of prose and commands to a remedy."""
    return "\n".join(lines)


def set_secret(
    facts: Facts,
    name: str,
    level: Level = Level.REPOSITORY,
    *,
    body: str | None = None,
    file: str | None = None,
) -> str:
    """The command that creates a secret for this repository.

    Its value is `body`, or what `file` holds; gh asks for it if both are None.
    """
    set_it = ("gh", "secret", "set", name)
    owner, _, repository = (facts.repository or "").partition("/")
    if level is Level.USER:
        words = (*set_it, "--user", *(("--repos", facts.repository) if facts.repository else ()))
    elif level is Level.ORGANIZATION and repository:
        selected = ("--visibility", "selected", "--repos", repository)
        words = (*set_it, "--app", "codespaces", "--org", owner, *selected)
    else:
        words = (*set_it, "--app", "codespaces", *_repo_option(facts))
    return command(*words) + _given(body, file)


def set_secret_like(facts: Facts, name: str, sibling: str, holding: Holding) -> str:
    """The command that creates a secret where `sibling` is, for the repositories that may read that; gh asks for it."""
    if holding.level is Level.REPOSITORY or not facts.repository:
        return set_secret(facts, name, holding.level)
    owner, _, repository = facts.repository.partition("/")
    set_it: tuple[str, ...] = ("--user",)
    path, field, own = "user", "full_name", facts.repository
    if holding.level is Level.ORGANIZATION:
        set_it = ("--app", "codespaces", "--org", owner, "--visibility", holding.visibility or "private")
        path, field, own = f"orgs/{owner}", "name", repository
        if holding.visibility != "selected":
            return command("gh", "secret", "set", name, *set_it)
    readers = _selected(f"{path}/codespaces/secrets/{sibling}/repositories", field)
    # A sibling that this repository may not read yet is another finding; this secret need not become one.
    also = "" if holding.assigned else f",{_shell(own)}"
    return INDENT + _shell("gh", "secret", "set", name, *set_it, "--repos") + readers + also


def update_secret(
    facts: Facts, name: str, holding: Holding | None, *, body: str | None = None, file: str | None = None
) -> str:
    """The command that gives a stored secret another value and leaves alone who may read it.

    `gh secret set` replaces the list of repositories, so the list is read first and given again. For `body` and
    `file` see `set_secret`.
    """
    if holding is None or holding.level is Level.REPOSITORY or not facts.repository:
        return set_secret(facts, name, body=body, file=file)
    return set_secret_like(facts, name, name, replace(holding, assigned=True)) + _given(body, file)


def set_actions_secret(facts: Facts, name: str, *, body: str | None = None, file: str | None = None) -> str:
    """The command that sets a repository's Actions secret; for `body` and `file` see `set_secret`."""
    return command("gh", "secret", "set", name, "--app", "actions", *_repo_option(facts)) + _given(body, file)


def set_actions_variable(facts: Facts, name: str, *, body: str | None = None) -> str:
    """The command that sets a repository's Actions variable; gh asks for its value if `body` is None."""
    return command("gh", "variable", "set", name, *_repo_option(facts)) + _given(body, None)


def assign_secret(facts: Facts, name: str, level: Level) -> str:
    """The command that adds this repository to those that may read a secret; others keep it."""
    return command("gh", "api", "-X", "PUT", _reader(facts, name, level))


def unassign_secret(facts: Facts, name: str, level: Level) -> str:
    """The command that takes this repository from those selected to read a secret; others keep it."""
    return command("gh", "api", "-X", "DELETE", _reader(facts, name, level))


def _reader(facts: Facts, name: str, level: Level) -> str:
    """The path of this repository among those that may read a secret of an organization or a user."""
    known = facts.inventory.repository if facts.inventory else None
    repository = str(known.id) if known else "REPOSITORY_ID"
    owner = (facts.repository or "ORGANIZATION").partition("/")[0]
    store = "user" if level is Level.USER else f"orgs/{owner}"
    return f"{store}/codespaces/secrets/{name}/repositories/{repository}"


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


def _given(body: str | None, file: str | None) -> str:
    if body is not None:
        return f" --body {_shell(body)}"
    return f" <{_shell(file)}" if file is not None else ""


def _repo_option(facts: Facts) -> tuple[str, ...]:
    return ("--repo", facts.repository) if facts.repository else ()


def _shell(*words: str) -> str:
    return " ".join(shlex.quote(plain(word, _LONGEST_WORD)) for word in words)


def _selected(path: str, field: str) -> str:
    """The substitution that lists the repositories which may read a secret now."""
    query = _shell("gh", "api", "--paginate", path, "--jq", f".repositories[].{field}")
    return f' "$({query} | paste -sd, -)"'
