"""config.toml is read whole: keys left out have SPEC 3's values, secrets are looked up and never shown."""

from datetime import date, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from maildesk.config import Config, ConfigError, load, load_form
from maildesk.model import CommandPolicy, Rate

SMALL = """
[service]
name = "Служба"
organisation = "Школа"
address = "Support@School.Local"
secret = "file:secret.key"
[[mailbox]]
host = "imap.school.local"
user = "support"
password = "env:IMAP"
[smtp]
host = "smtp.school.local"
[staff.ivanova]
name = "Иванова Анна"
email = ["Ivanova@school.local", "anna@пример.рф"]
[staff.sidorov]
name = "Сидоров Павел"
email = "sidorov@localhost"
[roles]
head = "sidorov"
director = "sidorov"
site_admin = "ivanova"
hotline = ["ivanova", "sidorov"]
tech = "ivanova"
[category.tech]
title = "Техника"
tags = ["TECH"]
role = "tech"
"""
KEY = "0123456789abcdef-signing"
ENVIRON = {"IMAP": "imap-password", "MAILDESK_SMTP_PASSWORD": "smtp-password", "MAILDESK_RELAY_TOKEN": "relay-token"}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a secret of its owner's alone, and the small configuration in it."""
    secret = tmp_path / "secret.key"
    secret.write_text(KEY + "\n")
    secret.chmod(0o600)
    (tmp_path / "config.toml").write_text(SMALL, "utf-8")
    return tmp_path


def read(desk: Path, *changes: tuple[str, str], add: str = "") -> Config:
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (desk / "config.toml").write_text(text + add, "utf-8")
    return load(desk / "config.toml", ENVIRON)


def faults(desk: Path, *changes: tuple[str, str], add: str = "") -> list[str]:
    with pytest.raises(ConfigError) as raised:
        read(desk, *changes, add=add)
    return [f"{fault.key}: {fault.message}" for fault in raised.value.faults]


def test_a_key_left_out_has_the_value_of_the_contract(desk: Path) -> None:
    """Each key left out has the value that SPEC 3 shows."""
    config = read(desk)
    service, box, smtp = config.service, config.mailboxes[0], config.smtp
    assert (service.language, service.zone, service.ticket_prefix) == ("ru", ZoneInfo("Europe/Moscow"), "MD")
    assert (service.phone, service.operator) == ("", "site_admin")
    assert config.database.path == desk / "maildesk.db"
    assert (box.port, box.tls, box.folder, box.processed, box.quarantine) == (
        993,
        "implicit",
        "INBOX",
        "Processed",
        "Quarantine",
    )
    assert (box.poll, box.backlog, box.spam, box.category) == (timedelta(seconds=60), "ask", "", "")
    assert (smtp.port, smtp.tls, smtp.user, smtp.password) == (465, "implicit", "", None)
    assert (smtp.connections, smtp.per_minute, smtp.per_day) == (4, 0, 0)
    assert (config.relay, config.form_mail, config.form, config.deputies) == (None, None, None, {})
    terms = config.terms
    assert (terms.dispatch, terms.take) == (timedelta(minutes=30), timedelta(minutes=30))
    assert (terms.close, terms.remind, terms.calendar) == (timedelta(hours=24), timedelta(hours=4), "always")
    calendar = config.calendar
    assert calendar.days == {0, 1, 2, 3, 4}
    assert calendar.hours == ((time(8), time(12, 30)), (time(13), time(18)))
    assert (calendar.holidays, calendar.extra, calendar.working) == ("RU", (), ())
    assert config.follow_up.reopen_within == timedelta(days=7)
    assert (config.reports.daily, config.reports.weekly) == (time(18), (4, time(16)))
    limits = config.limits
    assert (limits.message_size, limits.attachments_out) == (25_000_000, 18_000_000)
    assert limits.new_tickets_per_sender == Rate(10, timedelta(hours=1))
    assert limits.letters_per_recipient == Rate(30, timedelta(hours=1))
    assert limits.retention is None
    assert (config.security.commands, config.security.authserv_id) == (CommandPolicy.PROOF, "")
    assert config.categories["tech"].confidential is False
    assert config.warnings == ()


