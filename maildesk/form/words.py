"""The page's words in the school's language: templates/form/<language>.toml, over the shipped ones."""

from __future__ import annotations

import tomllib
from pathlib import Path

from maildesk.form.settings import shipped_templates


class Words:
    """`words("error.name_long", most=200)` → the sentence. A file of the school's own may leave words out."""

    def __init__(self, language: str, own: Path | None = None) -> None:
        """Raises ValueError where the school's file is not TOML of sections with texts."""
        self._texts = _read(shipped_templates() / f"{language}.toml")
        if own is not None and (own / f"{language}.toml").is_file():
            self._texts |= _read(own / f"{language}.toml")

    def __call__(self, key: str, **values: object) -> str:
        """The text of that key, its {braces} filled in once: what is filled in is not looked at again."""
        text = self._texts[key]
        return text.format_map(_Kept(values)) if "{" in text else text


class _Kept(dict[str, object]):
    """A brace that a school wrote by mistake stays as it is."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _read(path: Path) -> dict[str, str]:
    try:
        sections = tomllib.loads(path.read_text("utf-8"))
        return {f"{section}.{key}": str(text) for section, rows in sections.items() for key, text in rows.items()}
    except (AttributeError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from None
