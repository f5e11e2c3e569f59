"""A page of text under way: white space is collapsed as a browser does it, lines and empty lines are kept apart."""

from __future__ import annotations

import re

_BLANKS = re.compile(r"[ \t\n\r\f]+")
# What preheaders are padded with; ZWJ and ZWNJ belong to emoji and Persian words, so they go only where nothing else is.
_NOTHING = " \t\u00a0\u200b\u200c\u200d\u034f\u00ad\u2060\ufeff\u2007\u2003\u2002"
_INVISIBLE = str.maketrans({"\u200b": None, "\u034f": None, "\u00ad": None, "\u2060": None, "\u00a0": " "})


class Page:
    """Lines that are done, and the one that is being written."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._bullet = ""
        self._space = False  # a collapsed blank waits: it shows only between words
        self._blank = False  # an empty line waits: it shows only between lines

    def write(self, text: str, *, pre: bool = False) -> None:
        """Inline text; `pre` keeps its line ends and blanks."""
        if pre:
            first, *others = text.split("\n")
            self._word(first)
            for line in others:
                self.br()
                self._word(line)
            return
        text = _BLANKS.sub(" ", text)
        if not text:
            return
        if text[0] == " ":
            self._space = True
        if words := text.strip(" "):
            self._word(words)
            self._space = text[-1] == " "

    def _word(self, text: str) -> None:
        if not text:
            return
        if self._space and self._line:
            self._line.append(" ")
        self._space = False
        self._line.append(text)

    def bullet(self, sign: str) -> None:
        """What stands before the first word of the line to come."""
        self._bullet = sign

    def br(self) -> None:
        """A forced line end: an empty line where the line is empty."""
        if self._line:
            self.line_end()
        else:
            self._blank = True

    def blank(self) -> None:
        """The end of a paragraph."""
        self.line_end()
        self._blank = True

    def line_end(self) -> None:
        """The end of a block: no empty line of its own."""
        if not self._line:
            self._space = False
            return
        line = "".join(self._line).translate(_INVISIBLE).rstrip()
        self._line.clear()
        self._space = False
        if line.strip(_NOTHING):
            self._emit(self._bullet + line)
            self._bullet = ""
        else:
            self._blank = True

    def lines(self, text: str) -> None:
        """Lines that are ready, from a page within this one."""
        self.line_end()
        for line in text.split("\n"):
            if line:
                self._emit(self._bullet + line)
                self._bullet = ""
            else:
                self._blank = True

    def _emit(self, line: str) -> None:
        if self._blank and self._lines:
            self._lines.append("")
        self._blank = False
        self._lines.append(line)

    def text(self) -> str:
        """The whole page; the line under way is ended."""
        self.line_end()
        return "\n".join(self._lines)
