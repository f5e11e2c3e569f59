"""What HTML hides from its reader: by an element's own style, or by a class of the mail's style sheet."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from maildesk.parse import limits

_HIDDEN = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)"
    r"|max-(?:height|width)\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$))",
    re.IGNORECASE,
)
_NO_SIZE = re.compile(r"(?:^|[;\s])(?:height|width)\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$)", re.IGNORECASE)
_OVERFLOW = re.compile(r"overflow\s*:\s*hidden", re.IGNORECASE)
_CLASS = re.compile(r"\.([\w-]+)")


def by_style(style: str) -> bool:
    """True where an inline style takes the element from sight: not displayed, invisible, or of no size."""
    return bool(_HIDDEN.search(style) or (_OVERFLOW.search(style) and _NO_SIZE.search(style)))


def classes(tree: LexborHTMLParser) -> frozenset[str]:
    """Classes that a style sheet of the mail hides on every screen (rules within @media do not count)."""
    names: set[str] = set()
    for node in tree.css("style")[:20]:
        sheet = node.text()[: 64 * limits.KB]
        if "none" not in sheet:
            continue
        for rule in _outside_media(sheet).split("}"):
            selectors, _, body = rule.rpartition("{")
            if _HIDDEN.search(body):
                names.update(
                    found[1] for selector in selectors.split(",") if (found := _CLASS.fullmatch(selector.strip()))
                )
    return frozenset(names)


_NO_MARGINS = re.compile(
    r"(?<![\w-])margin\s*:\s*0(?:[a-z%]*)?(?:\s+0[a-z%]*){0,3}\s*(?:;|!|$)|margin-bottom\s*:\s*0[a-z%]*\s*(?:;|!|$)",
    re.IGNORECASE,
)


def close_paragraphs(tree: LexborHTMLParser) -> bool:
    """Whether a style sheet of the mail takes the margins off every <p>: The Bat! and Outlook write a line so."""
    for node in tree.css("style")[:20]:
        for rule in _outside_media(node.text()[: 64 * limits.KB]).split("}"):
            selectors, _, body = rule.rpartition("{")
            if _NO_MARGINS.search(body) and any(
                selector.split("*/")[-1].strip().lower() == "p" for selector in selectors.split(",")
            ):
                return True
    return False


def _outside_media(sheet: str) -> str:
    """The style sheet without its at-rules' blocks."""
    out: list[str] = []
    position = 0
    while (start := sheet.find("@", position)) >= 0:
        out.append(sheet[position:start])
        brace, semicolon = sheet.find("{", start), sheet.find(";", start)
        if brace < 0 or 0 <= semicolon < brace:
            position = semicolon + 1 if semicolon >= 0 else len(sheet)
            continue
        depth, position = 1, brace + 1
        for found in re.compile("[{}]").finditer(sheet, position):
            depth += 1 if found[0] == "{" else -1
            position = found.end()
            if not depth:
                break
    return "".join(out) + sheet[position:]
