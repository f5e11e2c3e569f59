"""Working time against tables made by hand: each row says when a length of time that counts has passed."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from maildesk.desk.worktime import add, between, is_open, next_open
from maildesk.model import WorkCalendar

WEEK, DAILY = frozenset(range(5)), frozenset(range(7))


def days(*texts: str) -> frozenset[date]:
    """'2026-01-01..09' and single days."""
    found = set()
    for text in texts:
        first, _, last = text.partition("..")
        start = date.fromisoformat(first)
        found |= {start.replace(day=day) for day in range(start.day, int(last or start.day) + 1)}
    return frozenset(found)


def calendar(week: frozenset[int], *spans: str, **exceptions: frozenset[date]) -> WorkCalendar:
    def at(text: str) -> time:
        return time(0) if text == "24" else time.fromisoformat(f"{text}:00" if ":" not in text else text)

    pairs = tuple((at(opens), at(closes)) for opens, closes in (span.split("-") for span in spans))
    return WorkCalendar(always=False, days=week, spans=pairs, **exceptions)


# The production calendars of 2026 and 2027 (Labour Code, article 112, and the government's decrees), copied by hand.
RUSSIA_OFF = days(
    *("2026-01-01..09", "2026-02-23", "2026-03-09", "2026-05-01", "2026-05-11", "2026-06-12", "2026-11-04"),
    *("2026-12-31", "2027-01-01..08", "2027-02-22..23", "2027-03-08", "2027-05-03", "2027-05-10", "2027-06-14"),
    *("2027-11-04..05", "2027-12-31"),
)
CALENDARS = {
    "office": calendar(WEEK, "09-18"),
    "breaks": calendar(WEEK, "08-12:30", "13-18"),
    "three": calendar(WEEK, "08-10", "10:15-12", "14-20"),
    "russia": calendar(WEEK, "08-12:30", "13-18", off=RUSSIA_OFF, working=days("2027-02-20")),
    "six": calendar(frozenset(range(6)), "09-15", off=RUSSIA_OFF),
    "daily": calendar(DAILY, "09-18"),
    "round": calendar(DAILY, "00-24"),
    "weekround": calendar(WEEK, "00-24"),
    "late": calendar(DAILY, "22-24"),
    "split": calendar(DAILY, "00-02", "22-24"),
    "night": calendar(DAILY, "00-06"),
    "1to2": calendar(DAILY, "01-02"),
    "2to3": calendar(DAILY, "02-03"),
    "0to130": calendar(DAILY, "00-01:30"),
    "1to3": calendar(DAILY, "01-03"),
    "230to4": calendar(DAILY, "02:30-04"),
    "touching": calendar(DAILY, "00-01:30", "01:30-03"),
    "always": WorkCalendar(always=True),
}
ZONES = {
    name.rpartition("/")[2]: ZoneInfo(name)
    for name in (
        *("Europe/Moscow", "Europe/Volgograd", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu"),
        *("Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo", "Asia/Vladivostok"),
    )
}

# calendar, zone | from | + length = until. Local times; an offset is written where the clock is changed.
ADDED = """
office Moscow | 2026-11-23 09:00 | 30m = 2026-11-23 09:30
office Moscow | 2026-11-23 09:00 | 9h = 2026-11-23 18:00
office Moscow | 2026-11-23 09:00 | 9h1m = 2026-11-24 09:01
office Moscow | 2026-11-23 09:00 | 24h = 2026-11-25 15:00
office Moscow | 2026-11-23 08:00 | 30m = 2026-11-23 09:30
office Moscow | 2026-11-23 00:00 | 1m = 2026-11-23 09:01
office Moscow | 2026-11-23 08:59:59 | 1s = 2026-11-23 09:00:01
office Moscow | 2026-11-23 17:30 | 30m = 2026-11-23 18:00
office Moscow | 2026-11-23 17:31 | 30m = 2026-11-24 09:01
office Moscow | 2026-11-23 18:00 | 30m = 2026-11-24 09:30
office Moscow | 2026-11-23 23:59 | 9h = 2026-11-24 18:00
office Moscow | 2026-11-23 17:59:59 | 1s = 2026-11-23 18:00
office Moscow | 2026-11-23 17:59:59 | 2s = 2026-11-24 09:00:01
office Moscow | 2026-11-27 17:45 | 30m = 2026-11-30 09:15
office Moscow | 2026-11-27 18:00 | 1m = 2026-11-30 09:01
office Moscow | 2026-11-27 17:30 | 30m = 2026-11-27 18:00
office Moscow | 2026-11-28 12:00 | 30m = 2026-11-30 09:30
office Moscow | 2026-11-29 23:59 | 30m = 2026-11-30 09:30
office Moscow | 2026-11-27 09:00 | 24h = 2026-12-01 15:00
office Moscow | 2026-11-27 12:00 | 24h = 2026-12-01 18:00
office Moscow | 2026-11-27 13:00 | 24h = 2026-12-02 10:00
office Moscow | 2026-11-23 09:00 | 45h = 2026-11-27 18:00
office Moscow | 2026-11-23 10:00 | 45h = 2026-11-30 10:00
office Moscow | 2026-11-23 09:00 | 90h = 2026-12-04 18:00
office Moscow | 2026-11-23 09:00 | 4d = 2026-12-07 15:00
office Moscow | 2026-11-23 12:34:56 | 5h25m4s = 2026-11-23 18:00
office Moscow | 2026-11-23 12:34:56 | 5h25m5s = 2026-11-24 09:00:01
office Moscow | 2026-02-27 17:00 | 2h = 2026-03-02 10:00
office Moscow | 2024-02-28 17:00 | 11h = 2024-03-01 10:00
office Moscow | 2026-12-31 17:00 | 2h = 2027-01-01 10:00
breaks Moscow | 2026-11-23 08:00 | 30m = 2026-11-23 08:30
breaks Moscow | 2026-11-23 12:00 | 30m = 2026-11-23 12:30
breaks Moscow | 2026-11-23 12:01 | 30m = 2026-11-23 13:01
breaks Moscow | 2026-11-23 12:15 | 30m = 2026-11-23 13:15
breaks Moscow | 2026-11-23 12:30 | 30m = 2026-11-23 13:30
breaks Moscow | 2026-11-23 12:31 | 30m = 2026-11-23 13:30
breaks Moscow | 2026-11-23 12:59 | 30m = 2026-11-23 13:30
breaks Moscow | 2026-11-23 13:00 | 30m = 2026-11-23 13:30
breaks Moscow | 2026-11-23 12:29:59 | 1s = 2026-11-23 12:30
breaks Moscow | 2026-11-23 12:29:59 | 2s = 2026-11-23 13:00:01
breaks Moscow | 2026-11-23 08:00 | 4h30m = 2026-11-23 12:30
breaks Moscow | 2026-11-23 08:00 | 9h30m = 2026-11-23 18:00
breaks Moscow | 2026-11-23 08:00 | 24h = 2026-11-25 13:30
breaks Moscow | 2026-11-23 13:00 | 24h = 2026-11-25 18:00
breaks Moscow | 2026-11-23 17:45 | 30m = 2026-11-24 08:15
breaks Moscow | 2026-11-23 17:45 | 5h = 2026-11-24 13:15
breaks Moscow | 2026-11-23 06:00 | 5h = 2026-11-23 13:30
breaks Moscow | 2026-11-27 12:10 | 24h = 2026-12-01 17:40
breaks Moscow | 2026-11-28 10:00 | 24h = 2026-12-02 13:30
breaks Moscow | 2026-11-23 08:00 | 47h30m = 2026-11-27 18:00
breaks Moscow | 2026-11-23 08:00 | 47h31m = 2026-11-30 08:01
three Moscow | 2026-11-23 08:00 | 2h = 2026-11-23 10:00
three Moscow | 2026-11-23 09:50 | 20m = 2026-11-23 10:25
three Moscow | 2026-11-23 09:50 | 2h = 2026-11-23 14:05
three Moscow | 2026-11-23 10:10 | 1h45m = 2026-11-23 12:00
three Moscow | 2026-11-23 10:10 | 1h46m = 2026-11-23 14:01
three Moscow | 2026-11-23 12:00 | 6h = 2026-11-23 20:00
three Moscow | 2026-11-23 08:00 | 9h45m = 2026-11-23 20:00
three Moscow | 2026-11-23 08:00 | 9h46m = 2026-11-24 08:01
three Moscow | 2026-11-27 19:00 | 4h = 2026-11-30 11:15
russia Moscow | 2026-11-03 17:45 | 30m = 2026-11-05 08:15
russia Moscow | 2026-11-04 12:00 | 1h = 2026-11-05 09:00
russia Moscow | 2026-11-03 08:00 | 24h = 2026-11-06 13:30
russia Moscow | 2026-12-30 17:50 | 30m = 2027-01-11 08:20
russia Moscow | 2026-12-31 10:00 | 30m = 2027-01-11 08:30
russia Moscow | 2027-01-05 10:00 | 30m = 2027-01-11 08:30
russia Moscow | 2026-12-29 17:00 | 24h = 2027-01-12 12:00
russia Moscow | 2025-12-31 17:50 | 30m = 2026-01-12 08:20
russia Moscow | 2026-01-09 09:00 | 30m = 2026-01-12 08:30
russia Moscow | 2026-02-20 17:50 | 30m = 2026-02-24 08:20
russia Moscow | 2026-02-23 17:50 | 30m = 2026-02-24 08:30
russia Moscow | 2026-03-06 17:50 | 30m = 2026-03-10 08:20
russia Moscow | 2026-03-09 12:00 | 24h = 2026-03-12 13:30
russia Moscow | 2026-04-30 17:50 | 30m = 2026-05-04 08:20
russia Moscow | 2026-05-08 17:50 | 30m = 2026-05-12 08:20
russia Moscow | 2026-06-11 17:50 | 30m = 2026-06-15 08:20
russia Moscow | 2027-02-19 17:30 | 1h = 2027-02-20 08:30
russia Moscow | 2027-02-19 17:30 | 10h = 2027-02-20 18:00
russia Moscow | 2027-02-19 17:30 | 10h1m = 2027-02-24 08:01
russia Moscow | 2027-02-20 08:00 | 30m = 2027-02-20 08:30
russia Moscow | 2027-02-20 12:15 | 30m = 2027-02-20 13:15
russia Moscow | 2027-02-20 17:30 | 1h = 2027-02-24 08:30
russia Moscow | 2027-02-20 03:00 | 24h = 2027-02-25 13:30
russia Moscow | 2027-02-21 10:00 | 30m = 2027-02-24 08:30
russia Moscow | 2027-02-13 10:00 | 1h = 2027-02-15 09:00
russia Moscow | 2027-02-27 10:00 | 1h = 2027-03-01 09:00
russia Moscow | 2027-03-05 17:50 | 30m = 2027-03-09 08:20
russia Moscow | 2027-04-30 17:50 | 30m = 2027-05-04 08:20
russia Moscow | 2027-05-07 17:50 | 30m = 2027-05-11 08:20
russia Moscow | 2027-06-11 17:50 | 30m = 2027-06-15 08:20
russia Moscow | 2027-11-03 17:50 | 30m = 2027-11-08 08:20
russia Moscow | 2027-11-05 10:00 | 30m = 2027-11-08 08:30
russia Moscow | 2027-12-30 17:30 | 30m = 2027-12-30 18:00
six Moscow | 2026-11-28 14:30 | 1h = 2026-11-30 09:30
six Moscow | 2026-11-27 14:30 | 1h = 2026-11-28 09:30
six Moscow | 2026-11-23 09:00 | 36h = 2026-11-28 15:00
six Moscow | 2026-11-23 09:00 | 36h1m = 2026-11-30 09:01
six Moscow | 2026-11-03 14:00 | 2h = 2026-11-05 10:00
daily Moscow | 2026-11-28 17:00 | 2h = 2026-11-29 10:00
daily Moscow | 2026-11-29 17:00 | 11h = 2026-12-01 10:00
round Moscow | 2026-11-28 23:30 | 1h = 2026-11-29 00:30
round Moscow | 2026-11-28 00:00 | 24h = 2026-11-29 00:00
round Moscow | 2026-12-31 12:00 | 24h = 2027-01-01 12:00
weekround Moscow | 2026-11-27 23:30 | 30m = 2026-11-28 00:00
weekround Moscow | 2026-11-27 23:30 | 31m = 2026-11-30 00:01
weekround Moscow | 2026-11-28 00:00 | 1h = 2026-11-30 01:00
weekround Moscow | 2026-11-26 12:00 | 24h = 2026-11-27 12:00
late Moscow | 2026-11-23 22:00 | 2h = 2026-11-24 00:00
late Moscow | 2026-11-23 23:30 | 1h = 2026-11-24 22:30
late Moscow | 2026-11-23 00:00 | 2h = 2026-11-24 00:00
split Moscow | 2026-11-23 23:00 | 2h = 2026-11-24 01:00
split Moscow | 2026-11-23 23:00 | 3h = 2026-11-24 02:00
split Moscow | 2026-11-23 23:00 | 4h = 2026-11-24 23:00
split Moscow | 2026-11-23 02:00 | 1h = 2026-11-23 23:00
always Moscow | 2026-11-27 17:50 | 30m = 2026-11-27 18:20
always Moscow | 2026-11-28 03:00 | 24h = 2026-11-29 03:00
always Moscow | 2014-10-25 12:00+04 | 24h = 2014-10-26 11:00+03
always Berlin | 2026-03-28 12:00+01 | 24h = 2026-03-29 13:00+02
office Moscow | 2014-10-24 17:00+04 | 2h = 2014-10-27 10:00+03
office Moscow | 2014-10-24 17:30+04 | 30m = 2014-10-24 18:00+04
office Moscow | 2014-10-26 01:30+04 | 30m = 2014-10-27 09:30+03
office Moscow | 2014-10-26 01:30+03 | 30m = 2014-10-27 09:30+03
daily Moscow | 2014-10-25 17:00+04 | 2h = 2014-10-26 10:00+03
daily Moscow | 2014-10-25 09:00+04 | 18h = 2014-10-26 18:00+03
daily Moscow | 2014-10-26 00:30+04 | 9h = 2014-10-26 18:00+03
round Moscow | 2014-10-26 00:00+04 | 25h = 2014-10-27 00:00+03
round Moscow | 2014-10-26 00:00+04 | 2h = 2014-10-26 01:00+03
round Moscow | 2014-10-26 00:00+04 | 3h = 2014-10-26 02:00+03
round Moscow | 2014-10-26 01:30+04 | 1h = 2014-10-26 01:30+03
night Moscow | 2014-10-26 00:00+04 | 7h = 2014-10-26 06:00+03
night Moscow | 2014-10-26 00:00+04 | 7h1m = 2014-10-27 00:01+03
night Moscow | 2014-10-25 05:00+04 | 8h = 2014-10-26 06:00+03
1to2 Moscow | 2014-10-26 00:00+04 | 1h = 2014-10-26 01:00+03
1to2 Moscow | 2014-10-26 00:00+04 | 1h30m = 2014-10-26 01:30+03
1to2 Moscow | 2014-10-26 00:00+04 | 2h = 2014-10-26 02:00+03
1to2 Moscow | 2014-10-26 00:00+04 | 2h30m = 2014-10-27 01:30+03
1to2 Moscow | 2014-10-26 01:30+04 | 1h = 2014-10-26 01:30+03
2to3 Moscow | 2014-10-25 12:00+04 | 1h = 2014-10-26 03:00+03
2to3 Moscow | 2014-10-26 01:59+04 | 1m = 2014-10-26 02:01+03
2to3 Moscow | 2014-10-26 01:59+03 | 1m = 2014-10-26 02:01+03
0to130 Moscow | 2014-10-26 00:00+04 | 1h30m = 2014-10-26 01:30+04
0to130 Moscow | 2014-10-26 00:00+04 | 1h40m = 2014-10-26 01:10+03
0to130 Moscow | 2014-10-26 00:00+04 | 2h = 2014-10-26 01:30+03
0to130 Moscow | 2014-10-26 00:00+04 | 2h10m = 2014-10-27 00:10+03
touching Moscow | 2014-10-26 00:00+04 | 4h = 2014-10-26 03:00+03
touching Moscow | 2014-10-26 00:00+04 | 1h45m = 2014-10-26 01:45+04
touching Moscow | 2014-10-26 00:00+04 | 2h15m = 2014-10-26 01:15+03
night Moscow | 2010-03-28 00:00+03 | 5h = 2010-03-28 06:00+04
night Moscow | 2011-03-27 00:00+03 | 5h = 2011-03-27 06:00+04
night Moscow | 2011-10-30 00:00+04 | 6h = 2011-10-30 06:00+04
office Volgograd | 2020-12-25 17:30+04 | 1h = 2020-12-28 09:30+03
office Volgograd | 2020-12-25 12:00+04 | 24h = 2020-12-29 18:00+03
daily Volgograd | 2020-12-26 17:00+04 | 2h = 2020-12-27 10:00+03
daily Volgograd | 2020-12-26 18:00+04 | 9h = 2020-12-27 18:00+03
round Volgograd | 2020-12-27 00:00+04 | 25h = 2020-12-28 00:00+03
round Volgograd | 2020-12-26 12:00+04 | 24h = 2020-12-27 11:00+03
night Volgograd | 2020-12-27 00:00+04 | 7h = 2020-12-27 06:00+03
night Volgograd | 2020-12-27 01:30+04 | 1h = 2020-12-27 01:30+03
1to2 Volgograd | 2020-12-26 12:00+04 | 2h = 2020-12-27 02:00+03
2to3 Volgograd | 2020-12-26 12:00+04 | 30m = 2020-12-27 02:30+03
office Volgograd | 2018-10-26 17:30+03 | 1h = 2018-10-29 09:30+04
night Volgograd | 2018-10-28 00:00+03 | 5h = 2018-10-28 06:00+04
office Berlin | 2026-03-27 17:00+01 | 2h = 2026-03-30 10:00+02
office Berlin | 2026-03-27 09:00+01 | 24h = 2026-03-31 15:00+02
daily Berlin | 2026-03-28 17:00+01 | 2h = 2026-03-29 10:00+02
round Berlin | 2026-03-29 00:00+01 | 23h = 2026-03-30 00:00+02
round Berlin | 2026-03-28 12:00+01 | 24h = 2026-03-29 13:00+02
round Berlin | 2026-03-29 01:30+01 | 1h = 2026-03-29 03:30+02
night Berlin | 2026-03-29 00:00+01 | 5h = 2026-03-29 06:00+02
night Berlin | 2026-03-29 00:00+01 | 2h = 2026-03-29 03:00+02
night Berlin | 2026-03-29 00:00+01 | 2h30m = 2026-03-29 03:30+02
night Berlin | 2026-03-29 00:00+01 | 5h1m = 2026-03-30 00:01+02
1to3 Berlin | 2026-03-29 00:00+01 | 1h = 2026-03-29 03:00+02
1to3 Berlin | 2026-03-29 00:00+01 | 1h30m = 2026-03-30 01:30+02
1to3 Berlin | 2026-03-28 02:00+01 | 2h = 2026-03-29 03:00+02
2to3 Berlin | 2026-03-28 12:00+01 | 30m = 2026-03-30 02:30+02
2to3 Berlin | 2026-03-28 02:30+01 | 1h = 2026-03-30 02:30+02
230to4 Berlin | 2026-03-29 00:00+01 | 30m = 2026-03-29 03:30+02
230to4 Berlin | 2026-03-29 00:00+01 | 1h = 2026-03-29 04:00+02
230to4 Berlin | 2026-03-29 00:00+01 | 1h10m = 2026-03-30 02:40+02
touching Berlin | 2026-03-29 00:00+01 | 2h = 2026-03-29 03:00+02
touching Berlin | 2026-03-29 00:00+01 | 2h10m = 2026-03-30 00:10+02
office Berlin | 2026-10-23 17:00+02 | 2h = 2026-10-26 10:00+01
daily Berlin | 2026-10-24 17:00+02 | 2h = 2026-10-25 10:00+01
round Berlin | 2026-10-25 00:00+02 | 25h = 2026-10-26 00:00+01
round Berlin | 2026-10-24 12:00+02 | 24h = 2026-10-25 11:00+01
night Berlin | 2026-10-25 00:00+02 | 3h = 2026-10-25 02:00+01
night Berlin | 2026-10-25 00:00+02 | 4h = 2026-10-25 03:00+01
night Berlin | 2026-10-25 00:00+02 | 7h = 2026-10-25 06:00+01
2to3 Berlin | 2026-10-25 00:00+02 | 1h = 2026-10-25 02:00+01
2to3 Berlin | 2026-10-25 00:00+02 | 1h30m = 2026-10-25 02:30+01
2to3 Berlin | 2026-10-25 00:00+02 | 2h = 2026-10-25 03:00+01
2to3 Berlin | 2026-10-25 02:30+02 | 1h = 2026-10-25 02:30+01
2to3 Berlin | 2026-10-25 02:30+01 | 1h = 2026-10-26 02:30+01
230to4 Berlin | 2026-10-25 00:00+02 | 30m = 2026-10-25 03:00+02
230to4 Berlin | 2026-10-25 00:00+02 | 40m = 2026-10-25 02:40+01
230to4 Berlin | 2026-10-25 00:00+02 | 2h = 2026-10-25 04:00+01
230to4 Berlin | 2026-10-25 00:00+02 | 2h5m = 2026-10-26 02:35+01
1to3 Berlin | 2026-10-25 00:00+02 | 3h = 2026-10-25 03:00+01
office Kolkata | 2026-11-23 03:30+00 | 30m = 2026-11-23 09:30+05:30
office Kolkata | 2026-11-23 12:29+00 | 1m = 2026-11-23 18:00+05:30
office Kolkata | 2026-11-23 12:30+00 | 1m = 2026-11-24 09:01+05:30
office Kolkata | 2026-11-22 18:29+00 | 30m = 2026-11-23 09:30+05:30
office Kolkata | 2026-11-22 18:30+00 | 30m = 2026-11-23 09:30+05:30
office Kolkata | 2026-11-27 12:15+00 | 30m = 2026-11-30 09:15+05:30
office Kolkata | 2026-11-27 09:00 | 24h = 2026-12-01 15:00
breaks Kolkata | 2026-11-23 12:15 | 30m = 2026-11-23 13:15
round Kolkata | 2026-11-23 18:15+00 | 30m = 2026-11-24 00:15+05:30
night Kolkata | 2026-11-22 18:30+00 | 6h = 2026-11-23 06:00+05:30
office Kathmandu | 2026-11-23 03:15+00 | 30m = 2026-11-23 09:30+05:45
office Kathmandu | 2026-11-27 17:50 | 30m = 2026-11-30 09:20
night Lord_Howe | 2026-04-05 00:00+11 | 6h30m = 2026-04-05 06:00+10:30
night Lord_Howe | 2026-04-05 00:00+11 | 2h = 2026-04-05 01:30+10:30
night Lord_Howe | 2026-10-04 00:00+10:30 | 5h30m = 2026-10-04 06:00+11
1to2 Lord_Howe | 2026-04-05 00:00+11 | 1h30m = 2026-04-05 02:00+10:30
office Lord_Howe | 2026-04-03 17:00+11 | 2h = 2026-04-06 10:00+10:30
office Apia | 2011-12-29 17:00-10 | 2h = 2012-01-02 10:00+14
daily Apia | 2011-12-29 17:00-10 | 2h = 2011-12-31 10:00+14
round Apia | 2011-12-29 12:00-10 | 24h = 2011-12-31 12:00+14
round Sao_Paulo | 2018-11-03 23:00-03 | 2h = 2018-11-04 02:00-02
night Sao_Paulo | 2018-11-03 12:00-03 | 5h = 2018-11-04 06:00-02
late Sao_Paulo | 2019-02-16 22:00-02 | 3h = 2019-02-17 00:00-03
late Sao_Paulo | 2019-02-16 22:00-02 | 2h30m = 2019-02-16 23:30-03
late Sao_Paulo | 2019-02-16 12:00-02 | 4h = 2019-02-17 23:00-03
office Vladivostok | 2026-11-22 23:00+00 | 30m = 2026-11-23 09:30+10
office Vladivostok | 2026-11-27 08:00+00 | 30m = 2026-11-30 09:30+10
"""

# calendar, zone | from | until = working time between.
MEASURED = """
office Moscow | 2026-11-23 09:00 | 2026-11-23 09:00 = 0m
office Moscow | 2026-11-23 12:00 | 2026-11-23 11:00 = 0m
office Moscow | 2026-11-23 00:00 | 2026-11-24 00:00 = 9h
office Moscow | 2026-11-23 18:00 | 2026-11-24 09:00 = 0m
office Moscow | 2026-11-23 17:00 | 2026-11-24 10:00 = 2h
office Moscow | 2026-11-27 18:00 | 2026-11-30 09:00 = 0m
office Moscow | 2026-11-27 17:59 | 2026-11-30 09:01 = 2m
office Moscow | 2026-11-28 00:00 | 2026-11-29 23:59 = 0m
office Moscow | 2026-11-23 00:00 | 2026-11-30 00:00 = 45h
office Moscow | 2026-11-01 00:00 | 2026-12-01 00:00 = 189h
office Moscow | 2026-01-01 00:00 | 2027-01-01 00:00 = 2349h
breaks Moscow | 2026-11-23 12:30 | 2026-11-23 13:00 = 0m
breaks Moscow | 2026-11-23 12:00 | 2026-11-23 14:00 = 1h30m
breaks Moscow | 2026-11-23 08:00 | 2026-11-23 18:00 = 9h30m
breaks Moscow | 2026-11-23 07:00 | 2026-11-23 12:45 = 4h30m
three Moscow | 2026-11-23 09:00 | 2026-11-23 15:00 = 3h45m
russia Moscow | 2026-11-03 18:00 | 2026-11-05 08:00 = 0m
russia Moscow | 2026-12-31 00:00 | 2027-01-11 00:00 = 0m
russia Moscow | 2026-12-30 17:00 | 2027-01-11 09:00 = 2h
russia Moscow | 2027-02-15 00:00 | 2027-02-22 00:00 = 57h
russia Moscow | 2027-02-20 00:00 | 2027-02-24 00:00 = 9h30m
russia Moscow | 2026-01-01 00:00 | 2027-01-01 00:00 = 2346h30m
russia Moscow | 2027-01-01 00:00 | 2028-01-01 00:00 = 2346h30m
round Moscow | 2014-10-26 00:00+04 | 2014-10-27 00:00+03 = 25h
night Moscow | 2014-10-26 00:00+04 | 2014-10-27 00:00+03 = 7h
office Moscow | 2014-10-26 00:00+04 | 2014-10-28 00:00+03 = 9h
round Volgograd | 2020-12-27 00:00+04 | 2020-12-28 00:00+03 = 25h
round Berlin | 2026-03-29 00:00+01 | 2026-03-30 00:00+02 = 23h
round Berlin | 2026-10-25 00:00+02 | 2026-10-26 00:00+01 = 25h
230to4 Berlin | 2026-10-25 00:00+02 | 2026-10-26 00:00+01 = 2h
2to3 Berlin | 2026-03-29 00:00+01 | 2026-03-30 00:00+02 = 0m
1to2 Moscow | 2014-10-26 01:30+04 | 2014-10-26 01:30+03 = 1h
round Apia | 2011-12-29 00:00-10 | 2011-12-31 00:00+14 = 24h
late Sao_Paulo | 2019-02-16 00:00-02 | 2019-02-17 00:00-03 = 3h
office Kolkata | 2026-11-23 00:00+00 | 2026-11-24 00:00+00 = 9h
always Moscow | 2026-11-28 00:00 | 2026-11-29 12:00 = 36h
always Moscow | 2014-10-26 00:00+04 | 2014-10-27 00:00+03 = 25h
"""

# calendar, zone | moment = open, or closed until the next working moment.
OPENED = """
office Moscow | 2026-11-23 09:00 = open
office Moscow | 2026-11-23 17:59:59 = open
office Moscow | 2026-11-23 18:00 = 2026-11-24 09:00
office Moscow | 2026-11-23 08:59:59 = 2026-11-23 09:00
office Moscow | 2026-11-27 18:00 = 2026-11-30 09:00
office Moscow | 2026-11-28 12:00 = 2026-11-30 09:00
breaks Moscow | 2026-11-23 12:29 = open
breaks Moscow | 2026-11-23 12:30 = 2026-11-23 13:00
breaks Moscow | 2026-11-23 12:59 = 2026-11-23 13:00
breaks Moscow | 2026-11-23 13:00 = open
russia Moscow | 2026-11-04 10:00 = 2026-11-05 08:00
russia Moscow | 2026-12-31 00:00 = 2027-01-11 08:00
russia Moscow | 2027-02-20 10:00 = open
russia Moscow | 2027-02-20 18:00 = 2027-02-24 08:00
russia Moscow | 2027-02-27 10:00 = 2027-03-01 08:00
weekround Moscow | 2026-11-27 23:59:59 = open
weekround Moscow | 2026-11-28 00:00 = 2026-11-30 00:00
late Moscow | 2026-11-23 23:59 = open
late Moscow | 2026-11-24 00:00 = 2026-11-24 22:00
split Moscow | 2026-11-24 00:00 = open
2to3 Moscow | 2014-10-26 01:30+04 = 2014-10-26 02:00+03
1to2 Moscow | 2014-10-26 01:30+04 = open
1to2 Moscow | 2014-10-26 01:30+03 = open
0to130 Moscow | 2014-10-26 01:45+04 = 2014-10-26 01:00+03
2to3 Berlin | 2026-03-29 01:59+01 = 2026-03-30 02:00+02
230to4 Berlin | 2026-03-29 01:59+01 = 2026-03-29 03:00+02
230to4 Berlin | 2026-10-25 02:15+01 = 2026-10-25 02:30+01
230to4 Berlin | 2026-10-25 02:45+02 = open
office Kolkata | 2026-11-23 03:29+00 = 2026-11-23 09:00+05:30
office Kolkata | 2026-11-23 03:30+00 = open
daily Apia | 2011-12-29 18:00-10 = 2011-12-31 09:00+14
always Moscow | 2026-11-28 03:00 = open
"""


def rows(table: str) -> list[str]:
    return table.strip().splitlines()


def world(text: str) -> tuple[WorkCalendar, ZoneInfo]:
    name, zone = text.split()
    return CALENDARS[name], ZONES[zone]


def moment(text: str, zone: ZoneInfo) -> datetime:
    found = datetime.fromisoformat(text.strip())
    return found if found.tzinfo else found.replace(tzinfo=zone)


def length(text: str) -> timedelta:
    units = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
    return timedelta(**{units[unit]: int(number) for number, unit in re.findall(r"(\d+)([dhms])", text)})


@pytest.mark.parametrize("row", rows(ADDED))
def test_a_length_added_ends_as_the_table_says(row: str) -> None:
    """A length of working time ends at the moment in the table, and measuring gives the length back."""
    place, start_text, rest = row.split("|")
    amount, end_text = rest.split("=")
    hours, zone = world(place)
    start, end = moment(start_text, zone), moment(end_text, zone)
    assert add(start, length(amount), hours, zone).astimezone(zone).isoformat() == end.astimezone(zone).isoformat()
    assert between(start, end, hours, zone) == length(amount)


@pytest.mark.parametrize("row", rows(MEASURED))
def test_the_time_between_is_as_the_table_says(row: str) -> None:
    """The working time between two moments is the one in the table."""
    place, start_text, rest = row.split("|")
    end_text, amount = rest.split("=")
    hours, zone = world(place)
    assert between(moment(start_text, zone), moment(end_text, zone), hours, zone) == length(amount)


@pytest.mark.parametrize("row", rows(OPENED))
def test_a_moment_is_open_or_waits_as_the_table_says(row: str) -> None:
    """A moment is a working one, or the next working one is that of the table."""
    place, rest = row.split("|")
    at_text, answer = rest.split("=")
    hours, zone = world(place)
    at = moment(at_text, zone)
    opened = answer.strip() == "open"
    assert is_open(at, hours, zone) is opened
    assert next_open(at, hours, zone) == (at if opened else moment(answer, zone))


def test_the_tables_are_whole() -> None:
    """The tables hold over two hundred cases, each once."""
    table = rows(ADDED) + rows(MEASURED) + rows(OPENED)
    assert len(table) == len(set(table)) and len(rows(ADDED)) >= 200
