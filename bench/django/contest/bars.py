"""Horizontal bars in groups, as SVG: one panel with a scale of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from contest.figures import Spread

WIDTH = 860
LEFT = 250
RIGHT = 190
BAR = 15
STEP = 19
GAP = 12
HEAD = 62

INK, FAINT, GRID = "#1f2933", "#627080", "#e4e8ec"


@dataclass(frozen=True)
class Panel:
    """Bars of spreads: as long as the middle, with a line from the lower to the upper quartile."""

    title: str
    unit: str
    digits: int
    groups: Sequence[tuple[str, Mapping[str, Spread]]]
    colours: Mapping[str, str]

    @property
    def height(self) -> int:
        return HEAD + sum(STEP * len(bars) + GAP for _, bars in self.groups) + GAP

    def drawn(self, top: int) -> str:
        """The panel, so far from the top of the picture."""
        parts = [
            text(24, top + 28, self.title, size=17, weight=600),
            *self._grid(top),
        ]
        y = top + HEAD
        for label, bars in self.groups:
            middle = y + STEP * len(bars) / 2
            parts.append(text(LEFT - 14, middle, label, anchor="end"))
            for name, spread in bars.items():
                parts += self._bar(y, name, spread)
                y += STEP
            y += GAP
        return "\n".join(parts)

    def _bar(self, y: int, name: str, spread: Spread) -> list[str]:
        low, middle, high = (self._x(number) for number in (spread.low, spread.middle, spread.high))
        line = y + BAR / 2
        label = f"{name}  {max(spread.middle, 0):,.{self.digits}f}"
        width = max(middle - LEFT, 1)
        size = f'x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2"'
        ends = "".join(f"M{end:.1f} {line - 3}v6" for end in (low, high))
        whisker = f"M{low:.1f} {line}H{high:.1f}{ends}"
        return [
            f'<rect {size} fill="{self.colours[name]}"/>',
            f'<path d="{whisker}" stroke="{INK}" stroke-opacity=".65" fill="none"/>',
            text(max(middle, high) + 7, line, label, size=12),
        ]

    def _grid(self, top: int) -> list[str]:
        parts = []
        step = nice_step(self._largest)
        bottom = top + self.height - GAP
        for number in range(int(self._largest / step) + 1):
            x = self._x(number * step)
            parts.append(f'<path d="M{x:.1f} {top + HEAD - 8}V{bottom}" stroke="{GRID}"/>')
            label = f"{number * step:,g}" + (f" {self.unit}" if number == 0 else "")
            parts.append(text(x, top + HEAD - 16, label, size=11, anchor="middle", colour=FAINT))
        return parts

    @property
    def _largest(self) -> float:
        spreads = [spread for _, bars in self.groups for spread in bars.values()]
        return max(max(spread.high, spread.middle) for spread in spreads) or 1.0

    def _x(self, number: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * max(number, 0) / self._largest


def nice_step(largest: float) -> float:
    """The distance of about five round numbers up to ``largest``."""
    power = 1.0
    while power * 10 <= largest:
        power *= 10
    while power > largest:
        power /= 10
    return next(power * part for part in (0.2, 0.5, 1, 2, 5) if largest / (power * part) <= 6)


def text(
    x: float,
    y: float,
    words: str,
    size: int = 13,
    anchor: str = "start",
    colour: str = INK,
    weight: int = 400,
) -> str:
    """Words whose middle is as high as ``y``."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{colour}" '
        f'text-anchor="{anchor}" dominant-baseline="central" xml:space="preserve">'
        f"{escape(words)}</text>"
    )


def picture(description: str, panels: Sequence[Panel]) -> str:
    """An SVG with one panel below the other."""
    height = sum(panel.height for panel in panels) + GAP
    parts, top = [], 0
    for panel in panels:
        parts.append(panel.drawn(top))
        top += panel.height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif">\n'
        f"<title>{escape(description)}</title>\n"
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#ffffff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )
