"""An examination as JSON: the report's document, and what the doctor adds, by version 1 of its public schema."""

from typing import Any

from crreg.doctor.codespace import Codespace
from crreg.doctor.diagnosis import Diagnosis, Examination
from crreg.findings.remedy import text_of
from crreg.redaction.redact import Word
from crreg.report.json import document, location_json, moment_json, steps_json


def doctor_document(examination: Examination) -> dict[str, Any]:
    """The whole examination."""
    return {
        **document(examination.facts, examination.findings),
        "status": examination.health,
        "codespace": examination.codespace and _codespace(examination.codespace),
        "diagnosis": [_diagnosis(diagnosis) for diagnosis in examination.diagnoses],
        "unasked": [{"what": unasked.what, "how": text_of(unasked.how)} for unasked in examination.unasked],
    }


def _codespace(codespace: Codespace) -> dict[str, Any]:
    return {
        "name": codespace.name,
        "user": codespace.user,
        "started_at": codespace.started_at and moment_json(codespace.started_at),
        "own_token": codespace.own_token,
        "recovery": codespace.recovery,
        "recovery_reason": codespace.recovery_reason,
        "creation_error": codespace.creation_error,
        "from_files": list(codespace.from_files),
    }


def _diagnosis(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "severity": diagnosis.severity,
        "action": diagnosis.action,
        "cause": diagnosis.cause,
        "remedy": diagnosis.remedy,
        "steps": steps_json(diagnosis.steps),
        "secrets": list(diagnosis.secrets),
        "level": diagnosis.level,
        "rule": diagnosis.rule and Word(diagnosis.rule),
        "triple": diagnosis.triple,
        "registry": diagnosis.registry,
        "location": diagnosis.location and location_json(diagnosis.location),
    }
