"""The targets, by what they are about; importing this package makes them known."""

from fuzz.targets import (
    addresses,
    aws,
    build,
    configuration,
    discovery,
    dockerfile,
    documents,
    github,
    manifests,
    names,
    redaction,
    registry,
    rendering,
    reports,
    tracking,
    wire,
)

__all__ = [
    "addresses",
    "aws",
    "build",
    "configuration",
    "discovery",
    "dockerfile",
    "documents",
    "github",
    "manifests",
    "names",
    "redaction",
    "registry",
    "rendering",
    "reports",
    "tracking",
    "wire",
]
