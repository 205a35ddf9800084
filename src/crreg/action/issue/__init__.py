"""The tracking issue of scheduled checks: opened, kept current, commented on and closed by what a check finds."""
