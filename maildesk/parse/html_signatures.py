"""The elements in which clients keep the signature that they add themselves to an HTML mail."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

# Gmail, Thunderbird; Outlook on the web and on phones, with the "x_" that Exchange sets before what it passes on; Samsung; Yandex.
_SELECTORS = (
    "div.gmail_signature",
    "[data-smartmail=gmail_signature]",
    ".moz-signature",
    "#Signature",
    "#x_Signature",
    "#ms-outlook-mobile-signature",
    "#x_ms-outlook-mobile-signature",
    "#composer_signature",
)
# More of them in one mail are no signatures.
MAX_CUT = 20


def cut(tree: LexborHTMLParser) -> bool:
    """Take the signatures out of the tree; whether there were any."""
    for count in range(MAX_CUT):
        # One at a time: a signature within a signature is gone with the first.
        node = tree.css_first(", ".join(_SELECTORS))
        if node is None:
            return count > 0
        node.decompose()
    return True
