"""`atelier stylize`: a photo and a painting become a picture, without bot or queue."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.files import check_output, write_file
from cli.main import missing
from cli.progress import painting_bar
from cli.sitting import Files, Sitting, opened
from config import Settings, SettingsError, load_settings
from config.logs import configure_logging
from jobs.errors import JobError, NoStyle
from jobs.events import Losses
from jobs.presets import Preset, load_presets
from jobs.recipe import Init, Recipe
from jobs.request import Wish, make_recipe
from pictures.encode import Format
from samples import STYLES

if TYPE_CHECKING:
    # It imports torch, which takes seconds: not before the inputs are known to be good.
    from engine.solo import Outcome

_FILE = click.Path(path_type=Path)
_DIGITS = 15
_TO_COME = "0" * 64
"""Stands for a picture's digest until the picture is read."""

_NO_STYLE = "Name a STYLE picture behind CONTENT, or a --preset that brings its own."


class _Whole(click.ParamType[int]):
    """A whole number; what the settings allow is the recipe's matter."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Raises BadParameter for what is no number, or one that floats cannot hold."""
        if len(str(value)) > _DIGITS:
            self.fail(f"{str(value)[:_DIGITS]}... is far too long.", param, ctx)
        return int(click.INT.convert(value, param, ctx))


@click.command()
@click.argument("content", type=_FILE)
@click.argument("styles", type=_FILE, nargs=-1, metavar="[STYLE]...")
@click.option("-o", "--output", type=_FILE, required=True, help="A .png, .jpg, .jpeg or .webp.")
@click.option("--preset", help="A preset by name; most bring a style where STYLE is left out.")
@click.option("--blend", help="How much each STYLE counts among the others, such as 2,1.")
@click.option(
    "--style-scale",
    help="How large each STYLE is seen: its long side as a part of the painting's, such as 1,0.5.",
)
@click.option(
    "--mask",
    "masks",
    type=_FILE,
    multiple=True,
    help="White where the first STYLE belongs, or a cut-out; once more for the next STYLE.",
)
@click.option("--backbone", help="The network that looks at the pictures.")
@click.option("--layers", help="Style layers, such as relu1,fire2.")
@click.option("--weights", help="A weight for each style layer, such as 5,1.")
@click.option("--content-layer", help="The layer at which the photo is kept.")
@click.option("--content-weight", type=float, help="How much the photo counts.")
@click.option("--strength", type=float, help="How much the style counts; 1 is the usual.")
@click.option("--tv", type=float, help="Smoothness.")
@click.option("--size", type=_Whole(), help="Long side of the painting in px.")
@click.option("--steps", type=_Whole(), help="Steps of the optimiser.")
@click.option("--optimizer", help="adam or lbfgs.")
@click.option("--init", default="content", help="Where to start: content, noise or a picture file.")
@click.option("--keep-colours", type=float, help="0 to 1: how much of the photo's colours stays.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="For the same noise once more.")
@click.option("--weights-dir", help="A folder with NAME.safetensors or NAME.pth.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as one JSON object.")
def stylize(
    content: Path,
    styles: tuple[Path, ...],
    masks: tuple[Path, ...],
    output: Path,
    init: str,
    preset: str | None,
    weights_dir: str | None,
    as_json: bool,
    **wishes: Any,
) -> None:
    """Paint CONTENT, a photo, in the style of STYLE, a painting; several are blended."""
    try:
        settings = _settings(weights_dir)
        chosen = None
        if preset is not None:
            chosen = load_presets(settings.presets_file, STYLES).named(preset)
        start = None if init in {Init.CONTENT, Init.NOISE} else Path(init)
        if start is not None and not start.exists():
            raise click.ClickException(
                f"There is no file {init}. --init takes content, noise or a picture file."
            )
        if not styles and chosen and chosen.picture:
            styles = (chosen.picture,)
        files = Files(content, styles, masks, start)
        # The cheap checks come first, and all of them before anything is painted.
        prefer = check_output(output, files.all)
        recipe = _recipe(settings, chosen, files, init, wishes)
        sitting = opened(recipe, files, settings)
    except NoStyle as error:
        raise click.ClickException(_NO_STYLE) from error
    except (SettingsError, JobError) as error:
        raise click.ClickException(str(error)) from error
    outcome = _paint(sitting, settings, prefer)
    write_file(output, outcome.encoded.data)
    if outcome.note:
        click.echo(outcome.note, err=True)
    click.echo(json.dumps(_report(outcome, output), indent=2) if as_json else output)


def _settings(weights_dir: str | None) -> Settings:
    if weights_dir is not None and not Path(weights_dir).is_dir():
        raise click.ClickException(
            f"There is no folder {weights_dir}. Name one with weights, or leave --weights-dir out."
        )
    settings = load_settings(engine={"weights_dir": weights_dir} if weights_dir else {})
    # Somebody looks at a progress bar here; what goes as it should is no news.
    level = settings.log.level if settings.log.level in {"debug", "error"} else "warning"
    configure_logging(settings.log.model_copy(update={"level": level}))
    # What members may ask for together is no limit to who has the machine to themselves.
    bounds = settings.bounds.model_copy(update={"size": settings.bounds.stylize_size})
    return settings.model_copy(update={"bounds": bounds})


def _recipe(
    settings: Settings,
    preset: Preset | None,
    files: Files,
    init: str,
    wishes: dict[str, Any],
) -> Recipe:
    """The recipe, with digests that are still to come. Raises BadRequest."""
    from_picture = init not in {Init.CONTENT, Init.NOISE}
    wish = Wish(
        preset=preset,
        init=Init.PICTURE if from_picture else Init(init),
        init_digest=_TO_COME if from_picture else None,
        styles=[_TO_COME for _ in files.styles],
        masks=[_TO_COME for _ in files.masks],
        **wishes,
    )
    return make_recipe(wish, settings)


def _paint(sitting: Sitting, settings: Settings, prefer: Format) -> "Outcome":
    try:
        from engine.errors import EngineError
        from engine.solo import paint
    except ModuleNotFoundError as error:
        raise click.ClickException(missing("stylize", error.name or "torch")) from error
    try:
        with painting_bar() as bar:
            return paint(
                sitting.recipe,
                sitting.content,
                sitting.styles,
                settings,
                bar.show,
                init=sitting.init,
                masks=sitting.masks,
                prefer=prefer,
            )
    except EngineError as error:
        raise click.ClickException(str(error)) from error


def _report(outcome: "Outcome", output: Path) -> dict[str, Any]:
    """What `--json` prints; each loss is given with its weight."""
    return {
        "output": str(output),
        "seconds": round(outcome.seconds, 3),
        "steps": outcome.recipe.steps,
        "losses": _losses(outcome.losses),
        "initial_losses": _losses(outcome.initial_losses),
        "backbone": outcome.backbone,
        "weights": {"source": outcome.weights.source, "sha256": outcome.weights.sha256},
        "device": outcome.device,
        "size": [outcome.encoded.width, outcome.encoded.height],
        "recipe": outcome.recipe.model_dump(mode="json"),
    }


def _losses(losses: Losses) -> dict[str, float]:
    return {**losses.model_dump(), "total": losses.total}
