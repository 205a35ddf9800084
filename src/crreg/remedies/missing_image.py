"""How to provide an image that the registry does not have, or that lacks what a codespace pulls."""

from crreg.findings.remedy import Remedy, command, steps
from crreg.platform import LINUX_AMD64, Platform
from crreg.registry.outcome import Lack


def how_to_provide(lack: Lack | None, reference: str, platform: Platform) -> Remedy:
    """Return how to provide an image, or what it lacks, for the platform that codespaces pull."""
    build = command(
        "docker", "buildx", "build", "--platform", str(platform), "--push", "--tag", reference, "."
    )
    match lack:
        case None:
            return steps("Correct the name, or push the image:", command("docker", "push", reference))
        case Lack.PLATFORM:
            machines = (
                "the machines that codespaces run on (to keep linux/arm64, add it after a comma)"
                if platform == LINUX_AMD64
                else f"{platform}, which the configuration asks for"
            )
            return steps(f"Build it for {machines}:", build)
        case Lack.CHILD:
            return steps(
                "Push the image again, and make the clean-up job keep everything that an index or a manifest lists:",
                build,
            )
        case Lack.FORMAT:
            return steps("Build and push it with a current version of docker:", build)
        case Lack.KIND:
            return steps("Correct the name. Name an image in image or FROM, and a feature in features.")
