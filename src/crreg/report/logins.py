"""Renders the results of test logins as text for a terminal.

This table is drawn by hand: loading the library for the other tables would take longer than all of `crreg login`.
"""

from crreg.exits.status import Status
from crreg.facts.tried_logins import TriedLogin, TriedLogins
from crreg.printable import plain, plural
from crreg.registry.outcome import UNANSWERED_LOGINS, LoginOutcome, LoginResult
from crreg.report.escaping import inert
from crreg.report.tables import Mark


def login_cell(login: LoginResult | None) -> tuple[Mark, str]:
    """The result of the test login, in a word or two."""
    if login is None or login.outcome is LoginOutcome.SKIPPED:
        return (Mark.UNSURE, "not tested")
    outcome = login.outcome
    if outcome is LoginOutcome.SUCCEEDED:
        return (Mark.GOOD, "succeeded")
    return (Mark.UNSURE if outcome in UNANSWERED_LOGINS else Mark.BAD, outcome.replace("-", " "))


def status_of_logins(tried: TriedLogins) -> Status:
    """Return `unhealthy` if a login failed or is incomplete, `unknown` if a registry did not answer yes or no."""
    logins = [triple.login for triple in tried.triples]
    unproven = [login for login in logins if login.untested or login.outcome in UNANSWERED_LOGINS]
    if any(login.outcome is not LoginOutcome.SUCCEEDED and login not in unproven for login in logins):
        return Status.UNHEALTHY
    return Status.UNKNOWN if unproven else Status.HEALTHY


def logins_text(tried: TriedLogins, *, color: bool) -> str:
    """Render one line per triple and a second with the details of its login; then misnamed secrets, and the count."""
    rows = [(triple, *login_cell(triple.login)) for triple in tried.triples]
    name = max((len(triple.identifier) for triple, _, _ in rows), default=0)
    host = max((len(_server(triple)) for triple, _, _ in rows), default=0)
    lines = []
    for triple, mark, words in rows:
        sign = mark.with_words(words, color=color)
        lines.append(f"{triple.identifier:{name}}  {_server(triple):{host}}  {sign}")
        if triple.login.detail:
            lines.append(f"  {plain(triple.login.detail)}")
    lines += [f"{plain(name)} looks like {plain(meant)}: is it misnamed?" for name, meant in tried.misnamed]
    succeeded = sum(mark is Mark.GOOD for _, mark, _ in rows)
    lines += ["", f"{succeeded} of {plural(len(rows), 'login')} succeeded."]
    return inert("\n".join(lines)) + "\n"


def _server(triple: TriedLogin) -> str:
    return plain(triple.server or "SERVER missing or invalid")
