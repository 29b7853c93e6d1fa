"""Papers: notes, a minimal reimplementation, and the claims put to the test."""
