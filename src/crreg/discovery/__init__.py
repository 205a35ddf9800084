"""The images that a repository's dev containers need, each with its place in a file."""
