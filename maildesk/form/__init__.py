"""The form on the school's site (Annex 1) and its relay: a small program of its own, with its own spool."""

from maildesk.form.app import create_app
from maildesk.form.serve import run, serve
from maildesk.form.settings import Bounds, FormSettings, Patience, settings_from

__all__ = ["Bounds", "FormSettings", "Patience", "create_app", "run", "serve", "settings_from"]
