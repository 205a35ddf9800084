"""The doctor: what is wrong with a codespace, for the person inside it, from facts and findings."""
