"""JSON with comments and YAML, each value with its place in the file."""
