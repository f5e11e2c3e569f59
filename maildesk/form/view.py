"""Makes the pages: templates/form with a school's own files before the shipped ones (Jinja2, strict)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from maildesk.form.checks import LONGEST, ROLES
from maildesk.form.files import ACCEPTED
from maildesk.form.settings import FormSettings, shipped_templates
from maildesk.form.spool import StoredFile
from maildesk.form.words import Words

#: Where a link to a faulty field leads, where that is not an input of the same name.
_ANCHORS = {"role": "role-student", "category": "category-1"}
_SERVED = {"form.css": ("text/css", ("colours.css", "form.css")), "form.js": ("text/javascript", ("form.js",))}
_EMPTY = dict.fromkeys(
    ("name", "role", "class_student", "class_parent", "category", "text", "phone", "email", "consent"), ""
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form to be shown: what was typed, what is wrong, and the files that arrived already."""

    token: str
    values: Mapping[str, str] | None = None
    errors: Mapping[str, str] | None = None
    held: Sequence[StoredFile] = ()
    confirmed: str = ""


class View:
    """The form's pages and the two files that they load."""

    def __init__(self, settings: FormSettings, words: Words) -> None:
        """Raises jinja2.TemplateError where a school's own template cannot be read."""
        self._settings, self.words = settings, words
        folders = [folder for folder in (settings.templates, shipped_templates()) if folder is not None]
        self._pages = Environment(
            loader=FileSystemLoader(folders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._pages.filters["weight"] = self._weight
        self._pages.filters["dialled"] = lambda phone: re.sub(r"[^\d+]", "", phone)
        self._assets = {name: self._joined(parts).encode() for name, (_, parts) in _SERVED.items()}
        self._version = hashlib.sha256(b"".join(self._assets.values())).hexdigest()[:12]
        for name in ("form.html", "sent.html", "plain.html"):
            self._pages.get_template(name)

    def form(self, sheet: Sheet, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """The form, empty or as it was filled in."""
        errors, bounds = sheet.errors or {}, self._settings.bounds
        return self._page(
            "form.html",
            status,
            headers,
            token=sheet.token,
            values=sheet.values or _EMPTY,
            errors=errors,
            first=next((name for name in errors if name != "form"), ""),
            held=sheet.held,
            confirmed=sheet.confirmed,
            categories=self._settings.categories,
            roles=ROLES,
            longest=LONGEST,
            anchors=_ANCHORS,
            accepted=ACCEPTED,
            most_files=bounds.files,
            most_bytes=bounds.file_bytes,
            most_megabytes=bounds.file_bytes // 1_000_000,
            consent_url=self._settings.consent_url,
        )

    def sent(self, number: str, *, mail: bool, call: bool) -> Response:
        """The number, and what comes next by the ways that the author gave."""
        return self._page("sent.html", number=number, mail=mail, call=call)

    def plain(self, status: int, key: str, headers: Mapping[str, str] | None = None) -> Response:
        """A sentence on what did not work, with the hotline's number."""
        bounds = self._settings.bounds
        message = self.words(f"plain.{key}", count=bounds.files, size=bounds.file_bytes // 1_000_000)
        return self._page("plain.html", status, headers, message=message)

    def asset(self, name: str) -> Response:
        """The style or the script; its address changes with its content."""
        kind, _ = _SERVED[name]
        return Response(
            self._assets[name], media_type=kind, headers={"cache-control": "public, max-age=31536000, immutable"}
        )

    def _page(
        self, name: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: object
    ) -> Response:
        settings = self._settings
        text = self._pages.get_template(name).render(
            words=self.words,
            organisation=settings.organisation,
            phone=settings.phone,
            version=self._version,
            **values,
        )
        return HTMLResponse(text, status, headers={"cache-control": "no-store", **(headers or {})})

    def _joined(self, parts: Sequence[str]) -> str:
        loader, pages = self._pages.loader, self._pages
        assert loader is not None
        return "\n".join(loader.get_source(pages, part)[0] for part in parts)

    def _weight(self, size: int) -> str:
        unit, kilo = ("МБ", "КБ") if self._settings.language == "ru" else ("MB", "kB")
        if size < 1_000_000:
            return f"{max(1, round(size / 1000))} {kilo}"
        text = f"{size / 1_000_000:.1f} {unit}"
        return text.replace(".", ",") if self._settings.language == "ru" else text
