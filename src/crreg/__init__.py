"""Check, repair and watch the container registry secrets that GitHub Codespaces needs."""

__version__ = "0.1.0"
