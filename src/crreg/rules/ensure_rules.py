"""Why `crreg ensure` does not write a triple. `crreg ensure` makes the findings, a check makes none."""

from crreg.findings.finding import Effect, Severity
from crreg.rules.rule import Rule

ROTATION_FAILED = Rule(
    "rotation-failed",
    Severity.ERROR,
    Effect.STOPS,
    "No ECR token could be made for a triple that the configuration rotates.",
    "Give the AWS role or keys what the finding names, and set SERVER to the ECR registry.",
)
MISSING_VALUE = Rule(
    "missing-value",
    Severity.ERROR,
    Effect.STOPS,
    "A secret has to be written, and crreg was given no value for it.",
    "Pass all three values of the triple.",
)
INVALID_VALUE = Rule(
    "invalid-value",
    Severity.ERROR,
    Effect.STOPS,
    "A value is empty, or larger than the 48 KB that GitHub takes.",
    "Pass the credential, and nothing else.",
)
INVALID_NAME = Rule(
    "invalid-name",
    Severity.ERROR,
    Effect.STOPS,
    "GitHub takes no secrets whose names start with GITHUB_.",
    "Give the triple another identifier.",
)
VISIBILITY_TOO_WIDE = Rule(
    "visibility-too-wide",
    Severity.ERROR,
    Effect.STOPS,
    "All repositories may read a secret that the configuration calls private or selected.",
    "Narrow the secret's repository access, or set visibility: all in the configuration.",
)
NOT_ASSIGNABLE = Rule(
    "not-assignable",
    Severity.ERROR,
    Effect.STOPS,
    "A repository can't be given a secret of the organization.",
    "Use visibility: selected, or set level: repository.",
)
NO_SUCH_LEVEL = Rule(
    "no-such-level",
    Severity.ERROR,
    Effect.STOPS,
    "The triple can't be kept at the level that was asked for.",
    "Set another level, or use the token of a person for the user level.",
)

ENSURE_RULES: tuple[Rule, ...] = (
    ROTATION_FAILED,
    MISSING_VALUE,
    INVALID_VALUE,
    INVALID_NAME,
    VISIBILITY_TOO_WIDE,
    NOT_ASSIGNABLE,
    NO_SUCH_LEVEL,
)
"""In the order in which docs/rules.md has them."""
