"""The bundled pictures are the published ones, and reading them imports neither torch nor scikit-learn."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from reflop.data import embedded
from reflop.data.catalogue import dataset
from reflop.errors import BadParams, Unavailable


def test_digits_equal_scikit_learns_own() -> None:
    from sklearn.datasets import load_digits

    expected = load_digits()
    images, labels = embedded.digits()
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images, expected.images)
    np.testing.assert_array_equal(labels, expected.target)


def test_photographs_equal_scikit_learns_own() -> None:
    from sklearn.datasets import load_sample_image

    pictures = embedded.photographs()
    assert list(pictures) == ["china", "flower"]
    for name, picture in pictures.items():
        np.testing.assert_array_equal(picture, load_sample_image(f"{name}.jpg"))


@pytest.mark.parametrize("name", list(embedded.FILES))
def test_files_are_those_of_the_catalogue(name: str) -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in embedded.files(name)}
    assert found == dataset(name).files


def test_digest_follows_the_content(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    before = embedded.digest("digits")
    changed = tmp_path / "digits.csv.gz"
    changed.write_bytes(embedded.files("digits")[0].read_bytes()[:-1])
    monkeypatch.setattr(embedded, "files", lambda name: [changed])
    assert embedded.digest("digits") != before


def test_light_to_read() -> None:
    code = (
        "import sys; from reflop.data import embedded; embedded.digits(); embedded.photographs();"
        "assert not {'torch', 'sklearn', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_missing_package_is_a_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "find_spec", lambda name: None)
    with pytest.raises(Unavailable, match="pip install scikit-learn"):
        embedded.digits()


def test_unknown_name() -> None:
    with pytest.raises(BadParams, match="'digits'"):
        embedded.files("digit")
