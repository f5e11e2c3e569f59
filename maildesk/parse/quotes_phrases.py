"""What mail clients of many languages write above a quoted or forwarded letter: separators, header labels, marker lines."""

from __future__ import annotations

# What stands between dashes above a quoted or forwarded mail. The second table's phrases say "forwarded".
ORIGINAL = (
    r"original message",
    r"reply message",
    r"original email",
    r"original e-mail",
    r"original appointment",
    r"message d['’]origine",
    r"message original",
    r"mensaje original",
    r"mensagem original",
    r"messaggio original[ei]",
    r"messaggio originario",
    r"urspr(?:ü|ue|u)ngliche (?:nachricht|mail|e-mail|mitteilung)",
    r"original[ -]?nachricht",
    r"originalmeddelande",
    r"original ?melding",
    r"antwort nachricht",
    r"oprindelig (?:meddelelse|besked)",
    r"ursprungligt meddelande",
    r"originalt meddelande",
    r"ursprungsmeddelande",
    r"opprinnelig melding",
    r"oorspronkelijk bericht",
    r"origineel bericht",
    r"alkuperäinen viesti",
    r"wiadomość oryginalna",
    r"oryginalna wiadomość",
    r"treść oryginalnej wiadomości",
    r"původní (?:zpráva|e-mail)",
    r"pôvodná správa",
    r"eredeti üzenet",
    r"mesaj original",
    r"mesajul original",
    r"orijinal (?:mesaj|ileti)",
    r"özgün ileti",
    r"algne kiri",
    r"izvorna poruka",
    r"originalna poruka",
    r"αρχικό μήνυμα",
    r"исходное (?:сообщение|письмо)",
    r"оригинальное (?:сообщение|письмо)",
    r"первоначальное (?:сообщение|письмо)",
    r"вихідне повідомлення",
    r"початкове повідомлення",
    r"оригінальне повідомлення",
    r"зыходнае паведамленне",
    r"оригинално съобщение",
    r"ответ(?:ное)? (?:сообщение|письмо)",
    r"conversation d['’]origine",
    r"原始邮件",
    r"原始郵件",
    r"原邮件",
    r"原始信件",
    r"回复的原邮件",
    r"元のメッセージ",
    r"original message(?: follows)?",
    r"원본 메(?:시지|일)",
    r"הודעה מקורית",
    r"thư gốc",
    r"pesan asli",
)

FORWARDED = (
    r"forwarded message(?: follows)?",
    r"forwarded (?:by|message from) .{1,80}",
    r"fwd(?: message)?",
    r"weitergeleitete (?:nachricht|mail|e-mail)",
    r"message transf[ée]r[ée]",
    r"message r[ée]exp[ée]di[ée]",
    r"mensaje reenviado",
    r"mensagem (?:encaminhada|reencaminhada)",
    r"messaggio inoltrato",
    r"doorgestuurd bericht",
    r"vidarebefordrat (?:meddelande|brev)",
    r"videresendt (?:meddelelse|melding)",
    r"välitetty viesti",
    r"wiadomość przekazana(?: dalej)?",
    r"przekazana wiadomość",
    r"treść przekazanej wiadomości",
    r"přeposlaná zpráva",
    r"preposlaná správa",
    r"továbbított üzenet",
    r"mesaj redirecționat",
    r"iletilen (?:mesaj|ileti)",
    r"yönlendirilmiş ileti",
    r"проброшенное сообщение",
    r"пересылаемое (?:сообщение|письмо)",
    r"пересланное (?:сообщение|письмо)",
    r"пересылка(?: сообщения)?",
    r"перенаправленное (?:сообщение|письмо)",
    r"переадресованное (?:сообщение|письмо)",
    r"переслан[оа]?(?: от)? .{0,60}",
    r"начало (?:переадресованного|пересылаемого|пересланного|перенаправленного) (?:сообщения|письма)",
    r"переслане повідомлення",
    r"перенаправлене повідомлення",
    r"перасланае паведамленне",
    r"препратено съобщение",
    r"转发(?:的)?(?:邮件|信息|邮件信息)",
    r"轉寄(?:的)?郵件",
    r"転送(?:された)?メッセージ",
    r"전달된 메(?:시지|일)",
    r"הודעה שהועברה",
)

