"""The benchmark of a GPU, so that it runs where there is one: here on the processor."""

import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from benchmarks import gpu


def arguments(monkeypatch: pytest.MonkeyPatch, *given: str) -> None:
    """The command line."""
    monkeypatch.setattr(sys, "argv", ["benchmarks.gpu", *given])


@pytest.mark.long
def test_all_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its tables, one picture, and some by an engine in a process of its own."""
    monkeypatch.setenv("ATELIER_ENGINE__DEVICE", "cpu")
    monkeypatch.setenv("ATELIER_ENGINE__THREADS", "1")
    monkeypatch.setattr(gpu, "_REPEATS", 1)
    small = ("--size", "64", "--steps", "3", "--pictures", "3", "--slots", "2", "--engines", "1")
    one = ("--backbone", "vgg19_original", "--batches", "1", "--out", str(tmp_path))
    arguments(monkeypatch, *small, *one)
    gpu.main()
    told = capfd.readouterr().out
    assert "vgg19_original, 64 px, 3 steps: one picture in" in told
    assert "3 steps; engines: 1, slots of each: 2: 3 pictures in" in told
    with Image.open(tmp_path / "vgg19_original-64.png") as picture:
        assert (64, 48) == picture.size


def test_a_processor_is_measured_only_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It would take hours."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    arguments(monkeypatch)
    with pytest.raises(SystemExit, match="no GPU here"):
        gpu.main()
