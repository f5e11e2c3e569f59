"""Phone numbers in a text."""

from __future__ import annotations

import pytest

from maildesk.parse import phones


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Телефон +7 916 123-45-67.", ("+7 916 123-45-67",)),
        ("звоните 8(916)1234567 после шести", ("+7 916 123-45-67",)),
        ("8 916 123 45 67 или 8-495-123-45-67", ("+7 916 123-45-67", "+7 495 123-45-67")),
        ("Обращение 2026, класс 7Б, урок в 10:30", ()),
        ("карта 2202 2061 1234 5678 9012 3456", ()),
        ("", ()),
    ],
)
def test_numbers_are_found_as_people_write_them(text: str, found: tuple[str, ...]) -> None:
    """A number is found in any usual spelling, and other digits are none."""
    assert phones.find(text) == found


def test_a_wall_of_digits_costs_little() -> None:
    """Only the beginning of a text is looked at, and nothing in a wall of digits is a number."""
    assert phones.find("1" * 1_000_000) == ()
