"""Safe files: whole or absent, inside the project, read with limits, recognised by digest."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import math
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reflop.errors import BadFile, BadParams

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
STRING = re.compile(r'"(?:[^"\\]|\\.?)*(?:"|\Z)', re.DOTALL)  # of JSON, up to the end where it is not closed
JSON_LIMIT_BYTES = 16 * 2**20
DEPTH_LIMIT = 64


def checked_name(name: str, what: str = "name") -> str:
    """`name` if it may become part of a path.

    >>> checked_name("optical_projection")
    'optical_projection'

    Raises:
        BadParams: for `..`, `/`, NUL, a leading `-` or `.`, capitals, or more than 64 characters.
    """
    if not NAME.fullmatch(name):
        found = repr(name if len(name) <= 70 else name[:67] + "...")
        raise BadParams(what=what, expected="a-z, 0-9, '_' and '-', at most 64 characters", found=found)
    return name


def project_root(start: Path | None = None) -> Path:
    """The checkout that holds `start` (by default the working folder), or `start` itself outside of any."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "runs.yaml").is_file() and (folder / "_toc.yml").is_file():
            return folder
    return here


def records_folder() -> Path:
    """Where fresh records go: `REFLOP_RECORDS`, else `build/records` of the checkout."""
    place = os.environ.get("REFLOP_RECORDS")
    return Path(place).resolve() if place else project_root() / "build" / "records"


def require_writable(folder: Path) -> None:
    """Make `folder` and prove that a file can be created in it, before anything is computed.

    Raises:
        BadParams: when the folder cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".probe-"):
            pass
    except OSError as error:
        reason = error.strerror or type(error).__name__
        then = "reflop run --results DIR, or set REFLOP_RECORDS=DIR"
        raise BadParams(
            what=f"results folder {folder}", expected="a writable folder", found=reason, then=then
        ) from None


def write_atomic(path: Path, content: bytes | str) -> None:
    """Replace `path` by `content` in one step: readers see the old file or the new one, never a part.

    Raises:
        BadFile: when the disk is full or the folder cannot be written; the old file is then untouched.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = None
    try:
        with _explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-", suffix=".part")
            temporary = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def replace_folder(target: Path, files: dict[str, Path]) -> None:
    """Make `target` hold copies of exactly these files (name -> file), all of them or none.

    Two processes that may do so at once take turns with `locked`.

    Raises:
        BadFile: when the disk is full or the folder cannot be written.
    """
    with _explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name[:40]}-"))
        try:
            for name, path in files.items():
                shutil.copyfile(path, staging / name)
            staging.chmod(0o777 & ~_umask())
            shutil.rmtree(target, ignore_errors=True)
            staging.rename(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder beside `target` to write into; it becomes `target` when all is written, or is gone after an error.

    Raises:
        BadParams: `target` exists, or its parent cannot be written.
        BadFile: when the disk is full.
    """
    if target.exists():
        raise BadParams(what=str(target), expected="a new folder", found="one that exists")
    require_writable(target.parent)
    staging = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name[:40]}-make-"))
    try:
        with _explained(target):
            (staging / "content").mkdir()
            yield staging / "content"
            (staging / "content").rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One process at a time writes below `folder`; a lock ends with the process that holds it."""
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Tell of a failed write in one line; what already speaks for itself passes."""
    try:
        yield
    except BadFile:  # an OSError too
        raise
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
        found = "no space left" if full else (error.strerror or type(error).__name__)
        then = "free some space and repeat"
        raise BadFile(what=str(path), expected="room to write", found=found, then=then) from None


def _umask() -> int:
    """The process's file mode mask (it can only be read by setting it)."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def sha256(path: Path) -> str:
    """SHA-256 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def canonical(value: object) -> str:
    """The one JSON text of a value: sorted keys, no spaces, no NaN.

    >>> canonical({"b": 1, "a": [1.5, None]})
    '{"a":[1.5,null],"b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def read_json(path: Path, limit_bytes: int = JSON_LIMIT_BYTES) -> Any:
    """Parse a JSON file that may come from anywhere.

    Raises:
        BadFile: missing, over `limit_bytes`, nested deeper than 64, a key twice, NaN, or not JSON.
    """
    return parse_json(read_text(path, limit_bytes), str(path))


def read_text(path: Path, limit_bytes: int) -> str:
    """The text of a file that may come from anywhere.

    Raises:
        BadFile: missing, not a plain file, over `limit_bytes`, or not UTF-8.
    """
    if not path.is_file():
        raise BadFile(what=str(path), expected="a file", found="no file" if path.exists() else "nothing")
    try:
        with path.open("rb") as file:
            data = file.read(limit_bytes + 1)
    except OSError as error:
        raise BadFile(what=str(path), expected="a readable file", found=str(error.strerror)) from None
    if len(data) > limit_bytes:
        found = f"{path.stat().st_size:,}"
        raise BadFile(what=str(path), expected=f"at most {limit_bytes:,} bytes", found=found)
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise BadFile(what=str(path), expected="UTF-8 text", found="other bytes") from None


def parse_json(text: str, what: str) -> Any:
    """Parse JSON text; see `read_json` for what is refused."""
    require_shallow(STRING.sub("", text), what)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        once = dict(pairs)
        if len(once) < len(pairs):
            twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
            raise BadFile(what=what, expected="every key once", found=f"{twice[:60]!r} twice")
        return once

    def finite(number: str) -> float:
        value = float(number)  # reads NaN and Infinity, and 1e999 as infinity
        if not math.isfinite(value):
            raise BadFile(what=what, expected="finite numbers", found=number[:60])
        return value

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=finite, parse_float=finite)
    except ValueError as error:
        raise BadFile(what=what, expected="JSON", found=str(error)) from None


def require_shallow(text: str, what: str) -> None:
    """Refuse text nested so deeply that a parser would run out of stack."""
    depth = deepest = 0
    for mark in re.findall(r"[\[{(]|[\]})]", text):
        depth += 1 if mark in "[{(" else -1
        deepest = max(deepest, depth)
    if deepest > DEPTH_LIMIT:
        raise BadFile(what=what, expected=f"nesting of at most {DEPTH_LIMIT}", found=f"{deepest:,}")
