"""Break the code behind a page on purpose, one small change at a time, and see whether the page notices."""

from study.mutation.campaign import Campaign, run
from study.mutation.record import Record, Survivor

__all__ = ["Campaign", "Record", "Survivor", "run"]