def test_left_out_keys_of_optional_sections_have_the_value_of_the_contract(desk: Path) -> None:
    """The relay, the form and the SMTP log-in look their secrets up where the contract's sample does."""
    config = read(
        desk,
        ('host = "smtp.', 'user = "support"\nhost = "smtp.'),
        add='[relay]\nurl = "https://form.school.local/"\n[form]\n',
    )
    assert config.smtp.password == "smtp-password"
    assert config.relay and config.form
    assert (config.relay.url, config.relay.token) == ("https://form.school.local", "relay-token")
    assert config.relay.poll == timedelta(seconds=30)
    assert (config.form.listen, config.form.data) == (("127.0.0.1", 8025), desk / "form.db")
    assert (config.form.token, config.form.mail_to, config.form.consent_url) == ("relay-token", "", "")
    assert (config.form.frame_ancestors, config.form.proxy) == ((), "")


@pytest.mark.parametrize(
    ("section", "tls", "port"),
    [
        ("imap", "implicit", 993),
        ("imap", "starttls", 143),
        ("imap", "none", 143),
        ("smtp", "implicit", 465),
        ("smtp", "starttls", 587),
        ("smtp", "none", 25),
    ],
)
def test_the_port_left_out_is_the_usual_one_of_tls(desk: Path, section: str, tls: str, port: int) -> None:
    """A port left out is the usual one of the tls chosen."""
    config = read(desk, (f'host = "{section}.school.local"', f'tls = "{tls}"\nhost = "localhost"'))
    assert (config.mailboxes[0].port if section == "imap" else config.smtp.port) == port


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "LOCALHOST", "localhost."])
def test_no_tls_is_allowed_on_this_machine(desk: Path, host: str) -> None:
    """tls = "none" is allowed for each name of this machine."""
    assert read(desk, ('"imap.school.local"', f'"{host}"\ntls = "none"')).mailboxes[0].tls == "none"


@pytest.mark.parametrize("host", ["10.0.0.1", "localhost.school.local", "128.0.0.1", "::2", "0.0.0.0", "mylocalhost"])
def test_no_tls_is_refused_elsewhere(desk: Path, host: str) -> None:
    """tls = "none" is refused for a host that is not this machine."""
    found = faults(desk, ('"imap.school.local"', f'"{host}"\ntls = "none"'))
    assert [line.partition(":")[0] for line in found] == ["mailbox[0].tls"]


def test_any_text_may_be_a_reference(desk: Path) -> None:
    """env: and file: stand for any text: a host, a name, an entry of a list; the last line feed of a file is cut."""
    (desk / "name.txt").write_bytes("\ufeffСлужба из файла\r\n".encode())
    environ = {**ENVIRON, "HOST": "imap.test", "ADDRESS": "anna@school.test"}
    text = SMALL.replace('"Служба"', '"file:name.txt"').replace('"imap.school.local"', '"env:HOST"')
    (desk / "config.toml").write_text(text.replace('"anna@пример.рф"', '"env:ADDRESS"'), "utf-8")
    config = load(desk / "config.toml", environ)
    assert (config.service.name, config.mailboxes[0].host) == ("Служба из файла", "imap.test")
    assert config.staff["ivanova"].emails[1] == "anna@school.test"


