"""What is observed of one repository: its images and secrets, who was asked for them, and what they said."""
