"""Archives built in the test, hostile ones included; nothing of the kind is committed."""

import io
import tarfile
import zipfile
from pathlib import Path

FILES = {"set/a.txt": b"alpha" * 50, "set/b/c.bin": bytes(range(256)) * 8, "set/empty": b""}


def write_zip(path: Path, members: dict[str, bytes], mode: int = 0o100644) -> Path:
    """A zip whose names are written as given, harmful or not."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            info = zipfile.ZipInfo("placeholder")
            info.filename = name
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, content)
    return path


def write_tar(path: Path, members: dict[str, bytes], *special: tarfile.TarInfo) -> Path:
    """A tar (compressed by its suffix) of files, followed by `special` members without content."""
    kind = {".gz": "gz", ".xz": "xz", ".bz2": "bz2"}.get(path.suffix, "")
    with tarfile.open(path, f"w:{kind}") as file:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
        for info in special:
            file.addfile(info)
    return path


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, the marker left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".complete"
    }