def test_the_process_environment_is_looked_up(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """env: names a variable of the process where no other environment is given."""
    monkeypatch.setenv("IMAP", "from-the-process")
    assert load(desk / "config.toml").mailboxes[0].password == "from-the-process"


def test_a_path_is_relative_to_the_file(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are relative to the configuration, wherever the program was started."""
    monkeypatch.chdir("/")
    config = read(desk, add='[database]\nurl = "sqlite:///data/desk.db"\n')
    assert config.service.secrets == (KEY.encode(),)
    assert config.database.url == f"sqlite:///{desk}/data/desk.db"
    assert config.directory == desk


def test_an_absolute_sqlite_path_stays(desk: Path) -> None:
    """sqlite:////abs names an absolute path."""
    assert read(desk, add='[database]\nurl = "sqlite:////var/lib/desk.db"\n').database.path == Path("/var/lib/desk.db")


@pytest.mark.parametrize(
    "url",
    ["postgresql://user:p%40ss@host/name", "postgres://user@host:5433/name", "postgresql:///name?host=/run/postgresql"],
)
def test_a_postgresql_address_is_taken(desk: Path, url: str) -> None:
    """A PostgreSQL address keeps what it says."""
    config = read(desk, add=f'[database]\nurl = "{url}"\n')
    assert config.database.path is None
    assert config.database.url == url.replace("postgres://", "postgresql://")


def test_a_secret_file_may_hold_several_keys(desk: Path) -> None:
    """The first key of the file signs, the others still verify; empty lines count for nothing."""
    (desk / "secret.key").write_text(f"new-{KEY}\n\n{KEY}\n")
    assert read(desk).service.secrets == (f"new-{KEY}".encode(), KEY.encode())


def test_a_secret_that_others_may_read_is_a_warning(desk: Path) -> None:
    """A secret file more open than 0600 is told of, and used."""
    (desk / "secret.key").chmod(0o640)
    config = read(desk)
    assert config.service.secrets == (KEY.encode(),)
    assert len(config.warnings) == 1
    assert config.warnings[0].startswith("service.secret: ") and "0640" in config.warnings[0]


def test_a_secret_in_the_file_itself_is_a_warning(desk: Path) -> None:
    """A password in clear in config.toml is told of without being repeated."""
    config = read(desk, ('"env:IMAP"', '"clear-text"'), add='[database]\nurl = "postgresql://u:clear-text@h/n"\n')
    assert [line.partition(":")[0] for line in config.warnings] == ["mailbox[0].password", "database.url"]
    assert "clear-text" not in "".join(config.warnings)


def test_a_configuration_does_not_show_its_secrets(desk: Path) -> None:
    """No secret is in the configuration's printed form."""
    config = read(desk, ('host = "smtp.', 'user = "u"\nhost = "smtp.'), add='[relay]\nurl = "https://h"\n[form]\n')
    assert not [secret for secret in (KEY, *ENVIRON.values()) if secret in f"{config!r} {config}"]


def test_oauth2_stands_in_for_a_password(desk: Path) -> None:
    """oauth2 is taken in the place of a password; its token file is found beside the configuration."""
    (desk / "token").write_text("refresh")
    table = '{ token_url = "https://oauth.local/token", client_id = "desk", client_secret = "env:IMAP", '
    table += 'refresh_token_file = "token", scope = "mail" }'
    box = read(desk, ('password = "env:IMAP"', f"oauth2 = {table}")).mailboxes[0]
    assert box.password is None and box.oauth2
    assert (box.oauth2.refresh_token_file, box.oauth2.client_secret) == (desk / "token", "imap-password")


def test_a_byte_order_mark_and_dos_lines_are_tolerated(desk: Path) -> None:
    """A file that Notepad saved is read."""
    (desk / "config.toml").write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert load(desk / "config.toml", ENVIRON).service.name == "Служба"


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    """A missing configuration is one fault that names the file and the way out."""
    with pytest.raises(ConfigError) as raised:
        load(tmp_path / "none.toml")
    assert str(raised.value).startswith(f"{tmp_path}/none.toml: cannot be read (No such file or directory)")
    assert "maildesk init" in str(raised.value)


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    """A folder in the place of the file is one fault."""
    with pytest.raises(ConfigError, match="Is a directory"):
        load(tmp_path)


def test_an_enormous_file_is_no_configuration(tmp_path: Path) -> None:
    """A file over a megabyte is refused before it is parsed."""
    (tmp_path / "big.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigError, match="larger than 1 MB"):
        load(tmp_path / "big.toml")


def test_an_enormous_secret_is_the_wrong_file(desk: Path) -> None:
    """A secret file over 64 KB is refused, and not read whole."""
    (desk / "secret.key").write_bytes(b"k" * 70_000)
    assert faults(desk) and "larger than a secret ever is" in faults(desk)[0]


def test_a_fault_says_file_key_value_and_the_nearest_key(desk: Path) -> None:
    """A fault holds its file, key, value and the nearest known key apart, for programs."""
    with pytest.raises(ConfigError) as raised:
        read(desk, ('name = "Иванова Анна"', 'name = "Иванова Анна"\nemial = "x@y.ru"'))
    (fault,) = raised.value.faults
    assert (fault.file, fault.key, fault.value) == (desk / "config.toml", "staff.ivanova.emial", '"x@y.ru"')
    assert fault.nearest == "email"


@pytest.mark.parametrize(
    "address",
    ["a@school.local", "a@x.school.test", "a@school.example", "a@localhost", "a@pc.localhost", "a@example.com"],
)
def test_an_address_inside_the_school_is_an_address(desk: Path, address: str) -> None:
    """Addresses under names that no public server answers for are taken."""
    assert read(desk, ("sidorov@localhost", address)).staff["sidorov"].emails == (address,)


@pytest.mark.parametrize(
    "address", ["a@", "@local", "a b@school.local", "a@-.local", "a@local..test", "a@host", "a@1.2.3.4"]
)
def test_what_is_no_address_is_refused(desk: Path, address: str) -> None:
    """What no server could carry is refused."""
    found = faults(desk, ("sidorov@localhost", address))
    assert [line.partition(":")[0] for line in found] == ["staff.sidorov.email[0]"]


def test_a_remind_term_longer_than_the_close_term_is_a_warning(desk: Path) -> None:
    """A reminder that comes at once is told of."""
    assert "terms.remind" in read(desk, add='[terms]\nclose = "2h"\n').warnings[0]


def test_a_robot_that_is_a_person_is_a_warning(desk: Path) -> None:
    """A person whose mails would all be read as forms is told of."""
    config = read(desk, add='[form_mail]\nfrom = "Sidorov@localhost"\n')
    assert config.form_mail and config.form_mail.senders == ("sidorov@localhost",)
    assert "staff.sidorov" in config.warnings[0]


def test_the_form_needs_its_own_sections_alone(desk: Path) -> None:
    """maildesk form reads service, categories and form, and nothing of the desk's."""
    kept = SMALL[: SMALL.index("[[mailbox]]")] + SMALL[SMALL.index("[category.tech]") :]
    (desk / "form.toml").write_text(kept + '[form]\nlisten = "[::1]:0"\n', "utf-8")
    config = load_form(desk / "form.toml", ENVIRON)
    assert config.form.listen == ("::1", 0)
    assert config.form.data == desk / "form.db"
    assert (config.categories["tech"].title, config.smtp, config.directory) == ("Техника", None, desk)


def test_the_form_looks_at_nothing_of_the_desk(desk: Path) -> None:
    """A desk's section that is wrong, or whose secret is not here, does not stop the form; an unknown one does."""
    (desk / "config.toml").write_text(SMALL + '[form]\n[limits]\nmessage_size = "x"\n', "utf-8")
    environ = {"MAILDESK_RELAY_TOKEN": "relay-token"}
    assert load_form(desk / "config.toml", environ).form.token == "relay-token"
    (desk / "config.toml").write_text(SMALL + "[form]\n[frm]\n", "utf-8")
    with pytest.raises(ConfigError, match='frm: there is no such section; did you mean "form"'):
        load_form(desk / "config.toml", environ)


def test_the_form_needs_smtp_where_it_posts(desk: Path) -> None:
    """mail_to needs [smtp], and brings it."""
    text = SMALL + '[form]\nmail_to = "desk@school.local"\n'
    (desk / "config.toml").write_text(text, "utf-8")
    config = load_form(desk / "config.toml", ENVIRON)
    assert config.smtp and config.smtp.host == "smtp.school.local"
    (desk / "config.toml").write_text(text.replace('[smtp]\nhost = "smtp.school.local"\n', ""), "utf-8")
    with pytest.raises(ConfigError, match=r"smtp.host: is required"):
        load_form(desk / "config.toml", ENVIRON)


def test_the_form_without_its_section_is_a_fault(desk: Path) -> None:
    """maildesk form without [form] says so."""
    with pytest.raises(ConfigError, match=r"form: is required; write the section \[form\]"):
        load_form(desk / "config.toml", ENVIRON)


def test_a_configuration_cannot_be_changed(desk: Path) -> None:
    """A loaded configuration is frozen."""
    config = read(desk)
    with pytest.raises(ValueError, match="frozen"):
        config.service.name = "Другая"  # type: ignore[misc]


def test_the_folder_is_absolute(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path to the file does not make the desk move with the working folder."""
    monkeypatch.chdir(desk)
    config = load(Path("config.toml"), ENVIRON)
    monkeypatch.chdir("/")
    assert (config.path, config.database.path) == (desk / "config.toml", desk / "maildesk.db")


def test_dates_are_read(desk: Path) -> None:
    """Deputies and the calendar take TOML's own dates."""
    config = read(
        desk,
        add="[deputies]\ntech = { by = 'sidorov', from = 2026-12-01, until = 2026-12-01 }\n"
        "[calendar]\nextra = [2026-12-30]\nworking = [2026-12-26]\nhours = ['00:00-24:00']\n",
    )
    assert (config.deputies["tech"].since, config.deputies["tech"].until) == (date(2026, 12, 1), date(2026, 12, 1))
    assert (config.calendar.extra, config.calendar.working) == ((date(2026, 12, 30),), (date(2026, 12, 26),))
    assert config.calendar.hours == ((time(0), time(0)),)
