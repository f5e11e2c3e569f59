"""config.toml → one frozen Config; every fault named with its file, key and value (SPEC 3)."""

from maildesk.config.desk import Config, FormConfig
from maildesk.config.faults import ConfigError, Fault
from maildesk.config.reading import load, load_form
from maildesk.config.starter import sample

__all__ = ["Config", "ConfigError", "Fault", "FormConfig", "load", "load_form", "sample"]
