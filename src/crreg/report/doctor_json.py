"""An examination as JSON: the report's document, and what the doctor adds, by version 1 of its public schema."""

from datetime import datetime
from typing import Any

from crreg.doctor.codespace import Codespace
from crreg.doctor.diagnosis import Diagnosis, Examination
from crreg.report.json_report import document, dumped, location_json


def render_doctor_json(examination: Examination) -> str:
    """The whole examination."""
    return dumped(
        {
            **document(examination.facts, examination.findings),
            "status": examination.health,
            "codespace": examination.codespace and _codespace(examination.codespace),
            "diagnosis": [_diagnosis(diagnosis) for diagnosis in examination.diagnoses],
            "unasked": [{"what": unasked.what, "how": unasked.how} for unasked in examination.unasked],
        }
    )


def recommended_json(secrets: dict[str, dict[str, str]]) -> str:
    """The property `secrets` in an object of its own."""
    return dumped({"secrets": secrets})


def _codespace(codespace: Codespace) -> dict[str, Any]:
    return {
        "name": codespace.name,
        "user": codespace.user,
        "started_at": codespace.started_at and _moment(codespace.started_at),
        "own_token": codespace.own_token,
        "recovery": codespace.recovery,
        "creation_error": codespace.creation_error,
        "from_files": list(codespace.from_files),
    }


def _diagnosis(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "severity": diagnosis.severity,
        "action": diagnosis.action,
        "cause": diagnosis.cause,
        "remedy": diagnosis.remedy,
        "secrets": list(diagnosis.secrets),
        "level": diagnosis.level,
        "rule": diagnosis.rule,
        "triple": diagnosis.triple,
        "registry": diagnosis.registry,
        "location": diagnosis.location and location_json(diagnosis.location),
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