# Below this line of dashes and words, which some clients write, the person's own words go on.
FORWARD_ENDS = (
    r"конец (?:пересылаемого|пересланного|переадресованного|перенаправленного) (?:сообщения|письма)",
    r"завершение (?:пересылаемого|переадресованного) (?:сообщения|письма)",
    r"кінець (?:пересланого|перенаправленого) повідомлення",
    r"end (?:of )?forwarded message",
    r"ende der weitergeleiteten nachricht",
    r"fin du message transf[ée]r[ée]",
)

# Said without dashes, alone on a line with a colon: Apple Mail and its kin.
FORWARD_LINES = (
    r"begin forwarded message",
    r"forwarded message",
    r"anfang der weitergeleiteten (?:e-mail|nachricht)",
    r"d[ée]but du message (?:r[ée]exp[ée]di[ée]|transf[ée]r[ée])",
    r"inicio del mensaje reenviado",
    r"in[íi]cio da mensagem (?:reencaminhada|encaminhada)",
    r"inizio messaggio inoltrato",
    r"begin doorgestuurd bericht",
    r"vidarebefordrat (?:brev|meddelande)",
    r"videresendt (?:besked|melding)",
    r"początek przekazywanej wiadomości",
    r"začátek přeposílané zprávy",
    r"начало (?:переадресованного|пересылаемого|пересланного|перенаправленного) (?:сообщения|письма)",
    r"пересылаемое сообщение",
    r"пересланное сообщение",
    r"початок листа, що пересилається",
    r"下面是被转发的邮件",
    r"转发邮件",
    r"以下は、転送されたメッセージです",
)

# The same where no colon need follow: The Bat!
FORWARD_BARE = (r"это (?:пересылаемое|пересланное) (?:сообщение|письмо)", r"this is a forwarded message")

# Alone on a line, without dashes or colon.
ORIGINAL_LINES = (
    r"\[?original message processed by david.{0,5}\]?",
    r"\[?ursprüngliche nachricht verarbeitet durch david.{0,5}\]?",
)

# A header block run together on one line: what names the writer, and what names the date.
INLINE_LABELS = (
    ("От:", "Отправлено:"),
    ("От:", "Дата:"),
    ("From:", "Sent:"),
    ("From:", "Date:"),
    ("Von:", "Gesendet:"),
    ("De :", "Envoyé :"),
    ("De:", "Enviado:"),
    ("Date:", "From:"),
    ("Дата:", "От:"),
)

