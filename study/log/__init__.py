"""The reader's log: the checklists, and how far the reader is."""
