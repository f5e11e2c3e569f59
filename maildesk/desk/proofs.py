"""Proofs: the codes that show that a reply comes from the person to whom a letter was sent (SPEC 6)."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

from maildesk.model import Capacity, Policy

#: 16 base32 letters are 80 bits: a guess a second for the age of the universe finds none (SPEC asks for 64).
CODE_LENGTH = 16
#: A letter's own name: 50 bits, drawn at random; unique within one desk by a key of the store.
UID_LENGTH = 10
#: How many different codes of one mail are looked at: a thread of 50 letters has as many, an attack has more.
TOKENS_LOOKED_AT = 60

TOKEN = re.compile(
    rf"(?<![a-z0-9.])md\.(\d{{1,9}})\.([a-z2-7]{{{UID_LENGTH}}})\.([a-z2-7]{{{CODE_LENGTH}}})(?![a-z2-7])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A code as it stands in a Message-ID, a button's subject or a foot line: `md.<ticket or 0>.<letter>.<code>`."""

    ticket: int
    uid: str
    code: str

    def __str__(self) -> str:
        return f"md.{self.ticket}.{self.uid}.{self.code}"


@dataclass(frozen=True, slots=True)
class Proof:
    """A code that proved right: who was written to, in which capacity, about which ticket (0: none), by which letter."""

    capacity: Capacity
    person: str
    ticket: int
    uid: str


def code(secret: bytes, capacity: Capacity, person: str, ticket: int, uid: str) -> str:
    """The HMAC-SHA-256 over recipient, capacity, ticket and letter, cut to 80 bits, in lower-case base32."""
    message = "\0".join(("v1", capacity.value, person.lower(), str(ticket), uid)).encode()
    digest = hmac.digest(secret, message, "sha256")
    return base64.b32encode(digest).decode().lower()[:CODE_LENGTH]


def make(policy: Policy, capacity: Capacity, person: str, ticket: int | None, uid: str) -> Token:
    """The token of a letter: signed with the first of the desk's secrets. `person` is a staff key, or an author's address."""
    number = ticket or 0
    return Token(number, uid, code(policy.secrets[0], capacity, person, number, uid))


def find(texts: Iterable[str]) -> tuple[Token, ...]:
    """Every different token in these texts (Message-IDs, a subject, a body), in order of appearance, at most 60."""
    found: dict[Token, None] = {}
    for text in texts:
        for match in TOKEN.finditer(text):
            found[Token(int(match[1]), match[2].lower(), match[3].lower())] = None
            if len(found) >= TOKENS_LOOKED_AT:
                return tuple(found)
    return tuple(found)


def matches(token: Token, policy: Policy, capacity: Capacity, person: str) -> Proof | None:
    """The proof that this token is for that person in that capacity, or None. Every key of the desk is tried (rotation), each in
    constant time."""
    for secret in policy.secrets:
        if hmac.compare_digest(code(secret, capacity, person, token.ticket, token.uid), token.code):
            return Proof(capacity, person, token.ticket, token.uid)
    return None
