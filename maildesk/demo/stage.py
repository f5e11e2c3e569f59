"""What the story is told with: people who write and answer, the clock, and expectations checked in their mailboxes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage

from maildesk.demo import habits
from maildesk.demo.cast import Cast, Person
from maildesk.demo.checklist import Checklist, Missed
from maildesk.demo.client import MailProgram
from maildesk.demo.clock import DemoClock
from maildesk.demo.post_office import Delivered
from maildesk.demo.reading import Letter

#: Real seconds in which a letter must come; a busy machine is slow, a letter that never comes is worth the wait once.
DEADLINE = 40.0
#: Real seconds between looks at the clock or at the ledger.
_LOOK = 0.05


@dataclass(slots=True)
class Stage:
    """The demo while it plays. `alive` raises where the desk has died; `ledger`: all mails delivered so far;
    `pause`: real seconds that a person takes to read before answering."""

    cast: Cast
    programs: Mapping[str, MailProgram]
    clock: DemoClock
    checklist: Checklist
    form_url: str
    heading: Callable[[str], None]
    alive: Callable[[], None]
    ledger: list[Delivered] = field(default_factory=list)
    pause: float = 0.6

    # What people do

    def writes(self, person: Person, subject: str, text: str, to: str = "") -> EmailMessage:
        """A new mail, to the desk where nothing else is said."""
        mail = habits.new_mail(person, to or self.cast.desk, subject, text, self.clock.now())
        self.programs[person.key].send(mail, to or self.cast.desk)
        return mail

    def answers(self, person: Person, letter: Letter, text: str) -> EmailMessage:
        """A reply out of the person's mail program, after they have read the letter."""
        time.sleep(self.pause)
        mail = habits.reply(person, letter, text, self.clock.now())
        self.programs[person.key].send(mail, letter.from_address)
        return mail

    def presses(self, person: Person, letter: Letter, tag: str) -> EmailMessage:
        """The letter's button that writes this tag: a new mail, ready to go.

        Raises Missed where the letter has no such button.
        """
        time.sleep(self.pause)
        try:
            pressed = letter.press(tag)
        except LookupError as error:
            self.checklist.missed(f"Кнопка {tag}", str(error))
            raise Missed(str(error)) from None
        mail = habits.new_mail(person, pressed.to, pressed.subject, pressed.body, self.clock.now())
        self.programs[person.key].send(mail, pressed.to)
        return mail

    def pretends(self, real: Person, claimed: Person, subject: str, text: str) -> None:
        """A mail that says it is from somebody else, sent from the liar's own account."""
        mail = habits.new_mail(claimed, self.cast.desk, subject, text, self.clock.now())
        self.programs[real.key].send(mail, self.cast.desk)

    # What must be seen

    def gets(self, person: Person, kind: str, what: str, *, ticket: str = "", says: str = "", count: int = 1) -> Letter:
        """The `count`-th letter of this kind (of this ticket, with these words) in the person's mailbox, looked up over IMAP.

        Raises Missed where it does not come in time.
        """
        program = self.programs[person.key]

        def wanted(letter: Letter) -> bool:
            return letter.kind == kind and ticket in ("", letter.ticket) and _folded(says) in _folded(letter.said)

        deadline = time.monotonic() + DEADLINE
        while True:
            self.alive()
            program.look()
            found = [letter for letter in program.letters if wanted(letter)]
            if len(found) >= count:
                self.checklist.seen(what)
                return found[count - 1]
            if time.monotonic() > deadline:
                came = ", ".join(letter.kind or "письмо человека" for letter in program.letters[-4:]) or "ничего"
                why = f"нет письма {kind} у {person.email}" + (f" со словами «{says}»" if says else "")
                self.checklist.missed(what, f"{why}; последними пришли: {came}")
                raise Missed(what)
            time.sleep(_LOOK * 3)

    def has_none(
        self, people: tuple[Person, ...], what: str, *, kind: str = "", ticket: str = "", says: str = ""
    ) -> None:
        """No such letter lies in these mailboxes now. Ask after a later letter was seen: then an earlier one would be there."""
        for person in people:
            program = self.programs[person.key]
            program.look()
            for letter in program.letters:
                of_it = (not kind or letter.kind == kind) and (not ticket or letter.ticket == ticket)
                if of_it and _folded(says) in _folded(letter.said):
                    self.checklist.missed(what, f"у {person.email} лежит {letter.kind}: {letter.subject}")
                    raise Missed(what)
        self.checklist.seen(what)

    def holds(self, what: str, true: bool, why: str) -> None:
        """Something that was read in a letter or on a page must be so. Raises Missed."""
        if not true:
            self.checklist.missed(what, why)
            raise Missed(what)
        self.checklist.seen(what)

    # Time

    def passes(self, **span: float) -> None:
        """Time passes in which nobody writes, faster than the demo's usual pace."""
        self.until(self.clock.now() + timedelta(**span))

    def until(self, moment: datetime) -> None:
        """The day goes on to this moment."""
        self.clock.hurry_to(moment)
        while self.clock.now() < moment:
            self.alive()
            time.sleep(_LOOK)

    def seconds(self, first: str, *later: Letter) -> float | None:
        """Real seconds from the delivery of the mail with this Message-ID to that of the last of these letters."""
        at = {Letter(one.mail).message_id: one.real for one in tuple(self.ledger)}
        if first not in at or any(letter.message_id not in at for letter in later):
            return None
        return max(at[letter.message_id] for letter in later) - at[first]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold().replace("ё", "е")
