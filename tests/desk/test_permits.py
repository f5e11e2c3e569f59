"""Who may write which tag when (SPEC 4): every cell of state × tag × relation, decided by hand here and compared with the table."""

from __future__ import annotations

import itertools

import pytest

from maildesk.desk.permits import INQUIRIES, PERMITS, Relation, permitted
from maildesk.model import Name, State

#: Columns: assignee, holder of the category's role, dispatcher of the channel, head, hotline, any staff. `x` may, `.` may not.
COLUMNS = (Relation.ASSIGNEE, Relation.HOLDER, Relation.DISPATCHER, Relation.HEAD, Relation.HOTLINE, Relation.STAFF)

#: Written from the table of SPEC 4 and the two paragraphs below it, tag by tag, state by state.
EXPECTED = """
            new     assigned taken   closed  callback merged  rejected
TAKEN       ..x...  xx....   ......  ......  ......   ......  ......
ASK         ..x...  x.....   x.....  ......  x.....   ......  ......
CLOSED      ..xx..  x..x..   x..x..  ......  x..x..   ......  ......
PHONED      ..xx..  x..xx.   x..xx.  ......  x..xx.   ......  ......
NOTE        .....x  .....x   .....x  .....x  .....x   .....x  .....x
CATEGORY    x.xx..  x.xx..   x.xx..  ......  ......   ......  ......
ROUTE       x.xx..  x.xx..   x.xx..  ......  ......   ......  ......
RETURN      ......  x.....   x.....  ......  ......   ......  ......
EXTEND      ......  x.....   x.....  ......  x.....   ......  ......
APPROVE     ...x..  ...x..   ...x..  ......  ...x..   ......  ......
DENY        ...x..  ...x..   ...x..  ......  ...x..   ......  ......
REOPEN      ......  ......   ......  x.xx..  ......   ......  ......
MERGE       ..xx..  ..xx..   ..xx..  ......  ......   ......  ......
REJECT      ..xx..  ..xx..   ..xx..  ......  ......   ......  ......
LINK        ..xx..  ..xx..   ..xx..  ......  ......   ......  ......
"""


def cells() -> dict[tuple[Name, State, Relation], bool]:
    head, *rows = EXPECTED.strip().split("\n")
    states = [State(word) for word in head.split()]
    found = {}
    for row in rows:
        name, *marks = row.split()
        assert len(marks) == len(states), row
        for state, mark in zip(states, marks, strict=True):
            for relation, sign in zip(COLUMNS, mark, strict=True):
                found[Name(name), state, relation] = sign == "x"
    return found


CELLS = cells()


@pytest.mark.parametrize(("name", "state"), list(itertools.product(PERMITS, State)))
def test_each_cell_is_as_decided(name: Name, state: State) -> None:
    """The six relations of one tag in one state."""
    for relation in Relation:
        assert permitted(name, state, frozenset({relation})) is CELLS[name, state, relation], relation


def test_the_table_here_has_every_cell_and_no_other() -> None:
    """15 tags × 7 states × 6 relations: 630 cells."""
    assert set(CELLS) == set(itertools.product(PERMITS, State, Relation)) and len(CELLS) == 630


@pytest.mark.parametrize("name", [name for name in Name if name not in PERMITS])
def test_a_tag_outside_the_table_is_permitted_nowhere(name: Name) -> None:
    """What needs no ticket, and what is no tag, is never carried out on one."""
    assert not any(permitted(name, state, frozenset(Relation)) for state in State)


def test_every_tag_has_its_place() -> None:
    """Each is a command on a ticket, an inquiry, one of the two that have a door of their own, or no tag at all."""
    assert set(Name) == {*PERMITS, *INQUIRIES, Name.HOTLINE, Name.SEND, Name.UNKNOWN, Name.NEAR}


@pytest.mark.parametrize(("name", "state"), list(itertools.product(PERMITS, State)))
def test_several_relations_allow_what_one_of_them_does(name: Name, state: State) -> None:
    """A head who is the dispatcher too may do what either may, and no more."""
    for left, right in itertools.combinations(Relation, 2):
        either = CELLS[name, state, left] or CELLS[name, state, right]
        assert permitted(name, state, frozenset({left, right})) is either
