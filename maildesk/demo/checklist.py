"""What the story expects to see, and whether it was seen in the right mailbox."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """One expectation: what it says, and whether it came true; `why` names what was missing."""

    what: str
    seen: bool
    why: str = ""


class Missed(Exception):
    """A step was not seen, so what follows from it cannot happen; the message is what was missing."""


@dataclass(slots=True)
class Checklist:
    """The steps in their order. `to_letters`: real seconds from the first appeal's delivery to both of its letters."""

    steps: list[Step] = field(default_factory=list)
    to_letters: float | None = None

    def seen(self, what: str) -> None:
        self.steps.append(Step(what, True))

    def missed(self, what: str, why: str) -> None:
        self.steps.append(Step(what, False, why))

    @property
    def complete(self) -> bool:
        return bool(self.steps) and all(step.seen for step in self.steps)
