"""Whether what an author writes after the end thanks and says nothing else (SPEC 4): phrases, and the name below them."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: A thank-you is short; a longer text has more to say.
LONGEST_THANKS = 200
#: One of these has to be there: «Хорошо, теперь всё» alone may be the start of something.
THANKING = re.compile(r"\b(?:спасибо|спс|благодар\w+|признател\w+|thanks?|thank you|thx)\b", re.IGNORECASE)

_VERY = r"(?:очень|большое|огромное|преогромное|сердечное|вам|вас|тебе|всем|еще раз|искренне)"
_GIVEN = (
    r"(?:(?:ваш[уе]?|такой|такую|столь|очень|скорый|скорую|быстр(?:ый|ую|ое)|оперативн(?:ый|ую|ое)|подробн(?:ый|ую|ое)) ){0,2}"
    r"(?:помощь|ответ|оперативность|разъяснени[ея]|информацию|поддержку|решение|совет|внимание|работу|труд|заботу|содействие|все)"
)
_NOW = r"(?:все|теперь|уже|сейчас|это|у нас|у меня|наконец|да|сразу|отлично|хорошо|прекрасно|нормально)"
_MATTER = r"(?:(?:мо[йяе]|наш[ае]?|эт(?:от|а|о)) )?(?:вопрос|проблема|обращение|задача|неполадка)"

#: What a thank-you is made of, a row each, in small letters without ё; every word has to belong to one of them. No row holds a
#: matter without its end: «Спасибо. Теперь проблема» asks for something.
PHRASES = tuple(
    re.compile(row)
    for row in (
        # thanks, to whom, for what
        rf"(?:(?:и|вам|{_VERY}) ){{0,3}}(?:спасибо|спс|благодарю|благодарим|благодар(?:ен|на|ны)|признател(?:ен|ьна|ьны))"
        rf"(?: {_VERY}){{0,3}}(?: за {_GIVEN}(?: и (?:за )?{_GIVEN})?)?",
        r"(?:many |and )?(?:thanks|thank you|thx)(?: (?:a lot|so much|very much|so very much|again|all|everyone))?"
        r"(?: for (?:(?:all|your|the|such|a|very) ){0,2}(?:(?:quick|fast|prompt|kind|great) )?"
        r"(?:help|reply|answer|response|support|time|work|assistance|information))?",
        # it works
        rf"(?:и )?(?:{_NOW} ){{0,3}}(?:работает|заработал[аои]?|помогло|помогли|получилось|решено|решилось|исправлено|исправили|починили"
        rf"|наладилось|восстановилось|закрыто)(?: {_NOW}){{0,2}}",
        rf"(?:и )?(?:{_NOW} ){{0,2}}(?:(?:вы|мне|нам|очень|это) ){{0,3}}помог(?:ло|ли)",
        rf"(?:и )?(?:(?:мы|я|сами|сам|сама|{_NOW}) ){{0,3}}(?:разобрал(?:ись|ся|ась)|понял[аи]?|решили|справил(?:ись|ся|ась))(?: все)?",
        r"(?:and |now )?(?:it|this|that|everything|all)(?: all)? (?:now )?(?:works?|helped|worked)"
        r"(?: (?:now|fine|again|great|perfectly|well|a lot|us|me)){0,2}",
        r"(?:all|everything)(?: is)? (?:good|fine|well|clear|ok)(?: now)?",
        # the matter is at an end
        rf"(?:и )?(?:{_MATTER}) (?:(?:уже|теперь|полностью|можно) ){{0,2}}"
        r"(?:решен[ао]?|снят[ао]?|закрыт[ао]?|закрыть|закрывать|исчерпан[ао]?|устранен[ао]?|исправлен[ао]?|решил(?:ась|ся|ось))",
        r"(?:проблему|вопрос) (?:решили|закрыли|сняли|устранили)|(?:решили|закрыли|сняли|устранили) (?:проблему|вопрос)",
        r"(?:(?:the |my |our )?(?:problem|issue|question|matter|ticket) )?(?:(?:is|was|has been) )?(?:now )?"
        r"(?:solved|resolved|fixed|closed|settled)(?: now)?",
        # words that nod, greet and wish
        r"(?:да|ок|окей|ok|okay|ура|супер|здорово|замечательно|все|(?:все )?(?:отлично|прекрасно|хорошо|понятно|ясно))",
        r"(?:yes|great|perfect|fine|good|super|wonderful|excellent|got it|understood)",
        r"(?:здравствуйте|доброе утро|добрый (?:день|вечер)|hello|hi|good (?:morning|day|afternoon|evening))(?: all)?",
        r"(?:и )?(?:вам )?(?:хорошего|доброго|прекрасного|отличного|удачного)(?: вам)? (?:дня|вечера|утра|настроения)",
        r"(?:и )?(?:хороших|отличных)(?: вам)? выходных|удачи(?: вам)?|до свидания",
        r"(?:и )?всего(?: вам)? (?:самого )?(?:доброго|хорошего|наилучшего)",
        r"(?:and )?(?:have a |a )?(?:nice|good|great|lovely) (?:day|evening|weekend|week)",
    )
)  # fmt: skip
#: The longest phrase has so many words.
_LONGEST_PHRASE = 14
#: Below or behind one of these stands a name.
COURTESY = re.compile(
    r"(?:с (?:(?:большим|искренним|глубоким|наилучшими) )?(?:уважением|благодарностью|признательностью|пожеланиями)"
    r"(?: и (?:уважением|благодарностью))?|всего(?: вам)? (?:доброго|хорошего|наилучшего)"
    r"|(?:(?:best|kind|warm|with|many) )*(?:regards|wishes)|best|cheers|(?:yours )?(?:sincerely|truly|faithfully)(?: yours)?)"
)
#: How a parent says whose he is; it stands beside the name in small letters.
_KIN = frozenset(
    "мама папа бабушка дедушка родители родитель семья ученик ученица учитель учительница mum mom dad parent".split()
)
#: A line with one of these is a sentence, however its words begin: «Не Работает», «Перезвоните», "Still Broken".
_NO_NAME = re.compile(r"(?:не|нет|но|а|жду|ждем|not|no|but|still|\w+(?:йте|ите|тесь))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as it is compared (small, without ё), and where it begins in the text."""

    folded: str
    start: int


