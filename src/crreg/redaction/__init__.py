"""Secret values, and every spelling of them, kept out of what is written."""
