"""The page of one entry: everything at a glance, the checklist, the notes, how to cite it."""

from __future__ import annotations

from collections.abc import Iterator

from study.entries import evidence, importing, results_table, signs
from study.entries.catalogue import Entry
from study.files import foreign
from study.log import checklist
from study.log.checklist import Item
from study.log.line import relinked
from study.log.steps import section_at
from study.search.prose import plain
from study.site import code_pages, passes
from study.site.addresses import BIBLIOGRAPHY, Base, page, url
from study.site.markup import (
    attribute,
    chip,
    escape,
    heading,
    inline,
    keeper_mark,
    kind,
    meter,
    minutes,
    plain_html,
    start_hint,
    tag,
    tools,
)
from study.site.notes_page import NotesPage
from study.site.previews import references
from study.site.record import data

_KEEPER = {"done": ("✓", "read"), "begun": ("◐", "begun"), "dropped": ("–", "dropped")}
_FEW = 4  # authors that are named before "et al."


def items(entry: Entry) -> list[Item]:
    """Return the items of an entry's checklist; none if it has no such file."""
    return list(checklist.load(entry.checklist).items) if entry.checklist.is_file() else []


def entry_page(base: Base, entry: Entry, listed: dict[str, list[Item]]) -> tuple[str, NotesPage]:
    """Return the staged page of an entry, and the notes it was made from.

    Raises:
        StudyError: A file of the entry is not what it should be.
    """
    notes = NotesPage(base, entry, listed[entry.slug])
    start = page(entry)
    parts = [
        f"---\ntitle: {foreign.yaml(plain_html(entry.title))}\n"
        f"description: {foreign.yaml(attribute(entry.summary))}\n"
        f"source: {entry.notes.relative_to(base.root).as_posix()}\n---\n",
        f"# {heading(entry.title)}\n",
        _head(base, entry, start),
        passes.switch(entry, notes.notes),
        _checklist(base, entry, notes, listed[entry.slug]),
        notes.body(),
        *_after(base, entry, start),
        data(start),
        references(base, start),
    ]
    return "\n".join(parts) + "\n", notes


def _head(base: Base, entry: Entry, start: str) -> str:
    panels = [*_claims(entry), _evidence(entry), _needs(base, entry, start), _run(entry)]
    return (
        f'<div class="entry room-{entry.room}" data-entry="{entry.slug}">\n'
        f'<p class="byline">{_byline(base, entry, start)}</p>\n'
        f'<p class="lead">{inline(entry.summary)}</p>\n'
        f'<div class="glance">\n{"".join(panels)}</div>\n</div>\n'
    )


def _byline(base: Base, entry: Entry, start: str) -> str:
    facts = [tag("span", kind(entry).capitalize(), class_="kind")]
    work = base.references.get(entry.bibkey or "")
    if work is not None:
        base.cite(work.key, start, entry.title)
        names = [str(author) for author in work.authors]
        shown = ", ".join(names if len(names) <= _FEW else names[: _FEW - 1])
        shown += " et al." if len(names) > _FEW or work.more_authors else ""
        facts.append(tag("a", escape(shown), href=url(start, BIBLIOGRAPHY, code_pages.anchor(work.key))))
        facts.append(escape(f"{work.venue} ({work.year})" if work.venue else str(work.year)))
        if work.url:
            facts.append(
                tag("a", escape(f"arXiv:{work.arxiv}") if work.arxiv else "the paper", href=work.url)
            )
    facts.append(minutes(entry.minutes))
    return '<span class="dot" aria-hidden="true"> · </span>'.join(facts)


def _panel(name: str, title: str, content: str) -> str:
    return f'<section class="panel panel-{name}"><p class="panel-title">{title}</p>{content}</section>\n'


def _claims(entry: Entry) -> Iterator[str]:
    listed = importing.claims(entry)
    if not listed:
        return
    results = results_table.load(entry).claims
    rows = []
    for claim in listed:
        result = results.get(claim.id)
        verdict = str(result.verdict) if result else signs.NOT_RUN
        mark = tag("span", signs.VERDICTS[verdict], class_="mark", aria_hidden="true")
        name = tag("a", escape(claim.id.replace("-", " ")), href=f"#{results_table.anchor(claim)}")
        detail = tag("span", verdict, class_="detail")
        title = plain(claim.says).text
        rows.append(
            tag("li", mark + name + detail, class_=f"verdict-row {verdict.replace(' ', '-')}", title=title)
        )
    yield _panel("claims", "Did it hold here?", tag("ul", "".join(rows), class_="verdicts plain"))


