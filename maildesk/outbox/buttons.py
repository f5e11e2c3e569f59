"""Buttons: `mailto:` links with the right subject and tag filled in (SPEC 5); opening one changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from maildesk.model import Button, Category, Kind, Name
from maildesk.model.tags import SPELLINGS
from maildesk.outbox.headers import clean, clean_address

#: How each tag is written in a letter: English, Russian. YES is the answer to a `confirm-command`, and no tag of SPEC 4's table.
TAGS: dict[str, tuple[str, str]] = {
    **{name: (spellings[0], spellings[1]) for name, spellings in SPELLINGS.items()},
    "YES": ("YES", "ДА"),
}
_UNITS = {"h": "ч", "d": "д"}


@dataclass(frozen=True, slots=True)
class DrawnButton:
    """A button as templates draw it: what it says, the tag it writes ('[ВЗЯТО]'), where it leads. The first is `primary`, unless it is one
    of a `category`."""

    label: str
    tag: str
    href: str
    primary: bool = False
    category: bool = False


def written(tag: str, argument: str = "", language: str = "ru") -> str:
    """A tag with its brackets in the desk's language: ('EXTEND', '24h') → '[ПРОДЛИТЬ 24ч]'. What is no tag of ours
    (a category's) is written as it is."""
    bare = tag.strip().strip("[]")
    name, _, inner = bare.partition(" ")
    known = TAGS.get(bare.upper()) or TAGS.get(name.upper())
    argument = argument or (inner if known and bare.upper() not in TAGS else "")
    if known is None:
        return f"[{bare} {argument}]" if argument else f"[{bare}]"
    english, russian = known
    if language == "ru":
        argument = re.sub(r"\b(\d+(?:[.,]\d+)?)([hd])\b", lambda found: found[1] + _UNITS[found[2]], argument)
        argument = re.sub(r"^until\b", "до", argument)
    word = russian if language == "ru" else english
    return f"[{word} {argument}]" if argument else f"[{word}]"


def mailto(address: str, subject: str, body: str = "") -> str:
    """RFC 6068: percent-encoded UTF-8, spaces as %20, line ends as %0D%0A."""
    link = f"mailto:{quote(clean_address(address), safe='@.+-_')}?subject={quote(clean(subject), safe='')}"
    return f"{link}&body={quote(body.replace(chr(10), chr(13) + chr(10)), safe='')}" if body else link


def draw(
    buttons: tuple[Button, ...],
    *,
    kind: Kind,
    address: str,
    ref: str,
    token: str,
    language: str,
    categories: tuple[Category, ...],
    say: Callable[..., str],
    blank: str,
    secret: bool = False,
) -> tuple[DrawnButton, ...]:
    """The buttons of a letter. `ref` is 'MD-42' or ''; `token` the letter's own proof; `say(macro, *args)` words a label;
    `blank` is the form of Annex 2 for the hotline's button; `secret`: the ticket is confidential, and buttons say what others
    will read (SPEC 6)."""
    drawn = []
    for index, button in enumerate(buttons):
        name = button.tag.upper()
        category = _category(button, categories)
        tag = f"[{category.tags[0]}]" if category else written(button.tag, button.argument, language)
        body = {"YES": tag, Name.HOTLINE: blank}.get(name, "")
        marked = f"[{ref}] " if ref and name != Name.HOTLINE else ""
        label = (
            category.title if category else say("button", name, button.argument, kind.value, "secret" if secret else "")
        )
        href = mailto(address, f"{marked}{tag} {token}", body)
        drawn.append(DrawnButton(label, tag, href, index == 0 and category is None, category is not None))
    return tuple(drawn)


def _category(button: Button, categories: tuple[Category, ...]) -> Category | None:
    """The category that a button names: by its key (`CATEGORY`), or by one of its tags."""
    wanted = button.tag.upper()
    for category in categories:
        named = category.key == button.argument if wanted == Name.CATEGORY else wanted in map(str.upper, category.tags)
        if category.tags and named:
            return category
    return None
