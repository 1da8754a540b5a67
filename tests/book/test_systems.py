from pathlib import Path

import pytest

from reflop import catalog
from reflop.book import systems
from reflop.book.folder import Folder
from reflop.published import Published, Verdict
from reflop.record import Metric
from tests.book.made import a_record

ROW = Published(
    "optical.speckle", "speckle_contrast", "the contrast is <one>", 1.0, "", 0.02, "absolute", "law"
)


def verdicts(*words: str) -> list[Verdict]:
    return [Verdict(ROW, None, word) for word in words]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ((), "not run"),
        (("not run", "not comparable"), "not comparable"),
        (("reproduced", "reproduced", "not run"), "reproduced"),
        (("reproduced", "not reproduced"), "partly"),
        (("partly",), "partly"),
        (("not reproduced", "not comparable"), "not reproduced"),
    ],
)
def test_one_word_for_a_system(found: tuple[str, ...], told: str) -> None:
    assert systems.overall(verdicts(*found)) == told


def test_the_sentence_counts() -> None:
    told = systems.why(verdicts("not run", "reproduced", "reproduced"))
    assert told == "3 published values: 2 reproduced, 1 not run."


def test_the_table_sets_ours_beside_the_paper(tmp_path: Path) -> None:
    record = a_record(metrics={"speckle_contrast": Metric(1.004, "", 0.99, 1.02, 5)})
    text = systems.beside(
        Folder(tmp_path), [Verdict(ROW, record, "reproduced"), Verdict(ROW, None, "not run")]
    )
    for told in (
        "the contrast is \\<one\\>",
        "1 ± 0\\.02",
        "1\\.00 \\[0\\.99\\, 1\\.02\\]",
        record.id,
        "difference \\+0\\.00",
    ):
        assert told in text, told


def test_every_system_gets_its_pieces(tmp_path: Path) -> None:
    systems.stage(Folder(tmp_path), [a_record()])
    names = {path.name for path in tmp_path.glob("*.md")}
    pieces = {
        f"{piece}-{system}.md" for piece in ("verdict", "published", "cost") for system in catalog.SYSTEMS
    }
    assert names == {"published.md", *pieces}
    assert "1.5 s" in (tmp_path / "cost-optical.md").read_text()
