"""Whole organizations: every repository read, checked, repaired and remembered at once."""
