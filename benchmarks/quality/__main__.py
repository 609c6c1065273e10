"""Paints every photo in every style with one network and prints what another says of it.

python -m benchmarks.quality --contents photos/ --styles paintings/ --backbone squeezenet1_0
"""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.quality.pairs import Row, paint
from benchmarks.quality.sheet import contact_sheet
from config.settings import load_settings
from engine.backbones import load_backbone
from engine.runner import pick_device

CRITICS = {"vgg19_original": "squeezenet1_0"}
"""Who judges whom; all others are judged by vgg19_original."""


def main() -> None:
    """Paint, print the table, write `BACKBONE-SIZE.png` and the paintings to the folder."""
    wanted = _arguments()
    changes = {"weights_dir": wanted.weights_dir} if wanted.weights_dir else {}
    settings = load_settings(engine=changes)
    device = pick_device(settings.engine)
    painter = load_backbone(wanted.backbone, settings.engine, device)
    critic = load_backbone(CRITICS.get(painter.name, "vgg19_original"), settings.engine, device)
    if critic.name == painter.name:
        raise SystemExit(f"{painter.name} cannot judge itself: give --weights-dir.")
    contents, styles = _pictures(wanted.contents), _pictures(wanted.styles)
    wanted.output.mkdir(parents=True, exist_ok=True)
    rows = []
    for content in contents:
        for style in styles:
            row = paint(content, style, painter, critic, settings, wanted.size)
            name = f"{painter.name}-{wanted.size}-{row.content}-{row.style}.png"
            row.painting.save(wanted.output / name)
            rows.append(row)
    paintings = {(row.content, row.style): row.painting for row in rows}
    sheet = wanted.output / f"{painter.name}-{wanted.size}.png"
    contact_sheet(contents, styles, paintings).save(sheet)
    console = Console()
    console.print(_table(rows, f"{painter.name} at {wanted.size} px, judged by {critic.name}"))
    console.print(f"{sheet}, on {device.name}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("--contents", type=Path, nargs="+", required=True)
    parser.add_argument("--styles", type=Path, nargs="+", required=True)
    parser.add_argument("--backbone", default="squeezenet1_0")
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--weights-dir", default="")
    parser.add_argument("--output", type=Path, default=Path("bench/quality"))
    return parser.parse_args()


def _pictures(paths: list[Path]) -> list[Path]:
    """The files named, and those in the folders named."""
    found: list[Path] = []
    for path in paths:
        found += sorted(path.iterdir()) if path.is_dir() else [path]
    return [path for path in found if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"}]


def _table(rows: list[Row], title: str) -> Table:
    table = Table("content", "style", "style left", "style", "content loss", "s", "CPU s")
    table.title = title
    for row in rows:
        verdict = row.verdict
        numbers = (verdict.style_ratio, verdict.style, verdict.content)
        seconds = (row.seconds, row.cpu_seconds)
        table.add_row(
            row.content,
            row.style,
            *(f"{number:.3f}" for number in numbers),
            *(f"{number:.0f}" for number in seconds),
        )
    worst = max(row.verdict.style_ratio for row in rows), max(row.verdict.content for row in rows)
    table.add_section()
    table.add_row("worst", "", f"{worst[0]:.3f}", "", f"{worst[1]:.3f}", "", "")
    return table


if __name__ == "__main__":
    main()
