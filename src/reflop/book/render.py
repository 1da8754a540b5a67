"""Jupyter Book as a child process, strict, and afresh whenever something changed that it does not look at itself."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from reflop.errors import RunFailed
from reflop.files import write_atomic

PROGRAM = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
SETTINGS = ("_config.yml", "_toc.yml", "_static/**/*", "book/_ext/*.py")
TIMEOUT_S = 1800
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_COMPLAINT = re.compile(r"WARNING|ERROR|CRITICAL|SEVERE|[Ee]xception")


def render(root: Path, *, strict: bool = True) -> Path:
    """Render the staged book of `root`; returns the front page. Unchanged pages are not rendered again.

    Raises:
        RunFailed: the strict build refused something; each complaint was printed, the log has the rest.
    """
    settled, log = root / "_build" / ".settled", root / "build" / "logs" / "book.log"
    digest = _settings(root)
    if not settled.is_file() or settled.read_text(encoding="utf-8") != digest:
        shutil.rmtree(root / "_build", ignore_errors=True)
    settled.unlink(
        missing_ok=True
    )  # a refused page would not be looked at again: the next build starts afresh
    options = ["-W", "--keep-going"] if strict else []
    done = subprocess.run(
        [*PROGRAM, "build", "-n", *options, "."],
        cwd=root, capture_output=True, text=True, encoding="utf-8", errors="replace",
        timeout=TIMEOUT_S, check=False, env={**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1"},
    )  # fmt: skip
    text = _COLOUR.sub("", f"{done.stdout}\n{done.stderr}")
    write_atomic(log, text)
    if done.returncode:
        complaints = [line.strip() for line in text.splitlines() if _COMPLAINT.search(line)]
        print(*dict.fromkeys(complaints), sep="\n", file=sys.stderr, flush=True)
        found = f"{len(set(complaints))} complaints" if complaints else f"exit code {done.returncode}"
        raise RunFailed(what="strict build of the book", found=found, then=f"less {log.relative_to(root)}")
    write_atomic(settled, digest)
    return root / "_build" / "html" / "index.html"


def _settings(root: Path) -> str:
    """Digest of what every page depends on, and Sphinx does not follow."""
    total = hashlib.sha256(sys.version.encode())
    for pattern in SETTINGS:
        for path in sorted(path for path in root.glob(pattern) if path.is_file()):
            total.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return total.hexdigest()
