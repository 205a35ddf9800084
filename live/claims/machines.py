"""The runner of GitHub Actions, the Docker Engine, and the network."""

from live.claim import Assumption

_RUNNER = "[actions/runner](https://github.com/actions/runner) at 258d6c8"
_MASKED = "`tests/e2e` and live.yml run whole workflows; read the masked log of live.yml."
_REAL = "It is the real program."
_MADE = "It is a standard, and the clients of the tests keep to it."

RUNNER = (
    Assumption(
        "RUNNER-MASKS",
        "Which texts are masked, in which encodings, and each line of a mask.",
        f"{_RUNNER}: `SecretMasker.cs`, `ValueEncoders.cs`, `HostContext.cs`, `Worker.cs`",
        ("src/crreg/redaction/redact.py", "src/crreg/action/runner.py"),
        otherwise=_MASKED,
    ),
    Assumption(
        "RUNNER-CUT",
        "Messages are cut at 4,096 UTF-16 code units.",
        f"{_RUNNER}: `_maxIssueMessageLength` in `ExecutionContext.cs`",
        ("src/crreg/report/annotations.py",),
        otherwise=_MASKED,
    ),
    Assumption(
        "RUNNER-COMMANDS",
        "Which workflow commands exist, and how their values are unescaped.",
        f"{_RUNNER}: `ActionCommand.cs`, `ActionCommandManager.cs`",
        ("src/crreg/report/annotations.py",),
        otherwise=_MASKED,
    ),
    Assumption(
        "RUNNER-OUTPUTS",
        "Job outputs that hold a mask are dropped; the job summary is masked line by line.",
        f"{_RUNNER}: `JobExtension.cs`, `FileCommandManager.cs`",
        ("docs/operations.md",),
        otherwise=_MASKED,
    ),
    Assumption(
        "RUNNER-STEP",
        "A step gets its inputs as `INPUT_` variables, and an input that is left out has its default.",
        "[Metadata syntax](https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax)",
        ("src/crreg/action/inputs.py",),
        otherwise=_MASKED,
    ),
)
ENGINE = (
    Assumption(
        "ENGINE",
        "The engine, BuildKit, and both image stores.",
        "the programs themselves: Debian's release and a newer one",
        ("src/crreg/engine/engine.py",),
        otherwise=_REAL,
    ),
    Assumption(
        "ENGINE-BASE",
        "`debian:trixie-slim` is built with debootstrap where it can't be pulled.",
        "debootstrap and Debian's packages",
        ("Dockerfile",),
        otherwise=_REAL,
    ),
)
NETWORK = (
    Assumption(
        "NET-HOSTS",
        "A host that does not exist gets 502 from a proxy and NXDOMAIN from DNS; SERVFAIL is another failure.",
        "RFC 9110 and RFC 1035",
        ("src/crreg/net/proxy.py",),
        otherwise=_MADE,
    ),
    Assumption(
        "NET-TLS",
        "Certificates are checked; they can be expired, for another name, or unknown.",
        "OpenSSL and the clients themselves",
        ("src/crreg/registry/transport/failure.py",),
        otherwise=_MADE,
    ),
)
