"""Registries: names, challenges, logins and image availability. Nothing here knows about GitHub."""
