"""`maildesk demo`: the whole service on this machine, with embedded mail servers and people who write real mail (SPEC 9)."""

from maildesk.demo.show import run

__all__ = ["run"]
