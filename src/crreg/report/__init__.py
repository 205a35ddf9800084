"""What each reader sees of the findings: a person, a pull request, a job summary, a program, code scanning."""
