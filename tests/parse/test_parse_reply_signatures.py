"""What programs add below a person's words is taken off; what a person wrote there stays."""

from __future__ import annotations

import pytest

from maildesk.parse.signatures import is_client_line, is_scanner_line, strip_tail, without_armour

CLIENT = (
    "Отправлено с iPhone",
    "Отправлено с моего iPad",
    "Отправлено с моего Samsung Galaxy смартфона.",
    "Отправлено со смартфона Samsung Galaxy.",
    "Отправлено из мобильной Почты Mail.ru",
    "Отправлено из Почты Mail ( https://trk.mail.ru/c/zzm979 )",
    "Отправлено из Mail.ru для Android",
    "Отправлено из Яндекс.Почты для Android",
    "Отправлено из мобильной Яндекс Почты: http://m.ya.ru/ymail",
    "Отправлено из мобильного приложения Яндекс Почты",
    "Отправлено из Outlook для iOS",
    "Отправлено с помощью Proton Mail.",
    "Послано с телефона",
    "Простите за краткость, создано в K-9 Mail.",
    "Получить Outlook для Android",
    "Получить Outlook для iOS<https://aka.ms/o0ukef>",
    "Скачать Outlook для iOS",
    "Надіслано з iPhone",
    "Sent from my iPhone",
    "Sent from my Samsung Galaxy s5 Octacore device",
    "Sent from my cell, please excuse any typos.",
    "Sent from Mail for Windows 10",
    "Sent from Yahoo Mail on Android",
    "Sent with Airmail",
    "Sent via mobile",
    "Sent with [Proton Mail](https://proton.me/) secure email.",
    "(Sent from mobile device)",
    "<<sent by galaxy>>",
    "From My Iphone 6",
    "Get Outlook for iOShttps://aka.ms/o0ukef",
    "Get [Outlook for Android](https://aka.ms/AAb9ysg)",
    "Von meinem Mobilgerät gesendet",
    "Gesendet von meinem iPad",
    "Diese Nachricht wurde von meinem Android-Mobiltelefon mit K-9 Mail gesendet.",
    "Envoyé depuis mon iPhone",
    "Envoyé de mon iPhone",
    "Télécharger Outlook pour iOS<https://aka.ms/o0ukef>",
    "Enviado desde mi iPhone",
    "Enviado do meu iPhone",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Skickat från min iPhone",
    "Sendt fra min iPhone",
    "Lähetetty iPhonesta",
    "Wysłane z iPhone'a",
    "Odesláno z iPhonu",
    "從我的 iPhone 傳送",
    "发自我的iPhone",
    "iPhoneから送信",
)

OWN = (
    "Отправлено 23 ноября, ответа нет.",
    "Вчера я отправила заявку из дома.",
    "С уважением, Анна Белова",
    "Sent from my desk, is much easier than my mobile phone.",
    "Sent from a magnificent torch of pixels",
    "I sent the file from my iPhone.",
    "Отправлено",
    "",
)


@pytest.mark.parametrize("line", CLIENT)
def test_a_clients_line_is_known(line: str) -> None:
    """A line that a mail program adds is known in every language of the table."""
    assert is_client_line(line)


@pytest.mark.parametrize("line", OWN)
def test_a_persons_line_is_not_a_clients(line: str) -> None:
    """A sentence that speaks of sending stays."""
    assert not is_client_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "Без вирусов. www.avast.ru",
        "Без вирусов.www.avast.com <https://www.avast.com/sig-email?utm_medium=email>",
        "Это сообщение проверено на вирусы антивирусом Avast.",
        "https://www.avast.com/antivirus",
        "Virus-free. www.avast.com",
        "<#DAB4FAD8-2DD7-40BB-A1B8-4E2AA1F9FDF2>",
    ],
)
def test_a_scanners_line_is_known(line: str) -> None:
    """A line that a virus scanner adds is known."""
    assert is_scanner_line(line)


@pytest.mark.parametrize(
    "lines, kept",
    [
        (["Да.", "", "-- ", "Анна", "тел. 1"], ["Да."]),
        (["Да.", "--", "Анна"], ["Да."]),
        (["-- ", "Анна"], []),
        (["Отправлено с iPhone"], []),
        (["Да.", "", "Отправлено с iPhone", "", "Анна"], ["Да.", "", "", "Анна"]),
        (["Да.", "", "---", "Это письмо проверено на вирусы антивирусом Avast.", "https://www.avast.com"], ["Да."]),
        (["Да.", "", "Best,", "J", "", "-- ", "J", "", "Sent from my iPhone"], ["Да.", "", "Best,", "J"]),
        (["Да.", "", "_" * 40, "Учителя mailing list", "https://lists.example"], ["Да."]),
        (["Одно.", "_" * 40, "Другое."], ["Одно.", "_" * 40, "Другое."]),
        (["Список:", "-- первое", "-- второе"], ["Список:", "-- первое", "-- второе"]),
        (["Да.", "-- ", *["длинная подпись"] * 30], ["Да.", "-- ", *["длинная подпись"] * 30]),
    ],
)
def test_only_what_programs_add_goes(lines: list[str], kept: list[str]) -> None:
    """A signature below "-- ", client lines, scanner lines and list footers go; everything else stays."""
    assert strip_tail(lines) == kept


def test_the_lines_of_an_openpgp_signature_go() -> None:
    """Of a signed text only what was signed is kept, and its escaped dashes are undone."""
    lines = ["-----BEGIN PGP SIGNED MESSAGE-----", "Hash: SHA256", "", "Да.", "- -- ", "Анна"]
    lines += ["-----BEGIN PGP SIGNATURE-----", "", "iQEzBAEB", "-----END PGP SIGNATURE-----"]
    assert without_armour(lines) == ["Да.", "-- ", "Анна"]
