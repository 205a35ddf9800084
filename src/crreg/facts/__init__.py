"""What is observed of one repository: its images and secrets, and the answers of registries and GitHub."""
