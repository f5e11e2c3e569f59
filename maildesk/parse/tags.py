"""Tags: the commands in square brackets that people write in a subject or at the top of a reply (SPEC 4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from maildesk.model import Category, Commands, Name, Tag
from maildesk.model.tags import SPELLINGS, WITH_ARGUMENT, skeleton

#: A tag with its argument is a few words; a longer bracket is prose.
LONGEST_TAG = 80
#: Nobody commands more than this in one mail; a text of brackets is not a list of commands.
MOST_TAGS = 12

#: Tags that only ask for a letter: a text below them is not meant for anybody.
ASKING = frozenset({Name.MY, Name.LIST, Name.STATUS, Name.HISTORY, Name.REPORT, Name.HELP})

BRACKET = re.compile(rf"\[\s*([^\[\]\n]{{1,{LONGEST_TAG}}}?)\s*\]")
_AT_END = re.compile(rf"(?<=\S)\s+\[\s*([^\[\]\n]{{1,{LONGEST_TAG}}}?)\s*\][.!,;]?$")
#: Brackets that clients and our own HTML reading write: a picture's place, a link.
PICTURE = re.compile(r"(?:cid|image|изображение|рисунок|картинка|вложение|https?|mailto)\b", re.IGNORECASE)
#: What a client or a person puts around a tag: emphasis, a quote mark of the subject, a colon after it.
AROUND = " \t\u00a0*_"
AFTER = " \t\u00a0*_:,.;"
#: A line that only greets: «Добрый день!», «Анна Петровна, здравствуйте.», "Hello all,".
GREETING = re.compile(
    r"(?:[\w .]{1,40}, )?(?:здравствуйте|здравствуй|добр(?:ый|ого) (?:день|дня|вечер|вечера)|доброе утро|доброго времени суток|приветствую"
    r"|привет|уважаем\w+|hello|hi|hey|dear|good (?:morning|day|afternoon|evening))\b[^.!?\[\]\n]{0,60}[.!,)]{0,3}",
    re.IGNORECASE,
)
#: What closes a tag: the other half of its emphasis, a comma or colon, spaces; never a mark that begins the text.
_CLOSING = re.compile(r"[*_]*[ \t\u00a0]*[:,.;]?[ \t\u00a0]*")
_WIDE = str.maketrans({"［": "[", "］": "]", "【": "[", "】": "]"})


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tags of one desk: the fixed ones, its categories', and how a reference of its tickets looks."""

    fixed: dict[str, Name]
    categories: dict[str, str]
    reference: re.Pattern[str]

    @classmethod
    def of(cls, categories: Iterable[Category], prefix: str) -> Vocabulary:
        """From the configured categories (their tags, keys excepted) and the ticket prefix."""
        fixed = {skeleton(spelling): name for name, spellings in SPELLINGS.items() for spelling in spellings}
        tags = {skeleton(tag): category.key for category in categories for tag in category.tags}
        return cls(fixed, tags, re.compile(rf"{re.escape(skeleton(prefix))}\s?(\d{{1,9}})"))

    def reference_in(self, content: str) -> int | None:
        """The ticket number where the whole content of a bracket (or an argument) is a reference."""
        match = self.reference.fullmatch(skeleton(content).replace("# ", "").replace("#", ""))
        return int(match[1]) if match else None

    def tag(self, content: str, *, written: str) -> Tag | None:
        """The tag that this content of a bracket is, or None."""
        folded = skeleton(content)
        if folded in self.categories:
            return Tag(Name.CATEGORY, self.categories[folded], written)
        if folded in self.fixed:
            return Tag(self.fixed[folded], "", written)
        return self._with_argument(content, folded, written)

    def _with_argument(self, content: str, folded: str, written: str) -> Tag | None:
        words = folded.split(" ")
        for count in range(min(2, len(words) - 1), 0, -1):
            name = self.fixed.get(" ".join(words[:count]).rstrip(":"))
            if name in WITH_ARGUMENT and name is not None:
                rest = re.split(r"[\s\u00a0_:]+", content.strip(), maxsplit=count)
                argument = rest[count].strip() if len(rest) > count else ""
                return Tag(name, argument, written)
        return None

    def near(self, content: str) -> str | None:
        """The spelling that this mistyped one was probably meant to be, or None."""
        folded = skeleton(content)
        head = folded.split(" ")[0]
        for known in (*self.fixed, *self.categories):
            allowed = 0 if len(known) < 4 else 1 if len(known) < 7 else 2
            if allowed and (
                _distance(folded, known, allowed) or (known in self._argued() and _distance(head, known, allowed))
            ):
                return known
        return None

    def _argued(self) -> set[str]:
        return {spelling for spelling, name in self.fixed.items() if name in WITH_ARGUMENT}

    def shown(self, folded: str) -> str:
        """A known skeleton as people write it."""
        for spellings in SPELLINGS.values():
            for spelling in spellings:
                if skeleton(spelling) == folded:
                    return spelling
        return self.categories.get(folded, folded).upper()


