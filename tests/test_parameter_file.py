"""What a parameter file may say, in YAML and JSON, and that both say the same."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reflop.errors import BadParams
from reflop.parameter_file import read


def written(folder: Path, text: str | bytes, name: str = "p.yaml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_yaml_means_what_it_looks_like(tmp_path: Path) -> None:
    text = """
    rate: 1e-3          # text in YAML 1.1
    code: 010           # eight in YAML 1.1
    answer: no          # false in YAML 1.1
    start: 12:30        # 750 in YAML 1.1
    day: 2024-01-01     # a date in YAML 1.1
    sizes: [1, -2, 3.5]
    flags: {on: true, off: null}
    """
    assert read(written(tmp_path, text)) == {
        "rate": 0.001,
        "code": "010",
        "answer": "no",
        "start": "12:30",
        "day": "2024-01-01",
        "sizes": [1, -2, 3.5],
        "flags": {"on": True, "off": None},
    }


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(-1e300, 1e300)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.from_regex(r"\A_?[a-z]{2,8}[0-9]\Z"), values, max_size=5))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_json_is_read_alike_under_both_names(tmp_path_factory: pytest.TempPathFactory, asked: dict) -> None:
    folder, text = tmp_path_factory.mktemp("files"), json.dumps(asked)
    assert read(written(folder, text, "p.json")) == asked
    if "\\ud" not in text and "\\u007f" not in text:  # YAML knows no surrogates
        assert read(written(folder, text, "p.yaml")) == asked


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "a mapping"),
        ("- 1", "a mapping of names to values, found list"),
        ("a b: 1", "parameter names, found 'a b'"),
        ("x=1; import os: 1", "parameter names"),
        ("class: 1", "parameter names, found 'class'"),
        ("1: 2", "a name that is not text"),
        ("a: {[1]: 2}", "a name that is not text"),
        ("a: !!python/object/apply:os.system ['true']", "no tags"),
        ("a: &x 1", "no anchors and aliases, found 'x'"),
        ("a: 1\n---\nb: 2", "another document"),
        ("a: [1", "expected YAML"),
        ("a: b: c", "expected YAML"),
        ("a: " + "9" * 5000, "plain values"),
        (b"a: \xff", "UTF-8"),
        ("#" * (2**20 + 1), "at most 1,048,576 bytes"),
        ("a: [" + "1," * 20_001 + "]", "at most 20,000 names and values"),
    ],
)
def test_refused_in_one_line(tmp_path: Path, text: str | bytes, told: str) -> None:
    with pytest.raises(BadParams, match=told) as caught:
        read(written(tmp_path, text))
    assert str(caught.value).count("\n") == 0
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["p.toml", "p.py", "p"])
def test_other_kinds_of_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadParams, match=r"ending in \.yaml, \.yml or \.json"):
        read(written(tmp_path, "a: 1", name))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadParams, match="expected a file, found none"):
        read(tmp_path / "absent.yaml")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(BadParams, match="expected a file, found none"):
        read(tmp_path / "folder.json")
