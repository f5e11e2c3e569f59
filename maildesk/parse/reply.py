"""What a person wrote this time: the text without the quoted letter below, above or between, and without the client's lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from maildesk.parse import html as html_text
from maildesk.parse import html_quotes, html_signatures
from maildesk.parse.forward import subject_says_forward, subject_says_forward_in_norse
from maildesk.parse.message import Part
from maildesk.parse.quotes_cut import OwnWords, own_words
from maildesk.parse.quotes_fresh import answers
from maildesk.parse.signatures import has_glued_line

_BLANKS = re.compile(r"\n(?:[ \t\u00a0]*\n){2,}")
_UNSEEN = frozenset("\u200b\u2060\u2061\u2062\u2063\u2064\ufeff\u034f")


@dataclass(frozen=True, slots=True)
class Cut:
    """The new words of a mail, and whether it sends somebody else's letter on."""

    reply: str
    is_forward: bool


def cut(*, text: str, html: str, subject: str, headers: Part) -> Cut:
    """The words that this mail's author wrote, and whether the mail is a forward; never raises.

    `text` is the plain part's text or '', `html` the HTML part's source or ''. A letter sent on keeps only the comment
    above it. The reply's lines are lines of the text; blank lines around them are dropped.
    """
    own = own_words(text, fresh=not answers(headers, subject))
    if html and has_glued_line(text) and (structured := own_words_of_html(html)).text:
        own = structured
    unsure = not own.found_quote or not own.text
    if html and unsure and (not text.strip() or html_quotes.may_quote(html)):
        own = _better(own, text, own_words_of_html(html))
    forwards = own.forwards or subject_says_forward(subject) or bool(headers.header("x-forwarded-message-id"))
    words = _closed_up(own.text) if own.found_quote else own.text
    return Cut(_without_padding(words), forwards or (own.found_quote and subject_says_forward_in_norse(subject, text)))


def _closed_up(text: str) -> str:
    """No more than one empty line in a row: Outlook's plain text has three for each of an answer's."""
    return _BLANKS.sub("\n\n", text)


def _without_padding(text: str) -> str:
    """Without the zero-width signs that clients set around lines (BlueMail), and the lines that hold nothing else."""
    if _UNSEEN.isdisjoint(text):
        return text
    lines = [line.strip("".join(_UNSEEN)) for line in text.split("\n")]
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def own_words_of_html(source: str) -> OwnWords:
    """Cut an HTML text by its structure, then by its lines."""
    tree = html_text.tree(source)
    html_quotes.mark(tree)
    if not html_signatures.cut(tree):
        return own_words(html_text.render(tree))
    own = own_words(html_text.render(tree))
    if own.text.strip():
        return own
    # Who writes into his signature has written nothing else.
    tree = html_text.tree(source)
    html_quotes.mark(tree)
    return own_words(html_text.render(tree))


def _better(plain: OwnWords, text: str, structured: OwnWords) -> OwnWords:
    """The structured cut, told in the plain part's own lines where these are the same words."""
    if not text.strip():
        return structured
    if not structured.found_quote or not structured.text.strip():
        return plain
    end = _same_beginning(text, structured.text)
    return OwnWords(own_words(text[:end]).text if end else structured.text, True, structured.forwards)


def _same_beginning(text: str, beginning: str) -> int:
    """Where in `text` the letters and digits of `beginning` end, 0 if `text` does not begin with them."""
    wanted = iter([character for character in beginning if character.isalnum()])
    expected = next(wanted, "")
    for index, character in enumerate(text):
        if not character.isalnum():
            continue
        if character != expected:
            return 0
        expected = next(wanted, "")
        if not expected:
            line_end = text.find("\n", index)
            return len(text) if line_end < 0 else line_end
    return 0
