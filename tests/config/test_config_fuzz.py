"""Whatever stands at whatever place of config.toml, it is either taken or refused with faults that keep secrets."""

import json
import math
import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.config import ConfigError, load, load_form

SECRET = "canary-5e2d-never-shown"
TREE: dict[str, Any] = {
    "service": {"name": "С", "organisation": "Ш", "address": "s@x.test", "secret": SECRET, "operator": "head"},
    "database": {"url": f"postgresql://user:{SECRET}@host/name"},
    "mailbox": [
        {"host": "localhost", "user": "u", "password": SECRET, "tls": "none", "poll": "1s", "category": "tech"},
        {
            "host": "imap.test",
            "user": "u",
            "oauth2": {
                "token_url": "https://h/t",
                "client_id": "c",
                "client_secret": SECRET,
                "refresh_token_file": "config.toml",
            },
        },
    ],
    "smtp": {"host": "localhost", "port": 25, "user": "u", "password": SECRET},
    "relay": {"url": "https://h", "token": SECRET},
    "form_mail": {"from": ["robot@x.test"], "labels": {"text": ["Сообщение"]}},
    "form": {"listen": "127.0.0.1:0", "token": SECRET, "mail_to": "s@x.test", "frame_ancestors": ["https://h"]},
    "staff": {"a": {"name": "А", "email": ["a@x.test"]}, "b": {"name": "Б", "email": "b@x.test"}},
    "roles": {"head": "a", "director": "a", "site_admin": ["a", "b"], "hotline": "b"},
    "deputies": {"head": {"by": "b", "from": date(2026, 12, 1), "until": date(2026, 12, 2)}},
    "category": {"tech": {"title": "Т", "tags": ["TECH"], "role": "head", "confidential": True}},
    "terms": {"take": "30m", "close": "24h", "remind": "1h", "calendar": "working"},
    "calendar": {"days": ["mon"], "hours": ["08:00-12:00"], "extra": [date(2026, 12, 30)], "holidays": "RU"},
    "reports": {"daily": "18:00", "weekly": "fri 16:00"},
    "limits": {"message_size": "25MB", "new_tickets_per_sender": "10/h", "retention": "365d"},
    "security": {"commands": "both", "authserv_id": "mx.test"},
}


def toml(value: Any) -> str:
    """A value as TOML, tables written inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return "nan" if math.isnan(value) else repr(value)
    return json.dumps(value)


def places(tree: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all nodes of a tree."""
    if above:
        yield above
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, item in items:
        yield from places(item, (*above, key))


def replaced(tree: Any, place: tuple[Any, ...], value: Any) -> Any:
    """The tree with another value at one place; None takes the place out."""
    key, rest = place[0], place[1:]
    new = replaced(tree[key], rest, value) if rest else value
    if isinstance(tree, dict):
        return {name: new if name == key else item for name, item in tree.items() if name != key or new is not None}
    return [new if index == key else item for index, item in enumerate(tree) if index != key or new is not None]


words = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.sampled_from(
        ["none", "env:NO", "file:no", "file:\0", "file:.", "24h", "9" * 400, "a@b.test", "::1", "[", "\ud7ff"]
    ),
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | words
    | st.dates()
    | st.datetimes(datetime(1, 1, 1), datetime(9999, 1, 1)),
    lambda inner: (
        st.lists(inner.filter(lambda item: item is not None), max_size=3)
        | st.dictionaries(words, inner.filter(lambda item: item is not None), max_size=3)
    ),
    max_leaves=5,
)


def test_the_tree_is_a_good_configuration(tmp_path_factory: Any) -> None:
    """The tree that is broken below loads as it stands."""
    path: Path = tmp_path_factory.mktemp("fuzz") / "config.toml"
    path.write_text("\n".join(f"{key} = {toml(item)}" for key, item in TREE.items()), "utf-8")
    assert tomllib.loads(path.read_text("utf-8")) == TREE
    assert load(path, {}).security.authserv_id == "mx.test"
    assert load_form(path, {}).smtp


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(st.tuples(st.sampled_from(list(places(TREE))), values), min_size=1, max_size=3))
def test_a_broken_tree_is_refused_or_taken_and_keeps_its_secrets(
    tmp_path_factory: Any, changes: list[tuple[tuple[Any, ...], Any]]
) -> None:
    """Any value at any place is taken, or refused with faults that name a key and show no secret."""
    tree = TREE
    for place, value in changes:
        try:
            tree = replaced(tree, place, value)
        except (KeyError, IndexError, TypeError):
            continue
    path: Path = tmp_path_factory.getbasetemp() / "broken.toml"
    path.write_text("\n".join(f"{toml(key)} = {toml(item)}" for key, item in tree.items()), "utf-8")
    for read in (load, load_form):
        try:
            config = read(path, {})
        except ConfigError as error:
            assert error.faults and all(fault.key and fault.message for fault in error.faults)
            assert len(str(error).splitlines()) == len(error.faults)
            assert SECRET not in str(error)
        else:
            assert SECRET not in repr(config)
            assert SECRET not in "".join(config.warnings)
