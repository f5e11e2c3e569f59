"""Joins the lines that format=flowed (RFC 3676) had cut, each within its depth of quotation."""

from __future__ import annotations


def unflow(text: str, *, delsp: bool) -> str:
    """`text` with soft line ends undone. `delsp`: the blank before a soft line end goes too (RFC 3676, 4.1)."""
    out: list[str] = []
    current: list[str] = []
    depth_of_current = 0

    def _flush() -> None:
        if current:
            out.append(_line(depth_of_current, "".join(current)))
            current.clear()

    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:]
        content = content.removeprefix(" ")
        if current and depth != depth_of_current:
            _flush()
        # "-- " alone is a signature's line (RFC 3676, 4.3); a line of blanks joins nothing.
        soft = content.endswith(" ") and content != "-- " and bool(content.strip())
        if content == "-- ":
            _flush()
        depth_of_current = depth
        current.append(content[:-1] if soft and delsp else content)
        if not soft:
            _flush()
    _flush()
    return "\n".join(out)


def _line(depth: int, content: str) -> str:
    if not depth:
        return content
    return f"{'>' * depth} {content}" if content else ">" * depth
