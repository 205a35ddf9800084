"""Publishing images: ask first, then copy, build or push, link to the repository, and verify."""
