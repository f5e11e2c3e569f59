"""What must hold between the keys of config.toml (SPEC 3): a table of rules, each told of a tree that may be broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from maildesk.config import values
from maildesk.config.calendar import known_country
from maildesk.config.faults import nearest
from maildesk.config.secrets import Key
from maildesk.model.tags import SPELLINGS, WITH_ARGUMENT, skeleton

Tree = Mapping[str, Any]
Finding = tuple[Key, str]
Rule = Callable[[Tree], Iterator[Finding]]

REQUIRED_ROLES = ("head", "director", "site_admin", "hotline")
FORM_FIELDS = ("name", "role", "class", "category", "text", "phone", "email")


def findings(tree: Tree) -> Iterator[Finding]:
    """All that the rules for the desk find wrong, as (key, sentence)."""
    for rule in RULES:
        yield from rule(tree)


def form_findings(tree: Tree) -> Iterator[Finding]:
    """The same for what `maildesk form` needs."""
    for rule in FORM_RULES:
        yield from rule(tree)


def _table(tree: Tree, *names: str) -> dict[str, Any]:
    found: Any = tree
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, dict) else {}


def _tables(tree: Tree, name: str) -> list[tuple[int, dict[str, Any]]]:
    found = tree.get(name)
    return (
        [(index, item) for index, item in enumerate(found) if isinstance(item, dict)] if isinstance(found, list) else []
    )


def _texts(value: Any) -> list[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def _address(value: Any) -> str | None:
    try:
        return values.email(value).lower() if isinstance(value, str) else None
    except ValueError:
        return None


def _near(word: str, known: Mapping[str, Any]) -> str:
    near = nearest(word, known)
    return f'did you mean "{near}"?' if near else f"known here: {', '.join(sorted(known)) or 'none'}"


def _names(tree: Tree) -> Iterator[Finding]:
    """Keys that people write in tags must be writable there."""
    for section, what in (("staff", "a staff key"), ("category", "a category's key"), ("roles", "a role")):
        for name in _table(tree, section):
            if not re.match(r"[\w-]{1,64}\Z", name):
                yield (section, name), f"{what} may hold letters, digits, - and _ alone; rename it"


def _people(tree: Tree) -> Iterator[Finding]:
    """One person, one key; nobody is the desk itself."""
    service = _address(_table(tree, "service").get("address"))
    owners: dict[str, str] = {}
    for key, person in _table(tree, "staff").items():
        written = _texts(person.get("email")) if isinstance(person, dict) else []
        for address in [address for address in map(_address, written) if address]:
            if address == service:
                yield (
                    ("staff", key, "email"),
                    f"{address} is service.address, the desk's own; give the person's address",
                )
            elif owners.setdefault(address, key) != key:
                yield (
                    ("staff", key, "email"),
                    f"{address} is also staff.{owners[address]}'s; one person has one key, which may hold several roles",
                )


def _holders(tree: Tree) -> Iterator[Finding]:
    staff = _table(tree, "staff")
    for role, holders in _table(tree, "roles").items():
        for holder in _texts(holders):
            if staff and holder not in staff:
                yield ("roles", role), f"there is no [staff.{holder}]; {_near(holder, staff)}"


def _needed_roles(tree: Tree) -> Iterator[Finding]:
    if not isinstance(tree.get("roles"), dict):
        return
    roles = _table(tree, "roles")
    for role in REQUIRED_ROLES:
        if role not in roles:
            yield ("roles", role), f'is required; write {role} = "…" with a staff key'
    for key, category in _table(tree, "category").items():
        wanted = category.get("role") if isinstance(category, dict) else None
        if isinstance(wanted, str) and wanted not in roles and wanted not in REQUIRED_ROLES:
            yield ("category", key, "role"), f"there is no roles.{wanted}; {_near(wanted, roles)}"


def _operator(tree: Tree) -> Iterator[Finding]:
    service = _table(tree, "service")
    operator = service.get("operator")
    known = {**_table(tree, "roles"), **_table(tree, "staff")}
    if not isinstance(operator, str) or operator in known:
        return
    if _address(operator) and _address(operator) == _address(service.get("address")):
        yield ("service", "operator"), "is the desk's own address, which would write to itself; name a person"
    elif not _address(operator):
        yield ("service", "operator"), f"is no staff key, no role and no address; {_near(operator, known)}"


def _deputies(tree: Tree) -> Iterator[Finding]:
    staff, roles = _table(tree, "staff"), _table(tree, "roles")
    for whom, row in _table(tree, "deputies").items():
        deputy = row if isinstance(row, dict) else {}
        by, since, until = deputy.get("by"), deputy.get("from"), deputy.get("until")
        if whom not in staff and whom not in roles:
            yield ("deputies", whom), f"is no role and no staff key; {_near(whom, {**staff, **roles})}"
        if isinstance(by, str) and by not in staff:
            yield ("deputies", whom, "by"), f"there is no [staff.{by}]; {_near(by, staff)}"
        elif by == whom and by not in roles:
            yield ("deputies", whom, "by"), "nobody is their own deputy; name another person"
        if type(since) is date and type(until) is date and since > until:
            yield (
                ("deputies", whom, "until"),
                f"is before from ({since}); both days are included, the first comes first",
            )


def _tags(tree: Tree) -> Iterator[Finding]:
    commands = {skeleton(word): word for words in SPELLINGS.values() for word in words}
    taking_words = {skeleton(word) for name in WITH_ARGUMENT for word in SPELLINGS[name]}
    prefix = str(_table(tree, "service").get("ticket_prefix", "MD"))
    owners: dict[str, str] = {}
    for key, row in _table(tree, "category").items():
        tags = row.get("tags") if isinstance(row, dict) else None
        for index, tag in enumerate(tags if isinstance(tags, list) else []):
            if not isinstance(tag, str) or not tag.strip():
                continue
            place, plain = ("category", key, "tags", index), skeleton(tag)
            command = commands.get(plain) or (plain.split()[0] in taking_words and commands[plain.split()[0]])
            if not re.match(r"\w[\w ./&+-]{0,39}\Z", tag.strip()):
                yield place, "may hold letters, digits, blanks and . / & + - _ alone, without the brackets, 40 at most"
            elif command:
                yield place, f"reads as the command [{command}]; choose another word"
            elif re.match(rf"{re.escape(skeleton(prefix))} ?\d+\Z", plain):
                yield place, "reads as a ticket's reference; choose another word"
            elif owners.setdefault(plain, key) != key:
                yield place, f"is also a tag of category.{owners[plain]} (case, ё and look-alike letters do not count)"


def _log_in(place: Key, table: Mapping[str, Any], needed: bool) -> Iterator[Finding]:
    """Exactly one of password and oauth2, where there is a user."""
    given = [name for name in ("password", "oauth2") if name in table]
    if len(given) == 2:
        yield (*place, "oauth2"), "stands beside password; keep one of the two"
    elif needed and not given:
        yield (
            (*place, "password"),
            'is required; write password = "env:NAME", or oauth2 = {…} where the provider asks for it',
        )
    elif given and not needed:
        yield (*place, "user"), f"is required beside {given[0]}; write the name to log in with"


def _unencrypted(place: Key, table: Mapping[str, Any]) -> Iterator[Finding]:
    host = table.get("host")
    if table.get("tls") == "none" and isinstance(host, str) and not values.loopback(host):
        yield (
            (*place, "tls"),
            f'"none" would send everything to {host} in clear, and is for this very machine alone; '
            'write "implicit" or "starttls"',
        )


def _mailboxes(tree: Tree) -> Iterator[Finding]:
    categories = _table(tree, "category")
    seen: dict[tuple[str, ...], int] = {}
    for index, box in _tables(tree, "mailbox"):
        place: Key = ("mailbox", index)
        yield from _log_in(place, box, needed=True)
        yield from _unencrypted(place, box)
        category = box.get("category")
        if isinstance(category, str) and category and category not in categories:
            yield (*place, "category"), f"there is no [category.{category}]; {_near(category, categories)}"
        where = tuple(
            str(box.get(name, usual)).lower()
            for name, usual in (("host", ""), ("port", ""), ("user", ""), ("folder", "INBOX"))
        )
        if seen.setdefault(where, index) != index:
            yield place, f"is the same mailbox as mailbox[{seen[where]}]; each is named once"
        yield from _folders(place, box)


def _folders(place: Key, box: Mapping[str, Any]) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    for name, usual in (("folder", "INBOX"), ("processed", "Processed"), ("quarantine", "Quarantine"), ("spam", "")):
        folder = str(box.get(name, usual))
        # RFC 3501, 5.1: INBOX is the one folder whose name is the same however it is spelt.
        folder = folder.upper() if folder.upper() == "INBOX" else folder
        if folder and taken.setdefault(folder, name) != name:
            yield (*place, name), f"is the same folder as {taken[folder]}; name another"


def _smtp(tree: Tree) -> Iterator[Finding]:
    smtp = _table(tree, "smtp")
    yield from _log_in(("smtp",), smtp, needed=bool(smtp.get("user")))
    yield from _unencrypted(("smtp",), smtp)


def _security(tree: Tree) -> Iterator[Finding]:
    security = _table(tree, "security")
    if security.get("commands") == "both" and not security.get("authserv_id"):
        yield (
            ("security", "authserv_id"),
            'is required with commands = "both"; write the name that your server puts first in Authentication-Results',
        )


def _calendar(tree: Tree) -> Iterator[Finding]:
    calendar = _table(tree, "calendar")
    lists = [calendar.get(name) for name in ("extra", "working")]
    extra, working = ({day for day in days if type(day) is date} if isinstance(days, list) else set() for days in lists)
    for day in sorted(extra & working):
        yield ("calendar", "working"), f"{day} is also in extra; a day is either off or worked"
    country = calendar.get("holidays", "RU")
    # The package takes a tenth of a second to load: asked only about a country that somebody wrote.
    if isinstance(country, str) and country != "RU" and not known_country(country):
        yield ("calendar", "holidays"), 'is no country of the holidays package; write its two letters, as in "RU"'


def _form_senders(tree: Tree) -> Iterator[Finding]:
    service = _address(_table(tree, "service").get("address"))
    for index, sender in enumerate(_texts(_table(tree, "form_mail").get("from"))):
        if service and _address(sender) == service:
            yield (
                ("form_mail", "from", index),
                f"{sender} is service.address, the desk's own; name the address from which the website sends",
            )


def _labels(tree: Tree) -> Iterator[Finding]:
    for field in _table(tree, "form_mail", "labels"):
        if field not in FORM_FIELDS:
            yield ("form_mail", "labels", field), f"is no field of the form; {_near(field, dict.fromkeys(FORM_FIELDS))}"


RULES: tuple[Rule, ...] = (
    _names,
    _people,
    _holders,
    _needed_roles,
    _operator,
    _deputies,
    _tags,
    _mailboxes,
    _smtp,
    _security,
    _calendar,
    _form_senders,
    _labels,
)
FORM_RULES: tuple[Rule, ...] = (_names, _tags, _smtp)
