"""The signatures that clients keep in elements of their own."""

from __future__ import annotations

import pytest

from maildesk.parse import reply
from maildesk.parse.message import Part

NONE = Part(type="text/html")
KEPT = "Проверьте кабель."
SIGNATURES = (
    '<div class="gmail_signature" data-smartmail="gmail_signature">Олег Смирнов</div>',
    '<pre class="moz-signature">-- \nОлег Смирнов</pre>',
    '<div id="Signature"><p>Олег Смирнов</p></div>',
    '<div id="ms-outlook-mobile-signature">Получить Outlook для iOS</div>',
    '<div id="Signature"><div class="gmail_signature">Олег</div><div id="x_Signature">Смирнов</div></div>',
)


def of_html(html: str) -> str:
    return reply.cut(text="", html=html, subject="Re: Звук", headers=NONE).reply


@pytest.mark.parametrize("signature", SIGNATURES)
def test_what_a_client_adds_is_no_part_of_the_reply(signature: str) -> None:
    """The element goes, and what stands above it stays."""
    assert of_html(f"<div>{KEPT}</div><br>{signature}") == KEPT


def test_words_written_into_a_signature_are_not_lost() -> None:
    """Where nothing stands outside, the signature's element holds the answer."""
    assert of_html('<div id="Signature"><p>Проверьте кабель.</p></div>') == KEPT


def test_many_signatures_cost_no_more_than_their_bound() -> None:
    """A mail of nothing but signatures is read all the same."""
    assert "a" in of_html("<p>a</p>" + '<div class="gmail_signature">b</div>' * 500)
