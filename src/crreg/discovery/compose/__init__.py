"""The images of a Compose project."""
