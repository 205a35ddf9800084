"""Registries: names, challenges, logins, and whether an image is there; nothing of GitHub."""
