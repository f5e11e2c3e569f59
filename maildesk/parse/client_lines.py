"""What mail clients and virus scanners write below a person's words, in the languages in which they write it."""

from __future__ import annotations

#: «Отправлено с iPhone», "Get Outlook for iOS": whole lines, in small letters, without stars, brackets and links.
CLIENT_LINES = (
    # Russian, Ukrainian, Belarusian
    r"отправлено (?:с|со|из|через|при помощи|от) .{2,70}",
    r"отправлено (?:yandex|mail\.ru|gmail|blackberry).{0,40}",
    r"(?:послано|написано|создано) (?:с|со|из|в|при помощи) (?:моего |мобильн|телефон|смартфон|планшет|iphone|ipad).{0,60}",
    r"(?:послано|написано|создано) (?:с|со|из|в|при помощи) (?:android|яндекс|почт|k-9|fairemail|thunderbird).{0,60}",
    r"простите за (?:краткость|опечатки).{0,80}",
    r"извините за краткость.{0,80}",
    r"(?:получит[ье]|получите|скача(?:ть|йте)|загрузит[ье]|установит[ье]) .{2,40} (?:для|на) (?:android|ios|iphone|ipad|windows"
    r"|mac)\b.{0,30}",
    r"(?:это )?(?:письмо|сообщение) (?:было )?отправлено (?:с|со|из|через|при помощи|с помощью) .{2,70}",
    r"(?:с уважением, )?команда mail\.ru",
    r"надіслано (?:з|із|через) .{2,70}",
    r"отрима(?:йте|ти) .{2,40} для (?:android|ios|windows|mac)\b.{0,30}",
    r"адпраўлена з .{2,60}",
    # English
    r"sent (?:from|via|with|by|using) (?:my|(?:an? |the )?(?:mail|mobile|windows|outlook|yahoo|samsung|gmail|galaxy|iphone|ipad|ipod)"
    r"|(?:an? |the )?(?:android|airmail|spark|proton(?:mail)?|mailspring|zoho|aqua ?mail|mymail|rainloop|roundcube|claws|fastmail"
    r"|mailbox|aol|blackberry|acompli|postbox|newton|polymail|superhuman|hey)"
    r"|(?:an? |the )?(?:canary|edison|bluemail|email|phone|huawei|xiaomi|k-9|fairemail|sparrow|nylas|front|tutanota|nine)"
    r"|(?:an? |the )?(?:mozilla|thunderbird|cell|type app|typeapp|inbox|nokia|htc|lg|sony|motorola|smartphone|tablet|webmail))"
    r"\b.{0,80}",
    r"from my .{1,20}",
    r"\w+ from mobile",
    r"(?:get|download|install|try) \[?.{2,40} for (?:android|ios|iphone|ipad|windows|mac)\b.{0,120}",
    r"(?:this|the) (?:message|mail|e-?mail) was sent (?:using|from|with|by|via|through) .{2,80}",
    # Outlook's advertisement in any language: its name and the system's, and hardly anything else
    r"(?=.{0,50}\boutlook\b)(?=.{0,50}\b(?:ios|android)\b)[^.!?]{8,50}",
    # Others
    r"von meine[mr] .{1,60} gesendet.{0,20}",
    r"gesendet (?:von|mit|über|aus) .{1,60}",
    r"diese nachricht wurde von .{1,80} gesendet.{0,20}",
    r"outlook für (?:ios|android) beziehen",
    r"holen sie sich outlook für .{1,40}",
    r"envoyé (?:depuis|de|à partir|via|avec) (?:mon|ma|yahoo|outlook|un|l|d|gmail|courrier|la|le|proton).{0,60}",
    r"obtenez outlook pour .{1,40}",
    r"télécharger outlook pour .{1,40}",
    r"enviado (?:desde|do|de|a partir|mediante|via|con|com|pelo) .{1,60}",
    r"obtener outlook para .{1,40}",
    r"obter o outlook para .{1,40}",
    r"inviato (?:da|dal|dall|con|tramite)\W?.{1,60}",
    r"scarica outlook per .{1,40}",
    r"ottieni outlook per .{1,40}",
    r"(?:verzonden|verstuurd) (?:vanaf|vanuit|met|via) .{1,60}",
    r"outlook voor (?:ios|android) downloaden",
    r"download outlook voor .{1,40}",
    r"(?:skickat|sendt|sänt) (?:från|fra|via|med) .{1,60}",
    r"från min .{1,40}",
    r"(?:hämta|hent|skaff deg|få) outlook (?:för|til|for) .{1,40}",
    r"lähetetty .{1,60}",
    r"hanki outlook .{1,40}",
    r"wysłane? (?:z|ze|za pomocą) .{1,60}",
    r"wysłano (?:z|ze) .{1,60}",
    r"pobierz program outlook.{0,40}",
    r"odesláno (?:z|ze) .{1,60}",
    r"odoslané (?:z|zo) .{1,60}",
    r"küldve .{1,60}(?:ról|ről|ból|ből|val|vel)",
    r"trimis de pe .{1,60}",
    r"iphone['’]?umdan gönderildi",
    r".{1,30}(?:umdan|imden|ımdan|ndan|nden) gönderildi",
    r"發自我的 ?.{1,30}",
    r"发自我的 ?.{1,30}",
    r"从我的 ?.{1,30} ?发送",
    r"從我的 ?.{1,30} ?傳送",
    r"发送自.{1,40}",
    r"获取 ?outlook for .{1,40}",
    r"取得 ?outlook for .{1,40}",
    r"iphone ?から送信",
    r"(?:ios|android) 版 ?outlook ?を入手",
    r"나의 .{1,20}에서 보냄",
    r"내 .{1,20}에서 보냄",
    r".{1,20} ?から送信",
    r"נשלח מ.{1,40}",
    r"(?:أُ?رسلت|مرسل|تم الإ?رسال) (?:من|بواسطة|عبر) .{1,40}",
    r"(?:ارسال|فرستاده)[ \u200c]?شده (?:از|با) .{1,40}",
    r"ส่งจาก ?.{1,40}",
    r"(?:đã |được )?gửi từ .{1,40}",
    r"dikirim (?:dari|melalui|dengan) .{1,60}",
    r"dihantar (?:dari|melalui|daripada) .{1,60}",
    r"(?:poslano|poslato|послато|послано) (?:s|sa|iz|putem|са|с|из|preko) .{2,60}",
    r"изпратено (?:от|чрез|с) .{2,60}",
    r"(?:στάλθηκε|εστάλη|απεστάλη) (?:από|με|μέσω) .{2,60}",
    r"saadetud (?:minu |seadmest |rakendusest )?.{2,60}",
    r"nosūtīts (?:no|ar|izmantojot) .{2,60}",
    r"išsiųsta (?:iš|naudojant|per) .{2,60}",
    r"enviat (?:des de|des del|del|amb|a través) .{2,60}",
    r"trimis (?:din|cu|prin|via|de la) .{2,60}",
    r"(?:elküldve|küldve) .{2,60}",
    r"sent fra min .{2,40}",
    r".{2,40}(?:жіберілді|жіберілген)",
)  # fmt: skip

