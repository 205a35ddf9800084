"""The report as each reader sees it: siblings that are pure functions from the report to text."""
