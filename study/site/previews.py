"""What the pages show of a cited work before the reader goes there: its reference, in words."""

from __future__ import annotations

import re

from study.files import foreign
from study.site import code_pages
from study.site.addresses import Base
from study.site.letters import in_letters
from study.site.mathematics import INLINE

_FORMULA = re.compile(INLINE)


def references(base: Base, staged: str) -> str:
    """Return what the script knows of the works that a page cites; empty where it cites none.

    Args:
        base: The knowledge base, in which the citations of the page are noted.
        staged: The page, as it is called among the staged ones.
    """
    known = {
        code_pages.anchor(key): _FORMULA.sub(
            lambda found: in_letters(found["inline"]), foreign.line(base.references[key].formatted())
        )
        for key, pages in sorted(base.cited.items())
        if staged in pages
    }
    if not known:
        return ""
    return f'<script type="application/json" id="study-references">{foreign.json_in_script(known)}</script>'
