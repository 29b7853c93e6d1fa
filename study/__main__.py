"""Run the command line as `python -m study`."""

import sys

from study.cli import main

sys.exit(main())
