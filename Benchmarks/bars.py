"""Horizontal bars as SVG, in the looks of the other plots."""

from collections.abc import Sequence
from html import escape

from .plots import COLOURS, STYLE, WIDTH, logarithmic_share, ticks

_LEFT, _RIGHT, _TOP, _STEP, _THICKNESS = 150, 90, 40, 30, 18


def bars(title: str, unit: str, values: Sequence[tuple[str, float]]) -> str:
    """A whole SVG document with one bar a value, on a scale of powers."""
    if not values:
        raise ValueError("there is nothing to plot")
    least, most = 1.0, max(max(value for _, value in values), 2.0)
    marks = ticks(least, most, is_logarithmic=True)
    right, bottom = WIDTH - _RIGHT, _TOP + _STEP * len(values)

    def place(value: float) -> float:
        return _LEFT + logarithmic_share(value, marks[0], marks[-1]) * (right - _LEFT)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 56}" role="img" '
        f'aria-label="{escape(title)}">',
        f"<style>{STYLE}</style>",
        f'<text class="title" x="{_LEFT}" y="22">{escape(title)}</text>',
    ]
    for mark in marks:
        x = place(mark)
        parts.append(f'<path class="grid" d="M{x:.1f},{_TOP}V{bottom}"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{mark:g}</text>')
    for index, (name, value) in enumerate(values):
        y = _TOP + _STEP * index + (_STEP - _THICKNESS) / 2
        end = place(value)
        width, colour = max(end - _LEFT, 1), COLOURS[index % len(COLOURS)]
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_THICKNESS}" fill="{colour}"/>')
        parts.append(f'<text x="{max(end, _LEFT) + 8:.1f}" y="{y + 13}">{value:.3g}</text>')
    parts.append(f'<path class="axis" d="M{_LEFT},{_TOP}V{bottom}H{right}"/>')
    parts.append(f'<text x="{(_LEFT + right) / 2}" y="{bottom + 42}" text-anchor="middle">{escape(unit)}</text>')
    return "\n".join([*parts, "</svg>", ""])
