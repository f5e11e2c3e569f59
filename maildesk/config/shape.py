"""What pydantic finds wrong with the shape of the file, in an operator's words and with the nearest known key."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from maildesk.config.faults import Fault, dotted, nearest
from maildesk.config.secrets import Key, safe

_SENTENCES = {
    "string_type": 'must be text in quotes, as in "…"',
    "string_too_short": "is empty; write it",
    "int_type": "must be a whole number, without quotes",
    "bool_type": "must be true or false, without quotes",
    "date_type": "must be a date without quotes and without a time, as in 2026-12-01",
    "dict_type": "must be a section of its own, with keys and values",
    "model_type": "must be a section of its own, with keys and values",
    "model_attributes_type": "must be a section of its own, with keys and values",
    "tuple_type": "must be a list in square brackets",
    "too_short": "needs at least one",
}

_HEADINGS = {"mailbox": "[[mailbox]]", "staff": "[staff.NAME] for each person", "category": "[category.NAME] for each"}


def shape_faults(file: Path, raw: Mapping[str, Any], model: type[BaseModel], error: ValidationError) -> Iterator[Fault]:
    """A fault for each thing that pydantic found; values are shown as they stand in `raw`, the tree as written."""
    for detail in error.errors(include_url=False):
        place = tuple(part for part in detail["loc"] if part != "[key]")
        near = None
        unknown = detail["type"] == "extra_forbidden"
        if unknown:
            known = known_keys(model, place)
            near = nearest(str(place[-1]), known)
            sentence = _unknown(place, known, near)
        else:
            sentence = _sentence(place, detail)
        yield Fault(file, dotted(place), safe(place, value_at(raw, place), unknown=unknown), sentence, near)


def value_at(raw: Any, place: Key) -> Any:
    """What stands at this place in the file, or None."""
    for part in place:
        if isinstance(raw, dict) or (isinstance(raw, list) and isinstance(part, int) and part < len(raw)):
            raw = raw.get(part) if isinstance(raw, dict) else raw[part]  # type: ignore[index]
        else:
            # A single value where a list may stand is its own first element.
            return raw if part == 0 else None
    return raw


def known_keys(model: type[BaseModel], place: Key) -> tuple[str, ...]:
    """The keys that the section around this place may have."""
    here: Any = model
    for part in place[:-1]:
        here = _inner(here, part)
    return _keys(here) if _is_model(here) else ()


def _inner(annotation: Any, part: str | int) -> Any:
    """The type of what lies at this key (or index) of a section, a table of sections, or a list of them."""
    if _is_model(annotation):
        fields = {field.alias or name: field.annotation for name, field in annotation.model_fields.items()}
        return _bare(fields.get(str(part)))
    arguments = [item for item in typing.get_args(annotation) if item is not Ellipsis]
    return _bare(arguments[-1]) if arguments else None


def _bare(annotation: Any) -> Any:
    """Without `| None` and without pydantic's notes."""
    if isinstance(annotation, type) or annotation is None:
        return annotation
    if typing.get_origin(annotation) is typing.Annotated:
        return _bare(typing.get_args(annotation)[0])
    models = [item for item in typing.get_args(annotation) if _is_model(item)]
    optional = type(None) in typing.get_args(annotation)
    return models[0] if optional and models else annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _keys(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _unknown(place: Key, known: Sequence[str], near: str | None) -> str:
    what = "section" if len(place) == 1 else "key"
    hint = f'did you mean "{near}"?' if near else f"known here: {', '.join(known)}"
    return f"there is no such {what}; {hint}"


def _sentence(place: Key, detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        if len(place) > 1:
            return "is required; write it"
        name = str(place[0])
        return f"is required; write the section {_HEADINGS.get(name, f'[{name}]')}"
    if place == ("mailbox",) and kind == "tuple_type":
        return "is a list of mailboxes; write [[mailbox]] with two brackets, even for one"
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"must be {context['expected']}"
    if kind in ("greater_than_equal", "less_than_equal"):
        word, bound = ("least", context["ge"]) if kind == "greater_than_equal" else ("most", context["le"])
        return f"must be at {word} {bound}"
    return _SENTENCES.get(kind, detail["msg"])
