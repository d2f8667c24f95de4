"""Draw the course's simulated pictures: ``singles``, ``rows`` and ``forms`` in ``data/pictures``.

And ``strokes.json`` there. A minute, from the root of the repository::

    .venv/bin/python tools/draw_pictures.py

Every digit is an MNIST test digit, written again with a pen on a ground, lit and photographed. The
label stands first in the file name, the kind of picture after it; what is written in the forms
stands in ``forms/answers.csv``. Nobody's handwriting but MNIST's
is in them. `imaging` was made with other pictures than these. The strokes of the ready passport are
smooth lines through a few points that were set by hand.
"""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage import morphology, transform

from mnistlab import load_mnist

TARGET = Path(__file__).parents[1] / "data" / "pictures"
SEED = 20240607
N_SINGLES, N_ROWS = 60, 20
LONGEST = 640  # pixels of a picture's longer side: sixty of them stay small

# kind: (ground, ink, width of the pen as a share of the digit's height, or None for MNIST's own)
KINDS = {
    "ballpoint": ((238, 235, 225), (30, 45, 130), 0.05),
    "pencil": ((245, 244, 240), (118, 118, 120), 0.045),
    "felt-pen": ((246, 246, 240), (20, 22, 26), 0.10),
    "marker": ((250, 248, 236), (170, 25, 35), 0.16),
    "ruled-paper": ((240, 240, 236), (30, 40, 110), 0.06),
    "squared-paper": ((244, 243, 238), (25, 25, 30), 0.08),
    "yellow-note": ((245, 226, 150), (25, 30, 60), 0.09),
    "blackboard": ((44, 66, 56), (222, 222, 212), 0.11),
    "whiteboard": ((222, 226, 230), (25, 90, 60), 0.11),
    "drawn": ((255, 255, 255), (0, 0, 0), None),
}
# name: (kind, what is written in each row; _ is an empty cell)
FORMS = {
    "strip": ("ballpoint", ["0417_92"]),
    "grid": ("felt-pen", ["312_", "50_8", "9467"]),
    "sheet": ("whiteboard", ["409617", "58230", "66174"]),
}
PRINTED = (70, 70, 75)
LINES = {"ruled-paper": (150, 180, 220), "squared-paper": (165, 190, 205)}

# Written down by hand: points that smooth lines run through, y downwards, in 280 x 280.
# fmt: off
READY = [
    (0, [[(150, 50), (105, 75), (85, 140), (105, 210), (150, 228), (190, 205), (205, 140),
          (190, 75), (150, 50)]]),
    (1, [[(110, 95), (130, 75), (150, 50), (150, 140), (150, 230)]]),
    (2, [[(90, 90), (115, 58), (160, 52), (190, 85), (175, 130), (130, 180), (88, 226), (140, 224),
          (205, 224)]]),
    (3, [[(95, 70), (140, 50), (185, 75), (175, 115), (135, 135), (185, 150), (198, 190),
          (160, 226), (110, 222), (85, 200)]]),
    (4, [[(120, 50), (105, 100), (85, 150), (140, 152), (215, 148)],
         [(180, 95), (176, 160), (170, 232)]]),
    (5, [[(110, 55), (105, 90), (98, 130), (140, 118), (185, 140), (195, 185), (160, 225),
          (110, 222), (85, 205)], [(110, 55), (150, 54), (195, 52)]]),
    (6, [[(170, 50), (125, 90), (98, 150), (95, 195), (125, 228), (170, 220), (190, 185),
          (165, 155), (125, 165), (100, 195)]]),
    (7, [[(85, 60), (140, 58), (200, 56), (175, 110), (150, 170), (130, 232)]]),
    (8, [[(185, 75), (150, 50), (108, 75), (120, 115), (170, 150), (195, 190), (155, 228),
          (100, 200), (120, 155), (170, 115), (187, 80)]]),
    (9, [[(190, 90), (150, 55), (105, 75), (100, 120), (140, 140), (185, 115), (192, 85),
          (190, 140), (180, 190), (168, 232)]]),
]
# fmt: on


