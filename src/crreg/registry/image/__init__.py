"""Images in a registry: availability for a platform, and reading and writing their parts."""
