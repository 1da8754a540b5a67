"""Is a file the one that was published? Its digest decides."""

from __future__ import annotations

import contextlib
from pathlib import Path

from reflop.errors import BadFile
from reflop.files import sha256


def verify(path: Path, digest: str) -> Path:
    """`path` itself, if its SHA-256 is `digest`; a file that differs is set aside, not deleted.

    A flipped byte must be found here: image, weight and archive readers load it without complaint.

    Raises:
        BadFile: the file is missing, or differs; it is then called `NAME.damaged-<8 digits of its digest>`.
    """
    if not path.is_file():
        raise BadFile(what=str(path), expected=f"a file of SHA-256 {digest}", found="none")
    found = sha256(path)
    if found != digest.lower():
        aside = path.with_name(f"{path.name}.damaged-{found[:8]}")
        with contextlib.suppress(
            OSError
        ):  # a read-only place keeps it where it is; it is refused all the same
            path.replace(aside)
        then = f"get it again; this one is kept as {aside.name}" if aside.exists() else "get it again"
        raise BadFile(what=str(path), expected=f"SHA-256 {digest}", found=found, then=then)
    return path
