"""The images that a repository's dev containers need, each with its place in a file."""

from crreg.discovery.discover import discover
from crreg.discovery.found import Discovery, FoundImage, Problem, ProblemKind, Source

__all__ = ["Discovery", "FoundImage", "Problem", "ProblemKind", "Source", "discover"]