#: «Без вирусов. www.avast.ru»
SCANNER_LINES = (
    r"(?:это|данное) (?:сообщение|письмо|электронное письмо) (?:проверено|свободно|было проверено).{0,120}",
    r"без вирусов\.?.{0,200}",
    r"(?:информация (?:от )?|information from )eset .{0,160}",
    r"(?:это )?(?:сообщение|письмо) (?:было )?проверено .{0,160}",
    r"(?:this|the) (?:e-?mail|message) (?:has been|was|is) (?:checked|scanned|virus|free).{0,120}",
    r"virus-?free\.?.{0,200}",
    r"diese e-?mail wurde von avast.{0,100}",
    r"virenfrei\.?.{0,60}",
    r"(?:garanti )?sans virus\.?.{0,60}",
    r"l'absence de virus .{0,100}",
    r"libre de virus\.?.{0,60}",
    r"(?:este|el) (?:correo|software).{0,60}(?:avast|virus).{0,60}",
    r"privo di virus\.?.{0,60}",
    r"virusvrij\.?.{0,60}",
    r"wolny od wirusów\.?.{0,60}",
    r"bez virů\.?.{0,60}",
    r"(?:вірусів|не містить вірусів).{0,60}",
    r"(?:https?://)?(?:www\.)?(?:avast|avg|kaspersky|drweb|eset(?:nod32)?)\.\w{2,3}\S{0,160}",
    r"\[image: avast logo\]",
    r"ta wiadomość została sprawdzona .{0,120}|(?:cette?|ce) (?:e-?mail|courriel|message) a été (?:vérifié|analysé|contrôlé).{0,120}",
    r"quest[ao] (?:e-?mail|messaggio) è stat[ao] (?:controllat|analizzat).{0,120}|dit (?:e-?mail)?bericht is gecontroleerd.{0,120}",
    r"tento e-?mail byl zkontrolován.{0,120}|(?:detta|denne|dette) (?:meddelande|e-?mail|meddelelse) .{0,40}(?:kontroll|virus).{0,120}",
    r"el software de antivirus .{0,120}|este (?:mensaje|correo) (?:ha sido|fue) (?:analizado|comprobado).{0,120}",
    r"<#[0-9a-f-]{20,60}>",
    r"<https?://(?:www\.)?(?:avast|avg)\S{1,300}>.{0,60}",
)

