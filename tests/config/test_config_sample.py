"""The commented sample at the top level: it loads, it is complete, and `maildesk init` writes it."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from maildesk.config import Config, load, load_form, sample
from maildesk.config.schema import Sections
from maildesk.config.shape import known_keys

TOP = Path(__file__).parents[2] / "config.toml"
ENVIRON = {
    "MAILDESK_IMAP_PASSWORD": "imap-password",
    "MAILDESK_SMTP_PASSWORD": "smtp-password",
    "MAILDESK_RELAY_TOKEN": "relay-token",
    "MAILDESK_OAUTH": "client-secret",
}
SWITCHED_OFF = re.compile(r"^#(?=[a-z\[])", re.MULTILINE)


def written(folder: Path, text: str) -> Path:
    (folder / "secret.key").write_text("0123456789abcdef-signing\n")
    (folder / "secret.key").chmod(0o600)
    (folder / "config.toml").write_text(text, "utf-8")
    return folder / "config.toml"


def all_on(text: str) -> str:
    """The sample with every line that is switched off switched on, but for the one that excludes the password."""
    return SWITCHED_OFF.sub("", re.sub(r"^#oauth2.*\n", "", text, flags=re.MULTILINE))


def test_the_sample_loads(tmp_path: Path) -> None:
    """The sample needs its two passwords and a secret file, and nothing else, to be a desk without a warning."""
    config = load(written(tmp_path, TOP.read_text("utf-8")), ENVIRON)
    assert (config.warnings, config.relay, config.form) == ((), None, None)
    assert list(config.categories) == ["journal", "tech", "quality", "equipment", "psych", "other"]
    assert config.policy(date(2026, 11, 23)).categories[4].confidential


def test_the_sample_routes_as_the_regulation_says(tmp_path: Path) -> None:
    """§3.1.3: journal, technical and psychologist to their specialists, quality, equipment and others to the head."""
    config = load(written(tmp_path, TOP.read_text("utf-8")), ENVIRON)
    roles = {key: category.role for key, category in config.categories.items()}
    assert roles == {
        "journal": "journal_admin",
        "tech": "tech",
        "quality": "head",
        "equipment": "head",
        "psych": "psychologist",
        "other": "head",
    }


def test_the_sample_loads_with_everything_switched_on(tmp_path: Path) -> None:
    """Each line that is switched off in the sample is right once its # is taken away."""
    path = written(tmp_path, all_on(TOP.read_text("utf-8")))
    config = load(path, ENVIRON)
    assert config.relay and config.form and config.form_mail and config.deputies and config.limits.retention
    assert load_form(path, ENVIRON).form == config.form


def test_the_oauth2_line_of_the_sample_loads(tmp_path: Path) -> None:
    """The sample's oauth2 line is right in the place of the password."""
    (tmp_path / "refresh.token").write_text("token")
    text = re.sub(r'^password = "env:MAILDESK_IMAP_PASSWORD"\n', "", TOP.read_text("utf-8"), flags=re.MULTILINE)
    config = load(written(tmp_path, re.sub("^#oauth2", "oauth2", text, flags=re.MULTILINE)), ENVIRON)
    assert config.mailboxes[0].oauth2 and config.mailboxes[0].oauth2.client_secret == "client-secret"


def test_the_sample_is_complete() -> None:
    """Every key that the program knows stands in the sample, and every value is the one it has when left out."""
    tree = tomllib.loads(all_on(TOP.read_text("utf-8")))
    missing = set()
    for section in known_keys(Sections, ("",)):
        there = tree.get(section, {})
        there = there[0] if isinstance(there, list) else there
        inner = next(iter(there.values())) if section in ("staff", "category", "deputies") else there
        place = (section, "x", "") if section in ("staff", "category", "deputies") else (section, "")
        place = (section, 0, "") if section == "mailbox" else place
        missing |= {f"{section}.{key}" for key in known_keys(Sections, place) if key not in inner}
    # oauth2 excludes the password; confidential is shown on the one category that is; both are in the sample's text.
    assert missing == {"mailbox.oauth2", "smtp.oauth2", "category.confidential"}


def test_a_key_taken_out_of_the_sample_changes_nothing(tmp_path: Path) -> None:
    """The sample shows the values that hold where a key is left out."""
    text = TOP.read_text("utf-8")
    whole = load(written(tmp_path, text), ENVIRON)
    optional = ("terms", "calendar", "follow_up", "reports", "limits", "security", "database")
    bare = text
    for section in optional:
        bare = re.sub(rf"^\[{section}\].*\n(?:[^\[\n].*\n|\n)*", "", bare, flags=re.MULTILINE)
    for key in ("language", "timezone", "ticket_prefix", "operator", "port", "tls", "folder", "processed", "poll"):
        bare = re.sub(rf"^{key} = .*\n", "", bare, flags=re.MULTILINE)
    left: Config = load(written(tmp_path, bare), ENVIRON)
    assert len(bare) < len(text) - 2000
    assert dict(left) == dict(whole)


@pytest.mark.parametrize("name", ["secret.key", "keys/день.key", 'a"b\\c.key'])
def test_init_writes_the_sample_with_its_secret_file(tmp_path: Path, name: str) -> None:
    """sample() is the top-level file with the secret's path put in, whatever its letters."""
    tree = tomllib.loads(sample(name))
    assert tree["service"]["secret"] == f"file:{name}"
    tree["service"]["secret"] = "file:secret.key"
    assert tree == tomllib.loads(TOP.read_text("utf-8"))
