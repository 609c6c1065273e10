"""What /help and /presets say."""

from config import Settings
from jobs.layers import layers_of
from jobs.presets import Presets

_MOST_CHARACTERS = 2000
"""In one message of Discord's."""


def help_text(settings: Settings) -> str:
    """How to get a picture, in the length of one message."""
    layers = layers_of(settings.engine.backbone)
    size, steps = settings.bounds.size, settings.bounds.steps
    megabytes = settings.pictures.max_bytes // (1 << 20)
    most = settings.queue.waiting_per_member
    return (
        "**I paint your photo in the style of a painting.**\n"
        "1. Type `/stylize`, attach a photo as `content` and a painting as `style`, or choose a "
        "`preset` in place of the painting.\n"
        "2. One message shows your place in line, then the painting as it grows, then the "
        "picture. The button under it stops it; `/queue` shows the whole line.\n"
        "3. React to a finished picture with a preset's emoji, or use the menu under it, and the "
        "same photo is painted again. `/presets` lists them; `/sheet` shows your photo in all of "
        "them at once, small, to choose from.\n\n"
        "**If you want more say**\n"
        "• `strength`: 1 is balanced, 3 is all painting, 0.3 is nearly the photo.\n"
        f"• `size` {size[0]} to {size[1]} px, `steps` {steps[0]} to {steps[1]}: larger and more "
        "take longer.\n"
        "• `keep_colours`: 0 takes the painting's colours, 1 keeps the photo's.\n"
        f"• `layers` and `weights`: which details of the style count. From fine grain to large "
        f"shapes: {', '.join(layers)}. Example: layers `{layers[0]}, {layers[2]}`, weights "
        "`5, 1`.\n\n"
        f"I take JPEG, PNG, WebP, GIF, BMP, TIFF and AVIF up to {megabytes} MB. You may have "
        f"{most} picture{'s' if most > 1 else ''} in line at a time, and everyone's first "
        "picture comes before anyone's second."
    )


def presets_text(presets: Presets) -> str:
    """All presets, a line each, cut to one message."""
    lines = [
        "**Presets**: pick one in `/stylize`, or react with its emoji to a finished picture. "
        "`/sheet` shows your photo in all that bring a picture."
    ]
    for preset in presets.all:
        own = "" if preset.picture else " *(bring a style picture)*"
        lines.append(f"{preset.emoji} **{preset.title}** · {preset.line}{own}")
    text = "\n".join(lines)
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"
