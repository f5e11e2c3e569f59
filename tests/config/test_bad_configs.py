"""A bad configuration dies of what stands beside it: tests/bad_configs/NAME.toml and its lines in NAME.txt."""

from pathlib import Path

import pytest

from maildesk.config import ConfigError, load

FOLDER = Path(__file__).parents[1] / "bad_configs"
CASES = sorted(FOLDER.glob("*.toml"))
ENVIRON = {"MAILDESK_IMAP_PASSWORD": "imap-password", "MAILDESK_OTHER_TOKEN": "relay-token"}
# What no message may repeat, whatever is wrong around it.
SECRETS = ("very-secret", "hunter2", "imap-password", "relay-token", "a-test-key", "0123456789abcdef")


def faults_of(case: Path) -> str:
    with pytest.raises(ConfigError) as raised:
        load(Path(case.name), ENVIRON)
    return str(raised.value)


@pytest.fixture(autouse=True)
def _in_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_bad_file_is_refused_with_these_lines(case: Path) -> None:
    """Each bad file is refused with exactly the lines that stand beside it."""
    assert faults_of(case).splitlines() == case.with_suffix(".txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_no_message_repeats_a_secret(case: Path) -> None:
    """No fault line holds a secret."""
    said = faults_of(case)
    assert not [secret for secret in SECRETS if secret in said]


def test_the_folder_holds_its_cases() -> None:
    """The folder holds at least 45 bad files, and a list of lines for each, and no list without a file."""
    assert len(CASES) >= 45
    assert {case.stem for case in CASES} == {text.stem for text in FOLDER.glob("*.txt")}
