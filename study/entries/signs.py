"""The signs of what was found out: one for each outcome, the same on the pages and at the command line."""

from __future__ import annotations

NOT_RUN = "not yet run"
"""What stands for the verdict on a claim that has none."""

VERDICTS = {"supported": "✓", "not supported": "✗", "inconclusive": "~", "not judged": "◌", NOT_RUN: "○"}
EVIDENCE = {"yes": "✓", "partly": "◐", "out of date": "↻", "no": "○"}
"""By the value of `evidence.State`."""
