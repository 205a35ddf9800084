"""The rules. Each finding belongs to a rule, and each rule of a check has its own module."""
