"""Who may see what of a confidential ticket (SPEC 6): text, name and contacts only the assignee and the author."""

from __future__ import annotations

from maildesk.desk.routing import confidential
from maildesk.model import Policy, Ticket


def masked(policy: Policy, ticket: Ticket | None, person: str) -> bool:
    """Whether a letter about this ticket must hide its words and its author from this member of staff.

    `person` is a staff key, or '' for a bare operator's address, who is never an assignee."""
    return ticket is not None and confidential(policy, ticket) and person not in ticket.assignees
