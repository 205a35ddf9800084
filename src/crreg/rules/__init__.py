"""The rules. Each finding belongs to one of them, and each rule of a check has a module of its own."""
