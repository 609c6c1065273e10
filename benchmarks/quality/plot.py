"""The frontier as a picture: style against content, a line a method, a point a strength."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from benchmarks.quality.curves import Point

_COLOURS = ("#c0392b", "#2980b9", "#16a085", "#8e44ad", "#7f8c8d", "#d68910", "#2c3e50")
_SIZE, _EDGE, _FINE = (760, 520), 64, 2
_TICKS = (1, 1.5, 2, 3, 4, 5, 6, 8)


@dataclass(frozen=True)
class _Axis:
    """A logarithmic axis from `low` to `high`, from pixel `first` to `last`."""

    low: float
    high: float
    first: float
    last: float

    def at(self, value: float) -> float:
        """The pixel of a value."""
        part = math.log(value / self.low) / math.log(self.high / self.low)
        return self.first + part * (self.last - self.first)

    @property
    def ticks(self) -> list[float]:
        """Round numbers on it."""
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        every = (tick * 10.0**decade for decade in decades for tick in _TICKS)
        return [tick for tick in every if self.low <= tick <= self.high]


def frontier(
    curves: Mapping[str, Sequence[Point]], title: str, across: str, label: str
) -> Image.Image:
    """Style upwards over the field `across`, both logarithmic; nearer to the corner is better."""
    width, height = (side * _FINE for side in _SIZE)
    edge = _EDGE * _FINE
    points = [point for line in curves.values() for point in line]
    x = _axis([getattr(point, across) for point in points], edge, width - edge // 2)
    y = _axis([point.style for point in points], height - edge, edge)
    page = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(page)
    _grid(draw, x, y, title, label)
    for line, colour in zip(curves.values(), _COLOURS, strict=False):
        spots = [(x.at(getattr(point, across)), y.at(point.style)) for point in line]
        draw.line(spots, fill=colour, width=2 * _FINE)
        for (left, top), point in zip(spots, line, strict=True):
            radius = 3 * _FINE
            draw.ellipse((left - radius, top - radius, left + radius, top + radius), fill=colour)
            draw.text((left + 4 * _FINE, top), f"{point.strength:g}", fill=colour, font=_font(10))
    _legend(draw, list(curves), width - edge // 2)
    return page.resize(_SIZE, Image.Resampling.LANCZOS)


def _axis(values: Sequence[float], first: float, last: float) -> _Axis:
    return _Axis(min(values) / 1.15, max(values) * 1.15, first, last)


def _grid(draw: ImageDraw.ImageDraw, x: _Axis, y: _Axis, title: str, label: str) -> None:
    for tick in x.ticks:
        draw.line((x.at(tick), y.first, x.at(tick), y.last), fill="#e4e4e4", width=_FINE)
        where = (x.at(tick), y.first + 4 * _FINE)
        draw.text(where, f"{tick:g}", fill="black", font=_font(11), anchor="mt")
    for tick in y.ticks:
        draw.line((x.first, y.at(tick), x.last, y.at(tick)), fill="#e4e4e4", width=_FINE)
        where = (x.first - 6 * _FINE, y.at(tick))
        draw.text(where, f"{tick:g}", fill="black", font=_font(11), anchor="rm")
    middle = (x.first + x.last) / 2
    draw.text((middle, 14 * _FINE), title, fill="black", font=_font(14), anchor="mt")
    below = (middle, y.first + 26 * _FINE)
    draw.text(below, f"{label} (less is better)", fill="black", font=_font(12), anchor="mt")
    above = (x.first, y.last - 8 * _FINE)
    draw.text(above, "style (less is better)", fill="black", font=_font(12), anchor="lb")


def _legend(draw: ImageDraw.ImageDraw, names: Sequence[str], right: float) -> None:
    for row, (name, colour) in enumerate(zip(names, _COLOURS, strict=False)):
        where = (right - 6 * _FINE, (_EDGE + 8 + 17 * row) * _FINE)
        draw.text(where, name, fill=colour, font=_font(12), anchor="rt")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * _FINE)
