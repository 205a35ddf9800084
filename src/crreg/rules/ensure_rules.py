"""The rules of `crreg ensure`: why it does not write a triple. A check never reports them."""

from crreg.findings.finding import Effect, Severity
from crreg.rules.rule import Rule

ROTATION_FAILED = Rule(
    "rotation-failed",
    Severity.ERROR,
    Effect.STOPS,
    "crreg could not create an ECR token for a triple that the configuration rotates.",
    "Give the AWS role or keys what the finding names, and set SERVER to the ECR registry.",
)
MISSING_VALUE = Rule(
    "missing-value",
    Severity.ERROR,
    Effect.STOPS,
    "A secret must be written, but crreg was given no value for it.",
    "Pass all three values of the triple.",
)
INVALID_VALUE = Rule(
    "invalid-value",
    Severity.ERROR,
    Effect.STOPS,
    "A value is empty, contains a NUL character, or is larger than the 48 KB that GitHub accepts.",
    "Pass only the credential.",
)
INVALID_NAME = Rule(
    "invalid-name",
    Severity.ERROR,
    Effect.STOPS,
    "GitHub rejects names of secrets that start with GITHUB_.",
    "Give the triple another identifier.",
)
VISIBILITY_TOO_WIDE = Rule(
    "visibility-too-wide",
    Severity.ERROR,
    Effect.STOPS,
    "More repositories may read a secret than the configuration allows.",
    "Narrow the secret's repository access, or set its visibility in the configuration.",
)
NOT_ASSIGNABLE = Rule(
    "not-assignable",
    Severity.ERROR,
    Effect.STOPS,
    "A secret of the organization can't be assigned to a repository.",
    "Use visibility: selected, or set level: repository.",
)
NO_SUCH_LEVEL = Rule(
    "no-such-level",
    Severity.ERROR,
    Effect.STOPS,
    "The triple can't be stored at the requested level.",
    "Set another level, or use a person's token for the user level.",
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
"""In the order of docs/rules.md."""
