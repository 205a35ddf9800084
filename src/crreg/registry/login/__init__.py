"""Logging in to a registry as docker does."""
