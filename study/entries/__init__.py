"""Entries: found, read and looked into by their files alone, and what can be proved of each."""
