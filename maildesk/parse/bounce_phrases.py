"""Knows the phrases of delivery reports: that a server gave up, that it is still trying, and where the returned letter begins."""

from __future__ import annotations

import re


def _any(*phrases: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.IGNORECASE | flags)


#: Where the returned letter begins: a ruled line that says so, a sentence, or the first of its headers.
RETURNED = _any(
    r"^[ \t]*(?:[-=*_>]{2,100}|- )[^\n]{0,40}?(?:copy of (?:the|your)|original (?:message|mail)|returned (?:mail|message)"
    r"|message (?:header|text|body|cop)|unsent message|below this line|below the next line|undelivered message"
    r"|start of returned|the header"
    r"|end of message|исходн|копия|текст (?:вашего )?письма|заголовки|originalnachricht|message d'origine|mensaje original)",
    r"^[ \t]*(?:the )?(?:original|returned|unsent) (?:message|mail|letter)(?: is)? ?(?:follows|headers?|attached|below|:|$)",
    r"^[ \t]*message (?:headers?|text|body|contents?) (?:follows?|below)",
    r"^[ \t]*included (?:below )?is (?:a copy|the)",
    r"^[ \t]*(?:below|here) is (?:a copy|your|the)",
    r"^[ \t]*a copy of (?:the|your) (?:original )?(?:message|mail)",
    r"^[ \t]*(?:исходное сообщение|копия (?:вашего )?(?:письма|сообщения)|заголовки (?:исходного )?(?:письма|сообщения))",
    r"^(?:> ?)?(?:return-path|received|dkim-signature|x-mailer|mime-version|message-id|x-originating-ip|delivered-to):",
    flags=re.MULTILINE,
)

#: A server gave up. A report without a machine-readable part is believed only with one of these.
FAILED = _any(
    # delivery
    r"could ?n[o']t be delivered|(?:can|could)(?:no|')t (?:be )?deliver|can ?not (?:be )?deliver|not be delivered|undeliver(?:able|ed)",
    r"delivery .{0,60}fail|failed to deliver|(?:un|not )able to (?:\w+ )?deliver|were ?n[o']t able to deliver"
    r"|unsuccessful .{0,30}deliver",
    r"not been delivered|did not reach|didn't reach|delivery (?:problem|error|failure|aborted)|was not delivered|not deliverable"
    r"|non[- ]?deliver|did not receive",
    r"message (?:was |has been )?(?:rejected|returned|bounced|blocked|refused)|ha(?:s|ve) been (?:rejected|returned)"
    r"|automatically rejected",
    r"returned to sender|returning message|permanent(?: fatal)? error|fatal errors?|gave up|giv(?:en|ing) up",
    r"failed (?:recipients?|addresses)|following address(?:es)?(?:\(es\))? (?:had|failed)",
    # the recipient
    r"user unknown|unknown (?:user|recipient|mailbox|address)|no such (?:user|recipient|mailbox|address|account|person)|user not found",
    r"mailbox (?:not found|unavailable|does not exist|is full|full)|recipient (?:not found|unknown|rejected|address rejected)",
    r"invalid (?:final delivery|recipient|mailbox|address|user)|not a (?:valid|known) (?:user|address|mailbox|recipient)",
    r"(?:address|account|mailbox|user) .{0,40}(?:does not exist|doesn't exist|not exist|disabled|discontinued|inactive|closed)",
    r"(?:no longer|not) (?:valid|in use|active|accept\w+)|over (?:its |their |his )?quota|exceed\w* (?:\w+ ){0,3}(?:quota|storage|size)",
    r"host unknown|unrouteable|relay(?:ing)? (?:denied|not)",
    # Russian
    r"не (?:был[ао]? |может быть |мог[лу][ао]? быть |удалось )?(?:доставлен|отправлен|доставить|отправить)|недоставлен"
    r"|невозможно доставить",
    r"доставка .{0,60}(?:не удалась|невозможна|не выполнена)|отклонен[оа]|ошибка (?:при )?доставк|не удалось выполнить доставку",
    r"не существует|не найден|переполнен|превы\w+ .{0,20}квот",
    # others
    r"unzustellbar|nicht zugestellt|konnte nicht|n'a pas (?:pu|été)|non remis|no se (?:pudo|ha podido)|no (?:ha sido )?entregad",
    r"non (?:è stato|recapit)|mancato recapito|niedostarcz|nie (?:została|zostało|mogła|można) .{0,30}dor[ęe]czon|не вдалося"
    r"|недоставлено",
    r"não (?:foi|pôde|pode) .{0,20}entregue|falha na entrega|nedoručiteln|nie je možné doručiť|kézbesíthetetlen|teslim edilemedi",
    r"niet bezorgd|kon niet worden (?:afgeleverd|bezorgd)|kunde inte levereras|kunne ikke leveres|ei voitu toimittaa",
    r"退信|退回|无法(?:投递|发送|送达)|無法(?:投遞|傳送|寄送)|投递失败|未能送达|届けられ|宛先不明"
    r"|配信(?:不能|できま|に失敗)|送信(?:できま|に失敗|エラー)"
    r"|반송|배달되지|전송하지 못|전송 실패",
)

