"""`python -m live`: try the assumptions on the real services, delete what a run left, and store results."""

import argparse
import json
import os
import signal
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from crreg.doctor.probe import ProbeError, read_probe
from crreg.doctor.probe_answers import probe_answers
from live import record
from live.app import AppError, installation_token
from live.assumptions import RESULTS, Verdict, results
from live.clean import clean
from live.examples import OTHERS, example_names, run_examples
from live.journal import Journal, JournalError, Target
from live.profiles import PROFILES
from live.reference import SCOPES, Account, reference_record
from live.scenario import names, new_run, play
from live.stage import PartEndedError, Services, Stage
from live.target import UnusableError, look, people
from live.web import Send, network

TOKEN = "CRREG_LIVE_TOKEN"  # noqa: S105 - the name of a variable
_POLL_SECONDS = 5
_SAME, _DIFFERENT, _WRONG_USAGE, _LEFT = 0, 1, 2, 3


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Returns 0, 1 if GitHub differs from the sandbox, 2 for wrong usage, and 3 if something could not be deleted.
    """
    given = _parser().parse_args(arguments)
    try:
        code: int = given.command(given)
    except (UnusableError, JournalError, ProbeError, AppError) as error:
        _say(str(error))
        return _WRONG_USAGE
    return code


def run(given: argparse.Namespace) -> int:
    """Ask GitHub, ask the sandbox the same, delete what was created, and compare."""
    token = _token()
    with network() as send:
        services = _services(given.services)
        account = look(send, services, token, given.owner)
        held = {name: os.environ.get(each.variable(name), "") for name, each in PROFILES.items()}
        app, key = (os.environ.get(f"CRREG_LIVE_APP_{part}", "") for part in ("ID", "KEY"))
        if app and key:
            held["app"] = installation_token(send, services, account.owner, app, key)
        tokens = people(send, services, account, {name: text for name, text in held.items() if text})
        target = Target(services.api, account.owner.login, new_run())
        if not (given.yes or _agrees(account, names(target.run))):
            return _WRONG_USAGE
        stage = _stage(send, services, account, token, Journal.begin(given.journal, target))
        try:
            play(stage, tokens)
        finally:
            left = _clean(stage)
        sandbox = reference_record(account, target.run, tokens)
    _report(given.record, stage, sandbox)
    if left:
        return _LEFT
    return _DIFFERENT if record.found_differences(stage.record, sandbox) else _SAME


def try_examples(given: argparse.Namespace) -> int:
    """Run the examples with the action of a release candidate, in a repository that is deleted at the end."""
    token = _token()
    with network() as send:
        services = _services(given.services)
        account = look(send, services, token, given.owner)
        target = Target(services.api, account.owner.login, new_run())
        if not (given.yes or _agrees(account, example_names(target.run))):
            return _WRONG_USAGE
        stage = _stage(send, services, account, token, Journal.begin(given.journal, target))
        try:
            conclusions = run_examples(stage, given.action)
        except PartEndedError as error:
            raise UnusableError(f"The examples could not be run: no {error}.") from None
        except ValueError as error:
            raise UnusableError(str(error)) from None
        finally:
            left = _clean(stage)
    for name, conclusion in conclusions.items():
        sys.stdout.write(f"{name}: {conclusion}\n")
    for name, need in OTHERS.items():
        sys.stdout.write(f"{name}: not run, since it needs {need}\n")
    if left:
        return _LEFT
    return _SAME if set(conclusions.values()) == {"success"} else _DIFFERENT


def clean_up(given: argparse.Namespace) -> int:
    """Delete what the run of a journal left."""
    token = _token()
    if not given.journal.exists():
        _say(f"There is no journal {given.journal}, so nothing is left.")
        return _SAME
    journal = Journal.resume(given.journal)
    services = _services(given.services)
    if services.api != journal.target.api:
        raise JournalError(f"{given.journal} is about {journal.target.api}, not {services.api}.")
    with network() as send:
        account = look(send, services, token, journal.target.owner)
        return _LEFT if _clean(_stage(send, services, account, token, journal)) else _SAME


def store(given: argparse.Namespace) -> int:
    """Take the verdicts of records and of a probe's files into live/results.json."""
    last = results(given.results)
    for path in given.files:
        when, verdicts, by = _verdicts(path)
        last = record.merged(last, verdicts, datetime.fromisoformat(when).date(), by)
    document = {name: asdict(each) for name, each in last.items()}
    given.results.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return _SAME


