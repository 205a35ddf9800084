"""The rules: one a file, each a pure function from the facts to findings."""
