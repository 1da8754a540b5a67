"""Which member lists are acceptable: the rules for archives from anywhere, applied before a byte is written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from reflop.errors import BadFile

MARKER = ".complete"  # written last by `archives.extract`, so no member may bring it


@dataclass(frozen=True)
class Limits:
    """What an archive may hold at most; `ratio` is unpacked bytes per byte of the archive."""

    members: int = 200_000
    total_bytes: int = 32 * 2**30
    ratio: float = 200.0


@dataclass(frozen=True)
class Member:
    """A member as its archive announces it; `kind` is "file", "folder", or what it is instead."""

    name: str
    size: int
    kind: str


def judge(archive: Path, members: Iterable[Member], limits: Limits) -> None:
    """Refuse the archive at the first member that is not acceptable, reading no further.

    Raises:
        BadFile: over a limit, or with a member that is absolute, leads out, is neither file nor folder, or has
            the name of another (also by case, also a file that others need as a folder).
    """
    what, total, allowed = str(archive), 0, min(limits.total_bytes, limits.ratio * archive.stat().st_size)
    kinds: dict[str, str] = {}
    for count, member in enumerate(members, 1):
        require_count(archive, count, limits)
        total += member.size
        if member.size < 0 or total > allowed:
            found = f"{total:,} after {count:,} members"
            raise BadFile(what=what, expected=f"at most {allowed:,.0f} bytes unpacked", found=found)
        shown, key = ascii(member.name[:80]), one_name(member.name)
        if member.kind not in ("file", "folder"):
            raise BadFile(what=what, expected="files and folders only", found=f"{member.kind} {shown}")
        if problem := bad_name(member.name):
            raise BadFile(what=what, expected="names inside its own folder", found=f"{problem} {shown}")
        if key in kinds and not kinds[key] == member.kind == "folder":
            raise BadFile(what=what, expected="every name once, also by case", found=f"{shown} twice")
        kinds[key] = member.kind
    for key in kinds:
        for parent in map(str, PurePosixPath(key).parents):
            if kinds.get(parent) == "file":
                found = f"{parent[:80]!a} as a file and as a folder"
                raise BadFile(what=what, expected="every name once, also by case", found=found)


def require_count(archive: Path, count: int, limits: Limits) -> None:
    """Refuse more members than the limit.

    Raises:
        BadFile: naming both numbers.
    """
    if count > limits.members:
        raise BadFile(what=str(archive), expected=f"at most {limits.members:,} members", found=f"{count:,}")


def bad_name(name: str) -> str:
    """What is wrong with a member's name, or nothing.

    >>> bad_name("a/../b"), bad_name("/etc/passwd"), bad_name("C:x"), bad_name("a/b.txt")
    ("'..' in", 'absolute', 'drive letter in', '')
    """
    if name.startswith("/"):
        return "absolute"
    if re.match("[A-Za-z]:", name):
        return "drive letter in"
    if ".." in name.split("/"):
        return "'..' in"
    if not name or re.search(r"[\x00-\x1f\\]", name):
        return "empty name, backslash or control character in"
    return "the extraction's own marker" if one_name(name) == MARKER else ""


def one_name(name: str) -> str:
    """Two names that give the same here would be one file on some file system.

    >>> one_name("A//b/./C.TXT") == one_name("a/B/c.txt")
    True
    """
    return unicodedata.normalize("NFC", PurePosixPath(name).as_posix()).casefold()
