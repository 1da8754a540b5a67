"""The command line: `main` turns errors into one line and an exit code; `app` holds the commands."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from reflop.errors import ReflopError, RunFailed


def main() -> None:
    """Run the command line.

    Exit codes: 0 good, 1 a run failed, 2 usage or parameters, 3 the section asked for is unavailable,
    4 `verify` disagrees, 130 and 143 interrupted.
    """
    from reflop.cli.app import app

    signal.signal(signal.SIGTERM, _terminated)
    debug = "--debug" in sys.argv[1:] or os.environ.get("REFLOP_DEBUG") == "1"
    try:
        app()
    except Exception as error:
        if debug:
            raise
        sys.exit(_report(error))


def _terminated(signum: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001  (the signature is the signal's)
    """Unwind on SIGTERM as on any other exit, so that staging folders and kernels are cleaned up."""
    sys.exit(128 + signum)


def _report(error: Exception) -> int:
    """Print one line and give the exit code."""
    if not isinstance(error, ReflopError):
        told = f"{type(error).__name__}: {error}"[:300]
        error = RunFailed(what="unexpected error", found=told, then="the same command with reflop --debug")
    print(f"reflop: {error}", file=sys.stderr)
    return error.exit_code
