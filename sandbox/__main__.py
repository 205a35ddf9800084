"""`python -m sandbox`: run the whole sandbox in the foreground, with a file to source and a checkout to try."""

import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType

from sandbox import credentials
from sandbox.github.control import GitHubSandbox
from sandbox.process import NotStartedError
from sandbox.world import World, running_world


def main() -> int:
    """Run until Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        with tempfile.TemporaryDirectory(prefix="crreg-sandbox-") as folder:
            print("Starting the sandbox ...", file=sys.stderr, flush=True)
            with running_world(Path(folder), engine=True) as world:
                for place in world.places.values():
                    place.push("dev/base", "1")
                environment = Path(folder) / "environment"
                environment.touch(0o600)
                environment.write_text("\n".join([*directions(world), ""]))
                checkout = prepare_checkout(Path(folder) / "app")
                print("# In another terminal; Ctrl-C in this one stops it all, and removes both:")
                print(f". {environment} && cd {checkout}")
                print(
                    "# Try: crreg check; crreg init; crreg ensure; gh secret list --app codespaces",
                    flush=True,
                )
                signal.pause()
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
    except NotStartedError as error:
        print(f"The sandbox could not start: {error}", file=sys.stderr)
        return 1
    return 0


def prepare_checkout(folder: Path) -> Path:
    """Make a checkout of acme/app, whose dev container needs a private image; returns the folder."""
    (folder / ".devcontainer").mkdir(parents=True)
    image = "acme.azurecr.io/dev/base:1"
    (folder / ".devcontainer" / "devcontainer.json").write_text(f'{{\n  "image": "{image}"\n}}\n')
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("remote", "add", "origin", "https://github.com/acme/app.git"),
        ("add", "--all"),
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def directions(world: World) -> list[str]:
    """Shell lines that make crreg, gh, docker and the AWS tools use the sandbox.

    The credentials among them are made up and end with the sandbox.
    """
    lines = ["# Every program, into the world of made-up hosts:"]
    lines += _exports(world.environment())
    if world.engine is not None:
        lines += ["", "# docker, on the sandbox's engine:", *_exports(world.engine.environment())]
    if world.github is not None:
        lines += ["", "# crreg and gh, at the sandbox's GitHub, where acme/app is a repository:"]
        lines += _exports(_github(world.github))
    lines += ["", "# AWS keys that may use ECR:", *_exports(_aws_keys(world))]
    lines += ["", "# A triple for each registry; every one holds dev/base:1:"]
    for name, place in world.places.items():
        identifier = "".join(letter if letter.isalnum() else "_" for letter in name.upper()).lstrip(
            "0123456789"
        )
        lines += [f"#   {name}", *_exports(place.triple(f"SANDBOX_{identifier}"))]
    programs = shlex.quote(str(Path(sys.executable).parent))
    lines += [
        "",
        "# crreg and gh are here:",
        f"export PATH={programs}:$PATH",
        "",
        '# docker must log in before it pulls: echo "$SANDBOX_ACME_AZURECR_IO_CONTAINER_REGISTRY_PASSWORD" |',
        "#   docker login --username octocat --password-stdin acme.azurecr.io",
        "# Then: docker pull acme.azurecr.io/dev/base:1",
    ]
    return lines


def _exports(variables: dict[str, str]) -> list[str]:
    return [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]


def _aws_keys(world: World) -> dict[str, str]:
    keys = world.aws.puller
    return {"AWS_ACCESS_KEY_ID": keys.user, "AWS_SECRET_ACCESS_KEY": keys.password}


def _github(github: GitHubSandbox) -> dict[str, str]:
    """Create an organization with a repository, and a token with all permissions for both."""
    github.add_user("octocat")
    github.add_organization("acme", members={"octocat": "admin"})
    github.add_repository("acme/app")
    scopes = ("repo", "admin:org", "codespace:secrets", "read:packages")
    token = credentials.register(github.add_token("classic", owner="octocat", scopes=scopes))
    return {
        "GITHUB_API_URL": github.url,
        "GITHUB_REPOSITORY": "acme/app",
        "GITHUB_TOKEN": token,
        "GH_REPO": "acme/app",
    }


def _stop(number: int, frame: FrameType | None) -> None:
    """Make SIGTERM end the process as Ctrl-C does, leaving every `with` block."""
    del number, frame
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
