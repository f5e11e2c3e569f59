"""`python -m maildesk`, and the console script."""

from __future__ import annotations

import sys

from maildesk.cli import mending, moving, reading, running
from maildesk.cli.app import app

#: Importing these joined their commands to the application.
COMMANDS = (running, reading, mending, moving)


def main() -> None:
    """Run the command line; never a traceback for what a user did."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)


if __name__ == "__main__":
    main()
