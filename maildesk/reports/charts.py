"""Pictures of a weekly report: Vega-Lite specs beside the templates, filled with its figures, drawn by vl-convert where it is installed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from maildesk.model import Attachment, ReportView

#: Pixels of the picture for one of the spec: sharp on a phone.
SCALE = 2
#: No chart shows more bars: a phone's screen holds so many.
BARS = 8
#: A longer label is cut; the table below tells it whole.
LABEL = 38

Row = dict[str, Any]


def charts(
    report: ReportView, zone: ZoneInfo, spec: Callable[[str], str], words: Mapping[str, str]
) -> tuple[Attachment, ...]:
    """The charts of a weekly report as inline PNG, named by content id; none where vl-convert is not installed or nothing came.

    `spec` gives the text of a spec by its name ('' where there is none); `words` are series' and categories' names."""
    try:
        # 80 MB that only a report needs, and that a desk may do without.
        import vl_convert
    except ImportError:
        return ()
    made = []
    for name, rows in figures(report, zone, words).items():
        text = spec(name)
        if text and rows:
            filled = json.loads(text) | {"data": {"values": rows}}
            png = vl_convert.vegalite_to_png(json.dumps(filled), scale=SCALE, show_warnings=False)
            made.append(Attachment(f"{name}.png", "image/png", png, inline=True, content_id=f"{name}@maildesk"))
    return tuple(made)


def figures(report: ReportView, zone: ZoneInfo, words: Mapping[str, str]) -> dict[str, list[Row]]:
    """The rows of each chart; empty where a picture would tell nothing."""
    if not any(week.arrived or week.closed for week in report.trend):
        return {}
    trend: list[Row] = [
        {
            "week": week.until.astimezone(zone).strftime("%d.%m"),
            "order": index,
            "series": words.get(series, series),
            "count": count,
        }
        for index, week in enumerate(report.trend)
        for series, count in (("arrived", week.arrived), ("closed", week.closed))
    ]
    told = [count for count in report.by_category if count.count and not count.small]
    category: list[Row] = [
        {"label": count.label, "told": f"{_short(words.get(count.label, count.label))}: {count.count}"}
        | {"order": index, "count": count.count}
        for index, count in enumerate(told[:BARS])
    ]
    hours: list[Row] = [{"hour": hour, "count": count} for hour, count in enumerate(report.hours)]
    return {"trend": trend, "category": category, "hours": hours if any(report.hours) else []}


def _short(label: str) -> str:
    return label if len(label) <= LABEL else label[: LABEL - 1].rstrip() + "…"
