"""A real Dovecot of the test's own: an ordinary user's (or root's) instance in a fresh folder, on free ports, gone with the session."""

from __future__ import annotations

import atexit
import contextlib
import grp
import itertools
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from imapclient import IMAPClient
from imapclient.exceptions import LoginError
from servers.certificates import Authority

START_SECONDS = 15.0

# What Dovecot 2.3 offers after the log-in; a profile takes words away, and a client that asks before it uses never sees the difference.
_WORDS = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ NAMESPACE UNSELECT CHILDREN UIDPLUS MOVE"


class Profile(StrEnum):
    """What the server offers."""

    FULL = "full"
    NO_MOVE = "no-move"  # COPY, \\Deleted and UID EXPUNGE
    NO_UIDPLUS = "no-uidplus"  # neither MOVE nor UIDPLUS: nothing can be expunged singly
    NO_IDLE = "no-idle"
    INBOX_PREFIX = "inbox-prefix"  # all folders lie under `INBOX.`, as at Courier's and at many hosters'


_MISSING = {Profile.NO_MOVE: {"MOVE"}, Profile.NO_UIDPLUS: {"MOVE", "UIDPLUS"}, Profile.NO_IDLE: {"IDLE"}}

_CONFIG = """
protocols = imap lmtp
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
mail_max_userip_connections = 200
namespace inbox {{
  inbox = yes
  prefix = {prefix}
  separator = {separator}
}}
passdb {{
  driver = passwd-file
  args = {folder}/users/%u
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service lmtp {{
  chroot =
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
protocol imap {{
  {capability}
}}
protocol lmtp {{
  postmaster_address = postmaster@school.example
  mail_plugins =
}}
"""