def _evidence(entry: Entry) -> str:
    rows = []
    for one in evidence.of(entry):
        mark = tag("span", signs.EVIDENCE[one.state], class_="mark", aria_hidden="true")
        state = tag("span", f"{one.state}: ", class_="visually-hidden")
        name = tag("span", escape(one.name), class_="name")
        detail = tag("span", escape(one.detail), class_="detail")
        rows.append(
            tag(
                "li",
                f"{mark}<span>{state}{name} {detail}</span>",
                class_=f"badge is-{one.state.name.lower()}",
            )
        )
    return _panel("evidence", "What is proved", tag("ul", "".join(rows), class_="badges plain"))


def _needs(base: Base, entry: Entry, start: str) -> str:
    chips = "".join(chip(base, start, base.catalogue.get(slug)) for slug in entry.requires)
    return _panel(
        "needs",
        "Read first",
        tag("div", chips, class_="chips") if chips else tag("p", "Nothing: begin here."),
    )


def _run(entry: Entry) -> str:
    commands = [f"study demo {entry.slug}"] if entry.has_demo else []
    commands += [f"study reproduce {entry.slug}"] if entry.has_claims else []
    commands.append(f"study notebook {entry.slug}")
    shown = escape("\n".join(commands))
    notebook = tag("a", "Download the notebook", href=f"{entry.slug}.ipynb", class_="download", download=True)
    code = f'<div class="highlight"><pre><code>{shown}\n</code></pre></div>'
    return _panel("run", "Run it", f"{code}<p>{notebook}</p>")


def _checklist(base: Base, entry: Entry, notes: NotesPage, listed: list[Item]) -> str:
    if not listed:
        return ""
    rows = "".join(_item(entry, item, notes) for item in listed)
    count = base.progress.entries[entry.slug]
    state = tag("span", count.state, class_="checklist-state", data_state=entry.slug)
    source = entry.checklist.relative_to(base.root).as_posix()
    return (
        "## Checklist\n\n"
        f'<div class="checklist" data-entry="{entry.slug}" data-source="{attribute(source)}">\n'
        f'<p class="checklist-head">{state}{meter(count, entry=entry.slug)}{_keeper(listed)}</p>\n'
        f"{start_hint()}\n"
        f'<ul class="items plain">{rows}</ul>\n'
        '<div class="checklist-strays" hidden></div>\n'
        '<noscript><p class="checklist-note">With JavaScript your ticks are kept in this browser. '
        f"Without it, edit <code>{escape(source)}</code>.</p></noscript>\n"
        f"{tools(tag('span', class_='checklist-where'))}\n"
        f'<section class="own-note" data-note="{entry.slug}" aria-label="Your note" hidden></section></div>\n'
    )


def _item(entry: Entry, item: Item, notes: NotesPage) -> str:

    def leads(target: str) -> str:
        section = section_at(target, notes.notes)
        return f"#{section.anchor}" if section else foreign.address(target) or ""

    name = f"check-{entry.slug}-{item.number}"
    box = f'<input type="checkbox" id="{name}" disabled>'
    label = tag("label", inline(relinked(item.markdown or item.text, leads)), for_=name)
    date = tag("time", "", class_="done-on")
    quiet = ""
    if item.state in _KEEPER:
        sign, did = _KEEPER[item.state]
        known = f", {item.date.isoformat()}" if item.date and item.done else ""
        quiet = keeper_mark(f"{did} by the keeper{known}", sign)
    depth = min(item.indent // 2, 4)
    style = f"--depth:{depth}" if depth else None
    return tag("li", box + label + quiet + date, data_key=item.key, style=style)


def _keeper(listed: list[Item]) -> str:
    """Return what the quiet marks mean, where there are any."""
    if not any(item.done for item in listed):
        return ""
    mark = tag("span", "✓", aria_hidden="true")
    return tag("span", f"{mark} read by the keeper of this base", class_="keeper-legend")


def _after(base: Base, entry: Entry, start: str) -> Iterator[str]:
    after = base.catalogue.unlocks[entry.slug]
    if after:
        chips = "".join(chip(base, start, base.catalogue.get(slug)) for slug in after)
        yield f'## What builds on this\n\n<div class="chips">{chips}</div>\n'
    work = base.references.get(entry.bibkey or "")
    if work is not None:
        yield f"## Cite the paper\n\n{foreign.fence(work.bibtex, 'bibtex')}\n"