def written(image, height, pen, rng):
    """Write an MNIST digit again, `height` pixels tall: its midline, retraced with a pen."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    image = np.pad(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 2)
    scale = height / (image.shape[0] - 4)
    size = (round(scale * image.shape[1]), round(scale * image.shape[0]))
    large = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC)) / 255
    inked = ndimage.gaussian_filter(large, 0.35 * scale) > 0.42
    if pen is None:
        inked = np.pad(inked, 4)
        distance = ndimage.distance_transform_edt(inked) - ndimage.distance_transform_edt(~inked)
        return np.clip(0.5 + distance / 2, 0, 1)
    width = pen * height * rng.uniform(0.8, 1.25)
    midline = np.pad(morphology.skeletonize(inked), round(width) + 3)
    pressure = ndimage.gaussian_filter(rng.standard_normal(midline.shape), width + 2) * (width + 2)
    distance = ndimage.distance_transform_edt(~midline)
    return np.clip(0.5 + width / 2 * (1 + 0.2 * pressure) - distance, 0, 1)


def side_by_side(inks, rng):
    """Write several digits in a row, with gaps, slightly uphill or downhill."""
    tall = max(ink.shape[0] for ink in inks)
    slope, x, placed = rng.uniform(-0.05, 0.05), 0, []
    for ink in inks:
        y = round(0.4 * tall + (tall - ink.shape[0]) / 2 + slope * x + rng.uniform(-4, 4))
        placed.append((y, x, ink))
        x += ink.shape[1] + round(tall * rng.uniform(0.05, 0.35))
    row = np.zeros((round(1.8 * tall), x))
    for y, x, ink in placed:
        spot = row[y : y + ink.shape[0], x : x + ink.shape[1]]
        np.maximum(spot, ink[: spot.shape[0]], out=spot)
    return row


def in_boxes(rows, height, pen, choose, rng):
    """Write digits into joined boxes; return the ink, and the lines of the boxes."""
    side = round(1.4 * height)
    ink = np.zeros((len(rows) * side + 3, len(rows[0]) * side + 3))
    lines = np.zeros(ink.shape)
    for start in range(0, max(ink.shape), side):
        lines[start : start + 3] = lines[:, start : start + 3] = 1
    for i, j in np.ndindex(len(rows), len(rows[0])):
        if rows[i][j] != "_":
            image = choose(rows[i][j])
            left, top, right, bottom = Image.fromarray(image).getbbox()
            fitting = height * min(rng.uniform(0.8, 1), (bottom - top) / (right - left))
            digit = written(image, int(fitting), pen, rng)
            y, x = ((side - n) * rng.uniform(0.4, 0.6) for n in digit.shape)
            top, left = round(i * side + y), round(j * side + x)
            spot = ink[top : top + digit.shape[0], left : left + digit.shape[1]]
            np.maximum(spot, digit, out=spot)
    return ink, lines


def in_rows(rows, height, pen, choose, rng):
    """Write rows of digits, one below the other, not quite flush left."""
    inks = []
    for row in rows:
        digits = [written(choose(k), int(height * rng.uniform(0.9, 1.1)), pen, rng) for k in row]
        inks.append(side_by_side(digits, rng))
    left = [round(height * rng.uniform(0, 0.5)) for _ in inks]
    width = max(x + ink.shape[1] for x, ink in zip(left, inks, strict=True))
    return np.concatenate([np.pad(ink, ((0, 0), (x, width - x - ink.shape[1])))
                           for x, ink in zip(left, inks, strict=True)])  # fmt: skip


def on_a_sheet(ink, rng, filling):
    """Put the ink on a sheet, not quite in the middle; `filling` is its share of the side."""
    height, width = ink.shape
    side = int(max(height, width / 1.3) / filling)
    sheet = np.zeros((max(side, height + 8), max(round(1.3 * side), width + 8)))
    free_y, free_x = sheet.shape[0] - height, sheet.shape[1] - width
    top, left = int(free_y * rng.uniform(0.2, 0.8)), int(free_x * rng.uniform(0.2, 0.8))
    sheet[top : top + height, left : left + width] = ink
    return sheet


def light(shape, rng):
    """Return light that falls off to one side, often with the edge of a shadow."""
    y, x = np.mgrid[0 : 1 : shape[0] * 1j, 0 : 1 : shape[1] * 1j]
    angle, shadow = rng.uniform(0, 2 * np.pi, 2)
    level = 1 - rng.uniform(0.1, 0.4) * (
        np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5) + 0.5
    )
    if rng.random() < 0.45:
        edge = np.cos(shadow) * (x - rng.uniform(0.3, 0.7)) + np.sin(shadow) * (y - 0.5)
        level *= 1 - rng.uniform(0.2, 0.45) / (1 + np.exp(-edge / rng.choice([0.01, 0.03])))
    return level


def rulings(shape, squares, rng):
    """Return lines across a sheet, 1 where they are."""
    lines, step = np.zeros(shape), int(min(shape) / rng.integers(6, 12))
    lines[rng.integers(step) :: step] = lines[1 + rng.integers(step) :: step] = 1
    if squares:
        lines[:, rng.integers(step) :: step] = 1
    return lines


def photographed(ink, kind, rng, printed=0, tilt=0.04):
    """Return the picture as uint8 (height, width, 3): ground, ink, light, tilt, blur, grain.

    ``printed``, (height, width) from 0 to 1, are the lines of a form; its corners are moved by up
    to ``tilt`` of its shorter side.
    """
    ground, pen, _ = KINDS[kind]
    if kind in ("blackboard", "pencil"):  # the ground's grain shows in the stroke
        ink = ink * np.clip(0.8 + 0.3 * rng.standard_normal(ink.shape), 0, 1)
    picture = np.ones((*ink.shape, 3)) * ground
    if kind in LINES:
        lines = rulings(ink.shape, kind == "squared-paper", rng)[..., None]
        picture = picture * (1 - lines) + np.array(LINES[kind]) * lines
    printed = np.broadcast_to(printed, ink.shape)[..., None]
    picture = picture * (1 - printed) + np.array(PRINTED) * printed
    picture = picture * (1 - ink[..., None]) + np.array(pen) * ink[..., None]
    if kind != "drawn":
        picture *= light(ink.shape, rng)[..., None]
        height, width = ink.shape
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=float)
        tilted = corners + rng.uniform(-tilt, tilt, (4, 2)) * min(ink.shape)
        turn = transform.ProjectiveTransform.from_estimate(tilted, corners)
        picture = transform.warp(picture, turn, order=1, mode="edge", preserve_range=True)
        picture = ndimage.gaussian_filter(picture, (*[rng.uniform(0.4, 1.4)] * 2, 0))
        picture += rng.normal(0, rng.uniform(1, 5), picture.shape)
    return np.rint(picture.clip(0, 255)).astype(np.uint8)


def save(picture, folder, label, kind, number):
    """Write a picture: photos as JPEG, drawings as PNG."""
    image = Image.fromarray(picture)
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    name = f"{label}_{kind}_{number:02d}"
    if kind == "drawn":
        image.convert("L").save(folder / f"{name}.png", optimize=True)
    else:
        image.save(folder / f"{name}.jpg", quality=72)


def draw_forms(mnist):
    """Draw the three forms, and write down what is in them."""
    rng = np.random.default_rng(SEED + 2)  # of their own: the other pictures stay as they are

    def choose(digit):
        return mnist.images_test[rng.choice(np.flatnonzero(mnist.y_test == int(digit)))]

    folder = TARGET / "forms"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, (kind, rows) in FORMS.items():
        args = rows, 100, KINDS[kind][2], choose, rng
        ink, lines = (in_rows(*args), 0) if name == "sheet" else in_boxes(*args)
        ink, lines = (np.pad(layer, 70) for layer in (ink, np.broadcast_to(lines, ink.shape)))
        image = Image.fromarray(photographed(ink, kind, rng, lines, tilt=0.01))
        image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
        image.save(folder / f"{name}.jpg", quality=72)
    with open(folder / "answers.csv", "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        table.writerow(["file", "rows"])
        table.writerows(
            (f"{name}.jpg", " / ".join(rows)) for name, (_, rows) in sorted(FORMS.items())
        )


def smooth(corners, steps=8):
    """Return points on a Catmull-Rom spline through the corners."""
    p = np.array(corners, dtype=float)
    p = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [
        (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        / 2
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.vstack([*pieces, p[-2:-1]]).round(1).tolist()


def main() -> None:
    """Draw everything anew."""
    mnist = load_mnist("full")
    rng = np.random.default_rng(SEED)
    for name in ("singles", "rows"):
        shutil.rmtree(TARGET / name, ignore_errors=True)
        (TARGET / name).mkdir(parents=True)
    for i in range(N_SINGLES):
        digit, kind = i % 10, list(KINDS)[(i + i // 10) % len(KINDS)]
        image = mnist.images_test[rng.choice(np.flatnonzero(mnist.y_test == digit))]
        ink = written(image, int(rng.uniform(140, 260)), KINDS[kind][2], rng)
        sheet = on_a_sheet(ink, rng, rng.uniform(0.25, 0.7))
        save(photographed(sheet, kind, rng), TARGET / "singles", digit, kind, i)
    for i in range(N_ROWS):
        kind = list(KINDS)[i % len(KINDS)]
        chosen = rng.integers(0, len(mnist.y_test), rng.integers(2, 7))
        height = rng.uniform(90, 130)
        inks = [written(mnist.images_test[j], int(height * rng.uniform(0.9, 1.1)),
                        KINDS[kind][2], rng) for j in chosen]  # fmt: skip
        sheet = on_a_sheet(side_by_side(inks, rng), rng, rng.uniform(0.55, 0.85))
        label = "".join(map(str, mnist.y_test[chosen]))
        save(photographed(sheet, kind, rng), TARGET / "rows", label, kind, i)
    draw_forms(mnist)
    ready = [{"label": k, "strokes": [smooth(line) for line in lines]} for k, lines in READY]
    text = json.dumps(ready, separators=(",", ":"))
    (TARGET / "strokes.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
