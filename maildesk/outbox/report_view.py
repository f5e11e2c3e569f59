"""A report as its templates read it: figures under their own names, rows, people and categories in words, proposals as a list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from maildesk.model import Count, Name, PersonFigures, ReportView
from maildesk.outbox.buttons import mailto, written
from maildesk.outbox.cut import without_proofs
from maildesk.outbox.records import PersonView

if TYPE_CHECKING:
    from maildesk.outbox.view import Viewer

_MARK = re.compile(r"^\s*(?:[-–—•*·]|\(?\d{1,2}[.)])\s+")
#: A shorter line was ended by its writer, a longer one by the client that wraps at 72 to 78 characters.
_WRAPPED = 60


def proposals(text: str) -> tuple[str, ...]:
    """The head's proposals one by one: where any line has a mark ('1.', '-'), each marked line begins one; else where paragraphs stand
    apart, each is one; else each line, wrapped ones joined. Not a word is lost."""
    lines = [line.strip() for line in without_proofs(text).strip().splitlines()]
    marked, apart = any(map(_MARK.match, lines)), "" in lines
    found: list[str] = []
    last = ""
    for line in lines:
        begins = bool(_MARK.match(line)) if marked else not last if apart else len(last) < _WRAPPED
        bare = _MARK.sub("", line)
        if bare and (begins or not found):
            found.append(bare)
        elif bare:
            found[-1] += f" {bare}"
        last = line
    return tuple(found)


def viewed(viewer: Viewer, report: ReportView) -> Mapping[str, object]:
    """All that templates may name of a report (templates/README.md lists it)."""
    rows = {
        name: tuple(map(viewer.row, getattr(report, name)))
        for name in ("open_rows", "closed_rows", "decisions", "missed_rows")
    }
    plain = {
        name: getattr(report, name)
        for name in (
            "name", "since", "until", "channels", "arrived", "closed", "missed", "reopened", "open_now", "empty", "trend",
            "hours", "account",
        )
    }  # fmt: skip
    return {
        **plain,
        **rows,
        "phone": report.channels == ("phone",),
        "weekly": report.name == "weekly",
        "links": {row.ref: _link(viewer, row.ref) for row in rows["decisions"] + rows["missed_rows"]},
        "terms": tuple((viewer.word("terms", one.term.value), one) for one in report.terms),
        "by_category": _labelled(viewer, report.by_category, "category"),
        "by_class": _labelled(viewer, report.by_class, "class"),
        "by_role": _labelled(viewer, report.by_role, "roles"),
        "by_channel": _labelled(viewer, report.by_channel, "channels"),
        "by_person": tuple(_person(viewer, one) for one in report.by_person),
        "changes": tuple((_change_label(viewer, one.what, one.label), one) for one in report.changes),
        "charts": {chart.content_id.partition("@")[0]: chart.content_id for chart in report.charts},
        "earlier": tuple((viewer.line(count.label), count) for count in report.earlier),
        "spam": tuple(viewer.line(one) for one in report.spam),
        "proposals": tuple(viewer.line(one) for one in proposals(viewer.outgoing.text)),
    }


def _link(viewer: Viewer, ref: str) -> str:
    """A mail that asks for a ticket's history: it changes nothing, so it needs no proof."""
    return mailto(viewer.policy.address, written(Name.HISTORY, ref, viewer.renderer.language))


def _labelled(viewer: Viewer, counts: tuple[Count, ...], table: str) -> tuple[tuple[str, Count], ...]:
    return tuple((_label(viewer, count.label, table), count) for count in counts)


def _label(viewer: Viewer, label: str, table: str) -> str:
    if not label:
        return viewer.word("report_words", "" if table == "category" else "none")
    if table == "category":
        return viewer.category(label)
    return viewer.line(label) if table == "class" else viewer.line(viewer.word(table, label))


def _change_label(viewer: Viewer, what: str, label: str) -> str:
    return viewer.category(label) if what == "category" else viewer.word("terms", label)


def _person(viewer: Viewer, one: PersonFigures) -> PersonView:
    known = one.who in viewer.policy.staff
    name = viewer.names(one.who) if known else viewer.line(viewer.word("roles", one.who))
    return PersonView(name, viewer.word("terms", one.figures.term.value), one.figures)
