"""devcontainer.json: what it asks for, its variables and its features."""