def _distance(left: str, right: str, most: int) -> bool:
    """Whether the two are at most `most` edits apart (insert, delete, replace, swap of neighbours), and not equal."""
    if left == right or abs(len(left) - len(right)) > most:
        return False
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        previous, before_row, row = row, before, [i] + [0] * len(right)
        for j, b in enumerate(right, 1):
            row[j] = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                row[j] = min(row[j], before_row[j - 2] + 1)
        before = previous
    return row[-1] <= most


def in_subject(subject: str, vocabulary: Vocabulary) -> tuple[Tag, ...]:
    """The tags of a subject, in order: known ones and near misses; never REJECT (gateways write such words there)."""
    found: list[Tag] = []
    for match in BRACKET.finditer(subject.translate(_WIDE)):
        tag = vocabulary.tag(match[1], written=match[0])
        if tag is None and vocabulary.reference_in(match[1]) is None:
            near = vocabulary.near(match[1])
            # [REJECTED] of a gateway is as little a command as [REJECT].
            meant = near is not None and vocabulary.fixed.get(near) is not Name.REJECT
            tag = Tag(Name.NEAR, f"{match[1]}|{vocabulary.shown(near)}", match[0]) if near and meant else None
        if tag is not None and tag.name is not Name.REJECT:
            found.append(tag)
    return tuple(found[:MOST_TAGS])


def references_in(subject: str, vocabulary: Vocabulary) -> tuple[int, ...]:
    """The ticket numbers that a subject names, in brackets or bare, each once. What stands in a tag (`[MERGE MD-7]`) is the
    tag's, and does not say which ticket the mail is about."""
    numbers: dict[int, None] = {}
    folded = skeleton(BRACKET.sub(lambda match: _without_argument(match, vocabulary), subject.translate(_WIDE)))
    for match in re.finditer(rf"(?<![\w]){vocabulary.reference.pattern}(?![\w])", folded):
        numbers[int(match[1])] = None
    return tuple(numbers)


def _without_argument(match: re.Match[str], vocabulary: Vocabulary) -> str:
    tag = vocabulary.tag(match[1], written=match[0])
    return " " if tag is not None and tag.argument else match[0]


def in_text(reply: str, vocabulary: Vocabulary) -> Commands:
    """The tags at the top of the new text, and the text that is left without them."""
    tags: list[Tag] = []
    lines = reply.split("\n")
    greeting = _greeting_above_a_tag(lines, vocabulary)
    lines = lines[len(greeting) :]
    while lines and len(tags) < MOST_TAGS:
        if not lines[0].strip(AROUND):
            lines.pop(0)
            continue
        more = any(line.strip(AROUND) for line in lines[1:])
        tag, rest = _leading(lines[0].lstrip(AROUND), vocabulary, first=not tags, more=more)
        if tag is None:
            break
        tags.append(tag)
        lines[0] = rest
        if not rest.strip(AROUND):
            lines.pop(0)
    text = "\n".join(lines).strip("\n\r \t\u00a0")
    # «Добрый день!» alone is no answer to anybody.
    whole = "\n".join((*greeting, text)).strip("\n\r \t\u00a0") if text else ""
    return Commands(tuple(tags), whole)


def without_greeting(text: str) -> str:
    """A text without the line that greets at its top."""
    first, _, rest = text.strip().partition("\n")
    return rest.strip() if GREETING.fullmatch(first.strip(AROUND)) else text


