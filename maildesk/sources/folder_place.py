"""Where one mail lies in a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """`size` bytes from `start` on. `uid` names the mail within its source; `from_line` is the mbox's line above it."""

    uid: str
    path: Path
    start: int
    size: int
    from_line: bytes = b""

    @property
    def in_mbox(self) -> bool:
        return bool(self.from_line)

    def read(self, most: int) -> bytes:
        """At most so many of its bytes. Raises OSError."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            return file.read(min(most, self.size))
