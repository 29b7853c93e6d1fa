"""The pages that are made of the whole base: home, the rooms, the reading log, the bibliography."""

from __future__ import annotations

from itertools import groupby

from study.entries.catalogue import Entry
from study.files import foreign
from study.files.paths import ROOM_TITLES
from study.log.progress import Tick
from study.log.states import DROPPED_ENTRY, READ, STATES, TO_REVISIT
from study.site import code_pages
from study.site.addresses import BIBLIOGRAPHY, LOG, Base, page, rooms, url
from study.site.chart import chart
from study.site.markup import (
    about,
    escape,
    inline,
    meter,
    minutes,
    standing,
    start_hint,
    state_class,
    steps,
    tag,
    tools,
    words,
)
from study.site.record import data

_ROOM_WORDS = {
    "foundations": "The mathematics and the engine: every formula derived, and checked by code that runs.",
    "implementations": "Models and methods built on the foundations, in NumPy, against a reference.",
    "papers": "Papers read closely: the method derived, reimplemented small, and its claims put to the test.",
}

_WHERE = (
    "Ticks made on these pages are kept in this browser and nowhere else. Export them to keep a copy or to "
    "take them to another browser; what you import is added to what is here, and where the two disagree the "
    "later tick stands."
)

_UNTICKED = "Nothing is ticked yet. The first step of any entry is a good one."


def filled(text: str, base: Base, start: str) -> str:
    """Return a hand-written page with what it asks for in comments such as `<!-- map -->` filled in."""
    makers = {
        "map": lambda: chart(base, start) + "\n" + legend(base),
        "next": lambda: following(base, start) + start_hint(),
        "continue": continuing,
        "progress": lambda: meter(base.progress.total),
        "base": lambda: data(start),
    }
    for name, make in makers.items():
        marker = f"<!-- {name} -->"
        if marker in text:
            text = text.replace(marker, make())
    return text


def legend(base: Base) -> str:
    """Return what the colours of the map mean."""
    shown = [
        tag("li", f'<span class="swatch room-{room}"></span>{ROOM_TITLES[room]}', class_="legend-room")
        for room in rooms(base)
    ]
    shown += [
        tag(
            "li",
            f'<span class="swatch {state_class(state)}"></span>{state}',
            data_legend=state,
            hidden=state in (TO_REVISIT, DROPPED_ENTRY),  # the script shows what is in use
        )
        for state in STATES
    ]
    return f'<ul class="legend plain" aria-label="Legend">{"".join(shown)}</ul>'


def following(base: Base, start: str) -> str:
    """Return what to read next, and why; the script says it anew for the ticks of this browser."""
    after = base.progress.next
    if after is None:
        inner = tag("p", "Everything is read. Time to teach it.", class_="next-reason")
        return tag("div", inner, class_="next", data_next=True)
    entry = after.entry
    title = tag("a", escape(entry.title), href=url(start, page(entry)), class_="next-title")
    kind_and_time = tag("span", about(entry), class_="next-about")
    reason = tag("p", escape(after.reason[0].upper() + after.reason[1:] + "."), class_="next-reason")
    return tag("div", f"{title}{kind_and_time}{reason}", class_=f"next room-{entry.room}", data_next=True)


def continuing() -> str:
    """Return the place where the script says where the reader was; it stays hidden where it does not know."""
    title = tag("p", "Continue where you were", class_="panel-title")
    return tag("div", title, class_="continue", data_continue=True, hidden=True)


def room_page(base: Base, room: str) -> str:
    """Return the page of a room: its entries in reading order."""
    start = f"{room}/index.md"
    cards = []
    for entry in base.catalogue.room(room):
        count = base.progress.entries[entry.slug]
        year = f"{entry.year} · " if entry.year else ""
        title = tag("a", escape(entry.title), href=url(start, page(entry)))
        cards.append(
            f'<li class="card room-{room} {state_class(count.state)}" data-entry="{entry.slug}">'
            f'<p class="card-title">{title}</p>'
            f'<p class="card-about">{year}{minutes(entry.minutes)}{_read(base, entry)}</p>'
            f'<p class="card-summary">{inline(entry.summary)}</p>{meter(count, entry=entry.slug)}</li>'
        )
    title = ROOM_TITLES[room]
    return (
        f"---\ntitle: {title}\nhide: [toc]\n---\n\n# {title}\n\n{_ROOM_WORDS[room]}\n\n"
        f'<ul class="cards plain">\n{"".join(cards)}\n</ul>\n\n{data(start)}\n'
    )


