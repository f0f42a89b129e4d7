"""Plots as SVG: lines over two axes, legible on light and on dark pages, with no font of their own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 190, 40, 56

# Told apart by those who do not see all colours too (Okabe and Ito), on white and on black.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a8a8a")
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "", "7 3", "4 4")

STYLE = """
  text { font: 13px sans-serif; fill: #1f2328 }
  .title { font-weight: bold }
  .axis { stroke: #1f2328; fill: none }
  .grid { stroke: #1f2328; stroke-opacity: 0.15 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .axis { stroke: #e6edf3 }
    .grid { stroke: #e6edf3; stroke-opacity: 0.2 }
  }
"""


@dataclass(frozen=True)
class Line:
    """A series of a plot."""

    name: str
    points: Sequence[tuple[float, float]]
    is_stepped: bool = False
    """Whether each value holds until the next, as a distribution's does."""


@dataclass(frozen=True)
class Axis:
    """An axis: its title, and whether it counts in powers."""

    title: str
    is_logarithmic: bool = False
    begins_at_zero: bool = True


def ticks(least: float, most: float, is_logarithmic: bool = False, number: int = 6) -> list[float]:
    """Round numbers (1, 2 and 5 times a power of ten) from no more than `least` to no less than `most`."""
    if is_logarithmic:
        first, last = math.floor(math.log10(least)), math.ceil(math.log10(most))
        steps = [digit * 10.0**power for power in range(first, last + 1) for digit in (1, 2, 5)]
        lowest = max(step for step in steps if step <= least * (1 + 1e-9))
        highest = min(step for step in steps if step >= most * (1 - 1e-9))
        return [step for step in steps if lowest <= step <= highest]
    raw = max(most - least, 1e-9) / number
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(digit * power for digit in (1, 2, 5, 10) if digit * power >= raw * (1 - 1e-9))
    first, last = math.floor(least / step + 1e-9), math.ceil(most / step - 1e-9)
    return [round(index * step, 10) for index in range(first, max(last, first + 1) + 1)]


def linear_share(value: float, low: float, high: float) -> float:
    """How far between two values a value lies."""
    return (value - low) / (high - low) if high > low else 0.5


def logarithmic_share(value: float, low: float, high: float) -> float:
    """The same by powers; what is less than the lower one lies at it."""
    return linear_share(math.log(max(value, low)), math.log(low), math.log(high))


@dataclass(frozen=True)
class _Scale:
    """Where values lie on an axis of the drawing."""

    marks: list[float]
    start: float
    end: float
    is_logarithmic: bool

    def place(self, value: float) -> float:
        share = (logarithmic_share if self.is_logarithmic else linear_share)(value, self.marks[0], self.marks[-1])
        return self.start + share * (self.end - self.start)


def _scale(axis: Axis, values: list[float], start: float, end: float) -> _Scale:
    least, most = min(values), max(values)
    if axis.begins_at_zero and not axis.is_logarithmic:
        least = min(least, 0.0)
    return _Scale(ticks(least, most, axis.is_logarithmic), start, end, axis.is_logarithmic)


def _path(line: Line, across: _Scale, up: _Scale) -> str:
    parts = []
    for index, (x, y) in enumerate(line.points):
        here, there = f"{across.place(x):.1f}", f"{up.place(y):.1f}"
        if index == 0:
            parts.append(f"M{here},{there}")
        else:
            parts.append(f"H{here}V{there}" if line.is_stepped else f"L{here},{there}")
    return "".join(parts)


def plot(title: str, across: Axis, up: Axis, lines: Sequence[Line], marks: Sequence[float] = ()) -> str:
    """A whole SVG document.

    `marks` are where the horizontal axis has its numbers, where round ones would not do.
    """
    lines = [line for line in lines if line.points]
    if not lines:
        raise ValueError("there is nothing to plot")
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points]
    right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM
    horizontal = _scale(across, xs, _LEFT, right)
    if marks:
        horizontal = _Scale(list(marks), _LEFT, right, across.is_logarithmic)
    vertical = _scale(up, ys, bottom, _TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">',
        f"<style>{STYLE}</style>",
        f'<text class="title" x="{_LEFT}" y="22">{escape(title)}</text>',
    ]
    for mark in horizontal.marks:
        x = horizontal.place(mark)
        parts.append(f'<path class="grid" d="M{x:.1f},{_TOP}V{bottom}"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{mark:g}</text>')
    for mark in vertical.marks:
        y = vertical.place(mark)
        parts.append(f'<path class="grid" d="M{_LEFT},{y:.1f}H{right}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{mark:g}</text>')
    middle = (_TOP + bottom) / 2
    parts += [
        f'<path class="axis" d="M{_LEFT},{_TOP}V{bottom}H{right}"/>',
        f'<text x="{(_LEFT + right) / 2}" y="{HEIGHT - 14}" text-anchor="middle">{escape(across.title)}</text>',
        f'<text transform="translate(18,{middle}) rotate(-90)" text-anchor="middle">{escape(up.title)}</text>',
    ]
    for index, line in enumerate(lines):
        colour, dash = COLOURS[index % len(COLOURS)], _DASHES[index % len(_DASHES)]
        drawn = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
        y = _TOP + 10 + 22 * index
        parts.append(f'<path d="{_path(line, horizontal, vertical)}" {drawn}/>')
        parts.append(f'<path d="M{right + 16},{y}h24" {drawn}/>')
        parts.append(f'<text x="{right + 46}" y="{y + 4}">{escape(line.name)}</text>')
    return "\n".join([*parts, "</svg>", ""])
