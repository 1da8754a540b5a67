"""A damaged file is set aside where that is possible, and refused in any case."""

from pathlib import Path

import pytest

from reflop.data.verify import verify
from reflop.errors import BadFile


def test_capital_digits_are_the_same_digest(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    digest = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"  # of nothing
    assert verify(tmp_path / "empty", digest) == tmp_path / "empty"


def test_file_that_cannot_be_moved_is_refused_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(*_: object) -> None:
        raise PermissionError

    path = tmp_path / "data"
    path.write_bytes(b"other")
    monkeypatch.setattr(Path, "replace", stuck)
    with pytest.raises(BadFile, match=r"get it again$"):
        verify(path, "0" * 64)
    assert path.read_bytes() == b"other"
