"""What to do about a finding: the commands to paste, how to renew a credential, and how to name places."""
