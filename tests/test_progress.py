import pytest

from reflop import progress


def test_items_come_through_in_order() -> None:
    assert list(progress.track(iter("abc"), "letters", total=3)) == ["a", "b", "c"]


def test_log_gets_a_plain_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter(range(0, 1000, 4))  # four seconds an item
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    assert len(list(progress.track([0] * 7, "images"))) == 7
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == ["images: 2/7 after 12 s", "images: 5/7 after 24 s"]


def test_unknown_length_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    clock = iter((0.0, 11.0))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    list(progress.track(iter("a"), "pages"))
    assert capsys.readouterr().err == "pages: 0/? after 11 s\n"


def test_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
    assert list(progress.track([1, 2], "clips")) == [1, 2]
    assert capsys.readouterr().out == ""
