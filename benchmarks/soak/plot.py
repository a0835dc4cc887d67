"""Small multiples of what was sampled, as one SVG that needs nothing else."""

from collections.abc import Mapping
from html import escape

from benchmarks.soak.trend import WARM_UP, Series, Verdict

_WIDTH, _HEIGHT, _COLUMNS = 300, 120, 3
_LEFT, _TOP, _PLOT_W, _PLOT_H = 12, 40, 276, 62
_STYLE = """
    text { font: 11px system-ui, sans-serif; fill: #222; }
    .name { font-weight: 600; font-size: 12px; } .said { fill: #666; }
    .line { fill: none; stroke: #2f6fdf; stroke-width: 1.2; } .grows .line { stroke: #c8321e; }
    .frame { fill: #fafafa; stroke: #ddd; } .warming { fill: #eee; }
"""


def svg(series: Mapping[str, Series], verdicts: Mapping[str, Verdict]) -> str:
    """Each series against time, the warming up in grey; what grows is red."""
    rows = -(-len(series) // _COLUMNS)
    size = f'width="{_COLUMNS * _WIDTH}" height="{rows * _HEIGHT}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{_STYLE}</style>']
    parts.append('<rect width="100%" height="100%" fill="#fff"/>')
    for place, (name, points) in enumerate(series.items()):
        x, y = place % _COLUMNS * _WIDTH, place // _COLUMNS * _HEIGHT
        kind = "flat" if name not in verdicts or verdicts[name].flat else "grows"
        parts.append(f'<g transform="translate({x} {y})" class="{kind}">')
        parts += _panel(name, points, verdicts.get(name))
        parts.append("</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(name: str, points: Series, verdict: Verdict | None) -> list[str]:
    values = [value for _, value in points]
    least, most = min(0.0, *values), max(*values, 1e-9)
    said = f"{min(values):,.0f} to {max(values):,.0f}"
    if verdict is not None:
        said += f" {verdict.unit}, {verdict.per_h:+,.1f} an hour"
    box = f'x="{_LEFT}" y="{_TOP}" width="{_PLOT_W}" height="{_PLOT_H}"'
    warming = f'x="{_LEFT}" y="{_TOP}" width="{_PLOT_W * WARM_UP:.0f}" height="{_PLOT_H}"'
    end = points[-1][0] or 1.0
    line = " ".join(
        f"{_LEFT + at / end * _PLOT_W:.1f},"
        f"{_TOP + _PLOT_H - (value - least) / (most - least) * _PLOT_H:.1f}"
        for at, value in points
    )
    return [
        f'<text class="name" x="{_LEFT}" y="18">{escape(name.replace("_", " "))}</text>',
        f'<text class="said" x="{_LEFT}" y="33">{escape(said)}</text>',
        f'<rect class="frame" {box}/><rect class="warming" {warming}/>',
        f'<polyline class="line" points="{line}"/>',
    ]
