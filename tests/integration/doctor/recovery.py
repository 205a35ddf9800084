"""A codespace that could not start: its checkout, and what Codespaces left on disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.codespace import environment as secrets_of
from sandbox.command import CRREG, Ended
from sandbox.credentials import leaks_in
from sandbox.recovery_container import Machine, RecoveryFiles
from tests.integration.doctor.scene import AZURE, NAME, PERSON, REPOSITORY, Scene

IMAGE = f"{AZURE}/dev/base:1"


class Recovery:
    """A recovery container whose terminal has no variable but those of its image."""

    def __init__(self, scene: Scene, folder: Path, machine: Machine) -> None:
        self.scene = scene
        self.machine = machine
        self.command: Sequence[str] = (str(CRREG), "doctor")
        """What runs the doctor there."""
        self.variables: Mapping[str, str] = {}
        """What that needs besides."""
        self.workspaces = folder / "workspaces"
        self.files = RecoveryFiles(self.workspaces / ".codespaces")
        (self.workspaces / "app" / ".devcontainer").mkdir(parents=True)
        self.need(IMAGE)

    def need(self, image: str) -> None:
        """Let the dev container be that image."""
        text = f'{{"image": "{image}"}}'
        (self.workspaces / "app" / ".devcontainer" / "devcontainer.json").write_text(text)

    def fail(self, error: str) -> None:
        """Let the start have failed with that error, with the secrets of this moment."""
        variables = {
            "CODESPACES": "true",
            "CODESPACE_NAME": NAME,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_USER": PERSON,
            "GITHUB_TOKEN": self.scene.token,
        }
        self.files.write(secrets_of(self.scene.github, REPOSITORY, PERSON), IMAGE, error, variables=variables)

    def doctor(self, form: str = "json", **environment: str) -> Ended:
        """Run `crreg doctor` there; it tells no secret."""
        done = self.machine.run(
            self.workspaces,
            "/workspaces/app",
            *self.command,
            "--format",
            form,
            environment={
                **self.scene.world.environment(),
                "GITHUB_API_URL": self.scene.github.url,
                **self.variables,
                **environment,
            },
            seconds=280,
        )
        assert leaks_in(done.stdout + done.stderr) == ()
        assert "Traceback" not in done.stderr, done.stderr
        return Ended(done.returncode, done.stdout, done.stderr, 0)
