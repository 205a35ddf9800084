"""The configuration file, .github/crreg.yml."""