# Labels of a quoted header block, lower case, by what they name.
LABELS: dict[str, tuple[str, ...]] = {
    "from": (
        "from", "sender", "от", "от кого", "отправитель", "от имени", "von", "absender", "de", "expéditeur",
        "da", "mittente", "van", "afzender", "från", "fra", "avsändare", "lähettäjä", "od", "nadawca", "odosielateľ",
        "feladó", "de la", "expeditor", "kimden", "gönderen", "від", "від кого", "ад", "from name", "από", "saatja",
        "จาก", "šalje", "pošiljatelj", "sūtītājs", "siuntėjas", "kimdən", "أرسلت من", "فرستنده", "از",
        "发件人", "寄件者", "寄件人", "差出人", "보낸 사람", "보낸사람", "מאת", "من", "dari", "remitente", "remetente",
    ),
    "date": (
        "sent", "date", "sent on", "sent at", "received", "отправлено", "дата", "дата отправки", "отослано", "время",
        "datum", "gesendet", "gesendet am", "envoyé", "envoyé le", "le", "date d'envoi", "enviado", "enviado el",
        "enviado em", "enviada em", "enviados", "fecha", "data", "inviato", "inviata", "verzonden", "skickat",
        "sendt", "dato", "lähetetty", "päivämäärä", "päiväys", "wysłano", "wysłane", "odesláno", "odoslané", "dátum",
        "küldve", "elküldve", "trimis", "dată", "gönderme tarihi", "gönderildi", "tarih", "надіслано", "відправлено",
        "адпраўлена", "изпратено", "ημερομηνία", "στάλθηκε", "发送时间", "发送日期", "日期", "傳送日期", "寄件日期",
        "時間", "时间", "送信日時", "日時", "日付", "보낸 날짜", "날짜", "보낸날짜", "date/time", "נשלח", "תאריך", "التاريخ",
        "ส่ง", "วันที่", "poslano", "послато", "nosūtīts", "išsiųsta", "đã gửi", "ngày", "dikirim", "تاريخ", "ارسال شده",
        "tanggal", "saadetud", "message du", "отправленные", "отправлено в",
    ),
    "to": (
        "to", "кому", "получатель", "адресат", "an", "empfänger", "à", "a", "pour", "destinataire", "para",
        "destinatario", "destinatário", "aan", "ontvanger", "till", "til", "vastaanottaja", "do", "komu", "pre",
        "címzett", "către", "catre", "la", "kime", "alıcı", "до", "каму", "до кого", "προς", "收件人", "收件者", "宛先",
        "ถึง", "prima", "kome", "tới", "đến", "gửi đến", "به", "الى", "받는 사람", "받는사람", "אל", "إلى", "kepada", "adresat", "saaja",
    ),
    "cc": (
        "cc", "bcc", "копия", "скрытая копия", "копии", "ск", "kopie", "kopie (cc)", "copie à", "copie", "copia",
        "cco", "kopia", "kopi", "kopio", "dw", "udw", "másolat", "másolatot kap", "bilgi", "копія", "κοιν", "抄送",
        "副本", "참조", "עותק", "с копией", "blindkopie", "cópia", "нк",
    ),
    "subject": (
        "subject", "тема", "тема письма", "betreff", "objet", "sujet", "asunto", "assunto", "oggetto", "ogg", "onderwerp",
        "ämne", "emne", "aihe", "temat", "předmět", "predmet", "tárgy", "subiect", "konu", "относно", "θέμα", "主题",
        "เรื่อง", "tēma", "tema", "chủ đề", "tiêu đề", "موضوع", "perihal",
        "主旨", "標題", "标题", "件名", "제목", "נושא", "الموضوع", "subjek", "teema", "тэма", "věc", "vec",
    ),
    "other": (
        "reply-to", "reply to", "ответить", "обратный адрес", "antwort an", "répondre à", "responder a", "rispondi a",
        "antwoord aan", "importance", "важность", "приоритет", "wichtigkeit", "importancia", "importanza", "priorité",
        "attachments", "attachment", "вложения", "вложение", "anlagen", "pièces jointes", "organization", "организация",
        "vedhæftet", "bijlage", "allegati", "bilagor", "message-id", "x-mailer", "resent-from", "return-path",
        "risposta", "to/cc", "categories", "sensitivity", "важность письма", "附件",
    ),
}  # fmt: skip

# The line that our letters to specialists begin with.
OWN_MARKER = "— Пишите выше этой строки —"

# Lines under which nothing new stands: our own letters' line first, then those of other desks.
ABOVE_THIS_LINE = (
    r"пишите выше этой (?:строки|линии|черты)",
    r"(?:ответьте|отвечайте|введите ответ|пишите ответ|ваш ответ|отвечать) (?:\S+ )?(?:выше|над) (?:этой|данной) (?:строк|лини|черт)\w*",
    r"(?:please )?(?:write|reply|type|respond|enter|add)[\w ,]{0,40}above (?:this|the|that) (?:line|dotted line|email)",
    r"do not (?:write|type|reply) below this line",
    r"(?:bitte )?(?:antworten sie|schreiben sie|antwort)[\w ]{0,30}(?:oberhalb|über) dieser (?:zeile|linie)",
    r"(?:veuillez )?(?:répondre|répondez|écrire)[\w ]{0,30}au[- ]dessus de cette ligne",
    r"(?:responda|escriba|por favor)[\w ,]{0,40}(?:encima de|sobre) esta línea",
    r"responda acima desta linha",
    r"rispondi sopra (?:questa|a questa) (?:riga|linea)",
    r"відповідайте вище ці(?:єї|ї) (?:лінії|рядка)",
)
