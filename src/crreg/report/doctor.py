"""Renders an examination: one line per check as it ends, then the diagnosis; and the same as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from crreg.doctor.codespace import Codespace
from crreg.doctor.diagnose import not_listed
from crreg.doctor.diagnosis import Diagnosis, Examination, Fix, Unasked, lacks_files
from crreg.exits.status import Status
from crreg.findings.finding import Severity
from crreg.findings.remedy import text_of
from crreg.printable import plain, plural
from crreg.redaction.redact import FixedWord
from crreg.registry.outcome import UNANSWERED_LOGINS, LoginOutcome, LoginResult, PullOutcome, PullResult
from crreg.registry.reference import ImageReference
from crreg.report.escaping import inert
from crreg.report.job_documents import CodespaceDocument, DiagnosisDocument, DoctorDocument
from crreg.report.json import location_json, moment_json, observed_document, steps_json
from crreg.report.tables import MOST, SEVERITY_STYLES, STATUS_STYLES, Mark, new_page

_UNSURE = UNANSWERED_LOGINS | {LoginOutcome.SKIPPED}
_OF_SECRETS = frozenset({Fix.SET, Fix.UPDATE, Fix.DELETE})
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the output."""

    kind: str
    """`Login`, `Image` and the like."""
    what: str
    mark: Mark
    words: str

    def line(self, *, color: bool) -> str:
        """Render the line without its line end: mark, kind, subject and result."""
        sign = self.mark.with_words(color=color)
        return inert(f"{sign} {self.kind:10} {plain(self.what)}: {plain(self.words)}")


def place_check(codespace: Codespace | None, now: datetime) -> Check:
    """Whether this is a codespace."""
    if codespace is None:
        words = "this is not a codespace, so the values here may differ from those in one"
        return Check("Codespace", "outside", Mark.UNSURE, words)
    started = codespace.started_at
    words = f"started {_ago(now - started)} ago" if started is not None else "start time unknown"
    if codespace.recovery:
        return Check(
            "Codespace", codespace.name or "unnamed", Mark.BAD, f"{words}; this is the recovery container"
        )
    return Check("Codespace", codespace.name or "unnamed", Mark.GOOD, words)


def surroundings_checks(codespace: Codespace | None) -> Iterator[tuple[str, Check]]:
    """Yield what the files of Codespaces reveal, each with its own key."""
    if codespace is None:
        return
    if codespace.recovery_reason is not None:
        yield "reason", Check("Reason", "RECOVERY-REASON-FILE", Mark.BAD, codespace.recovery_reason)
    if codespace.recovery:
        error, mark = codespace.creation_error, Mark.BAD
        if error is None:
            error, mark = "no error was found in it", Mark.UNSURE
        yield "log", Check("Log", "creation.log", mark, error)
    if codespace.from_files:
        words = f"{plural(len(codespace.from_files), 'variable')} that this terminal lacks"
        yield "kept", Check("Kept files", "/workspaces/.codespaces/shared", Mark.GOOD, words)


def repository_check(repository: str | None, source: str) -> Check:
    """The repository, and where its name comes from: `source` is the end of a sentence."""
    if repository is None:
        words = "set GITHUB_REPOSITORY or add --repository OWNER/NAME to check its secrets on GitHub"
        return Check("Repository", "unknown", Mark.UNSURE, words)
    return Check("Repository", repository, Mark.GOOD, source)


def login_check(identifier: str, result: LoginResult) -> Check:
    """The result of a login."""
    if result.outcome is LoginOutcome.SUCCEEDED:
        return Check("Login", identifier, Mark.GOOD, "succeeded")
    if result.untested:
        return Check(
            "Login", identifier, Mark.UNSURE, "not tested, since the registry did not ask for a password"
        )
    if result.outcome is LoginOutcome.SKIPPED:
        return Check("Login", identifier, Mark.BAD, "not tried, since a part is missing")
    return Check("Login", identifier, _mark(result.outcome), result.outcome.replace("-", " "))


def image_check(reference: ImageReference, result: PullResult) -> Check:
    """Whether an image can be pulled."""
    words = {PullOutcome.AVAILABLE: "can be pulled", PullOutcome.PUBLIC: "can be pulled by anyone"}
    if result.outcome in words:
        return Check("Image", str(reference), Mark.GOOD, words[result.outcome])
    if result.outcome is PullOutcome.SKIPPED:
        return Check("Image", str(reference), Mark.UNSURE, "private, and there is no login to check it with")
    return Check("Image", str(reference), _mark(result.outcome), result.outcome.replace("-", " "))


def files_check(examination: Examination) -> Check:
    """The number of dev container configurations and of the images that they need."""
    discovery, images = examination.facts.discovery, examination.facts.images
    if lacks_files(examination.facts, examination.codespace):
        return Check("Files", "dev container configurations", Mark.UNSURE, "none found in this folder")
    if not discovery.configurations:
        words = "none, so codespaces use GitHub's default image"
        return Check("Files", "dev container configurations", Mark.GOOD, words)
    count = len({image.text for image in images})
    words = f"{len(discovery.configurations)}, which need {plural(count, 'image')}"
    mark = Mark.UNSURE if discovery.problems else Mark.GOOD
    return Check("Files", "dev container configurations", mark, words)


def secrets_check(examination: Examination) -> Check:
    """Whether it is known which secrets are stored."""
    why = not_listed(examination.facts)
    if why:
        return Check("Secrets", "Codespaces secrets", Mark.UNSURE, why.removesuffix("."))
    inventory = examination.facts.inventory
    count = sum(len(level.secrets) for level in inventory.levels) if inventory is not None else 0
    return Check("Secrets", "Codespaces secrets", Mark.GOOD, f"{count} listed")


