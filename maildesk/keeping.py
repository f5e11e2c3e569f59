"""What is done once a day and now and then: forgetting what was kept long enough, and a word before the disk is full."""

from __future__ import annotations

import os
from datetime import datetime

from maildesk import journal
from maildesk.desk.letters import to_operator
from maildesk.erasing import remove_mails
from maildesk.model import Facts, Kind, Line, Trouble
from maildesk.store import StoreBusy
from maildesk.wiring import Desk

#: The operator hears of a disk while there is still room to write the letter down: four mails of the largest size.
LARGEST_MAILS = 4
_DONE = "retention:day"
_TOLD = "disk:told"


def retire(desk: Desk, now: datetime) -> int:
    """Personal data of tickets closed longer ago than [limits] retention, out of the desk and its folders, once a day of the
    desk's zone (SPEC 3, 8.1). The mails first: without the tickets nobody would know which they were. How many tickets."""
    retention = desk.config.limits.retention
    today = now.astimezone(desk.policy.zone).date().isoformat()
    if retention is None or desk.store.get(_DONE) == today:
        return 0
    before = now - retention
    planned = desk.store.erase(closed_before=before, dry=True)
    problems, _ = remove_mails(desk.config, planned.message_ids, desk.clock)
    if problems:
        journal.warning(f"retention waits: {'; '.join(problems)}")
        return 0
    if planned.tickets:
        desk.store.erase(closed_before=before, at=now)
        journal.warning(f"retention: {planned.tickets} tickets closed before {before.date()} were erased")
        try:
            desk.store.scrub()
        except StoreBusy as busy:
            # What was erased is overwritten already (secure_delete); only the log beside the file is made anew another day.
            journal.warning(f"retention: {busy}")
    desk.store.set(_DONE, today)
    return planned.tickets


def free_bytes(desk: Desk) -> int | None:
    """Room left beside the SQLite file; None where the database is a server's."""
    path = desk.config.database.path
    if path is None:
        return None
    disk = os.statvfs(path.parent)
    return disk.f_bavail * disk.f_frsize


def warn_of_full_disk(desk: Desk, now: datetime) -> None:
    """One `notice` to the operator when room runs short, and another only after there was enough again."""
    free = free_bytes(desk)
    if free is None:
        return
    told = desk.store.get(_TOLD)
    if free >= LARGEST_MAILS * desk.config.limits.message_size:
        if told:
            desk.store.set(_TOLD, "")
    elif not told:
        with desk.store.transaction():
            facts = Facts(reason=Line(Trouble.DISK_FULL, (str(desk.config.database.path),)))
            desk.post.put(to_operator(desk.policy, Kind.NOTICE, now, None, facts), now)
            desk.store.set(_TOLD, now.isoformat())
