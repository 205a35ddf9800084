"""Keep secret values, in every encoding, out of all output."""
