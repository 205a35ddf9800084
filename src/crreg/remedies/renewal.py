"""A new credential for a triple, and every place where its values are stored."""

from collections.abc import Iterator

from crreg.facts.model import Facts, TripleFact
from crreg.facts.questions import secret_name
from crreg.findings.remedy import Remedy, Step, command, steps
from crreg.github.gh import gh_words
from crreg.github.levels import Level
from crreg.registry.providers.provider import Renewal
from crreg.remedies.commands import (
    export,
    set_actions_secret,
    set_actions_variable,
    settings_page,
    update_secret,
)
from crreg.remedies.providers import advice_for
from crreg.remedies.wording import listing
from crreg.triple import Part


def new_credential(facts: Facts, triple: TripleFact) -> Remedy:
    """Create a credential that works and lasts, and store it."""
    if triple.configured is not None and triple.configured.rotate is not None:
        return rotated_again(facts)
    advice = advice_for(triple.server, triple.account, triple.service)
    renewal, holding = advice.renewal, triple.parts[Part.PASSWORD].effective
    page = (settings_page(facts, holding.level, "Or click Update here"),) if holding is not None else ()
    return (
        *renewal.steps,
        *stored(facts, triple, renewal),
        # If a file has the value, a page to type it into does not help.
        *(page if renewal.password_file is None else renewal.cleanup),
        advice.page,
    )


def rotated_again(facts: Facts) -> Remedy:
    """Return what to do about a token that crreg itself should have renewed."""
    repository = ("--repo", facts.repository) if facts.repository else ()
    return steps(
        "Run the workflow that renews it (mode: ensure), and find out why its schedule stopped. GitHub disables "
        "the schedules of a public repository after 60 days without a commit:",
        command(*gh_words(facts.web_url), "workflow", "list", "--all", *repository),
    )


def stored(facts: Facts, triple: TripleFact, renewal: Renewal) -> Remedy:
    """Put the new values of `renewal.parts` wherever the old ones are: in Actions, in Codespaces, in this shell."""
    paste, store = ("Then paste", "Then store") if renewal.steps else ("Paste", "Store")
    several = len(renewal.parts) > 1
    value = "each new value" if several else "the new value"
    asked = f", and enter {value} when prompted" if renewal.asks() else ""
    if not facts.in_workflow:
        return steps(f"{paste} this{asked}:", *_codespaces(facts, triple, renewal), *_here(triple, renewal))
    same = "secrets to the same values" if several else "secret to the same value"
    copies = f"which copies {'them' if several else 'it'}"
    return steps(
        *_actions(facts, triple, renewal, store, asked),
        f"Then set the Codespaces {same}, or run crreg ensure (mode: ensure), {copies}:",
        *_codespaces(facts, triple, renewal),
    )


def _codespaces(facts: Facts, triple: TripleFact, renewal: Renewal) -> Iterator[Step]:
    for part in renewal.parts:
        name, holding = secret_name(triple, part), triple.parts[part].effective
        body = renewal.value(part)
        file = renewal.password_file if part is Part.PASSWORD else None
        yield update_secret(facts, name, holding, body=body, file=file)


def _here(triple: TripleFact, renewal: Renewal) -> Iterator[str | Step]:
    """Set the values in the shell that crreg was started from; what was tested is that copy."""
    parts = [part for part in renewal.parts if triple.parts[part].at_hand]
    if parts:
        yield f"Then set the same value{'s' if len(parts) > 1 else ''} here, for the next check to use:"
    for part in parts:
        yield export(
            secret_name(triple, part),
            body=renewal.value(part),
            file=renewal.password_file if part is Part.PASSWORD else None,
        )


def _actions(facts: Facts, triple: TripleFact, renewal: Renewal, store: str, asked: str) -> Remedy:
    """Store the values where this workflow gets them; what is tested is that copy."""
    known = facts.inventory.actions_secrets if facts.inventory else None
    secrets = None if known is None else {name for name, _ in known}
    # In the triple's order, whatever the provider's is.
    names = {part: secret_name(triple, part) for part in Part if part in renewal.parts}
    holding = triple.parts[Part.PASSWORD].effective
    elsewhere = holding is not None and holding.level is not Level.REPOSITORY
    unknown = secrets is not None and Part.PASSWORD in names and names[Part.PASSWORD] not in secrets
    if elsewhere or unknown:
        # It is not known which secret the workflow reads, or at which level that is.
        return steps(f"First update what the workflow passes to this step as {listing(names.values())}.")
    lines: list[str | Step] = []
    for part, name in names.items():
        if part is Part.PASSWORD:
            lines.append(set_actions_secret(facts, name, file=renewal.password_file))
        elif secrets is not None and name in secrets:
            lines.append(set_actions_secret(facts, name, body=renewal.value(part)))
        else:
            lines.append(set_actions_variable(facts, name, body=renewal.value(part)))
    kept = " as the Actions secret" if list(names) == [Part.PASSWORD] else " in Actions"
    if secrets is None:
        lines.extend(
            f"(If the workflow reads {name} from a secret, set the secret instead of the variable.)"
            for part, name in names.items()
            if part is not Part.PASSWORD
        )
    return steps(f"{store} it{kept}, where this workflow reads it. Paste this{asked}:", *lines)
