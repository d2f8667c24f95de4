"""Digits and letters of fonts that were made from somebody's handwriting, for `train_reader.py`.

People all over the world write a 1, a 4 or a 9 in ways of their own, and hundreds drew theirs for a
font: among them the model hands of schools in 33 countries ("playwrite"). The fonts come from
npm (``@fontsource/...``), in the versions of `fonts.txt`; they are not handed on.
"""

import subprocess
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from skimage import morphology

from mnistlab import imaging

FONTS = Path(__file__).with_name("fonts.txt")  # each line: a package, its version
SHEET, SIZE = 200, 96  # pixels
HELD_BACK = 8  # every eighth font is never learnt from


def handwriting_fonts(folder: Path) -> tuple[list[Path], list[Path]]:
    """Fetch the fonts into a folder: files to learn from, and files that are held back."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for line in FONTS.read_text(encoding="utf-8").splitlines():
        name, version = line.split()
        file = folder / f"{name}-{version}.woff2"
        if not file.exists():
            command = ["npm", "pack", "--silent", f"@fontsource/{name}@{version}"]
            done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
            package = folder / done.stdout.split()[-1]
            with tarfile.open(package) as archive:
                inside = f"package/files/{name}-latin-400-normal.woff2"
                file.write_bytes(archive.extractfile(inside).read())
            package.unlink()
        files.append(file)
    return [f for k, f in enumerate(files) if k % HELD_BACK], files[::HELD_BACK]


def written(character: str, font: Path, rng: np.random.Generator) -> np.ndarray:
    """Write a character as a font has it, or its midline retraced with a pen: ink, 0 to 1.

    It is slanted, turned, narrower or wider than in the font.
    """
    shape = ImageFont.truetype(font, SIZE)
    sheet = Image.new("L", (SHEET, SHEET))
    ImageDraw.Draw(sheet).text((SHEET / 2, SHEET / 2), character, 255, shape, "mm")
    turn, slant, width = np.radians(rng.normal(0, 5)), rng.normal(0, 0.15), rng.uniform(0.75, 1.3)
    moves = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moves = moves @ [[1 / width, slant], [0, 1]]
    shift = SHEET / 2 - moves @ (SHEET / 2, SHEET / 2)
    terms = np.column_stack([moves, shift]).ravel()
    ink = np.asarray(sheet.transform(sheet.size, Image.Transform.AFFINE, terms, 2)) / 255
    if rng.random() < 0.4:
        return ink
    pen = Image.new("L", (SHEET, SHEET))
    radius = np.ptp(np.nonzero(ink)[0]) * rng.uniform(0.015, 0.07)
    for y, x in np.argwhere(morphology.skeletonize(ink > 0.5)):
        ImageDraw.Draw(pen).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(pen) / 255


def font_digits(
    n: int, fonts: list[Path], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Write n digits (n, 784) as these fonts have them, and return their labels, too."""
    labels = rng.integers(0, 10, n)
    inks = (written(str(label), fonts[rng.integers(len(fonts))], rng) for label in labels)
    return np.array([imaging.place(ink).ravel() for ink in inks]), labels