def find_dovecot() -> str | None:
    """The server's path, or None where it is not installed."""
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _names_of_owner() -> dict[str, object]:
    """Who runs what. As root, Dovecot insists on giving up its rights: to its package's users, and the mails to `nobody`."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        return {
            "internal": "dovecot",
            "internal_group": "dovecot",
            "login": "dovenull",
            "uid": nobody.pw_uid,
            "gid": nobody.pw_gid,
        }
    user, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    return {"internal": user, "internal_group": group, "login": user, "uid": os.geteuid(), "gid": os.getegid()}


def _fields(stat: Path) -> list[str]:
    """State, parent and so on from /proc/…/stat; none of a process that is gone."""
    try:
        return stat.read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _children(master: int) -> list[int]:
    """The processes of one master; those that serve a connection outlive it for a moment."""
    stats = {int(stat.parent.name): _fields(stat) for stat in Path("/proc").glob("[0-9]*/stat")}
    return [pid for pid, fields in stats.items() if fields[1:2] == [str(master)]]


def _lives(pid: int) -> bool:
    """A zombie does not."""
    return _fields(Path(f"/proc/{pid}/stat"))[:1] not in ([], ["Z"])


class Dovecot:
    """`start()` it, `add_user`, then talk IMAP to `imap_port` (clear, STARTTLS) or `imaps_port`; `destroy()` at the end."""

    host = "127.0.0.1"

    def __init__(self, profile: Profile = Profile.FULL) -> None:
        binary = find_dovecot()
        if binary is None:
            raise FileNotFoundError("dovecot is not installed")
        self._binary = binary
        self.profile = profile
        # Not pytest's own temporary folder: that is closed to others, and too long a path for Unix sockets.
        self.folder = Path(tempfile.mkdtemp(prefix="maildesk-dovecot-"))
        self.folder.chmod(0o755)
        self.authority = Authority(self.folder)
        self.authority.issue("server")
        self.imap_port, self.imaps_port, self.lmtp_port = free_port(), free_port(), free_port()
        self._passwords: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self._write_files()

    # Users and mails

    def add_user(self, address: str, password: str | None = None) -> str:
        """A new user with an empty mailbox, or a new password for an old one; returns the password."""
        known = address in self._passwords
        self._passwords[address] = password if password is not None else f"secret-of-{address}"
        # A file for each: Dovecot looks at a file's changes only once a second.
        fresh = self.folder / "users.new"
        fresh.write_text(f"{address}:{{PLAIN}}{self._passwords[address]}::::::\n", encoding="utf-8")
        fresh.chmod(0o644)
        fresh.rename(self.folder / "users" / address)
        if known:
            self._wait_for_password(address)
        return self._passwords[address]

    def next_number(self) -> int:
        """For the name of a new user."""
        return next(self._numbers)

    def password(self, user: str) -> str:
        return self._passwords[user]

    def has_user(self, address: str) -> bool:
        return address in self._passwords

    def client(self, user: str) -> IMAPClient:
        """A client of the user's own, logged in: what a person with a mail program may do beside the desk."""
        client = IMAPClient(self.host, self.imap_port, ssl=False, timeout=30)
        client.plain_login(user, self._passwords[user])
        return client

    def deliver(self, user: str, data: bytes, folder: str = "INBOX", at: datetime | None = None) -> None:
        """Puts exactly these bytes there (APPEND), with that INTERNALDATE if one is given; makes the folder where missing."""
        self.deliver_many(user, [data], folder, at)

    def deliver_many(
        self, user: str, mails: Sequence[bytes], folder: str = "INBOX", at: datetime | None = None
    ) -> None:
        with self.client(user) as client:
            if folder != "INBOX" and not client.folder_exists(folder):
                client.create_folder(folder)
            for data in mails:
                client.append(folder, data, msg_time=at)

    def lmtp(self, sender: str, recipients: Sequence[str], data: bytes) -> None:
        """The real road in: trace headers are added on the way. Raises what smtplib raises."""
        with smtplib.LMTP(self.host, self.lmtp_port) as client:
            client.sendmail(sender, list(recipients), data)

    def mails(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """The bytes of all mails there that are not flagged as deleted, oldest first; none where there is no such folder."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            uids = sorted(client.search(["UNDELETED"]))
            found = client.fetch(uids, ["BODY.PEEK[]"])
        return [found[uid][b"BODY[]"] for uid in uids]

    def flags(self, user: str, folder: str = "INBOX") -> dict[int, tuple[bytes, ...]]:
        """UID → flags of all mails there, also those flagged as deleted."""
        with self.client(user) as client:
            client.select_folder(folder, readonly=True)
            flags: dict[int, tuple[bytes, ...]] = client.get_flags(client.search(["ALL"]))
        return flags

    def folders(self, user: str) -> list[str]:
        with self.client(user) as client:
            return sorted(name for _, _, name in client.list_folders())

    def renew_uidvalidity(self, user: str, folder: str = "INBOX") -> None:
        """As after a restored backup: the same mails under another UIDVALIDITY (the folder must not be INBOX)."""
        with self.client(user) as client:
            client.select_folder(folder, readonly=True)
            uids = sorted(client.search(["ALL"]))
            found = client.fetch(uids, ["BODY.PEEK[]"])
            client.unselect_folder()
            client.delete_folder(folder)
            client.create_folder(folder)
            for uid in uids:
                client.append(folder, found[uid][b"BODY[]"])

    # The server

    def kick(self, user: str) -> bool:
        """Ends all of the user's connections from the server's side, with a BYE; whether there were any."""
        command = ["doveadm", "-c", str(self.folder / "dovecot.conf"), "kick", user]
        return subprocess.run(command, capture_output=True, timeout=30).returncode == 0

    def start(self) -> None:
        atexit.register(self.destroy)  # also where a session is broken off
        subprocess.run([self._binary, "-c", str(self.folder / "dovecot.conf")], check=True, timeout=30)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with IMAPClient(self.host, self.imap_port, ssl=False, timeout=5):
                    return
            except OSError:
                time.sleep(0.02)
        raise TimeoutError(f"dovecot does not answer: {self.log()}")

    def stop(self) -> None:
        """Ends the server and with it every connection; mails and users stay for the next `start()`."""
        pid_file = self.folder / "run" / "master.pid"
        if not pid_file.exists():
            return
        master = int(pid_file.read_text())
        processes = [master, *_children(master)]
        for pid in processes:
            # The master alone would let those that serve a connection go on for ten seconds.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + START_SECONDS
        while any(map(_lives, processes)) and time.monotonic() < deadline:
            time.sleep(0.02)

    def destroy(self) -> None:
        atexit.unregister(self.destroy)
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        path = self.folder / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _wait_for_password(self, user: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            client = IMAPClient(self.host, self.imap_port, ssl=False, timeout=30)
            try:
                client.plain_login(user, self._passwords[user])
                return
            except LoginError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            finally:
                client.shutdown()

    def _write_files(self) -> None:
        prefixed = self.profile is Profile.INBOX_PREFIX
        words = [word for word in _WORDS.split() if word not in _MISSING.get(self.profile, set())]
        text = _CONFIG.format(
            folder=self.folder,
            imap=self.imap_port,
            imaps=self.imaps_port,
            lmtp=self.lmtp_port,
            prefix="INBOX." if prefixed else "",
            separator="." if prefixed else "/",
            capability=f"imap_capability = {' '.join(words)}" if self.profile in _MISSING else "",
            **_names_of_owner(),
        )
        (self.folder / "dovecot.conf").write_text(text)
        (self.folder / "users").mkdir()
        mail = self.folder / "mail"
        mail.mkdir()
        mail.chmod(0o777)  # each user's own folder in it is made by Dovecot, for that user alone