#: Samsung's plain part loses the line end before its advertisement.
GLUED_LINES = (
    r"sent from my (?:galaxy|samsung)\b.{0,40}",
    r"отправлено с (?:моего )?(?:устройства |телефона |смартфона |планшета )?(?:galaxy|samsung)\b.{0,40}",
    r"envoyé depuis mon (?:appareil )?(?:galaxy|samsung)\b.{0,40}",
    r"von meinem (?:galaxy|samsung)[\w -]{0,30} gesendet",
    r"enviado desde mi (?:galaxy|samsung)\b.{0,40}",
    r"inviato dal mio (?:galaxy|samsung)\b.{0,40}",
)

#: How a company's note on confidentiality opens: a paragraph of its own below the words, never a part of an answer.
DISCLAIMERS = (
    r"(?:настоящее|данное|это) (?:электронное )?(?:сообщение|письмо)(?: и| \(|,| может| предназнач| содерж| явля|, включая)",
    r"(?:информация|сведения), содержащ(?:аяся|иеся) в (?:данном|настоящем|этом)",
    r"(?:конфиденциальность|уведомление о конфиденциальности|внимание)\s?[:!]",
    r"this (?:e-?mail|message|communication|transmission)(?: and| \(|,| message|, including| may| contains?| is (?:intended"
    r"|confidential|private|for))",
    r"(?:confidentiality|disclaimer|privileged|important)(?: notice| note)?\s?[:!]|confidential(?:ity)?(?: and| notice| communication|/)",
    r"the (?:information|content)s? (?:contained )?(?:in|of) this (?:e-?mail|message)",
    r"(?:diese|die) (?:e-?mail|nachricht)(?: und| enthält| kann| ist| \(|,)",
    r"(?:ce|le présent) (?:message|courriel|mail|e-?mail)(?: et| \(|,| est| peut| contient)",
    r"(?:este|el presente) (?:mensaje|correo|e-?mail|email)(?: y| \(|,| puede| contiene| es| e)",
    r"(?:esta|a presente) (?:mensagem|comunicação)(?: e| \(|,| pode| contém| é)",
    r"(?:questo|il presente) (?:messaggio|documento)(?: e| \(|,| può| contiene| è)|(?:questa|la presente) (?:e-?mail|comunicazione)",
    r"(?:dit|deze) (?:bericht|e-?mail|e-?mailbericht)(?: en| \(|,| is| kan| bevat)",
    r"aviso (?:legal|de confidencialidad)\s?:|avis(?: de confidentialité)?\s?:|avviso(?: di riservatezza)?\s?:",
    r"(?:de|alle) informatie in (?:dit|deze)|(?:l')?(?:les )?informations? (?:contenues?|figurant) dans (?:ce|cet)",
    r"(?:ta|niniejsza) (?:wiadomość|korespondencja)|treść tej wiadomości",
    r"(?:це|дане) (?:повідомлення|електронне повідомлення)(?: та| \(|,| може| призначен)",
)
#: And what such a paragraph has to speak of.
DISCLAIMED = (
    r"конфиденциальн|confidential|vertraulich|confidenti[eë]|confidencia|confidencial|riservat|vertrouwelijk|poufn|конфіденційн"
    r"|bestemd voor de geadresseerde|intended (?:only|solely) for|предназнач\w+ (?:исключительно|только)|exclusivamente|exclusivement"
    r"|ausschließlich"
)
