"""The form as a program: its settings from config.toml, its start, its end."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from form.running import APPEAL, PNG, Desk, Form, Parent, Shown, serving, settings_for

from maildesk.config import load_form
from maildesk.form import settings_from
from maildesk.model import Category, Sent

CONFIG = """
[service]
name = "Служба сопровождения"
organisation = "Школа № 167"
address = "support@school.example"
phone = "+7 495 000-00-00"
secret = "0123456789abcdef0123456789abcdef"
[category.psych]
title = "Необходима консультация психолога"
tags = ["PSYCH"]
role = "psychologist"
confidential = true
[form]
listen = "127.0.0.1:8026"
token = "env:TOKEN"
consent_url = "https://school.example/pd"
frame_ancestors = ["https://school.example"]
proxy = "127.0.0.1"
"""


async def _send(sender: str, recipient: str, data: bytes) -> Sent:
    return Sent()


def test_the_settings_are_those_of_config_toml(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, "utf-8")
    settings = settings_from(load_form(path, {"TOKEN": "word"}), _send)
    assert settings.categories == (
        Category("psych", "Необходима консультация психолога", ("PSYCH",), "psychologist", True),
    )
    assert (settings.listen_host, settings.listen_port) == ("127.0.0.1", 8026)
    assert (settings.token, settings.data) == ("word", tmp_path / "form.db")
    assert (settings.organisation, settings.phone, settings.language) == ("Школа № 167", "+7 495 000-00-00", "ru")
    assert settings.proxy == ipaddress.ip_network("127.0.0.1/32")
    assert settings.frame_ancestors == ("https://school.example",)
    assert settings.send is None, "nothing is posted where mail_to is not set"
    assert "word" not in repr(settings)


def test_a_folder_of_templates_beside_the_configuration_is_used(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    (tmp_path / "templates" / "form").mkdir(parents=True)
    assert (
        settings_from(load_form(tmp_path / "config.toml", {"TOKEN": "w"})).templates == tmp_path / "templates" / "form"
    )


def test_an_address_that_is_taken_is_an_error_at_the_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = settings_for(tmp_path, listen_port=taken.getsockname()[1])
        with pytest.raises(OSError, match="ddress already in use"), serving(settings):
            raise AssertionError("it started")


@pytest.mark.parametrize("content", [None, b"this is no database at all, but some text" * 50])
def test_a_spool_that_cannot_be_opened_is_an_error_at_the_start(tmp_path: Path, content: bytes | None) -> None:
    data = tmp_path / "folder" / "form.db"
    if content is not None:
        data.parent.mkdir()
        data.write_bytes(content)
    with pytest.raises(OSError, match=r"form\.db"), serving(settings_for(tmp_path, data=data)):
        raise AssertionError("it started")


PROGRAM = """
import sys
from pathlib import Path
from form.running import settings_for
from maildesk.form import run
run(settings_for(Path(sys.argv[1])), ready=lambda url: print(url, flush=True))
"""


def test_at_sigterm_it_finishes_what_is_in_hand_and_leaves_with_success(tmp_path: Path) -> None:
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(here.parent.parent), str(here.parent)))}
    form = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert form.stdout is not None
    url = form.stdout.readline().strip()
    opened = Parent(url).open()
    body = _body(opened)
    host, _, port = url.removeprefix("http://").rstrip("/").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(
            f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        )
        line.sendall(body[:200])
        Desk(url).appeals()  # by its answer the half-sent form is in hand
        form.send_signal(signal.SIGTERM)
        line.sendall(body[200:])
        answer = b""
        while chunk := line.recv(65536):
            answer += chunk
    assert form.wait(30) == 0
    number = Shown(200, answer.decode()).number
    assert number
    with serving(settings_for(tmp_path)) as again:
        assert again.desk().appeals()[0]["id"].startswith(number)


def _body(opened: Shown) -> bytes:
    values = {**APPEAL, **opened.page.hidden}
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in values.items()
    ]
    return ("".join(parts) + "--b--\r\n").encode()


def test_a_failure_of_ours_is_a_page_with_the_phone_and_no_traceback(start_form: Callable[..., Form]) -> None:
    def fail(name: str) -> None:
        if name == "checked":
            raise ZeroDivisionError("secret inner words")

    form = start_form(failpoint=fail)
    shown = form.parent().fill([("a.png", PNG)])
    assert shown.status == 500
    assert "+7 495 000-00-00" in shown.text
    assert "secret inner words" not in shown.text and "Traceback" not in shown.text
    assert shown.headers["content-security-policy"]
