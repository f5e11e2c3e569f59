"""HTML becomes text as a reader would see it: paragraphs, lists, rows, links and quotes kept, hidden things left out.

Built by selectolax (lexbor) and walked here without recursion; hostile HTML is reduced to its text before it is built.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable

from selectolax.lexbor import LexborHTMLParser, LexborNode

from maildesk.parse import clean, html_hidden, limits
from maildesk.parse.html_page import Page

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{4000,}")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_GAP = re.compile(r"[\s/]+")
# Elements that never hold others, or that the next one of their kind closes: they do not nest by being left open.
_FLAT = frozenset((
    "br", "img", "hr", "meta", "link", "input", "col", "area", "base", "embed", "source", "track", "wbr", "param",
    "p", "li", "td", "th", "tr", "dt", "dd", "option", "tbody", "thead", "tfoot",
))  # fmt: skip
_SKIPPED = frozenset((
    "head", "script", "style", "title", "template", "svg", "math", "object", "iframe", "frame", "embed", "video",
    "audio", "canvas", "map", "meta", "link", "select", "option", "input", "datalist", "noframes", "applet",
))  # fmt: skip
_MARGIN = frozenset((
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "dl", "pre", "fieldset", "figure", "address",
))  # fmt: skip
_BLOCK = frozenset((
    "div", "ul", "ol", "li", "table", "tbody", "thead", "tfoot", "caption", "center", "section", "article", "header",
    "footer", "main", "nav", "aside", "form", "dt", "dd", "hr", "figcaption", "details", "summary", "legend",
    "blockquote", "body", "html", "tr", "td", "th", "dir", "menu",
))  # fmt: skip
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_FONT_SIZE = re.compile(
    r"(?:^|[;\s])font(?:-size)?\s*:[^;]*?(?<![\d.])(\d+(?:\.\d+)?)(?:px|pt|em|rem|%)?\b", re.IGNORECASE
)
_PRE = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
_NO_MARGIN = re.compile(r"margin\s*:\s*0(?:\D|$)|margin-bottom\s*:\s*0(?:\D|$)", re.IGNORECASE)
_INDENT = re.compile(r"border(?:-left)?\s*:\s*(?:none|0)", re.IGNORECASE)


def html_to_text(html: str) -> str:
    """The readable text of `html`, of which at most `limits.HTML` characters are looked at. Never raises."""
    return render(tree(html))


def tree(html: str) -> LexborHTMLParser:
    """`html` as a tree that is safe to walk: over-long, over-deep or over-full HTML is first reduced to its text."""
    html = clean.lines(html[: limits.HTML])
    if _is_hostile(html):
        html = f"<pre>{entities.escape(without_tags(html))}</pre>"
    return LexborHTMLParser(html)


def _is_hostile(html: str) -> bool:
    depth = count = 0
    for found in _TAG.finditer(html):
        count += 1
        if found[2].lower() in _FLAT:
            continue
        depth += -1 if found[1] else 1
        depth = max(depth, 0)
        if depth > limits.HTML_DEPTH:
            return True
    if count > limits.HTML_TAGS or html.count("<") > 2 * limits.HTML_TAGS:
        return True
    # An element of 100,000 attributes takes half a minute; quoted values (pictures as data:) do not count.
    return any(len(_GAP.findall(_QUOTED.sub("", tag))) > limits.HTML_ATTRIBUTES for tag in _LONG_TAG.findall(html))


def without_tags(html: str) -> str:
    """The text between tags, found in one pass over any input: for HTML that no tree should be built of."""
    before, *tags = re.sub(r"(?i)<(?:br|/p|/div|/tr|/li)\b", "\n<", html).split("<")
    out = [before]
    for piece in tags:
        _, closed, text = piece.partition(">")
        out.append(text if closed else "")
    return entities.unescape("".join(out))


def render(tree: LexborHTMLParser) -> str:
    """The readable text of a tree, which the caller may have cut nodes out of."""
    root = tree.root
    if root is None:
        return ""
    return _Walk(tree).run(root)


class _Walk:
    """One walk over a tree: `waiting` holds nodes to open and, below them, what is to be done when they close."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self.page = Page()
        self.pages: list[Page] = []
        self.waiting: list[LexborNode | Callable[[], None]] = []
        self.hidden_classes = html_hidden.classes(tree)
        self.close_paragraphs = html_hidden.close_paragraphs(tree)
        self.lists: list[int] = []  # the next number of each open list, 0 for a list without numbers
        self.rows: list[list[str]] = []
        self.pre = 0
        self.invisible = 0
        self.picture = "изображение" if _CYRILLIC.search(tree.root.text() if tree.root else "") else "image"

    def run(self, root: LexborNode) -> str:
        self.waiting.append(root)
        while self.waiting:
            step = self.waiting.pop()
            if isinstance(step, LexborNode):
                self._open(step)
            else:
                step()
        return self.page.text()

    def _open(self, node: LexborNode) -> None:
        tag = node.tag
        if tag == "-text":
            if not self.invisible:
                self.page.write(node.text_content or "", pre=bool(self.pre))
            return
        if tag is None or tag in _SKIPPED or tag.startswith(("-", "!")):
            return
        attributes = node.attributes
        style = (attributes.get("style") or "")[: limits.HTML_STYLE]
        if self._is_hidden(attributes, style):
            return
        closing = self._style(style, tag)
        opened = _ELEMENTS.get(tag)
        if opened is not None:
            closing += opened(self, node, attributes, style)
        elif tag in _MARGIN:
            closing += self._paragraph(attributes, style)
        elif tag in _BLOCK:
            self.page.line_end()
            closing.append(self.page.br if tag == "div" and _is_blank_line(node) else self.page.line_end)
        self.waiting.extend(reversed(closing))
        children = []
        child = node.child
        while child is not None:
            children.append(child)
            child = child.next
        self.waiting.extend(reversed(children))

    def _is_hidden(self, attributes: dict[str, str | None], style: str) -> bool:
        if "hidden" in attributes:
            return True
        if style and html_hidden.by_style(style):
            return True
        classes = attributes.get("class")
        return bool(self.hidden_classes and classes and self.hidden_classes.intersection(classes.split()))

    def _style(self, style: str, tag: str) -> list[Callable[[], None]]:
        """Apply what an element's style changes for what is in it; give back what undoes it."""
        closing: list[Callable[[], None]] = []
        if tag in ("pre", "textarea", "listing", "xmp") or (style and _PRE.search(style)):
            self.pre += 1
            closing.append(self._pre_ends)
        if style and (size := _FONT_SIZE.search(style)):
            before, self.invisible = self.invisible, int(float(size[1]) == 0)
            closing.append(lambda: setattr(self, "invisible", before))
        return closing

    def _pre_ends(self) -> None:
        self.pre -= 1

    def _paragraph(self, attributes: dict[str, str | None], style: str) -> list[Callable[[], None]]:
        """A paragraph has an empty line around it, but for Outlook's, whose margins are none."""
        lines = self.close_paragraphs or (attributes.get("class") or "").lower().startswith("mso")
        if lines or _NO_MARGIN.search(style):
            self.page.line_end()
            return [self.page.line_end]
        self.page.blank()
        return [self.page.blank]

    def _br(self, *_: object) -> list[Callable[[], None]]:
        self.page.br()
        return []

    def _hr(self, *_: object) -> list[Callable[[], None]]:
        self.page.line_end()
        self.page.write("_" * 32)
        return [self.page.line_end]

    def _img(self, node: LexborNode, attributes: dict[str, str | None], style: str) -> list[Callable[[], None]]:
        alt = clean.value(attributes.get("alt") or "")[: limits.FILE_NAME]
        source = (attributes.get("src") or "").strip()
        if self.invisible or attributes.get("width") in ("0", "1") or attributes.get("height") in ("0", "1"):
            return []
        if alt and len(alt) <= 8 and not any(character.isalnum() for character in alt):
            self.page.write(alt)  # an emoji that the client sends as a picture
        elif source.lower().startswith("cid:"):
            local = clean.value(source[4:]).partition("@")[0]
            name = alt or (local if "." in local else "")
            self.page.write(f"[{self.picture}: {name}]" if name else f"[{self.picture}]")
        elif alt:
            self.page.write(f"[{self.picture}: {alt}]")
        return []

    def _link(self, node: LexborNode, attributes: dict[str, str | None], style: str) -> list[Callable[[], None]]:
        target = clean.value(attributes.get("href") or "")
        shown = node.text().strip()
        if not shown or self.invisible or not _is_told(target, shown):
            return []
        return [lambda: self.page.write(f" <{target.removeprefix('mailto:').removeprefix('tel:')}>")]

    def _list(self, node: LexborNode, attributes: dict[str, str | None], style: str) -> list[Callable[[], None]]:
        start = attributes.get("start") or "1"
        numbered = node.tag == "ol"
        self.lists.append(int(start) if numbered and start.isdecimal() and len(start) < 6 else int(numbered))
        self.page.line_end()
        return [self.page.line_end, self._list_ends]

    def _list_ends(self) -> None:
        self.lists.pop()

    def _item(self, *_: object) -> list[Callable[[], None]]:
        self.page.line_end()
        number = self.lists[-1] if self.lists else 0
        if number:
            self.lists[-1] += 1
        indent = "  " * min(len(self.lists) - 1, 8) if self.lists else ""
        self.page.bullet(f"{indent}{number}. " if number else f"{indent}- ")
        return [self.page.line_end]

    def _quote(self, node: LexborNode, attributes: dict[str, str | None], style: str) -> list[Callable[[], None]]:
        """A quotation goes on a page of its own, which comes back with '> ' before each line; Gmail's indent does not."""
        self.page.line_end()
        if len(self.pages) >= 40 or (_INDENT.search(style) and "cite" not in attributes and "type" not in attributes):
            return [self.page.line_end]
        self._new_page()
        return [self._quote_ends]

    def _quote_ends(self) -> None:
        text = self._page_ends()
        if text.strip():
            self.page.lines(
                "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in text.split("\n"))
            )

    def _row(self, *_: object) -> list[Callable[[], None]]:
        self.page.line_end()
        self.rows.append([])
        return [self._row_ends]

    def _row_ends(self) -> None:
        cells = [cell for cell in self.rows.pop() if cell]
        if any("\n" in cell for cell in cells):
            for cell in cells:
                self.page.lines(cell)
        elif cells:
            self.page.lines("\t".join(cells))

    def _cell(self, *_: object) -> list[Callable[[], None]]:
        self.page.line_end()
        if not self.rows or len(self.pages) >= 40:
            return [self.page.line_end]
        self._new_page()
        return [self._cell_ends]

    def _cell_ends(self) -> None:
        cell = self._page_ends()
        if self.rows:
            self.rows[-1].append(cell)

    def _new_page(self) -> None:
        self.pages.append(self.page)
        self.page = Page()

    def _page_ends(self) -> str:
        text = self.page.text()
        self.page = self.pages.pop()
        return text


