"""The recovery container: what Codespaces leaves on disk there, and a machine that has it at its real place.

GitHub documents none of these files. The statements here are what users and GitHub's own tools show:

* The container is made from `mcr.microsoft.com/devcontainers/base:alpine` with `CODESPACES_RECOVERY_CONTAINER=true`:
  the log in https://github.com/microsoft/generative-ai-for-beginners/issues/1025.
* The lines of the log: https://github.com/microsoft/PubSec-Info-Assistant/issues/879; those of a pull:
  devcontainers/cli, src/spec-node/utils.ts (`inspectDockerImage`).
* `user-secrets-envs.json` is an object of names and values: the same logs show it handed to `devcontainer up` as
  `--secrets-file`, "a json file containing secret environment variables as key-value pairs".
* `.env-secrets` has a line `NAME=base64` a secret, `.env` a line `NAME=value`:
  https://github.com/microsoft/vscode-dev-containers/pull/1261 and /pull/932, by the team of Codespaces.
* `.user-secrets.json` is a list of `{"type": "EnvironmentVariable", "name", "value"}`: users' notes only.
"""

import base64
import json
import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.command import surroundings

REASON = "Error code: 1302 (UnifiedContainersErrorFatalCreatingContainer)\n"
_BANNER = "=" * 81
_ERROR = f"{'=' * 38} ERROR {'=' * 36}"
_WARNING = f"{'=' * 37} WARNING {'=' * 35}"


@dataclass(frozen=True, slots=True)
class RecoveryFiles:
    """The folder `/workspaces/.codespaces` of a recovery container."""

    folder: Path

    @property
    def shared(self) -> Path:
        """The folder with the secrets."""
        return self.folder / "shared"

    @property
    def persisted(self) -> Path:
        """The path of the log."""
        return self.folder / ".persistedshare"

    def write(
        self,
        secrets: Mapping[str, str],
        image: str,
        error: str,
        *,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Write what a failed start leaves: `error` is what the engine said to the pull of `image`."""
        # Assumes RC-SECRETS-ENVS, RC-USER-SECRETS, RC-ENV-SECRETS, RC-REASON.
        self.shared.mkdir(parents=True, exist_ok=True)
        self.persisted.mkdir(parents=True, exist_ok=True)
        everything = {**(variables or {}), **secrets}
        (self.shared / "user-secrets-envs.json").write_text(json.dumps(everything))
        listed = [
            {"type": "EnvironmentVariable", "name": name, "value": value}
            for name, value in everything.items()
        ]
        (self.shared / ".user-secrets.json").write_text(json.dumps(listed))
        lines = [
            f"{name}={base64.b64encode(value.encode()).decode()}\n" for name, value in everything.items()
        ]
        (self.shared / ".env-secrets").write_text("".join(lines))
        (self.shared / "environment-variables.json").write_text(json.dumps(dict(variables or {})))
        (self.persisted / "RECOVERY-REASON-FILE").write_text(REASON)
        (self.persisted / "creation.log").write_text(creation_log(image, error))


def creation_log(image: str, error: str) -> str:
    """The log of a start that failed at the pull of `image`, in which the engine said `error`."""
    # Assumes RC-LOG.
    lines = [
        "Host information",
        "OS: Ubuntu 22.04.5 LTS (stable release)",
        "Image details: https://github.com/github/codespaces-host-images/blob/main/README.md",
        _BANNER,
        "Creating container...",
        "$ devcontainer up --id-label Type=codespaces --secrets-file /root/.codespaces/shared/user-secrets-envs.json",
        "@devcontainers/cli 0.83.3. Node.js v18.20.8. linux 6.8.0-1052-azure x64.",
        f"Error fetching image details: No manifest found for {image}.",
        *(line for _ in range(5) for line in (f"$ docker pull {image}", error)),
        f"Error: Command failed: docker inspect --type image {image}",
        "    at KM (/.codespaces/agent/bin/node_modules/@devcontainers/cli/dist/spec-node/devContainersSpecCLI.js:1:1)",
        "devcontainer process exited with exit code 1",
        _ERROR,
        "Failed to create container.",
        _BANNER,
        f"Error: Command failed: docker inspect --type image {image}",
        REASON.strip(),
        _ERROR,
        "Container creation failed.",
        _BANNER,
        _WARNING,
        "Creating recovery container.",
        _BANNER,
        "Unable to find image 'mcr.microsoft.com/devcontainers/base:alpine' locally",
    ]
    return "".join(
        line + "\n" if line.startswith("=") else f"2026-06-17 19:51:37.{number:03d}Z: {line}\n"
        for number, line in enumerate(lines)
    )


@dataclass(frozen=True, slots=True)
class Machine:
    """A separate root, in which `/workspaces` is a folder of the test; network and processes are the host's."""

    root: Path
    """The system's files."""
    shared: tuple[str, ...] = ("dev", "proc", "sys", "tmp")
    """The folders at the top that are the host's own."""

    @classmethod
    def like_this_one(cls, folder: Path) -> "Machine":
        """A machine with all of the host's files except `/workspaces`; `folder` becomes its root."""
        folder.mkdir()
        shared = []
        for entry in Path("/").iterdir():
            if entry.is_symlink():
                (folder / entry.name).symlink_to(entry.readlink())
            elif entry.is_dir() and entry.name != "workspaces":
                (folder / entry.name).mkdir()
                shared.append(entry.name)
        (folder / "workspaces").mkdir()
        return cls(folder, tuple(shared))

    def command(self, workspaces: Path, folder: str, *arguments: str) -> list[str]:
        """The command prefix that runs a program in `folder` of the machine; needs root.

        `workspaces` becomes the machine's `/workspaces`. Mounts are the process's own and end with it.
        """
        # Assumes U3.
        mounts = {workspaces: "workspaces", **{Path("/") / name: name for name in self.shared}}
        inside = shlex.join(["/bin/sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", folder, *arguments])
        steps = [
            "mount --make-rprivate /",
            *(
                f"mount --rbind {shlex.quote(str(of))} {shlex.quote(str(self.root / at))}"
                for of, at in mounts.items()
            ),
            f"exec chroot {shlex.quote(str(self.root))} {inside}",
        ]
        return ["unshare", "--mount", "/bin/sh", "-c", " && ".join(steps)]

    def run(
        self,
        workspaces: Path,
        folder: str,
        *arguments: str,
        environment: Mapping[str, str],
        seconds: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in the machine to its end, with `environment` and the host's harmless variables."""
        return subprocess.run(
            self.command(workspaces, folder, *arguments),
            env={**surroundings(), "PATH": os.environ["PATH"], **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
