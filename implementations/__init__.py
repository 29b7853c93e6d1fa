"""Models and methods built on the foundations."""
