"""Commands to paste and pages to open, as steps of a remedy."""

import json
from dataclasses import replace

from crreg.facts.model import Facts, Holding
from crreg.findings.remedy import Command, Link, Shell, Snippet, command, shell
from crreg.github.gh import gh_words
from crreg.github.levels import Level
from crreg.printable import plain
from crreg.registry.server import read_server
from crreg.triple import Part, parse_name


def ask_registry(registry: str) -> Command:
    """Make the command that shows a registry's status code: 200 or 401 if it is one.

    It uses GET, as the distribution specification says; ghcr.io answers HEAD with 405.
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
    """Return the address of a registry, which for Docker Hub has another name."""
    server = read_server(registry)
    return server.address if server is not None else registry


def configuration(identifier: str, key: str, value: str) -> Snippet:
    """Make a line of .github/crreg.yml that sets one key of a triple to exactly this text."""
    return Snippet(f"registries: {{{identifier}: {{{key}: {json.dumps(plain(value), ensure_ascii=False)}}}}}")


def environment(name: str, *, source: str | None = None) -> Snippet:
    """Make a line of a step's `env:` that passes a part of a triple from Actions, from under `source` if given.

    Only PASSWORD is a secret there. The runner masks every value of a secret wherever it appears, so a server or a
    user kept as one would be unreadable in every report.
    """
    return Snippet(f"{name}: ${{{{ {'secrets' if _is_password(name) else 'vars'}.{source or name} }}}}")


def export(name: str, *, body: str | None = None, file: str | None = None) -> Shell:
    """Make a line for bash or zsh that sets a variable to `body`, or to what `file` holds.

    If both are None it waits for the value, and echoes only a server or a user name.
    """
    if body is not None:
        return Shell(f"export {name}={shell(body)}")
    if file is not None:
        return Shell(f'export {name}="$(cat {shell(file)})"')
    parsed = parse_name(name)
    secret = parsed is None or parsed.part is Part.PASSWORD
    return Shell(f"read -r{'s' if secret else ''} {name} && export {name}")


def set_for_actions(facts: Facts, name: str) -> Command | Shell:
    """Make the command that stores a part of a triple for workflows; gh asks for the value."""
    return set_actions_secret(facts, name) if _is_password(name) else set_actions_variable(facts, name)


def _is_password(name: str) -> bool:
    parsed = parse_name(name)
    return parsed is not None and parsed.part is Part.PASSWORD


def set_secret(
    facts: Facts,
    name: str,
    level: Level = Level.REPOSITORY,
    *,
    body: str | None = None,
    file: str | None = None,
) -> Command | Shell:
    """Make the command that creates a secret for this repository.

    Its value is `body`, or what `file` holds; gh asks for it if both are None.
    """
    set_it = (*gh_words(facts.web_url), "secret", "set", name)
    owner, _, repository = (facts.repository or "").partition("/")
    if level is Level.USER:
        words = (*set_it, "--user", *(("--repos", facts.repository) if facts.repository else ()))
    elif level is Level.ORGANIZATION and repository:
        selected = ("--visibility", "selected", "--repos", repository)
        words = (*set_it, "--app", "codespaces", "--org", owner, *selected)
    else:
        words = (*set_it, "--app", "codespaces", *_repo_option(facts))
    return _given(command(*words), body, file)


def set_secret_like(facts: Facts, name: str, sibling: str, holding: Holding) -> Command | Shell:
    """Make the command that creates a secret at `sibling`'s level, for the same repositories; gh asks for the value."""
    if holding.level is Level.REPOSITORY or not facts.repository:
        return set_secret(facts, name, holding.level)
    owner, _, repository = facts.repository.partition("/")
    gh = gh_words(facts.web_url)
    set_it: tuple[str, ...] = ("--user",)
    path, field, own = "user", "full_name", facts.repository
    if holding.level is Level.ORGANIZATION:
        set_it = ("--app", "codespaces", "--org", owner, "--visibility", holding.visibility or "private")
        path, field, own = f"orgs/{owner}", "name", repository
        if holding.visibility != "selected":
            return command(*gh, "secret", "set", name, *set_it)
    # If this repository can't read the sibling yet, that is another finding; this secret should not cause one too.
    also = None if holding.assigned else own
    readers = _selected(gh, f"{path}/codespaces/secrets/{sibling}/repositories", field, also)
    return Shell(shell(*gh, "secret", "set", name, *set_it, "--repos") + readers)


