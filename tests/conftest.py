"""What all tests share."""

from hypothesis import settings

settings.register_profile("house", derandomize=True, deadline=None, database=None, max_examples=25)
settings.load_profile("house")
