"""The check of one repository, and its report as a value."""