def _words(text: str) -> tuple[_Word, ...]:
    return tuple(
        _Word(match[0].casefold().replace("ё", "е"), match.start()) for match in re.finditer(r"[^\W\d_]+|\d+", text)
    )


def thanks_alone(text: str, name: str = "") -> bool:
    """Whether a reply thanks and says nothing else («Спасибо!», "Thank you very much"). A question never does.

    `name`: what the author is known to be called; it may stand below."""
    return THANKING.search(text) is not None and asks_nothing(text, name)


def asks_nothing(text: str, name: str = "") -> bool:
    """Whether a text consists of words that thank, nod or wish, and of its writer's name below them; so does an empty one."""
    body = text.strip()
    if len(body) > LONGEST_THANKS or "?" in body:
        return False
    words = _words(body)
    known = {word.folded for word in _words(name)}
    # Which beginnings of the text are made of whole phrases; a beginning that ends in a courtesy may have any name below it.
    ends = {0}
    courteous: set[int] = set()
    for start in range(len(words)):
        if start not in ends:
            continue
        for end in range(start + 1, min(start + _LONGEST_PHRASE, len(words)) + 1):
            phrase = " ".join(word.folded for word in words[start:end])
            if COURTESY.fullmatch(phrase):
                courteous.add(end)
            if any(row.fullmatch(phrase) for row in PHRASES) or COURTESY.fullmatch(phrase):
                ends.add(end)
    return any(
        all(word.folded in known for word in words[end:]) or (end in courteous and _is_name(body[words[end].start :]))
        for end in ends
        if end == len(words) or end in courteous or words[end].folded in known
    )


def _is_name(text: str) -> bool:
    """Whether what stands below a courtesy looks like a name: one line of few words, each with a capital, and no sentence."""
    line = text.strip(" \t\n,.!—-")
    words = line.split()
    if "\n" in line or not 0 < len(words) <= 4 or any(sign.isdigit() for sign in line):
        return False
    # «Мария. Перезвоните» is a name and a sentence; «Петрова М. И.» is a name.
    ended = any(word[-1] in ".!," and len(word.strip(".!,")) > 2 for word in words[:-1])
    return not ended and all(_in_a_name(word.strip(".,!()")) for word in words)


def _in_a_name(word: str) -> bool:
    if word.casefold() in _KIN:
        return True
    return word[:1].isupper() and _NO_NAME.fullmatch(word) is None
