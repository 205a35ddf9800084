"""The picture of a triple: three secrets, three levels, two stores, which one wins, and what crreg can see."""

from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 880, 460
_PARTS = ("SERVER", "USER", "PASSWORD")
_LEVELS = (
    ("user", "for repositories you select", ("none", "none", "none")),
    ("repository", "for this repository", ("none", "none", "taken")),
    ("organization", "for all, private or selected ones", ("taken", "taken", "hidden")),
)
"""In the order in which a codespace takes them, each with an example. GitHub documents repository before organization
only."""
_COLUMNS = (318, 386, 458)


@dataclass(frozen=True, slots=True)
class Theme:
    """The colors of one picture."""

    text: str
    faint: str
    line: str
    card: str
    good: str
    seen: str


LIGHT = Theme("#1f2328", "#59636e", "#d1d9e0", "#f6f8fa", "#1a7f37", "#0969da")
DARK = Theme("#e6edf3", "#9198a1", "#3d444d", "#151b23", "#3fb950", "#4493f8")


def levels(theme: Theme) -> str:
    """Draw it in these colors, on whatever the page has as a background."""
    body = [
        _text(20, 30, "A triple", theme.text, weight="bold", size=17),
        _text(100, 30, "ACR_CONTAINER_REGISTRY_", theme.faint, mono=True, size=14),
        *(_part(306 + 112 * number, part, theme) for number, part in enumerate(_PARTS)),
        _card(20, 58, 500, 300, theme),
        _text(40, 88, "Codespaces secrets", theme.text, weight="bold"),
        _text(192, 88, "what a codespace logs in with", theme.faint, size=13),
        *(
            _text(x, 106, part, theme.faint, anchor="middle", size=11)
            for x, part in zip(_COLUMNS, _PARTS, strict=True)
        ),
        *(line for number, level in enumerate(_LEVELS) for line in _level(number, *level, theme)),
        _text(
            40,
            336,
            "Green: taken from the first level that has it (user first: assumed).",
            theme.good,
            size=13,
        ),
        _card(540, 58, 320, 300, theme),
        _text(560, 88, "Actions", theme.text, weight="bold"),
        _text(840, 88, "what workflows read", theme.faint, anchor="end", size=13),
        *_actions(theme),
        *_sight(theme),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" role="img"><title>Where the three secrets of a triple are, and what crreg sees</title>'
        "<style>text{font-family:-apple-system,BlinkMacSystemFont,'Segoe UI','Noto Sans',Helvetica,Arial,sans-serif}"
        "text.m{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace}</style>"
        f"{''.join(body)}</svg>\n"
    )


def _level(number: int, name: str, what: str, parts: tuple[str, ...], theme: Theme) -> list[str]:
    y = 114 + 66 * number
    return [
        f'<rect x="40" y="{y}" width="460" height="54" rx="6" fill="none" stroke="{theme.line}"/>',
        _text(56, y + 23, f"{number + 1}. {name}", theme.text, weight="bold"),
        _text(56, y + 43, what, theme.faint, size=13),
        *(_dot(x, y + 27, state, theme) for x, state in zip(_COLUMNS, parts, strict=True)),
    ]


def _actions(theme: Theme) -> list[str]:
    rows = (("SERVER", "variable"), ("USER", "variable"), ("PASSWORD", "secret"))
    lines = [
        line
        for number, (part, kind) in enumerate(rows)
        for line in (
            f'<rect x="560" y="{104 + 48 * number}" width="280" height="38" rx="6" fill="none" stroke="{theme.line}"/>',
            _text(576, 128 + 48 * number, part, theme.text, mono=True, size=13),
            _text(824, 128 + 48 * number, kind, theme.faint, anchor="end", size=13),
        )
    ]
    return [
        *lines,
        _text(560, 274, "A separate store: GitHub copies nothing to it.", theme.faint, size=12),
        _text(560, 294, "The runner hides every value of a secret, so only", theme.faint, size=12),
        _text(560, 312, "PASSWORD is one.", theme.faint, size=12),
        _text(560, 336, "crreg ensure copies Actions to Codespaces.", theme.good, size=13),
    ]


def _sight(theme: Theme) -> list[str]:
    return [
        _text(20, 400, "What crreg sees", theme.seen, weight="bold"),
        _text(
            20,
            424,
            "names, dates and readers of all secrets, with a token that may list them",
            theme.text,
            size=14,
        ),
        _text(
            20,
            446,
            "values only in its own environment: GitHub never shows a stored one",
            theme.text,
            size=14,
        ),
        f'<path d="M20 376H860" stroke="{theme.seen}" stroke-dasharray="4 4"/>',
    ]


def _part(x: int, name: str, theme: Theme) -> str:
    box = f'<rect x="{x}" y="13" width="102" height="25" rx="12" fill="{theme.card}" stroke="{theme.line}"/>'
    return box + _text(x + 51, 30, name, theme.text, anchor="middle", mono=True, size=13)


def _dot(x: int, y: int, state: str, theme: Theme) -> str:
    """Draw a part at a level: taken by the codespace, hidden by a level before this one, or not stored."""
    paint = {
        "taken": f'fill="{theme.good}" stroke="{theme.good}"',
        "hidden": f'fill="{theme.line}" stroke="{theme.faint}"',
        "none": f'fill="none" stroke="{theme.faint}" stroke-dasharray="3 3"',
    }
    return f'<circle cx="{x}" cy="{y}" r="8" {paint[state]}/>'


def _card(x: int, y: int, width: int, height: int, theme: Theme) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8" fill="{theme.card}" '
        f'stroke="{theme.line}"/>'
    )


def _text(
    x: int,
    y: int,
    text: str,
    fill: str,
    *,
    weight: str = "normal",
    size: int = 15,
    anchor: str = "start",
    mono: bool = False,
) -> str:
    kind = ' class="m"' if mono else ""
    return (
        f'<text{kind} x="{x}" y="{y}" fill="{fill}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )
