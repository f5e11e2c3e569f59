"""Where the quoted letter stands in an HTML mail: told by the structure that mail clients give it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from maildesk.parse import limits
from maildesk.parse.quotes_attribution import MAX_WRAP, Strength, attribution_at
from maildesk.parse.quotes_heads import separator
from maildesk.parse.quotes_phrases import OWN_MARKER

# A mail of more elements is not a letter; what stands behind them is left as it is.
MAX_NODES = 200_000
# Blockquotes that are judged by what stands above them; in a mail with more, the others are what the renderer makes of them.
MAX_JUDGED = 1_000
# So much of the text before a blockquote is kept in mind: an attribution is shorter.
MAX_TAIL = 700

# Elements that hold the quoted letter whole, often with its attribution.
_WHOLE_CLASSES = frozenset(
    (
        "yahoo_quoted", "protonmail_quote", "tutanota_quote", "zmail_extra", "moz-cite-prefix", "gmail_attr",
        "sh-quoted-content", "front-blockquote", "reply-intro", "airmail_on", "clean_bq", "mail_quote",
        "ms-outlook-mobile-reference-message", "wiseStamp_quote", "iPhoneMailQuote", "quoted_content", "qt", "ne_reply",
    )
)  # fmt: skip
_WHOLE_IDS = frozenset(
    (
        "mail-editor-reference-message-container", "olk_src_body_section", "isreplycontent", "reply-intro", "qt",
        "yahoo_quoted", "replied-message", "mailbirdquote",
    )
)  # fmt: skip
_WHOLE_NAMES = frozenset(("quote", "messagereplysection"))
# Elements below which, to the mail's end, everything is quoted.
_FROM_HERE_IDS = frozenset(
    ("appendonsend", "divrplyfwdmsg", "x_divrplyfwdmsg", "ms-outlook-mobile-body-separator-line")
)
_FROM_HERE_CLASSES = frozenset(("outlookmessageheader",))
_OUTLOOK_BORDER = re.compile(
    r"border-top:\s?solid #(?:e1e1e1|b5c4df)|border-top:\s?(?:1\.0pt|1px) solid #(?:e1e1e1|b5c4df)", re.I
)
_LEFT_BORDER = re.compile(r"border-left(?:-\w+)?\s?:(?!\s?(?:none|0))", re.I)

_BLOCKS = frozenset(
    "address article aside blockquote br center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre"
    " section table td th tr ul body".split()
)
_SILENT = frozenset(("head", "style", "script", "title", "template"))
_HINT = re.compile(
    r"<blockquote|_quote|yahoo_quoted|appendonsend|divrplyfwdmsg|outlookmessageheader|border-top|reply|zmail_extra|moz-cite|reference-message|name=.?quote|olk_src",
    re.I,
)
_SPACES = re.compile(r"\s+")


def may_quote(html: str) -> bool:
    """A cheap look: whether the source names any of the structures known here."""
    return _HINT.search(html, 0, limits.HTML) is not None


def mark(tree: LexborHTMLParser) -> bool:
    """Put one line "> …" in the place of every quoted element's content (or our own marker line where all that follows is
    quoted), so that the rules for plain text see it in the rendered text. Whether any was found."""
    body = tree.body
    if body is None:
        return False
    finder = _Finder()
    found = list(finder.quotes(body))
    for node, line in found:
        _replace_content(node, line)
    for node in finder.indents:
        # A person's indented lines are no quotation: the renderer marks only what has a border.
        node.attrs["style"] = "border:none"
    return bool(found)


def _replace_content(node: LexborNode, line: str) -> None:
    """Leave only `line` in the element; in an inline one it goes into the first block, so that it has a line to itself."""
    kept = None if node.tag in _BLOCKS else next((child for child in node.iter() if child.tag in _BLOCKS), None)
    child = node.child
    while child is not None:
        following = child.next
        if kept is None or child.mem_id != kept.mem_id:
            child.decompose()
        child = following
    if kept is not None:
        _replace_content(kept, line)
    else:
        node.insert_child(line)


class _Finder:
    """One walk over the tree in document order, which does not enter what it finds."""

    def __init__(self) -> None:
        self.indents: list[LexborNode] = []
        self._tail = ""
        self._judged = 0
        self._quoting = False

    def quotes(self, body: LexborNode) -> Iterator[tuple[LexborNode, str]]:
        node: LexborNode | None = body
        depth = 0
        containers: list[int] = []
        for _ in range(MAX_NODES):
            if node is None:
                return
            while containers and depth <= containers[-1]:
                containers.pop()
            line = self._look(node, inside_quote=bool(containers))
            if line:
                yield node, line
            if line == OWN_MARKER:
                return
            if not line and _is_container(node):
                containers.append(depth)
            child = None if line or node.tag in _SILENT else node.child
            if child is not None:
                node, depth = child, depth + 1
                continue
            while node is not None and node.next is None:
                node, depth = node.parent, depth - 1
                if depth <= 0:
                    return
            node = node.next if node is not None else None

    def _look(self, node: LexborNode, *, inside_quote: bool) -> str:
        """What shall stand for this element: a quoted line, the marker, or '' (it is the person's own)."""
        tag = node.tag or ""
        if tag == "-text":
            self._remember(node.text_content or "")
            return ""
        if tag in _BLOCKS:
            self._remember("\n")
        line = self._kind(node, tag, inside_quote)
        if line:
            self._remember("\n")
        return line

    def _kind(self, node: LexborNode, tag: str, inside_quote: bool) -> str:
        attributes = node.attributes
        classes = (attributes.get("class") or "").lower().split()
        identity = (attributes.get("id") or "").lower()
        style = attributes.get("style") or ""
        if identity in _FROM_HERE_IDS or not _FROM_HERE_CLASSES.isdisjoint(classes):
            return OWN_MARKER
        if tag in ("div", "td") and style and _OUTLOOK_BORDER.search(style[:500]):
            return OWN_MARKER
        if (attributes.get("data-marker") or "") == "__HEADERS__":
            return OWN_MARKER
        whole = identity in _WHOLE_IDS or identity.startswith("yahoo_quoted") or not _WHOLE_CLASSES.isdisjoint(classes)
        if whole or (attributes.get("name") or "").lower() in _WHOLE_NAMES:
            return "" if _announces_forward(node) else "> …"
        if tag == "blockquote":
            if self._is_quote(attributes, classes, style, inside_quote):
                return "> …"
            self.indents.append(node)
        if "gmail_quote" in classes and tag != "blockquote" and node.css_first("blockquote") is None:
            return "" if _announces(node) else "> …"
        return ""

    def _is_quote(self, attributes: dict[str, str | None], classes: list[str], style: str, inside_quote: bool) -> bool:
        if inside_quote or (attributes.get("type") or "").lower() == "cite" or (attributes.get("cite") or ""):
            return True
        if _LEFT_BORDER.search(style[:500]) and "gmail_quote" not in classes:
            return True
        self._judged += 1
        # Yandex answers between bare blockquotes, of which only the first has an attribution above it.
        self._quoting = self._quoting or self._judged > MAX_JUDGED or self._attribution_above()
        return self._quoting

    def _attribution_above(self) -> bool:
        lines = [line for line in self._tail.split("\n") if line.strip()][-MAX_WRAP:]
        if not lines or not lines[-1].rstrip().endswith((":", "：", ">", "wrote", "--")):
            return False
        found = (attribution_at(lines, start) for start in range(len(lines)))
        return any(strength > Strength.NONE and end == len(lines) for strength, end in found)

    def _remember(self, text: str) -> None:
        self._tail = (self._tail + (text if text == "\n" else _SPACES.sub(" ", text[-MAX_TAIL:])))[-MAX_TAIL:]


def _is_container(node: LexborNode) -> bool:
    """Gmail's wrapper of attribution and quotation; answers between the quoted parts stand in it too."""
    tag = node.tag or ""
    return tag == "div" and "gmail_quote" in (node.attributes.get("class") or "").split()


def _beginning(node: LexborNode) -> list[str]:
    """The first lines of an element's text, whatever element holds them."""
    text = node.text(deep=True, separator="\n", strip=False)[:1500]
    return [line for line in text.split("\n") if line.strip()][:6]


def _announces_forward(node: LexborNode) -> bool:
    return any(separator(line) == "forward" for line in _beginning(node)[:2])


def _announces(node: LexborNode) -> bool:
    """Whether the rules for plain text will see by themselves that this is quoted."""
    lines = _beginning(node)
    return any(separator(line) for line in lines[:2])
