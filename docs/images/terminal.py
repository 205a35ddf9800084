"""Terminal output as SVG: real output with its colors, as a still, or as scenes that follow each other."""

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.style import Style
from rich.text import Text

COLUMNS = 100
"""What crreg writes to a pipe."""
_FONT = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace'
_SIZE, _ADVANCE, _LEADING, _MARGIN, _BAR = 13.0, 7.8, 18.0, 16.0, 34.0
_COLORS = {1: "#ff7b72", 2: "#3fb950", 3: "#d29922", 4: "#58a6ff", 6: "#39c5cf"}
"""By the number of the color: red, green, yellow, blue, cyan."""
_DIM = "#8b949e"
_CONSOLE = Console(width=COLUMNS, force_terminal=True, color_system="standard", _environ={})


@dataclass(frozen=True, slots=True)
class Scene:
    """What a terminal shows for some time: a command and its output."""

    command: str
    output: str
    """With escapes for colors."""
    seconds: float = 5.0

    @property
    def lines(self) -> list[str]:
        """The prompt with the command, and the output."""
        return [f"\x1b[32m$\x1b[0m \x1b[1m{self.command}\x1b[0m", *self.output.rstrip("\n").split("\n")]


def recording(scenes: Sequence[Scene], title: str) -> str:
    """Draw scenes that follow each other and begin again; readers who want no motion see the first."""
    total = sum(scene.seconds for scene in scenes)
    height = max(len(scene.lines) for scene in scenes)
    rules, groups, begin = [], [], 0.0
    for number, scene in enumerate(scenes):
        first, last = 100 * begin / total, 100 * (begin + scene.seconds) / total
        begin += scene.seconds
        before = "" if number == 0 else f"0%{{opacity:0}}{first:.2f}%{{opacity:1}}"
        after = "" if number == len(scenes) - 1 else f"{last:.2f}%{{opacity:0}}"
        shown = "0%{opacity:1}" if number == 0 else ""
        rules.append(f"@keyframes s{number}{{{shown}{before}{after}}}")
        rules.append(
            f".s{number}{{opacity:{int(number == 0)};animation:s{number} {total:g}s step-end infinite}}"
        )
        groups.append(f'<g class="s{number}">{"".join(_drawn(map(Text.from_ansi, scene.lines)))}</g>')
    rules.append("@media (prefers-reduced-motion:reduce){g{animation:none!important}}")
    return _window(title, height, "".join(groups), "".join(rules))


def still(lines: Sequence[str], title: str) -> str:
    """Draw lines that stay; those that are too long go on in the next row, as in a terminal."""
    rows = [row for line in lines for row in _folded(line)]
    return _window(title, len(rows), "".join(_drawn(rows)), "")


def _folded(line: str) -> Sequence[Text]:
    text = Text.from_ansi(line)
    cuts = range(COLUMNS, text.cell_len, COLUMNS)
    return list(text.divide(cuts)) if text.plain else [text]


def _drawn(rows: Iterable[Text]) -> Iterator[str]:
    for number, text in enumerate(rows):
        text.rstrip()
        if not text.plain:
            continue
        spans = "".join(
            f"<tspan{_attributes(segment.style)}>{html.escape(segment.text, quote=False)}</tspan>"
            for segment in text.render(_CONSOLE)
            if segment.text.strip("\n")
        )
        y = _BAR + _MARGIN + number * _LEADING
        # A font of another width is stretched, so that the columns stay below each other.
        yield f'<text x="{_MARGIN:g}" y="{y:g}" textLength="{text.cell_len * _ADVANCE:g}">{spans}</text>'


def _attributes(style: Style | None) -> str:
    if style is None:
        return ""
    number = style.color.number if style.color is not None else None
    color = _COLORS.get(number or 0, _DIM if style.dim else "")
    parts = (
        f' fill="{color}"' if color else "",
        ' font-weight="bold"' if style.bold else "",
        ' text-decoration="underline"' if style.underline else "",
    )
    return "".join(parts)


def _window(title: str, lines: int, body: str, rules: str) -> str:
    width = COLUMNS * _ADVANCE + 2 * _MARGIN
    height = _BAR + lines * _LEADING + _MARGIN
    style = f"text{{font:{_SIZE:g}px {_FONT};fill:#e6edf3;white-space:pre}}.t{{fill:{_DIM};text-anchor:middle}}{rules}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img"><title>{html.escape(title)}</title><style>{style}</style>'
        f'<rect x=".5" y=".5" width="{width - 1:g}" height="{height - 1:g}" rx="8" fill="#0d1117" stroke="#30363d"/>'
        f'<text class="t" x="{width / 2:g}" y="21">{html.escape(title)}</text>{body}</svg>\n'
    )
