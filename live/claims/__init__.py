"""The assumptions, by the party that they are about."""
