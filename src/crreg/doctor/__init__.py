"""What ails a codespace: a reader of facts and findings, for the person inside it."""