#: Delivery failed, said in a way that no absent person says it.
UNDELIVERED = _any(
    r"(?:could|can) ?not be delivered|was not delivered|undeliverable|delivery (?:has )?failed|returned to sender"
    r"|unable to deliver|failed to deliver",
    r"не может быть доставлено|не было доставлено|не удалось доставить|невозможно доставить",
    r"konnte nicht zugestellt|n'a pas (?:pu|été) (?:être )?(?:remis|distribu|délivr)|no se (?:pudo|ha podido) entregar|não (?:foi"
    r"|pôde) .{0,20}entregue",
    r"退信|无法投递|無法投遞|投递失败|配信(?:できませんでした|不能)|반송되",
)

#: A mail filter (Sieve, RFC 5429) says no by a receipt, RFC 8098, instead of a report.
REFUSING = _any(r"automatically rejected|was rejected|quota exceeded|mailbox is full")

#: Only a server that is still trying writes this.
TRYING = _any(
    r"warning message only|no (?:further )?action is (?:required|needed)|not be delivered so far|keeps? (?:on )?trying"
    r"|do(?:es)? not (?:need|have) to resend"
    r"|not (?:yet )?been (?:able to )?deliver\w* (?:yet|so far)",
    r"has not yet been delivered|still (?:being retried|trying|awaiting|in (?:the )?queue)",
    r"will (?:be retried|continue (?:to (?:try|be|attempt)|for)|keep trying|try again|retry|be tried)|delivery attempts will continue",
    r"попытк\w+ .{0,80}(?:продолж|будут|повтор)|(?:пока|ещё|еще) не (?:был[ао]? )?доставлен|повторн\w+ попытк\w+ .{0,40}будут",
    r"будет предпринята повторная|от вас не требуется никаких действий|wird (?:weiter|erneut) versucht",
    r"(?:bisher|noch) nicht zugestellt|versucht es .{0,40}weiter|(?:continuera|va continuer) (?:à|d)|nouvelles? tentatives?"
    r"|seguirá intentando"
    r"|se reintentará|continuará (?:a )?tentando|continuerà a|nuovi? tentativ|ponowi\w* prób|kolejn\w+ prób|blijft (?:het )?proberen"
    r"|opnieuw geprobeerd",
)

#: Words of a delay, which a server that has given up uses too…
DELAYED = _any(
    r"delayed|temporary (?:non-fatal|delay)|postponed|delivery (?:is )?(?:temporarily )?(?:suspended|deferred)",
    r"отложен|задержан|задержк|задержив|verzögert|retard|retrasad",
)

#: … beside one of these.
FINAL = _any(
    r"giv(?:e|en|ing) up|gave up|permanent|returned|not be delivered|could not be|failed|fatal|bounced|undeliver",
    r"окончательн|прекращ|не удалось|не может быть|недоставлен",
)
