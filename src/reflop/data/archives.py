"""Extract zip and tar archives from anywhere: judged whole before writing, visible only when complete."""

from __future__ import annotations

import hashlib
import lzma
import os
import platform
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from reflop.data.members import MARKER, Limits, Member, judge, require_count
from reflop.errors import BadFile, BadParams, ReflopError
from reflop.files import canonical, parse_json, sha256

BROKEN: tuple[type[Exception], ...] = (EOFError, NotImplementedError, OSError, RuntimeError, ValueError)
BROKEN += (zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, zipfile.LargeZipFile)

TAIL_BYTES = 2**20  # more padding than any tar writer leaves


def extract(archive: Path, folder: Path, limits: Limits | None = None) -> Path:
    """Unpack `archive` as `folder`; nothing is written unless every member is acceptable.

    The members go to a temporary sibling that takes the name `folder` when all are there, so a killed extraction
    leaves nothing that could be taken for a complete one: the next call extracts again, in full. A folder that
    this archive has filled before is returned as it is.

    Raises:
        BadFile: not a whole zip or tar, a member that `members.judge` refuses, or no room to write.
        BadParams: `folder` exists and is not what this archive made.
    """
    if not archive.is_file():
        raise BadFile(what=str(archive), expected="a zip or tar archive", found="none")
    source = sha256(archive)
    if folder.exists():
        return _complete(folder, source)
    staging = None
    try:
        is_zip = _judged(archive, limits or Limits())
        staging = _staging(folder)
        content = staging / "content"
        content.mkdir()
        _unpack(archive, content, is_zip)
        (content / MARKER).write_text(canonical({"archive": source, **_totals(content)}))
        _publish(content, folder, source)
    except ReflopError:
        raise
    except BROKEN as error:
        raise _told(archive, folder, error) from None
    finally:
        if staging:
            shutil.rmtree(staging, ignore_errors=True)
    return folder


def _told(archive: Path, folder: Path, error: Exception) -> BadFile:
    """The one line about a damaged archive or a disk that is full (gzip and bz2 report damage as OSError, too)."""
    if isinstance(error, OSError) and error.errno is not None:
        return BadFile(what=str(folder), expected="room to write", found=error.strerror or "none")
    found = f"{archive.stat().st_size:,} bytes, {type(error).__name__}: {error}"
    return BadFile(what=str(archive), expected="a whole zip or tar", found=found, then="get it again")


def _judged(archive: Path, limits: Limits) -> bool:
    """Judge the member list; returns whether the archive is a zip."""
    if zipfile.is_zipfile(archive):
        require_count(archive, _announced(archive), limits)
        judge(archive, _zip_members(archive), limits)
        return True
    judge(archive, _tar_members(archive), limits)
    return False


def _zip_members(archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as file:
        for info in file.infolist():
            kind, mode = "folder" if info.is_dir() else "file", stat.S_IFMT(info.external_attr >> 16)
            if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
                kind = "symbolic link" if mode == stat.S_IFLNK else "special file"
            if info.flag_bits & 1:
                kind = "encrypted file"
            # zipfile has made `filename` harmless already; what the archive says is judged
            yield Member(info.orig_filename, info.file_size, kind)


def _announced(archive: Path) -> int:
    """Members by the end record of a zip: a million are refused before their list fills the memory."""
    with archive.open("rb") as file:
        file.seek(-min(archive.stat().st_size, 2**16 + 64), os.SEEK_END)
        tail = file.read()
        at = tail.rfind(b"PK\5\6")
        count = int.from_bytes(tail[at + 10 : at + 12], "little")
        if count == 0xFFFF and at >= 20 and tail[at - 20 : at - 16] == b"PK\6\7":  # zip64: counted elsewhere
            file.seek(int.from_bytes(tail[at - 12 : at - 4], "little"))
            count = int.from_bytes(file.read(56)[32:40], "little")
    return count


def _tar_members(archive: Path) -> Iterator[Member]:
    kinds = {tarfile.SYMTYPE: "symbolic link", tarfile.LNKTYPE: "hard link"}
    with tarfile.open(archive) as file:
        for info in file:
            plain = "file" if info.isreg() else "folder" if info.isdir() else ""
            yield Member(info.name, info.size, plain or kinds.get(info.type, "device or pipe"))
        stream = file.fileobj
        marked = (
            stream is not None and stream.tell() > file.offset
        )  # tarfile takes a cut between members for the end
        tail = (
            stream.read(TAIL_BYTES) if stream is not None else b""
        )  # reading to the end checks the checksum
        if not marked or len(tail) == TAIL_BYTES:
            message = "no end mark" if not marked else "more after the end mark"
            raise EOFError(message)


def _unpack(archive: Path, folder: Path, is_zip: bool) -> None:
    if is_zip:
        with zipfile.ZipFile(archive) as file:
            file.extractall(folder)
    else:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")


def _totals(folder: Path) -> dict[str, int]:
    """Number and bytes of the files below `folder`, the marker left out."""
    files = [path for path in folder.rglob("*") if path.is_file() and path != folder / MARKER]
    return {"files": len(files), "bytes": sum(path.stat().st_size for path in files)}


def _complete(folder: Path, source: str) -> Path:
    """`folder`, if its marker says that the archive of digest `source` filled it, and all of it is there."""
    marker = folder / MARKER
    known = parse_json(marker.read_text(), str(marker)) if marker.is_file() else None
    if known == {"archive": source, **_totals(folder)}:
        return folder
    raise BadParams(
        what=str(folder),
        expected="a new folder, or one that this archive filled",
        found="another, or a changed one",
        then="move it away and repeat",
    )


def _publish(content: Path, folder: Path, source: str) -> None:
    """Give the filled folder its name; another process may have been first, with the same content."""
    try:
        content.rename(folder)
    except OSError:
        if not folder.exists():
            raise
        _complete(folder, source)


def _staging(folder: Path) -> Path:
    """A private folder beside `folder`, after removing those of killed extractions of this machine."""
    import psutil

    here = hashlib.sha256(platform.node().encode()).hexdigest()[:6]
    prefix = f".{folder.name[:40]}-{here}-"
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.iterdir():
        pid = left.name.removeprefix(prefix).partition("-")[0] if left.name.startswith(prefix) else ""
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=folder.parent, prefix=f"{prefix}{os.getpid()}-"))
