"""Mail in files, as people and programs really keep it."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maildesk.model.mail import Fate, RawMail, SourceUnavailable
from maildesk.sources import folder_mbox
from maildesk.sources.folder import FolderSource
from maildesk.sources.folder_dates import arrival

FROM = b"From parent@mail.example Tue Dec  1 10:00:00 2026"


def everything(source: FolderSource) -> list[RawMail]:
    return [mail for batch in source.fetch(source.waiting()) for mail in batch]


def data_of(path: Path) -> list[bytes]:
    return [mail.data for mail in everything(FolderSource(path))]


# One file, a directory, a Maildir


@pytest.mark.parametrize("data", [b"", b"Subject: x\r\n\r\nbody", b"no headers at all", b"\xff\xfe\x00"])
def test_one_eml_is_one_mail_byte_for_byte(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "one.eml").write_bytes(data)
    assert data_of(tmp_path / "one.eml") == [data]


def test_a_directory_is_read_with_its_subdirectories_by_arrival(tmp_path: Path) -> None:
    (tmp_path / "year").mkdir()
    (tmp_path / "a.eml").write_bytes(b"Date: Tue, 2 Dec 2025 10:00:00 +0300\r\n\r\nlater")
    (tmp_path / "year" / "b.EML").write_bytes(b"Date: Mon, 1 Dec 2025 10:00:00 +0300\r\n\r\nearlier")
    (tmp_path / "notes.txt").write_text("no mail")
    assert [data.rsplit(b"\n", 1)[1] for data in data_of(tmp_path)] == [b"earlier", b"later"]
    assert [key.uid for key in FolderSource(tmp_path).waiting()] == ["year/b.EML", "a.eml"]


def test_file_names_that_are_no_text_give_keys_that_are(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xcf\xf0.eml")).write_bytes(b"Subject: x\r\n\r\n")
    (mail,) = everything(FolderSource(tmp_path))
    assert mail.key.uid.encode("utf-8") == b"\\xcf\\xf0.eml"


def test_a_maildir_keeps_its_keys_when_a_person_reads_a_mail(tmp_path: Path) -> None:
    for name in ("cur", "new", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1700000000.M1.host").write_bytes(b"Subject: x\r\n\r\n")
    (tmp_path / "tmp" / "1700000001.M1.host").write_bytes(b"Subject: not whole")
    (tmp_path / "cur" / ".hidden").write_bytes(b"")
    source = FolderSource(tmp_path)
    (before,) = source.waiting()
    (tmp_path / "new" / "1700000000.M1.host").rename(tmp_path / "cur" / "1700000000.M1.host:2,S")
    assert source.waiting() == [before]
    assert len(everything(source)) == 1


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="nowhere"):
        FolderSource(tmp_path / "nowhere").waiting()


def test_a_file_that_vanished_since_the_look_is_missing(tmp_path: Path) -> None:
    for name in ("a.eml", "b.eml"):
        (tmp_path / name).write_bytes(name.encode())
    source = FolderSource(tmp_path)
    keys = source.waiting()
    (tmp_path / "a.eml").unlink()
    assert [mail.data for batch in source.fetch(keys) for mail in batch] == [b"b.eml"]


def test_an_oversized_mail_is_read_in_part(tmp_path: Path) -> None:
    (tmp_path / "large.eml").write_bytes(b"Subject: x\r\n\r\n" + b"y" * 1_000_000)
    (mail,) = everything(FolderSource(tmp_path, message_size=500_000))
    assert mail.truncated
    assert (mail.size, len(mail.data)) == (1_000_014, 320 * 1024)


def test_nothing_of_the_user_is_touched(tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(b"Subject: x\r\n\r\n")
    before = file.stat()
    source = FolderSource(tmp_path)
    source.settle(source.waiting(), Fate.PROCESSED)
    source.wait(0, threading.Event())
    source.close()
    assert source.waiting() == []
    assert [path.name for path in tmp_path.iterdir()] == ["one.eml"]
    assert (file.stat().st_mtime_ns, file.stat().st_size) == (before.st_mtime_ns, before.st_size)


# mbox


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_an_mbox_is_split_and_unquoted_with_any_line_ends(tmp_path: Path, end: bytes) -> None:
    lines = [
        FROM,
        b"Subject: one",
        b"",
        b">From the school",
        b">>From deep",
        b"From here on no more.",
        b"",
        FROM,
        b"Subject: two",
        b"",
        b"last",
        b"",
    ]
    (tmp_path / "box").write_bytes(end.join(lines) + end)
    assert data_of(tmp_path / "box") == [
        end.join([b"Subject: one", b"", b"From the school", b">From deep", b"From here on no more."]) + end,
        end.join([b"Subject: two", b"", b"last"]) + end,
    ]


@pytest.mark.parametrize(
    "line",
    [
        b"From - Tue Dec 01 10:00:00 2026",
        b"From 1729384756@xxx Tue Dec 01 10:00:00 +0000 2026",
        b"From MAILER-DAEMON Tue Dec  1 10:00:00 2026",
        b"From parent@mail.example Tue Dec  1 10:00 MSK 2026",
        b'From "a b"@mail.example  Tue Dec  1 10:00:00 2026 +0300',
    ],
)
def test_the_borders_that_programs_write_are_known(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "box").write_bytes((line + b"\nSubject: x\n\nbody\n\n") * 2)
    assert data_of(tmp_path / "box") == [b"Subject: x\n\nbody\n"] * 2


def test_a_border_without_a_blank_line_before_it_still_counts(tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes((FROM + b"\nSubject: x\n\nbody\n") * 2)
    assert data_of(tmp_path / "box") == [b"Subject: x\n\nbody\n"] * 2


@pytest.mark.parametrize(
    "sentence",
    [b"From Monday on we meet at 10:00 in 2026", b"From x Tue Dec  1 10:00:00 2026\njust words", b"xFrom " + FROM[5:]],
)
def test_a_sentence_is_no_border(tmp_path: Path, sentence: bytes) -> None:
    data = b"Subject: x\n\n" + sentence + b"\n\nmore\n"
    (tmp_path / "box").write_bytes(FROM + b"\n" + data + b"\n")
    assert data_of(tmp_path / "box") == [data]


def test_borders_at_the_edge_of_a_chunk_are_neither_lost_nor_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = [b"Subject: n%d\n\n" % number + b"y" * (number * 7) + b"\n" for number in range(200)]
    (tmp_path / "box").write_bytes(b"".join(FROM + b"\n" + mail + b"\n" for mail in mails))
    for size in (997, 1500, 4096):
        monkeypatch.setattr(folder_mbox, "CHUNK", size)
        assert data_of(tmp_path / "box") == mails


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.sampled_from([2, 7, 400]))
def test_no_bytes_break_the_reader_or_lose_a_mail_after_them(tmp_path: Path, noise: bytes, chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder_mbox, "CHUNK", chunk)
        last = b"Subject: last\n\nbody\n"
        (tmp_path / "box").write_bytes(FROM + b"\nX: y\n" + noise + b"\n\n" + FROM + b"\n" + last)
        assert data_of(tmp_path / "box")[-1] == last


def test_a_mail_that_is_added_to_an_mbox_leaves_the_other_keys(tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.write_bytes(FROM + b"\nSubject: one\n\n\n")
    source = FolderSource(box)
    before = source.waiting()
    with box.open("ab") as file:
        file.write(FROM + b"\nSubject: two\n\n\n")
    assert source.waiting()[:1] == before
    assert len(source.waiting()) == 2


# Arrivals


@pytest.mark.parametrize(
    ("headers", "from_line", "at"),
    [
        (b"Date: Tue, 1 Dec 2026 10:00:00 +0300\r\n\r\n", b"", datetime(2026, 12, 1, 7, tzinfo=UTC)),
        (b"date:1 Dec 2026 10:00 GMT\n\n", b"", datetime(2026, 12, 1, 10, tzinfo=UTC)),
        (b"X: y\r\nDATE: Tue, 1 Dec 2026\r\n 10:00:00 +0300 (MSK)\r\n\r\n", b"", datetime(2026, 12, 1, 7, tzinfo=UTC)),
        (b"Subject: x\r\n\r\nDate: Tue, 1 Dec 2026 10:00:00 +0300\r\n", b"", None),
        (b"X-Date: Tue, 1 Dec 2026 10:00:00 +0300\r\n\r\n", b"", None),
        (b"Date: yesterday\r\n\r\n", FROM[5:], datetime(2026, 12, 1, 10, tzinfo=UTC)),
        (b"Date: Tue, 99 Dec 2026 10:00:00 +0300\r\n\r\n", b"", None),
        (b"Date: Tue, 1 Dec 99999 10:00:00 +0300\r\n\r\n", b"", None),
        (b"Date: \xff\xfe\r\n\r\n", b"", None),
        (b"", b"- Tue Dec 01 10:00:00 2026", datetime(2026, 12, 1, 10, tzinfo=UTC)),
        (b"", b"", None),
    ],
)
def test_the_moment_of_a_mail_in_a_file(headers: bytes, from_line: bytes, at: datetime | None) -> None:
    assert arrival(headers, from_line) == at


@given(st.binary(max_size=300))
def test_no_header_breaks_the_reading_of_dates(noise: bytes) -> None:
    found = arrival(b"Date: " + noise + b"\r\n\r\n", noise)
    assert found is None or found.tzinfo is UTC


def test_without_a_date_the_file_s_own_time_counts_and_no_mail_is_newer_than_now(tmp_path: Path) -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    (tmp_path / "a.eml").write_bytes(b"Subject: a\r\n\r\n")
    os.utime(tmp_path / "a.eml", (1_700_000_000, 1_700_000_000))
    (tmp_path / "b.eml").write_bytes(b"Date: Tue, 1 Dec 2026 10:00:00 +0300\r\n\r\n")
    mails = everything(FolderSource(tmp_path, lambda: now))
    assert [mail.received_at for mail in mails] == [datetime.fromtimestamp(1_700_000_000, UTC), now]
