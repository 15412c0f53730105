"""Draw the icons of every platform from ``resources/icons/vae-desktop.svg``: ``python tools/icons.py``."""

import io
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

ICONS = Path(__file__).resolve().parents[1] / "resources" / "icons"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)


def render(source: Path, size: int) -> Image.Image:
    """Draw the SVG at `size` × `size` pixels on transparent ground."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(source)).render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return Image.open(io.BytesIO(buffer.data().data()))


def main() -> None:
    """Write the PNGs, the ``.ico`` of Windows and the ``.icns`` of macOS."""
    pictures = {size: render(ICONS / "vae-desktop.svg", size) for size in SIZES}
    for size, picture in pictures.items():
        name = "vae-desktop.png" if size == 256 else f"vae-desktop-{size}.png"
        picture.save(ICONS / name, optimize=True)
    windows = [pictures[size] for size in SIZES if size <= 256]
    windows[-1].save(ICONS / "vae-desktop.ico", append_images=windows[:-1], sizes=[p.size for p in windows])
    pictures[512].save(ICONS / "vae-desktop.icns", append_images=[pictures[s] for s in (32, 64, 128, 256)])


if __name__ == "__main__":
    main()
