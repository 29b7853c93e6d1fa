"""A bibliography that somebody hostile wrote: what breaks out of every place in which a field is shown.

Whatever runs sets `window.hit` or opens a dialog; whatever leads elsewhere names `evil.example`.
"""

from __future__ import annotations

SCRIPT = "<script>window.hit=1</script>"
IMAGE = "<img src=x onerror=window.hit=2>"

TITLES = {
    "script": f"Tagged {SCRIPT} Nets",
    "handler": f"Handled {IMAGE} Nets",
    "closing": f"Closed </title></script></style></textarea>{SCRIPT} Nets",
    "attribute": "Quoted \" onmouseover=window.hit=3 x=' autofocus onfocus=window.hit=4 Nets",
    "cdata": f"Marked ]]>--><!-- {SCRIPT} Nets",
    "link": "Linked [here](javascript:window.hit=5) and <javascript:window.hit=6> Nets",
    "picture": "Pictured ![here](https://evil.example/p.png) Nets",
    "reference": "Referred [papers.coin][] and [x][y] and [@doe2017coins] and [^1] Nets",
    "entities": "Coded &lt;script&gt;window.hit=7&lt;/script&gt; &#60;img onerror=window.hit=8&#62; Nets",
    "templates": "Braced {{ config.site_name }} {{ 7*7 }} {{{{x}}}} Nets",
    "attributes": "Listed {: onclick=window.hit=9 } Nets {: onmouseover=window.hit=10 }",
    "snippet": "--8<-- mkdocs.yml Nets",
    "marker": "Sourced <!-- source: papers/coin/flip.py::flip --> <!-- results --> Nets",
    "fence": "Fenced ``` window.hit ``` ~~~ Nets",
    "formula": r"Counted $\sqrt{n}$ and \$3 and $\href{javascript:window.hit=11}{x}$ Nets",
    "broken": r"Broken $\frac{x}$ and $\htmlData{a=b}{x}$ Nets",
    "yaml": "Typed 'a': [b, &c, *d] # e: |- !!python/object Nets",
    "blocks": '# 1. - > * + ::: papers.coin !!! note "x" Nets',
    "signs": "Cats & Dogs: AT&T, a_b *c* __d__ ~~e~~ ++f++ ==g== 100 % Nets #",
    "script_svg": "Drawn <svg onload=window.hit=12><title>x</title></svg><math><mtext></svg> Nets",
    "frame": "Framed <iframe srcdoc='<script>parent.hit=13</script>'></iframe><base href=//evil.example>",
    "form": "Posted <form action=https://evil.example><button formaction=javascript:window.hit=14>x</button>",
}
"""Title by the key of its work: as it is to be read."""

ADDRESSES = (
    "javascript:window.hit=20",
    "JaVaScRiPt:window.hit=21",
    "java\tscript:window.hit=22",
    " javascript:window.hit=23",
    "data:text/html,<script>window.hit=24</script>",
    "//evil.example/path",
    "vbscript:x",
    "file:///etc/passwd",
    "https://example.org\" onclick='window.hit=25'",
    "https://example.org/<script>window.hit=26</script>",
    "https://doi.org@evil.example/10.1/x",
    "https:\\\\evil.example",
    "&#106;avascript:window.hit=27",
)


def _bib(text: str) -> str:
    """Return a title as a field holds it: its braces balanced, BibTeX's own signs escaped."""
    if "$" in text:
        return text
    held = text.replace("_", r"\_").replace("{", r"\{").replace("}", r"\}")
    return held.replace("&", r"\&").replace("#", r"\#").replace("%", r"\%").replace("~", r"\~{}")


def bibliography() -> str:
    """Return the whole file: a work a title, and every other field as hostile."""
    works = []
    for number, (key, title) in enumerate(TITLES.items()):
        works.append(
            f"@article{{{key}2020,\n"
            f"  title = {{{_bib(title)}}},\n"
            f'  author = {{{SCRIPT} Roe, Ann {IMAGE} and {{"><b onclick=window.hit=30>Org}}}},\n'
            f"  journal = {{Journal {SCRIPT} [x](javascript:window.hit=31)}},\n"
            f"  volume = {{1{IMAGE}}},\n"
            f"  pages = {{1--2</p>{SCRIPT}}},\n"
            f"  note = {{</code></pre>{SCRIPT}\n```\n\n{SCRIPT}\n\n````\n{IMAGE}\n}},\n"
            f"  url = {{{ADDRESSES[number % len(ADDRESSES)]}}},\n"
            f'  doi = {{10.1000/<script>window.hit=32</script>"onclick=window.hit=33}},\n'
            f'  eprint = {{2001.00001"><script>window.hit=34</script>}},\n'
            f"  archivePrefix = {{arXiv}},\n"
            f"  year = {{2020}},\n"
            f"}}\n"
        )
    return "\n".join(works)
