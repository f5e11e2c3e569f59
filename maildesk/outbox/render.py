"""Templates become words: `templates/<language>/<kind>.txt` and `.html`, a school's own before the shipped ones (Jinja2)."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import jinja2
from jinja2 import FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.bccache import Bucket
from jinja2.environment import Template, TemplateModule
from jinja2.runtime import Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from maildesk.model import Kind
from maildesk.outbox.wording import Wording

#: Words for codes: a macro or a table for each closed set, in each language.
WORDS = "_words.txt"

#: Line ends of a person's words while blank lines of the template are tidied: their text is left as it is.
_KEPT_BREAK = "\ue000"


_T = TypeVar("_T")


class TemplateFault(Exception):
    """A template that cannot be rendered: which kind, where (file and line), and why."""

    def __init__(self, kind: Kind | None, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.kind = kind
        self.file = file
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Rendered:
    """The two faces of a letter."""

    text: str
    html: str


def shipped_templates() -> Path:
    """The templates that come with maildesk: inside the installed package, else at the clone's top level."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


def _kept(value: object) -> str:
    """A person's words in the plain text: not a line end of theirs is changed."""
    return str(value).replace(_KEPT_BREAK, "").replace("\n", _KEPT_BREAK)


def _unbroken(reference: object) -> Markup | str:
    """A reference in HTML: on a narrow screen 'MD-42' stays in one line."""
    return Markup('<span style="white-space:nowrap">{}</span>').format(reference) if reference else ""


def _lines(value: object) -> Markup:
    """A person's words in HTML: line ends and runs of spaces kept (Outlook knows no `pre-wrap`)."""
    escaped = str(escape(str(value))).replace("\n", "<br>\n")
    return Markup(re.sub(r"(?<= ) |(?m:^) ", "&nbsp;", escaped))


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, spared the dozen questions it asks of each attribute where the answer is known."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        # Our own frozen records and the macros hold nothing but words.
        if attr[:1] != "_" and (type(obj) is TemplateModule or hasattr(type(obj), "__dataclass_fields__")):
            return True
        return super().is_safe_attribute(obj, attr, value)


class _Compiled(FileSystemBytecodeCache):
    """Templates compiled by an earlier run, in a folder that Jinja2 makes for this user alone; compiling them anew takes half a
    second. What cannot be read or written there is compiled and not kept."""

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _compiled() -> _Compiled | None:
    try:
        # Another Jinja2 may compile the same text to other code.
        return _Compiled(pattern=f"maildesk_{jinja2.__version__}_%s.cache")
    except (OSError, RuntimeError):
        return None


class Renderer:
    """The templates of one language, compiled once. `folders`: the school's own first, the shipped ones last; each holds
    `<language>/<kind>.txt` and `.html`. A file missing in one is taken from the next."""

    def __init__(self, folders: Sequence[Path], language: str) -> None:
        self.language = language
        self.wording = Wording(language)
        self._paths = [folder / language for folder in folders]
        self._environment = _Sandbox(
            loader=FileSystemLoader(self._paths),
            undefined=StrictUndefined,
            autoescape=lambda name: bool(name and name.endswith(".html")),
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
            bytecode_cache=_compiled(),
        )
        self._environment.filters.update(self.wording.filters(), kept=_kept, lines=_lines)
        self._templates: dict[str, Template] = {}
        self._words: TemplateModule | None = None

    def render(self, kind: Kind, view: Mapping[str, object]) -> Rendered:
        """Both faces of a letter of that kind. `view`: the variables that templates/README.md lists. Raises `TemplateFault`."""
        text = _tidy(self._face(kind, "txt", view))
        return Rendered(text, self._face(kind, "html", {**view, "ref": _unbroken(view.get("ref", ""))}))

    def _face(self, kind: Kind, face: str, view: Mapping[str, object]) -> str:
        name = f"{kind.value}.{face}"
        return self._guarded(kind, name, lambda: self._template(name).render(view))

    def _template(self, name: str) -> Template:
        if name not in self._templates:
            self._templates[name] = self._environment.get_template(name)
        return self._templates[name]

    def _guarded(self, kind: Kind | None, name: str, work: Callable[[], _T]) -> _T:
        """Whatever a template does wrong (an undefined name, a wrong filter, 1/0) becomes a fault with its place."""
        try:
            return work()
        except (
            TemplateError,
            TypeError,
            ValueError,
            ArithmeticError,
            LookupError,
            AttributeError,
            RecursionError,
        ) as error:
            file, line = self._place(error, name)
            raise TemplateFault(kind, file, line, f"{type(error).__name__}: {error}") from error

    def _place(self, error: Exception, name: str) -> tuple[str, int]:
        if isinstance(error, TemplateSyntaxError):
            return error.filename or name, error.lineno
        folders = tuple(str(path) for path in self._paths)
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if frame.filename.startswith(folders):
                return frame.filename, frame.lineno or 0
        return next((str(path / name) for path in self._paths if (path / name).is_file()), name), 0

    def check_all(self) -> list[TemplateFault]:
        """Every kind in each of its variants with sample data: the faults, each place once (`maildesk check`)."""
        # The samples are composed as real letters are, and composing needs this module.
        from maildesk.outbox.samples import faults

        return faults(self)

    def words(self) -> TemplateModule:
        """The module of `_words.txt`: its tables and macros."""
        if self._words is None:
            self._words = self._guarded(None, WORDS, lambda: self._template(WORDS).module)
        return self._words

    def beside(self, name: str) -> str:
        """The text of a file beside the languages' folders, such as 'charts/trend.json', the school's own first; '' where there is none."""
        found = (path.parent / name for path in self._paths)
        return next((path.read_text(encoding="utf-8") for path in found if path.is_file()), "")

    def table(self, name: str) -> Mapping[str, str]:
        """A table of `_words.txt`, such as `states`; empty where it has none of that name."""
        found = getattr(self.words(), name, None)
        return found if isinstance(found, Mapping) else {}

    def say(self, macro: str, *args: str) -> str:
        """A sentence of `_words.txt`: the macro of that name, given as many of the arguments as it takes; '' where there is
        none. Codes are written with '_' for '-'."""
        found = getattr(self.words(), macro.replace("-", "_"), None)
        if not isinstance(found, Macro):
            return ""
        count = len(found.arguments)
        given = (*args, *("",) * count)[:count]
        return str(self._guarded(None, WORDS, lambda: found(*given))).strip()


def _tidy(text: str) -> str:
    """Never two blank lines of the template's own making, no blanks at line ends; a person's words as they are."""
    lines = re.sub(r"[ \t]+\n", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n").replace(_KEPT_BREAK, "\n") + "\n"
