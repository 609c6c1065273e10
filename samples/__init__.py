"""Sample pictures: photographs to paint, and the style pictures of the presets.

Where each comes from is in `CREDITS.md`; `python -m samples.draw_styles` draws the styles again.
"""

from pathlib import Path
from typing import Final

PHOTOS: Final = Path(__file__).parent / "photos"
STYLES: Final = Path(__file__).parent / "styles"

__all__ = ["PHOTOS", "STYLES"]