def _greeting_above_a_tag(lines: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    """The lines of a greeting, where a known tag in brackets follows it at once: people are polite to the desk too."""
    filled = [index for index, line in enumerate(lines[:MOST_TAGS]) if line.strip(AROUND)][:2]
    if len(filled) < 2 or not GREETING.fullmatch(lines[filled[0]].strip(AROUND)):
        return []
    match = BRACKET.match(lines[filled[1]].translate(_WIDE).lstrip(AROUND))
    known = match is not None and vocabulary.tag(match[1], written=match[0]) is not None
    return list(lines[: filled[1]]) if known else []


def _leading(line: str, vocabulary: Vocabulary, *, first: bool, more: bool) -> tuple[Tag | None, str]:
    """The tag at the beginning of a line and what follows it. `more`: there is text below this line."""
    match = BRACKET.match(line.translate(_WIDE))
    if match is None:
        return (_bare(line, vocabulary, more=more) if first else None), ""
    rest = line[match.end() :]
    rest = rest[_CLOSING.match(rest).end() :]  # type: ignore[union-attr]
    tag = vocabulary.tag(match[1], written=match[0])
    if tag is not None:
        return tag, rest
    if vocabulary.reference_in(match[1]) is not None:
        return _leading(rest, vocabulary, first=False, more=more) if BRACKET.match(rest) else (None, line)
    near = vocabulary.near(match[1])
    if near is not None:
        return Tag(Name.NEAR, f"{match[1]}|{vocabulary.shown(near)}", match[0]), rest
    return (None, line) if PICTURE.match(match[1]) else (Tag(Name.UNKNOWN, match[1], match[0]), rest)


def _bare(line: str, vocabulary: Vocabulary, *, more: bool) -> Tag | None:
    """A tag whose brackets are missing, one or both: its name is the whole first line (SPEC 4). A bracket that was opened and
    never closed before more words is a slip: better asked about than sent to the author."""
    bare = line.translate(_WIDE).strip(AFTER + '![]()«»"')
    if not 0 < len(bare) <= LONGEST_TAG:
        return None
    tag = vocabulary.tag(bare, written=bare)
    if tag is not None and _meant(tag, more=more):
        return tag
    if line.translate(_WIDE).startswith("["):
        for count in (2, 1):
            head = " ".join(bare.split()[:count]).rstrip(AFTER)
            known = vocabulary.tag(head, written=head)
            if known is not None:
                return Tag(Name.NEAR, f"{bare}|{head.upper()}", bare)
    return None


def _meant(tag: Tag, *, more: bool) -> bool:
    """Whether a first line without brackets is this tag and not prose: «История болезни» is no `[HISTORY]`, «Список» above the
    things listed no `[LIST]`, «Направить письмо родителям» no `[ROUTE]`."""
    if more and tag.name in ASKING:
        return False
    if tag.name is Name.ROUTE:
        return len(tag.argument.split()) == 1
    return not tag.argument or any(sign.isdigit() for sign in tag.argument)


def stray(text: str, vocabulary: Vocabulary) -> Tag | None:
    """A known tag that begins a line below the top, or a command that ends one: it came too late to be carried out, and must not go
    to the author with what stands beside it. None where there is none."""
    for line in text.split("\n"):
        stripped = line.translate(_WIDE).strip(AROUND)
        found = BRACKET.match(stripped)
        tag = vocabulary.tag(found[1], written=found[0]) if found else None
        if tag is None and (found := _AT_END.search(stripped)):
            tag = vocabulary.tag(found[1], written=found[0].strip())
            tag = None if tag is not None and tag.name is Name.CATEGORY else tag
        if tag is not None:
            return tag
    return None


def once(tags: Iterable[Tag]) -> tuple[Tag, ...]:
    """Each tag once, in the order first written (SPEC 4: the same tag twice counts once)."""
    kept: dict[tuple[Name, str], Tag] = {}
    for tag in tags:
        kept.setdefault((tag.name, skeleton(tag.argument)), tag)
    return tuple(kept.values())


def read(
    subject: str, reply: str, vocabulary: Vocabulary, *, earlier_subjects: Sequence[str] = (), fresh: bool = False
) -> Commands:
    """What a mail commands. `reply` is its new text; `earlier_subjects` are those of the desk's letters to this person and
    of this person's earlier mails on the ticket: tags that stand in them were carried over by the client and are no commands,
    unless the mail is `fresh` (composed from a button: its subject holds the proof and has no reply prefix)."""
    tags = list(in_subject(subject, vocabulary))
    if not fresh:
        carried = {
            (tag.name, skeleton(tag.argument))
            for earlier in earlier_subjects
            for tag in in_subject(earlier, vocabulary)
        }
        tags = [tag for tag in tags if (tag.name, skeleton(tag.argument)) not in carried]
    commands = in_text(reply, vocabulary)
    return Commands(once([*tags, *commands.tags])[:MOST_TAGS], commands.text)