_ELEMENTS: dict[str, Callable[[_Walk, LexborNode, dict[str, str | None], str], list[Callable[[], None]]]] = {
    "br": _Walk._br,
    "hr": _Walk._hr,
    "img": _Walk._img,
    "a": _Walk._link,
    "ul": _Walk._list,
    "ol": _Walk._list,
    "li": _Walk._item,
    "blockquote": _Walk._quote,
    "tr": _Walk._row,
    "td": _Walk._cell,
    "th": _Walk._cell,
}


def _is_blank_line(node: LexborNode) -> bool:
    """Yandex's empty line, a <div> that holds one blank: written as &nbsp;, and an ordinary blank after some gateways."""
    child = node.child
    return child is not None and child.next is None and child.tag == "-text" and child.text_content == " "


def _is_told(target: str, shown: str) -> bool:
    """True where a link leads somewhere that its words do not say already."""
    lower = target.lower()
    if len(target) > 500 or not lower.startswith(("http://", "https://", "mailto:", "tel:", "ftp://")):
        return False
    bare = re.sub(r"^(?:[a-z]+:(?://)?)?(?:www\.)?", "", lower).rstrip("/")
    if lower.startswith("mailto:"):
        bare = bare.partition("?")[0]
    if lower.startswith("tel:"):
        return re.sub(r"\D", "", bare)[-10:] not in re.sub(r"\D", "", shown)
    return bool(bare) and bare not in shown.lower()