def log_page(base: Base) -> str:
    """Return the reading log: progress by room, what is next, the map, and the dated ticks."""
    rows = "".join(
        f'<li><a href="{url(LOG, f"{room}/index.md")}">{ROOM_TITLES[room]}</a>'
        f"{meter(base.progress.rooms[room], room=room)}</li>"
        for room in rooms(base)
    )
    so_far = tag("p", "So far", class_="panel-title") + meter(base.progress.total)
    so_far += tag("ul", rows, class_="log-rooms plain")
    after = continuing() + tag("p", "Read next", class_="panel-title") + following(base, LOG) + start_hint()
    return f"""---
title: Reading log
hide: [navigation, toc]
---

# Reading log

<div class="log">
<section class="log-progress" aria-label="Your progress">{so_far}</section>
<section class="log-next" aria-label="What to read next">{after}</section>
</div>

{chart(base, LOG)}
{legend(base)}

## Timeline

<div class="timeline" data-timeline><p class="timeline-empty">{_UNTICKED}</p></div>

## Your ticks

<div class="ticks-file">
<p class="ticks-where">{_WHERE}</p>
<noscript><p>Without JavaScript this page shows the log as it was when the site was built.</p></noscript>
{tools()}</div>

{_keeper(base)}
{data(LOG)}
"""


def _read(base: Base, entry: Entry) -> str:
    """Return the quiet mark of an entry that the keeper has read."""
    if base.keeper.entries[entry.slug].state not in (READ, TO_REVISIT):
        return ""
    return '<span class="keeper-read"> · <span aria-hidden="true">✓</span> read by the keeper</span>'


def _keeper(base: Base) -> str:
    """Return the log of whoever keeps the base; the script hides it from them: it is theirs above."""
    if not base.keeper.total.done:
        return ""
    rows = []
    for entry in base.catalogue:
        count = base.keeper.entries[entry.slug]
        if count.done:
            title = tag("a", escape(entry.title), href=url(LOG, page(entry)), class_=f"room-{entry.room}")
            rows.append(tag("li", f"{title} {tag('span', standing(count), class_='detail')}"))
    return (
        '<section class="keeper-log" markdown="1">\n\n## The keeper\'s log\n\n'
        f"<p>What the keeper of this base has read: {steps(base.keeper.total)}.</p>\n"
        f'<ul class="keeper-entries plain">{"".join(rows)}</ul>\n{_timeline(base)}\n\n</section>\n'
    )


def _timeline(base: Base) -> str:
    """Return the dated ticks of the keeper."""
    if not base.keeper.timeline:
        return ""
    days = []
    for date, ticks in groupby(base.keeper.timeline, key=lambda tick: tick.date):
        day = tag("time", date.isoformat(), datetime=date.isoformat())
        days.append(
            f'<li class="day">{day}<ul class="plain">{"".join(_tick(base, tick) for tick in ticks)}</ul></li>'
        )
    return f'<ol class="days plain">{"".join(days)}</ol>'


def _tick(base: Base, tick: Tick) -> str:
    entry = base.catalogue.get(tick.slug)
    target = url(LOG, page(entry), "checklist")
    title = tag("a", escape(entry.title), href=target, class_=f"room-{entry.room}")
    return f"<li>{title} {inline(tick.text)}</li>"


def bibliography_page(base: Base) -> str:
    """Return every reference, the pages that cite it, and its BibTeX; made after all pages that cite."""
    parts = [
        "---\ntitle: Bibliography\nhide: [navigation, toc]\n---\n\n# Bibliography\n",
        f"{len(base.references)} works, by first author. The BibTeX of each can be unfolded and copied.\n",
    ]
    listed = sorted(base.references.values(), key=lambda one: (one.authors[0].family.casefold(), one.year))
    for one in listed:
        formatted = words(one.formatted())
        where = f" {tag('a', escape(one.url.partition('://')[2]), href=one.url)}" if one.url else ""
        pages = base.cited.get(one.key, {})
        links = ", ".join(
            tag("a", escape(title), href=url(BIBLIOGRAPHY, staged)) for staged, title in sorted(pages.items())
        )
        cited = f'<p class="reference-cited">Cited in {links}</p>' if links else ""
        parts.append(
            f'<div class="reference" id="{code_pages.anchor(one.key)}" markdown="1">\n\n'
            f'<p class="reference-text">{formatted}{where}</p>\n{cited}\n\n'
            f'<details class="reference-bibtex" markdown="1">\n<summary>BibTeX</summary>\n\n'
            f"{foreign.fence(one.bibtex, 'bibtex')}\n\n</details>\n\n</div>\n"
        )
    return "\n".join(parts)
