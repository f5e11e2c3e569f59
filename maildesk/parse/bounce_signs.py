"""Reads the outside of a mail for signs of a delivery report: how it is built, who sent it, how its Subject begins."""

from __future__ import annotations

import re
from dataclasses import dataclass

from maildesk.parse.bounce_dsn import STATUS_TYPES, first_address, own_parts
from maildesk.parse.message import Part

#: Who sends reports: RFC 3464 leaves it open, custom does not.
_DAEMON = re.compile(
    r"mailer[-_. ]?daemon|mail delivery (?:sub)?system|mail delivery service|delivery subsystem|mail administrator"
    r"|internet mail delivery|(?:^|<)(?:bounces?|mdaemon|mailerdaemon|postoffice|smtp-daemon)@",
    re.IGNORECASE,
)
_POSTMASTER = re.compile(
    r"post[ _.-]?master|system administrator|системный администратор|mail system|microsoft outlook|microsoftexchange",
    re.IGNORECASE,
)

#: How the Subject of a report begins. A forward or a reply begins with something else.
_SUBJECTS = (
    # English: RFC 3464's examples, Exim, Postfix, qmail, sendmail, Exchange, Lotus, IMail, Courier and their copies
    r"undeliver|undelivered|non[- ]?deliver|returned (?:mail|e-?mail|to sender)|returning message|returned due|failure notice",
    r"delivery (?:status notification|status report|failure|problem|error|has failed|to .{1,80} failed|notification"
    r"|report|unsuccessful|delayed)",
    r"delivery[- ]failed|delivery of mail failed|mail delivery (?:failed|failure|problem|error|status|system|deferred"
    r"|warning|delayed)|failed (?:mail|delivery|message)",
    r"mail (?:failure|system error|could not be delivered|not delivered|error)|bounced? (?:mail|message)|user unknown|unknown user",
    r"message (?:you sent (?:was )?blocked|could not be|not delivered|was not|undeliver|delivery|status|delayed|bounced)"
    r"|permanent delivery failure",
    r"error (?:sending|delivering)|warning: (?:could not send|message)|rejected mail|could not deliver"
    r"|unable to deliver|processing error$",
    r"status of (?:your )?message|(?:automatically )?rejected:|delayed mail|delayed:|deferred mail|.{1,150}\(delivery failed\)$",
    # Russian: Exchange, Outlook, Mail.ru, Yandex, Rambler and school servers
    r"недоставлен|не доставлено|(?:ваше |это )?(?:сообщение|письмо) не (?:было |может быть )?(?:доставлен|отправлен)",
    r"не уда(?:лось|[её]тся) (?:доставить|выполнить доставку|отправить)|невозможно доставить|ошибка (?:при )?доставк|сбой доставк",
    r"отч[её]т о (?:недоставке|доставке|состоянии доставки)|уведомление о (?:недоставке|состоянии доставки|доставке"
    r"|невозможности доставки)",
    r"возврат (?:письма|почты|сообщения)|возвращ[её]н\w* (?:письмо|почта)|статус доставки",
    r"доставка (?:письма |сообщения )?(?:отложена|задерж|не удалась|невозможна)|задержка (?:доставки|письма|сообщения)"
    r"|(?:сообщение|письмо) (?:задерж|отложен)",
    r"недоставлено|не вдалося доставити|повідомлення не доставлено",
    # others that reach a Moscow school
    r"unzustellbar|mail-?zustellung|zustellungs?|nicht zustellbar|échec|non remis|no se (?:puede|ha podido) entregar"
    r"|no entregado|mancata consegna|nie dostarczono|zwrot poczty|mancato recapito|não (?:foi )?entregue|falha na entrega|onbestelbaar"
    r"|niet bezorgd|kan inte levereras|ikke leveret|nedoručiteln|kézbesíthetetlen|teslim edilemedi",
    r"(?:来自|來自).{1,60}退信|退信|系统退信|系統退信|邮件退回|無法投遞|无法投递|投递失败|メール(?:配信|送信)(?:不能|エラー|失敗)|配信(?:不能|エラー)|送信エラー"
    r"|메일 (?:반송|전송 실패)|반송",
)
_SUBJECT = re.compile(rf"(?:\*{{1,5}}\s*|\[[^\]]{{0,30}}\]\s*)?(?:{'|'.join(_SUBJECTS)})", re.IGNORECASE)


#: Clients in which people write; a server that reports names none of them.
_PERSONAL = re.compile(
    r"mail\.ru mailer|yamail|yandex|microsoft (?:office )?outlook|microsoft windows (?:live )?mail|mozilla|thunderbird|iphone mail"
    r"|ipad mail"
    r"|apple mail|the bat|roundcube|zimbra|mutt|evolution|kmail|claws|em client|spark|k-9|fairemail|samsung|yahoomail|gmail|rambler",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of a report. `built`: its MIME type or headers say so; `daemon`, `postmaster`: who sent it; `nobody`: the
    null reverse-path (RFC 5321, 4.5.5); `faceless`: no author either; `spoken`: its Subject; `personal`: a client for people wrote it."""

    built: bool = False
    daemon: bool = False
    postmaster: bool = False
    nobody: bool = False
    faceless: bool = False
    spoken: bool = False
    personal: bool = False

    @property
    def any(self) -> bool:
        return self.built or self.daemon or self.postmaster or self.nobody or self.spoken

    @property
    def sure(self) -> bool:
        """Whether this is a report even if nothing could be read of it."""
        return self.built or (self.spoken and (self.daemon or self.postmaster or self.nobody))


def signs_of(root: Part) -> Signs:
    """The signs that the outside of this mail bears; cheap, as every mail is asked."""
    author = root.header("from")
    nobody = root.header("return-path").replace(" ", "") == "<>"
    return Signs(
        built=bool(root.header("x-failed-recipients")) or is_built(root),
        daemon=_DAEMON.search(author) is not None,
        postmaster=_POSTMASTER.search(author) is not None,
        nobody=nobody,
        faceless=nobody and not first_address(author),
        spoken=_SUBJECT.match(root.header("subject").strip()[:300]) is not None,
        personal=_PERSONAL.match(root.header("x-mailer") or root.header("user-agent")) is not None,
    )


def is_built(root: Part) -> bool:
    """Whether a mail is built as a delivery report. A person who forwards one sends multipart/mixed under his own name."""
    if root.type in STATUS_TYPES or root.parameter("report-type").lower() == "delivery-status":
        return True
    return root.type == "multipart/report" and any(part.type in STATUS_TYPES for part in own_parts(root))
