"""Faults 32 and 33: what is no video, has no frame, or promises what it does not hold."""

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from reflop.data import noscope
from reflop.errors import BadFile


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (64, 48))
    for shade in range(20):
        writer.write(np.full((48, 64, 3), 10 * shade, np.uint8))
    writer.release()
    return path


@pytest.mark.parametrize("content", [b"", b"not a video\n" * 1000, b"RIFF\0\0\0\0AVI LIST"])
def test_fault_32_what_is_no_video_is_one_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "clip.avi"
    path.write_bytes(content)
    with pytest.raises(BadFile, match="expected a video, found no frame that can be read"):
        noscope.frames(path, tmp_path / "frames")
    assert not (tmp_path / "frames").exists()


def test_fault_32_a_video_without_a_frame(video: Path, tmp_path: Path) -> None:
    video.write_bytes(video.read_bytes().partition(b"movi")[0])
    with pytest.raises(BadFile):
        noscope.frames(video, tmp_path / "frames")
    assert not (tmp_path / "frames").exists()


def test_fault_33_a_billion_frames_are_not_waited_for(video: Path, tmp_path: Path) -> None:
    content = bytearray(video.read_bytes())
    for place in (content.index(b"avih") + 8 + 16, content.index(b"strh") + 8 + 32):
        struct.pack_into("<I", content, place, 10**9)
    video.write_bytes(content)
    with pytest.raises(
        BadFile, match="expected 1,000,000,000 frames, found 20 that can be read; try: --end 20"
    ):
        noscope.frames(video, tmp_path / "frames")
    assert not (tmp_path / "frames").exists()
    assert noscope.frames(video, tmp_path / "frames", end=20) == 20


def test_fault_33_frames_too_large_are_not_decoded(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noscope, "PIXEL_LIMIT", 64 * 48 - 1)
    with pytest.raises(BadFile, match="at most 3,071 pixels, found 64 x 48"):
        noscope.frames(video, tmp_path / "frames")