def _verdicts(path: Path) -> tuple[str, dict[str, Verdict], str]:
    document = json.loads(path.read_text(encoding="utf-8"))
    if "verdicts" in document:
        return document["date"], {name: Verdict(each) for name, each in document["verdicts"].items()}, "suite"
    probe = read_probe(path)
    answers = probe_answers(probe)
    return probe.date, {name: Verdict(each.fared.value) for name, each in answers.items()}, "probe"


def _report(path: Path, stage: Stage, sandbox: Any) -> None:
    document = record.document(stage.record, sandbox, datetime.now(UTC).date())
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    for line in record.told(stage.record, sandbox):
        sys.stdout.write(f"{line}\n")


def _clean(stage: Stage) -> list[str]:
    problems = clean(stage)
    for problem in problems:
        _say(f"Not deleted: {problem}")
    if problems:
        _say(f"{stage.journal.path} names what is left. Delete it with: make live-clean")
    return problems


def _agrees(account: Account, creations: list[str]) -> bool:
    _say(f"This works as {account.person}, in the account {account.owner.login}. It creates:")
    for line in creations:
        _say(f"  - {line}")
    _say("It deletes them at the end, and nothing else. Workflows use a few minutes of Actions.")
    sys.stderr.write('Type "yes" to begin: ')
    sys.stderr.flush()
    return sys.stdin.readline().strip() == "yes"


def _stage(send: Send, services: Services, account: Account, token: str, journal: Journal) -> Stage:
    return Stage(
        send,
        services,
        account.owner,
        account.person,
        token,
        journal,
        lambda: time.sleep(_POLL_SECONDS),
        _say if sys.stderr.isatty() else lambda _: None,
    )


def _services(path: Path | None) -> Services:
    return Services(**json.loads(path.read_text(encoding="utf-8"))) if path else Services()


def _token() -> str:
    token = os.environ.get(TOKEN, "")
    if not token:
        raise UnusableError(f"Pass a classic token with the scopes {', '.join(SCOPES)} in {TOKEN}.")
    return token


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Make SIGTERM end the run as Ctrl-C does, which deletes what was created."""
    del number, frame
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m live", description=__doc__)
    commands = parser.add_subparsers(required=True)
    running = commands.add_parser("run", help="try the assumptions on the real services")
    running.add_argument("--owner", required=True, help="an empty organization of yours, or your own account")
    running.add_argument("--yes", action="store_true", help="do not ask before anything is created")
    running.add_argument("--record", type=Path, default=Path("crreg-live.json"), help="the file to write")
    running.set_defaults(command=run)
    examples = commands.add_parser("examples", help="run the project's examples with a candidate's action")
    examples.add_argument("--owner", required=True, help="as of run")
    examples.add_argument(
        "--action", required=True, metavar="OWNER/NAME@COMMIT", help="the candidate's action"
    )
    examples.add_argument("--yes", action="store_true", help="as of run")
    examples.set_defaults(command=try_examples)
    cleaning = commands.add_parser("clean", help="delete what an interrupted run left")
    cleaning.set_defaults(command=clean_up)
    for each in (running, examples, cleaning):
        each.add_argument("--journal", type=Path, default=Path("crreg-live.journal"))
        each.add_argument(
            "--services", type=Path, help="a file with other addresses, for the suite's own tests"
        )
    storing = commands.add_parser("store", help="take records and probe files into the results")
    storing.add_argument("files", type=Path, nargs="+")
    storing.add_argument("--results", type=Path, default=RESULTS)
    storing.set_defaults(command=store)
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())