def checks(examination: Examination) -> Iterator[tuple[str, Check]]:
    """Yield every check with its own key: files and secrets, then logins and images in the order of the report."""
    yield from surroundings_checks(examination.codespace)
    yield "files", files_check(examination)
    yield "secrets", secrets_check(examination)
    for triple in examination.facts.triples:
        if triple.login is not None:
            yield login_key(triple.identifier), login_check(triple.identifier, triple.login)
    for image in examination.facts.images:
        if image.reference is not None and image.pull is not None:
            check = image_check(image.reference, image.pull)
            is_certain = examination.can_be_pulled(image)
            if is_certain and check.mark is not Mark.GOOD:
                check = Check(check.kind, check.what, Mark.GOOD, "granted to codespaces")
            elif not is_certain and check.mark is Mark.GOOD:
                check = Check(check.kind, check.what, Mark.UNSURE, "not proven")
            yield image_key(image.reference), check


def login_key(identifier: str) -> str:
    """The key of a login's check."""
    return f"login {identifier}"


def image_key(reference: ImageReference) -> str:
    """The key of an image's check."""
    return f"image {reference}"


def diagnosis_text(examination: Examination, *, color: bool, width: int) -> str:
    """Render the diagnosis: each cause with its remedy, then what could not be checked, unless all is well."""
    page = new_page(color=color, width=width)
    page.blank()
    page.line(_verdict(examination), STATUS_STYLES[examination.status])
    for number, diagnosis in enumerate(examination.diagnoses[:MOST], 1):
        page.blank()
        page.item(number, diagnosis.cause, SEVERITY_STYLES[diagnosis.severity])
        if diagnosis.location is not None:
            page.paragraph(f"Named at {diagnosis.location}", indent=3)
        page.remedy(diagnosis.steps, indent=3)
    page.more(len(examination.diagnoses), "causes")
    for unasked in _worth_knowing(examination):
        page.blank()
        page.line(f"Unknown: {unasked.what}")
        page.remedy(unasked.how, indent=3)
    return page.text()


def recommended_text(secrets: str) -> str:
    """Extract the property `secrets`, to paste into devcontainer.json, from the JSON object with only this property."""
    inner = secrets.strip().removeprefix("{").removesuffix("}").strip("\n")
    return f"{inner}\n"


def _worth_knowing(examination: Examination) -> Iterator[Unasked]:
    """What could not be checked, as far as it matters to the diagnosis."""
    if examination.status is Status.HEALTHY:
        return
    errors = [each for each in examination.diagnoses if each.severity is Severity.ERROR]
    stores = not errors or any(each.action in _OF_SECRETS and each.level is None for each in errors)
    yield from (unasked for unasked in examination.unasked if stores or not unasked.of_stores)


def _verdict(examination: Examination) -> str:
    causes = len(examination.diagnoses)
    errors = sum(diagnosis.severity is Severity.ERROR for diagnosis in examination.diagnoses)
    what = "this codespace" if examination.codespace is not None else "a codespace"
    if examination.status is Status.UNHEALTHY:
        count = "one cause keeps" if errors == 1 else f"{errors} causes keep"
        return f"Diagnosis: {count} {what} from pulling what it needs."
    if examination.status is Status.UNKNOWN:
        return f"Diagnosis: unknown. crreg could not find out whether {what} can pull what it needs."
    healthy = f"Diagnosis: healthy. {what.capitalize()} can pull what it needs."
    if not causes:
        return healthy
    return f"{healthy} {'One thing' if causes == 1 else f'{causes} things'} may change that."


def _mark(outcome: str) -> Mark:
    return Mark.UNSURE if outcome in _UNSURE else Mark.BAD


def _ago(past: timedelta) -> str:
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        count = past // unit
        if count > 0:
            return plural(count, name)
    return "less than a minute"


def doctor_document(examination: Examination) -> DoctorDocument:
    """The whole examination."""
    return {
        **observed_document(examination.facts, examination.findings),
        "status": examination.status,
        "codespace": _codespace(examination.codespace) if examination.codespace is not None else None,
        "diagnosis": [_diagnosis(diagnosis) for diagnosis in examination.diagnoses],
        "unasked": [{"what": unasked.what, "how": text_of(unasked.how)} for unasked in examination.unasked],
    }


def _codespace(codespace: Codespace) -> CodespaceDocument:
    return {
        "name": codespace.name,
        "user": codespace.user,
        "started_at": moment_json(codespace.started_at) if codespace.started_at is not None else None,
        "own_token": codespace.own_token,
        "recovery": codespace.recovery,
        "recovery_reason": codespace.recovery_reason,
        "creation_error": codespace.creation_error,
        "from_files": list(codespace.from_files),
    }


def _diagnosis(diagnosis: Diagnosis) -> DiagnosisDocument:
    return {
        "severity": diagnosis.severity,
        "action": diagnosis.action,
        "cause": diagnosis.cause,
        "remedy": diagnosis.remedy,
        "steps": steps_json(diagnosis.steps),
        "secrets": list(diagnosis.secrets),
        "level": diagnosis.level,
        "rule": diagnosis.rule and FixedWord(diagnosis.rule),
        "triple": diagnosis.triple,
        "registry": diagnosis.registry,
        "location": location_json(diagnosis.location) if diagnosis.location is not None else None,
    }
