"""The errors Reflop raises: one line each, saying what, what was expected, what was found, what to type."""

from __future__ import annotations


class ReflopError(Exception):
    """Base of all errors that are the user's to read; carries the exit code of the command line.

    >>> print(BadParams(what="fold", expected="1 to 64", found="0", then="reflop list"))
    fold: expected 1 to 64, found 0; try: reflop list
    """

    exit_code = 1

    def __init__(self, *, what: str, expected: str = "", found: str = "", then: str = "") -> None:
        """What it is about, what it should have been, what it was, and the next thing to type."""
        self.what, self.expected, self.found, self.then = what, expected, found, then
        parts = [f"expected {expected}" if expected else "", f"found {found}" if found else ""]
        told = ", ".join(part for part in parts if part)
        line = f"{what}: {told}" if told else what
        super().__init__(" ".join(f"{line}; try: {then}".split() if then else line.split()))


class BadFile(ReflopError, OSError):
    """A file is damaged, hostile or not what its name says; nothing was taken from it."""

    def __str__(self) -> str:  # OSError would otherwise format errno and strerror
        return str(self.args[0])


class BadParams(ReflopError, ValueError):
    """A parameter, name or place that cannot be used; found before any computing."""

    exit_code = 2


class Unavailable(ReflopError):
    """Hardware, a package or data that this machine does not have; the result is a skip, never a substitute."""

    exit_code = 3


class Disagreement(ReflopError):
    """A kept record contradicts its own content or the published value."""

    exit_code = 4


class RunFailed(ReflopError, RuntimeError):
    """A section or notebook started and did not finish."""
