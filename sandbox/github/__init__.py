"""A server that plays GitHub's REST API on loopback, held to GitHub's own description of it."""
