import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reflop import files
from reflop.errors import BadFile, BadParams


@pytest.mark.parametrize("name", ["a", "0", "optical_projection", "a-b", "x" * 64])
def test_plain_names_pass(name: str) -> None:
    assert files.checked_name(name) == name


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\0", "-a", ".a", "_a", "A", "ä", "a b", "a\n", "x" * 65])
def test_names_that_are_no_plain_file_name_are_refused(name: str) -> None:
    with pytest.raises(BadParams, match="at most 64 characters"):
        files.checked_name(name)


def test_write_replaces_whole_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.json"
    files.write_atomic(path, "old")
    files.write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_content_is_on_the_disk_before_it_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = tmp_path / "file", []
    monkeypatch.setattr(os, "fsync", lambda _: seen.append(path.exists()))
    files.write_atomic(path, "x")
    assert seen == [False]


def test_written_file_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    files.write_atomic(tmp_path / "a", "x")
    (tmp_path / "b").write_text("x")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE((tmp_path / "b").stat().st_mode)


def test_write_into_a_file_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadFile, match="expected room to write, found"):
        files.write_atomic(tmp_path / "file" / "record.json", "x")


def test_folder_is_replaced_as_one(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_text("a")
    (tmp_path / "b.npz").write_text("b")
    target = tmp_path / "out" / "folder"
    files.replace_folder(target, {"one.npz": tmp_path / "a.npz", "two.npz": tmp_path / "b.npz"})
    files.replace_folder(target, {"one.npz": tmp_path / "b.npz"})
    assert {path.name: path.read_text() for path in target.iterdir()} == {"one.npz": "b"}
    with pytest.raises(BadFile, match="expected room to write"):
        files.replace_folder(target, {"one.npz": tmp_path / "a.npz", "two.npz": tmp_path / "absent"})
    assert {path.name: path.read_text() for path in target.iterdir()} == {"one.npz": "b"}
    assert list(target.parent.iterdir()) == [target]


def test_records_go_where_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFLOP_RECORDS", str(tmp_path / "r"))
    assert files.records_folder() == tmp_path / "r"
    monkeypatch.delenv("REFLOP_RECORDS")
    (tmp_path / "runs.yaml").touch()
    (tmp_path / "_toc.yml").touch()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert files.records_folder() == tmp_path / "build" / "records"


def test_outside_a_checkout_the_working_folder_is_the_root(tmp_path: Path) -> None:
    assert files.project_root(tmp_path) == tmp_path


def test_digest_is_that_of_the_standard(tmp_path: Path) -> None:
    (tmp_path / "abc").write_text("abc")  # FIPS 180-2, appendix B.1
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert files.sha256(tmp_path / "abc") == expected


NUMBERS = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_canonical_text_parses_back(value: object) -> None:
    assert files.parse_json(files.canonical(value), "x") == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected JSON"),
        ("{'a': 1}", "expected JSON"),
        ('{"a":1,"a":2}', "every key once, found 'a' twice"),
        ('{"b":{"a":1,"c":0,"a":2}}', "every key once, found 'a' twice"),
        ("[NaN]", "finite numbers, found NaN"),
        ("[-Infinity]", "finite numbers, found -Infinity"),
        ("[1e999]", "finite numbers, found 1e999"),
        ("[" * 65 + "]" * 65, "nesting of at most 64, found 65"),
        ('["' + "]" * 5000 + '",' + "[" * 5000, "nesting of at most 64"),
        ("1" * 5000, "expected JSON"),
    ],
)
def test_what_json_files_may_not_hold(text: str, told: str) -> None:
    with pytest.raises(BadFile, match=told):
        files.parse_json(text, "x")


def test_brackets_inside_text_are_no_nesting() -> None:
    assert files.parse_json('["' + "[" * 100 + '\\""]', "x") == ["[" * 100 + '"']


@pytest.mark.parametrize(
    "content", [b'"' + b'\\"' * 500_000, b'"' + b'\\"' * 500_000 + b"\\", b'{"a":' * 500_000]
)
def test_hostile_text_is_refused_without_long_thought(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(content)  # a quadratic search would take hours here
    with pytest.raises(BadFile):
        files.read_json(tmp_path / "x.json")


def test_many_keys_one_twice_are_refused_without_long_thought() -> None:
    keys = ",".join(f'"{i}":0' for i in range(200_000))
    with pytest.raises(BadFile, match="every key once, found '7' twice"):
        files.parse_json("{" + keys + ',"7":1}', "x")


def test_reading_refuses_what_is_no_plain_small_text_file(tmp_path: Path) -> None:
    (tmp_path / "big").write_text("1" * 11)
    with pytest.raises(BadFile, match="at most 10 bytes, found 11"):
        files.read_json(tmp_path / "big", limit_bytes=10)
    (tmp_path / "latin").write_bytes(b'"\xe4"')
    with pytest.raises(BadFile, match="UTF-8 text"):
        files.read_json(tmp_path / "latin")
    with pytest.raises(BadFile, match="expected a file, found nothing"):
        files.read_json(tmp_path / "absent")
    with pytest.raises(BadFile, match="expected a file, found nothing"):
        files.read_json(tmp_path / "big" / "below")
    with pytest.raises(BadFile, match="expected a file, found no file"):
        files.read_json(tmp_path)
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for ever
    with pytest.raises(BadFile, match="expected a file, found no file"):
        files.read_json(tmp_path / "pipe")
