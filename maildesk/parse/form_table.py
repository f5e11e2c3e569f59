"""Reads the tables and definition lists of an HTML form mail: pairs of a label and the value that stands beside or below it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from maildesk.parse.html import tree

MAX_HTML = 512 * 1024
MAX_ROWS = 400
MAX_NODES = 20_000
LONGEST_CELL = 20_000
#: A row of so many labels, most of them known, heads a table whose next row holds the values.
FEWEST_HEADS = 3

_CELLS = ("td", "th")
_BREAKS = frozenset({"br", "div", "li", "tr"})
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6"})
_HIDDEN = frozenset({"script", "style", "head", "title"})
_NUMBER = re.compile(r"№|#|\d{0,3}[.)]?")

Pair = tuple[str, str]


def pairs(html: str, is_label: Callable[[str], bool]) -> list[Pair]:
    """Each (label, value) of a table's row or of a definition list, in order, where `is_label` knows the label.

    Builders that put label and value into one cell write text that `form` reads by itself.
    """
    html = html[:MAX_HTML]
    if "<td" not in html and "<TD" not in html and "<th" not in html and "<dt" not in html:
        return []
    page = tree(html)
    return [pair for pair in (*_of_rows(page, is_label), *_of_lists(page)) if is_label(pair[0])]


def _of_rows(page: LexborHTMLParser, is_label: Callable[[str], bool]) -> Iterator[Pair]:
    heads: Sequence[str] = ()
    for row in page.css("tr")[:MAX_ROWS]:
        cells = [cell for cell in row.iter() if cell.tag in _CELLS]
        if not cells or any(cell.css_first("table") for cell in cells):
            heads = ()
            continue
        texts = [cell_text(cell) for cell in cells]
        if heads and len(texts) == len(heads):
            yield from zip(heads, texts, strict=True)
            heads = ()
            continue
        heads = ()
        if len(texts) >= FEWEST_HEADS and 2 * sum(1 for text in texts if is_label(_line(text))) > len(texts):
            heads = [_line(text) for text in texts]
        elif len(texts) == 3 and _NUMBER.fullmatch(texts[0].strip()):
            yield _line(texts[1]), texts[2]
        elif len(texts) == 2 and not _is_head(texts[1]):
            yield _line(texts[0]), texts[1]


def _is_head(text: str) -> bool:
    """«Вопрос | Ответ»: the columns' names, not a question and what was answered."""
    return text.strip(" :").casefold() in {"ответ", "значение", "answer", "value", "response"}


def _of_lists(page: LexborHTMLParser) -> Iterator[Pair]:
    for term in page.css("dt")[:MAX_ROWS]:
        answer = term.next
        while answer is not None and answer.tag == "-text":
            answer = answer.next
        if answer is not None and answer.tag == "dd":
            yield _line(cell_text(term)), cell_text(answer)


def _line(text: str) -> str:
    return " ".join(text.split())


def cell_text(node: LexborNode) -> str:
    """The text of a cell, a line for each <br> and block, an empty line between paragraphs."""
    pieces: list[str] = []
    for count, child in enumerate(node.traverse(include_text=True)):
        if count > MAX_NODES:
            break
        if child.tag == "-text":
            if child.parent is None or child.parent.tag not in _HIDDEN:
                pieces.append(" ".join((child.text_content or "").replace("\u00a0", " ").split(" ")))
        elif child.tag in _PARAGRAPHS:
            pieces.append("\n\n")
        elif child.tag in _BREAKS:
            pieces.append("\n")
    lines = "\n".join(" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()[:LONGEST_CELL]
