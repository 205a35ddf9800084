"""The `crreg` command."""
