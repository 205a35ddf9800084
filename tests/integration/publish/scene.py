"""A repository whose workflow publishes to GHCR, a registry to copy from, and the world they are in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3
from sandbox import credentials
from sandbox.command import Ended, crreg
from sandbox.ghcr import Ghcr
from sandbox.github.control import GitHubSandbox
from sandbox.images import Pushed, Pusher
from sandbox.registry import Registry
from sandbox.tests.ghcr_scene import REPOSITORY, workflow
from sandbox.world import World

IMAGE = "ghcr.io/acme/dev"
BASE = "basic/base"
"""The repository in the registry that is copied from."""


@dataclass
class Scene:
    """What a publishing is run on."""

    world: World
    github: GitHubSandbox
    ghcr: Ghcr
    source: Registry
    folder: Path
    token: str = ""
    values: dict[str, str] = field(default_factory=dict)
    """The environment's triples."""
    variables: dict[str, str] = field(default_factory=dict)
    """Further variables of the run; they win."""

    @property
    def base(self) -> str:
        """The image to copy, as its name is written."""
        return f"{self.source.address}/{BASE}:1"

    def put(self, *, index: bool = False, labels: dict[str, str] | None = None) -> Pushed:
        """Put the image to copy into its registry."""
        pusher = Pusher(self.source.backend)
        return pusher.push_index(BASE, "1") if index else pusher.push(BASE, "1", labels=labels)

    def use_workflow(self, repository: str = REPOSITORY, **permissions: str) -> None:
        """Run with a workflow's own token, which may write packages unless other permissions are given."""
        self.token = credentials.register(workflow(self.github, repository, **permissions))

    def configure(self, *entries: Mapping[str, object]) -> None:
        """List what to publish."""
        path = self.folder / ".github" / "crreg.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"publish": list(entries)}))

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the run."""
        return {
            **self.world.environment(),
            "GITHUB_API_URL": self.world.api_of(self.github.url),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": self.token,
            **self.values,
            **self.variables,
        }

    def publish(self, *arguments: str, form: str = "json", **environment: str) -> Ended:
        """Run `crreg publish`."""
        return crreg(
            "publish",
            "--format",
            form,
            *arguments,
            environment={**self.environment, **environment},
            folder=self.folder,
        )

    def copy(self, *arguments: str, to: str = f"{IMAGE}:1", **environment: str) -> Ended:
        """Copy the image to GHCR."""
        return self.publish("--copy", self.base, "--to", to, *arguments, **environment)

    def manifest(self, name: str, repository: str = "acme/dev") -> tuple[str, dict[str, Any]]:
        """What GHCR keeps under a tag or a digest: its digest and the manifest; an empty digest where nothing."""
        kinds = ("oci.image.index.v1", "oci.image.manifest.v1", "docker.distribution.manifest.v2")
        accept = ", ".join(
            f"application/vnd.{kind}+json" for kind in (*kinds, "docker.distribution.manifest.list.v2")
        )
        url = f"{self.ghcr.backend}/v2/{repository}/manifests/{name}"
        answer = urllib3.request("GET", url, headers={"Accept": accept}, retries=False)
        if answer.status != 200:
            return "", {}
        return answer.headers["Docker-Content-Digest"], answer.json()

    def config(self, name: str, repository: str = "acme/dev") -> dict[str, Any]:
        """The configuration of the image that a tag names."""
        _, manifest = self.manifest(name, repository)
        url = f"{self.ghcr.backend}/v2/{repository}/blobs/{manifest['config']['digest']}"
        config: dict[str, Any] = urllib3.request("GET", url, retries=False).json()
        return config

    def ghcr_has(self, image: str) -> str | None:
        """The visibility of an image's package; None if there is none."""
        _, owner, name = image.split("/", 2)
        package = self.github.packages.get(owner, name)
        return package.visibility if package is not None else None

    def forget(self, digest: str, repository: str = "acme/dev") -> None:
        """Delete a manifest behind GHCR's back, as a clean-up of untagged versions does."""
        answer = urllib3.request(
            "DELETE", f"{self.ghcr.backend}/v2/{repository}/manifests/{digest}", retries=False
        )
        assert answer.status == 202
