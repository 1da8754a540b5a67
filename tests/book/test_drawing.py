import json
from pathlib import Path

import numpy as np
import pytest

from reflop.book import drawing
from reflop.book.folder import Folder
from reflop.errors import RunFailed
from reflop.figures import INK, Drawing
from reflop.record import Record
from tests.book.made import a_drawing, a_record, figures


def staged(folder: Path, records: list[Record], name: str = "one-speckle") -> dict[str, object]:
    drawing.stage(Folder(folder), name, "optical.speckle", records, "reflop execute one")
    return json.loads((folder / f"figures/{name}.json").read_text())


def test_a_figure_is_drawn_in_both_themes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures(monkeypatch, speckle=a_drawing)
    told = staged(tmp_path, [a_record()])
    drawn = {theme: (tmp_path / "figures" / str(told[theme])).read_text() for theme in ("light", "dark")}
    assert INK["light"] in drawn["light"]
    assert INK["dark"] in drawn["dark"]
    assert told["caption"] == "Contrast of 1 records\\, $|Rx|^2$\\."
    assert (told["alt"], told["width"], told["height"]) == ("The contrast is one.", 384, 288)


def test_it_is_drawn_again_only_when_its_records_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    figures(monkeypatch, speckle=lambda records: drawn.append(len(records)) or a_drawing(records))
    staged(tmp_path, [a_record()])
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.svg")}
    staged(tmp_path, [a_record()])
    assert drawn == [1, 1]  # light and dark, once
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.svg")}
    staged(tmp_path, [a_record(), a_record("smoke")])
    assert drawn == [1, 1, 2, 2]


def test_it_is_drawn_again_when_a_drawing_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures(monkeypatch, speckle=a_drawing)
    told = staged(tmp_path, [a_record()])
    (tmp_path / "figures" / str(told["dark"])).unlink()
    staged(tmp_path, [a_record()])
    assert (tmp_path / "figures" / str(told["dark"])).is_file()


def test_equal_records_give_equal_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures(monkeypatch, speckle=a_drawing)
    for place in ("a", "b"):
        staged(tmp_path / place, [a_record()])
    assert (tmp_path / "a/figures/one-speckle-dark.svg").read_bytes() == (
        tmp_path / "b/figures/one-speckle-dark.svg"
    ).read_bytes()


def test_a_dense_figure_is_shown_as_png(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dense(records: list[Record]) -> Drawing:
        drawn = a_drawing(records)
        rng = np.random.default_rng(0)
        drawn.figure.axes[0].plot(*rng.random((2, 20_000)), ".")
        return drawn

    figures(monkeypatch, speckle=dense)
    told = staged(tmp_path, [a_record()])
    assert (told["light"], told["dark"]) == ("one-speckle-light.png", "one-speckle-dark.png")
    assert (tmp_path / "figures/one-speckle-light.svg").stat().st_size > drawing.SVG_LIMIT_BYTES
    assert not (tmp_path / "figures/one-speckle-dark.svg").exists()


@pytest.mark.parametrize(
    "records", [[], [a_record(status="skipped", reason="no optical processor", metrics={})]]
)
def test_nothing_to_draw_is_a_placeholder(tmp_path: Path, monkeypatch, records: list[Record]) -> None:
    figures(monkeypatch)
    told = staged(tmp_path, records)
    assert "Not run" in str(told["alt"])
    assert "`reflop execute one`" in str(told["caption"])
    assert (records[0].reason if records else "no record") in str(told["alt"])


def test_a_figure_that_breaks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(records: list[Record]) -> Drawing:
        return {}["column"]

    figures(monkeypatch, speckle=broken)
    with pytest.raises(RunFailed, match=r"figure optical\.speckle: found KeyError: 'column'"):
        staged(tmp_path, [a_record()])
