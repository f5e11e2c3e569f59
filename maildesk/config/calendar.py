"""A country's holidays and moved working days, from the holidays package: the only place that imports it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class PublicDays:
    """Days off and days moved to work in the years asked for, and what a person should know about them."""

    off: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()
    warnings: tuple[str, ...] = ()


def public_days(country: str, years: Iterable[int]) -> PublicDays:
    """The public holidays of a country ('' for none) in these years.

    Russia's days are those of the government's yearly decrees (Labour Code, article 112); a year without a decree in
    the package has the bare law's holidays and a warning. Without the package there are no holidays and a warning.
    """
    if not country:
        return PublicDays()
    try:
        import holidays
    except ImportError:
        return PublicDays(
            warnings=('holidays are not known: install the package with pip install "maildesk[calendar]"',)
        )
    wanted = sorted(set(years))
    try:
        days = holidays.country_holidays(country, years=wanted, expand=False)
    except NotImplementedError:
        return PublicDays(warnings=(f"the holidays package knows no country {country}",))
    # Only where a country's class lists moved days by year can a year be seen to lack its decree.
    decrees = getattr(days, "special_public_holidays", None) if country == "RU" else None
    unknown = [year for year in wanted if decrees is not None and year not in decrees]
    return PublicDays(frozenset(days), frozenset(days.weekend_workdays), tuple(_undecreed(year) for year in unknown))


def known_country(country: str) -> bool:
    """Does the package know this country? True where the package is not installed: that is said elsewhere."""
    try:
        import holidays
    except ImportError:
        return True
    return not country or country in holidays.list_supported_countries()


def _undecreed(year: int) -> str:
    return (
        f"the moved working days of {year} are not known yet: update the holidays package when they are decreed, "
        "or write them into [calendar] extra and working"
    )
