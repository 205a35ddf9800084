"""Images in a registry: whether one is there for a platform, and how its parts are read and written."""
