"""The images of a Dockerfile, as BuildKit reads it, and where the dev containers CLI reads it differently."""