def update_secret(
    facts: Facts, name: str, holding: Holding | None, *, body: str | None = None, file: str | None = None
) -> Command | Shell:
    """Make the command that gives a stored secret another value and keeps its repository access.

    `gh secret set` replaces the list of repositories, so the list is read first and given again. For `body` and
    `file` see `set_secret`.
    """
    if holding is None or holding.level is Level.REPOSITORY or not facts.repository:
        return set_secret(facts, name, body=body, file=file)
    return _given(set_secret_like(facts, name, name, replace(holding, assigned=True)), body, file)


def set_actions_secret(
    facts: Facts, name: str, *, body: str | None = None, file: str | None = None
) -> Command | Shell:
    """Make the command that sets a repository's Actions secret; for `body` and `file` see `set_secret`."""
    return _given(
        command(*gh_words(facts.web_url), "secret", "set", name, "--app", "actions", *_repo_option(facts)),
        body,
        file,
    )


def set_actions_variable(facts: Facts, name: str, *, body: str | None = None) -> Command | Shell:
    """Make the command that sets a repository's Actions variable; gh asks for its value if `body` is None."""
    return _given(
        command(*gh_words(facts.web_url), "variable", "set", name, *_repo_option(facts)), body, None
    )


def assign_secret(facts: Facts, name: str, level: Level) -> Command:
    """Make the command that adds this repository to those that may read a secret; the others keep access."""
    return command(*gh_words(facts.web_url), "api", "-X", "PUT", _reader(facts, name, level))


def unassign_secret(facts: Facts, name: str, level: Level) -> Command:
    """Make the command that removes this repository from those that may read a secret; the others keep access."""
    return command(*gh_words(facts.web_url), "api", "-X", "DELETE", _reader(facts, name, level))


def _reader(facts: Facts, name: str, level: Level) -> str:
    """Return the API path of this repository's access to a secret of an organization or a user."""
    known = facts.inventory.repository if facts.inventory else None
    repository = str(known.id) if known else "REPOSITORY_ID"
    owner = (facts.repository or "ORGANIZATION").partition("/")[0]
    store = "user" if level is Level.USER else f"orgs/{owner}"
    return f"{store}/codespaces/secrets/{name}/repositories/{repository}"


def take_away(facts: Facts, name: str, holding: Holding) -> Command | Link:
    """Make the command that keeps one level's secret from this repository's codespaces, but not from others.

    No command does that for a secret that an organization gives to all of its repositories.
    """
    if holding.level is Level.REPOSITORY:
        return delete_secret(facts, name, holding.level)
    if holding.level is Level.USER or holding.visibility == "selected":
        return unassign_secret(facts, name, holding.level)
    return settings_page(
        facts, holding.level, f"{name}: under Repository access, select only the repositories that need it"
    )


def delete_secret(facts: Facts, name: str, level: Level) -> Command:
    """Make the command that deletes a secret at one level."""
    delete = (*gh_words(facts.web_url), "secret", "delete", name)
    if level is Level.USER:
        return command(*delete, "--user")
    if level is Level.ORGANIZATION and facts.repository:
        return command(*delete, "--app", "codespaces", "--org", facts.repository.partition("/")[0])
    return command(*delete, "--app", "codespaces", *_repo_option(facts))


def settings_page(facts: Facts, level: Level, what_for: str) -> Link:
    """Link to the settings with a level's secrets; `what_for` says what to do there."""
    owner = plain((facts.repository or "ORGANIZATION").partition("/")[0])
    pages = {
        Level.USER: "settings/codespaces",
        Level.REPOSITORY: f"{plain(facts.repository or 'OWNER/REPOSITORY')}/settings/secrets/codespaces",
        Level.ORGANIZATION: f"organizations/{owner}/settings/secrets/codespaces",
    }
    return Link(what_for, f"{facts.web_url}/{pages[level]}")


def _given(line: Command | Shell, body: str | None, file: str | None) -> Command | Shell:
    """Add the value to the line: `body`, or what `file` holds."""
    if body is not None:
        more = ("--body", body)
        return (
            command(*line.words, *more) if isinstance(line, Command) else Shell(f"{line.line} {shell(*more)}")
        )
    return Shell(f"{line.line} <{shell(file)}") if file is not None else line


def _repo_option(facts: Facts) -> tuple[str, ...]:
    return ("--repo", facts.repository) if facts.repository else ()


def _selected(gh: tuple[str, ...], path: str, field: str, also: str | None) -> str:
    """Make the shell substitution that lists the repositories that may read a secret now, and `also` one more."""
    query = shell(*gh, "api", "--paginate", path, "--jq", f".repositories[].{field}")
    if also is not None:
        query = f"{{ {query}; {shell('echo', also)}; }} | sort -u"
    return f' "$({query} | paste -sd, -)"'
