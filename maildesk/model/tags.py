"""The tags' names (SPEC 4): one table, which the parser reads, the buttons write and the configuration keeps free."""

from __future__ import annotations

import re
import unicodedata

from maildesk.model.decision import Name

#: Every spelling of each tag. The first two of a name are those shown to people: English, Russian.
SPELLINGS: dict[Name, tuple[str, ...]] = {
    Name.TAKEN: ("TAKEN", "ВЗЯТО", "В РАБОТЕ", "БЕРУ", "ПРИНЯТО"),
    Name.ASK: ("ASK", "ВОПРОС"),
    Name.CLOSED: ("CLOSED", "ЗАКРЫТО", "РЕШЕНО"),
    Name.PHONED: ("PHONED", "ПОЗВОНИЛИ"),
    Name.NOTE: ("NOTE", "ЗАМЕТКА"),
    Name.ROUTE: ("ROUTE", "НАПРАВИТЬ"),
    Name.RETURN: ("RETURN", "ВЕРНУТЬ"),
    Name.EXTEND: ("EXTEND", "ПРОДЛИТЬ"),
    Name.APPROVE: ("APPROVE", "СОГЛАСОВАНО", "ДА"),
    Name.DENY: ("DENY", "ОТКЛОНЕНО", "НЕТ"),
    Name.REOPEN: ("REOPEN", "ОТКРЫТЬ СНОВА"),
    Name.MERGE: ("MERGE", "ОБЪЕДИНИТЬ"),
    Name.REJECT: ("REJECT", "НЕ ОБРАЩЕНИЕ"),
    Name.HOTLINE: ("HOTLINE", "ЗВОНОК"),
    Name.LINK: ("LINK", "СВЯЗАТЬ"),
    Name.MY: ("MY", "МОИ"),
    Name.LIST: ("LIST", "СПИСОК"),
    Name.STATUS: ("STATUS", "СОСТОЯНИЕ"),
    Name.HISTORY: ("HISTORY", "ИСТОРИЯ"),
    Name.REPORT: ("REPORT", "ОТЧЁТ"),
    Name.SEND: ("SEND", "ОТПРАВИТЬ"),
    Name.HELP: ("HELP", "ПОМОЩЬ", "СПРАВКА"),
}

#: Tags that may be followed by an argument within the brackets.
WITH_ARGUMENT = frozenset(
    {Name.ROUTE, Name.EXTEND, Name.APPROVE, Name.MERGE, Name.LINK, Name.STATUS, Name.HISTORY, Name.REPORT}
)

#: Cyrillic letters that look like Latin ones, after case folding (their capitals are alike): one skeleton for both.
_LOOKALIKES = str.maketrans("авекмнорстухіѕјё", "abekmhopctyxisje")


def skeleton(text: str) -> str:
    """How a spelling is compared: width, case, ё, look-alike letters, dashes and runs of spaces folded (SPEC 4)."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_LOOKALIKES)
    return " ".join(re.sub(r"[-_–—\s\u00a0]+", " ", folded).split())
