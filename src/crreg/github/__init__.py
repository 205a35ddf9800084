"""GitHub: Codespaces secrets at three levels, through PyGithub; nothing of registries."""
