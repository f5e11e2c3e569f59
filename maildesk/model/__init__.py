"""The nouns of the desk. Imports nothing of ours: every room may import this one."""

from maildesk.model.mail import (
    Address,
    Attachment,
    Bounce,
    FailedRecipient,
    FormFields,
    Mail,
    MailKind,
    RawMail,
    SeenKey,
    TraceHeader,
)
from maildesk.model.people import (
    Category,
    CommandPolicy,
    Deputy,
    Person,
    Policy,
    Rate,
    Terms,
    WorkCalendar,
)

__all__ = [
    "Address",
    "Attachment",
    "Bounce",
    "Category",
    "CommandPolicy",
    "Deputy",
    "FailedRecipient",
    "FormFields",
    "Mail",
    "MailKind",
    "Person",
    "Policy",
    "Rate",
    "RawMail",
    "SeenKey",
    "Terms",
    "TraceHeader",
    "WorkCalendar",
]
