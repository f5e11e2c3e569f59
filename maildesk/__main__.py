"""`python -m maildesk`, and the console script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; never a traceback for what a user did."""
    # The parser's process imports this module anew when it starts: only the command line itself needs what follows.
    from maildesk.cli import mending, moving, reading, running
    from maildesk.cli.app import app

    assert all((running, reading, mending, moving)), "importing these joins their commands to the application"
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)


if __name__ == "__main__":
    main()
