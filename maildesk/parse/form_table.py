"""Turns the two-column tables of an HTML mail into `label<TAB>value` lines."""

from __future__ import annotations

from collections.abc import Mapping

from selectolax.lexbor import LexborNode

from maildesk.parse.form_labels import normal
from maildesk.parse.html import tree

MAX_HTML = 512 * 1024
MAX_ROWS = 400
MAX_NODES = 20_000
LONGEST_CELL = 20_000

_CELLS = ("td", "th")
_BREAKS = frozenset({"br", "p", "div", "li", "tr"})
_HIDDEN = frozenset({"script", "style", "head", "title"})


def table_lines(html: str, known: Mapping[str, str]) -> list[str]:
    """The rows of two cells whose first is a known label, as lines; what a cell holds over several lines stays so.

    Builders that put label and value into one cell, or into a definition list, write text that `form` reads by itself.
    """
    html = html[:MAX_HTML]
    if "<td" not in html and "<TD" not in html and "<th" not in html and "<dt" not in html:
        return []
    lines: list[str] = []
    page = tree(html)
    for row in page.css("tr")[:MAX_ROWS]:
        cells = [cell for cell in row.iter() if cell.tag in _CELLS]
        if len(cells) == 2 and not any(cell.css_first("table") for cell in cells):
            lines.extend(_pair(cell_text(cells[0]), cell_text(cells[1]), known))
    for term in page.css("dt")[:MAX_ROWS]:
        answer = term.next
        while answer is not None and answer.tag == "-text":
            answer = answer.next
        if answer is not None and answer.tag == "dd":
            lines.extend(_pair(cell_text(term), cell_text(answer), known))
    return lines


def _pair(label: str, value: str, known: Mapping[str, str]) -> list[str]:
    label = " ".join(label.split())
    if known.get(normal(label)) is None:
        return []
    first, *rest = value.split("\n") if value else [""]
    return [f"{label}\t{first}", *rest]


def cell_text(node: LexborNode) -> str:
    """The text of a cell, a line for each <br> and block."""
    pieces: list[str] = []
    for count, child in enumerate(node.traverse(include_text=True)):
        if count > MAX_NODES:
            break
        if child.tag == "-text":
            if child.parent is None or child.parent.tag not in _HIDDEN:
                pieces.append(" ".join((child.text_content or "").replace("\u00a0", " ").split(" ")))
        elif child.tag in _BREAKS:
            pieces.append("\n")
    lines = [" ".join(line.split()) for line in "".join(pieces).split("\n")]
    return "\n".join(lines).strip()[:LONGEST_CELL]
