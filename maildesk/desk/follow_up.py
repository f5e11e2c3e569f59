"""What the author writes after the first mail: passed on, filed as thanks, or the ticket opened again (SPEC 4)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from maildesk.desk import routing, terms
from maildesk.desk.assign import to_dispatcher
from maildesk.desk.job import Job
from maildesk.model import Attachment, Facts, Kind, Line, Name, Policy, State, Step, Term, Ticket

#: Words that thank and nothing else; a mail made of these alone asks for nothing.
THANKS = frozenset(
    """
    спасибо спс благодарю благодарим благодарен благодарна благодарны большое огромное вам тебе всем за
    помощь ответ оперативность оперативный быстрый разъяснение информацию очень всё все получилось
    заработало работает решено понятно понял поняла ясно хорошо отлично супер ура да ок ok окей и а
    теперь уже признательны признательна признателен thanks thank you very much so for the your help
    reply answer a lot it works now great perfect fine good all многое здорово замечательно вопрос решён
    решен снят с уважением добрый день здравствуйте
    """.split()
)
#: One of these has to be there: «Хорошо, теперь всё» alone may be the start of something.
THANKING = re.compile(r"\b(?:спасибо|спс|благодар\w+|признател\w+|thanks?|thank you|thx)\b", re.IGNORECASE)
#: A thank-you is short; a longer text has more to say.
LONGEST_THANKS = 200


def thanks_alone(text: str) -> bool:
    """Whether a reply thanks and says nothing else («Спасибо!», "Thank you very much"). A question never does."""
    body = text.strip()
    if not body or len(body) > LONGEST_THANKS or "?" in body or not THANKING.search(body):
        return False
    lines = body.split("\n")
    head = lines[0] if len(lines) > 1 and len(lines) <= 4 and all(_name(line) for line in lines[1:]) else body
    words = re.findall(r"[^\W\d_]+|\d+", head.casefold().replace("ё", "е"))
    known = {word.replace("ё", "е") for word in THANKS}
    return all(word in known for word in words)


def files(attachments: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    """What somebody attached on purpose: a picture within a signature is no file."""
    return tuple(file for file in attachments if not file.inline)


def _name(line: str) -> bool:
    """An empty line, a courtesy or a name: what stands below a thank-you."""
    words = line.strip(" ,.!—-").split()
    return (
        not words
        or line.strip().casefold().startswith(("с уважением", "best", "kind regards"))
        or (len(words) <= 4 and all(word[:1].isupper() for word in words))
    )


def window_open(policy: Policy, ticket: Ticket, at: datetime) -> bool:
    """Whether a reply that arrived at `at` still opens the closed ticket ([follow_up] reopen_within)."""
    return ticket.closed_at is None or at <= ticket.closed_at + policy.reopen_within


def wrote(job: Job, text: str, attachments: tuple[Attachment, ...], *, sender: str) -> None:
    """The author's words reach whoever has the ticket; a closed one opens again (the caller saw that the window is open)."""
    content = any(tag.name is Name.CLOSED for tag in job.situation.commands.tags)
    author = job.ticket.author
    known = tuple(dict.fromkeys((*author.addresses, sender.lower()))) if sender else author.addresses
    job.change(
        author=replace(author, addresses=known, dead=author.dead and sender.lower() != author.email.lower()),
        awaiting_call="" if job.ticket.awaiting_call == "question" else job.ticket.awaiting_call,
    )
    if job.ticket.state is State.CLOSED:
        if content or (thanks_alone(text) and not files(attachments)):
            job.event(Step.AUTHOR_THANKED)
            return
        _reopen(job)
        reason = "reopened"
    else:
        job.event(Step.AUTHOR_CONTENT if content else Step.AUTHOR_WROTE)
        reason = "content" if content else "wrote"
    _pass_on(job, text, attachments, reason)


def _pass_on(job: Job, text: str, attachments: tuple[Attachment, ...], reason: str) -> None:
    here = tuple(person.key for person in routing.people(job.policy, job.ticket.assignees))
    keys = here or routing.dispatchers(job.policy, job.ticket.channel, job.now)
    job.staff(Kind.AUTHOR_REPLY, keys, text=text, facts=Facts(reason=Line(reason)), attachments=attachments)


def _reopen(job: Job) -> None:
    """closed → assigned, the same assignee, take and close terms anew; nobody left to have it: to the dispatcher."""
    keys = tuple(person.key for person in routing.people(job.policy, job.ticket.assignees))
    job.change(
        state=State.ASSIGNED if keys else State.NEW,
        assignees=keys,
        closed_at=None,
        taken_at=None,
        reopened=job.ticket.reopened + 1,
    )
    who = ",".join(keys)
    job.ticket = terms.start(job.policy, job.ticket, Term.CLOSE, job.at, who)
    if keys:
        job.ticket = terms.start(job.policy, job.ticket, Term.TAKE, job.now, who)
    else:
        job.ticket = terms.start(
            job.policy, job.ticket, Term.DISPATCH, job.now, routing.DISPATCHERS[job.ticket.channel]
        )
        to_dispatcher(job, text="", attachments=(), why=Line("staff-gone"))
    job.event(Step.AUTHOR_REOPENED)
