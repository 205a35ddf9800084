"""Registry tokens of AWS, in exchange for its keys."""
