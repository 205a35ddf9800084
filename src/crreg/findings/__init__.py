"""What is wrong, where, and what to do about it, as values that every part of crreg shares."""
