"""Get registry tokens from AWS for its access keys."""
