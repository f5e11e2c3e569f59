"""The bounds that strangers' bytes meet before any parser does, each with its reason.

Whatever is over a bound is left unread and said so in `Mail.faults`; the raw mail is always kept by the caller.
"""

from __future__ import annotations

KB = 1024
MB = 1024 * KB

# Larger than any provider lets through with base64's third on top (Gmail 25 MB, Yandex 30 MB, Mail.ru 25 MB);
# beyond it only the headers and the first part of the body are read.
MESSAGE = 25 * MB
OVERSIZED_HEAD = 64 * KB

# Postfix stops at 100 KB of headers; long To lists and ARC chains of honest mail stay below 256 KB.
HEADER_BLOCK = 256 * KB
HEADERS = 1000
# One header: a To of 200 addresses fits; a Content-Type or Subject of more is an attack on somebody's parser.
HEADER = 32 * KB
SUBJECT = 4 * KB
PARAMETERS = 200
ADDRESSES = 200
# One mailbox, name and all: of a longer one the beginning and the end are read, where the name and the address stand.
MAILBOX = 2 * KB
# RFC 5322, 2.1.1 allows lines of 998; real ids have fewer than 200 characters.
MESSAGE_ID = 250
# A long discussion names hundreds; HEADER bounds them anyway.
REFERENCES = 500
TRACES = 200

# Postfix: mime_nesting_limit 100. Honest mail nests below 10.
NESTING = 50
# Messages within messages are read this deep; further in they are kept as bytes.
ENCLOSED = 5
PARTS = 500
# RFC 2046, 5.1.1 says 70 characters; senders exceed it.
BOUNDARY = 200
# All payloads together: enclosed messages are held once as bytes and once in parts.
PAYLOAD = 60 * MB

# One text leaf, decoded: beyond it no person reads on, and quote cutting must stay quick.
TEXT = 1 * MB
HTML = 1 * MB
# Elements open within each other: tree builders go quadratic far beyond what a mail client nests.
HTML_DEPTH = 400
HTML_TAGS = 40_000
HTML_ATTRIBUTES = 500
HTML_STYLE = 2 * KB
# What is searched for quotations, forms and reports: whoever writes more has written no letter.
WORDS = 200 * KB

ATTACHMENTS = 100
# A winmail.dat holds about ten objects for the letter and four for each file.
TNEF_OBJECTS = 2000
FILE_NAME = 200
# How much of a text is looked at to guess its charset: enough for any statistics, cheap for any size.
CHARSET_SAMPLE = 8 * KB
