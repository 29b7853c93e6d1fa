"""What the reference does with docstrings before mkdocstrings reads them."""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object

_EXAMPLE = re.compile(r"^([ \t]*)Example:[ \t]*$", re.MULTILINE)


class Docstrings(Extension):
    """Read a section `Example:` as `Examples:`, the only name under which Griffe finds doctests."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Rename the section in the docstring of every module, class, function and attribute."""
        if obj.docstring is not None:
            obj.docstring.value = _EXAMPLE.sub(r"\1Examples:", obj.docstring.value)
