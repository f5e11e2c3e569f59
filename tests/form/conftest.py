"""A form that serves, for every test of this room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from form.running import Form, serving, settings_for


@pytest.fixture
def start_form(tmp_path: Path) -> Iterator[Callable[..., Form]]:
    """Starts a form with changed settings; it leaves at the end of the test."""
    with ExitStack() as stack:

        def start(**changes: Any) -> Form:
            return stack.enter_context(serving(settings_for(tmp_path, **changes)))

        yield start


@pytest.fixture
def form(start_form: Callable[..., Form]) -> Form:
    return start_form()
