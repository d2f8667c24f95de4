"""Make ``data/kana/``: the strokes of 73 hiragana, and their pictures from open fonts.

Needs the network, pip and npm, and 1.5 GB of room in the folder of downloads::

    .venv/bin/python tools/make_kana.py build/kana

The strokes come from KanjiVG (the package ``kanjivg`` on PyPI): SVG paths, turned into points here.
The fonts come from npm (``@fontsource/...``), versions as named below; the fonts themselves are not
handed on, only pictures of 73 characters. `HELD_BACK` fonts are the test part of ``load("kana")``.
A third file holds characters written by two other simulated hands, which nothing learns from: one
pulls the pen by a spring, one trembles.
"""

import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mnistlab import formats
from mnistlab.simulated_hand import frame

TARGET = Path(__file__).parents[1] / "data" / "kana"
KANJIVG = "kanjivg==20260714"
PAIRS = """
あ a い i う u え e お o
か ka き ki く ku け ke こ ko が ga ぎ gi ぐ gu げ ge ご go
さ sa し shi す su せ se そ so ざ za じ ji ず zu ぜ ze ぞ zo
た ta ち chi つ tsu て te と to だ da ぢ ji づ zu で de ど do
な na に ni ぬ nu ね ne の no
は ha ひ hi ふ fu へ he ほ ho ば ba び bi ぶ bu べ be ぼ bo ぱ pa ぴ pi ぷ pu ぺ pe ぽ po
ま ma み mi む mu め me も mo
や ya ゆ yu よ yo
ら ra り ri る ru れ re ろ ro
わ wa ゐ wi ゑ we を wo ん n
"""
ROMAJI = dict(re.findall(r"(\S+) (\S+)", PAIRS))  # Hepburn, but wi, we and wo
KANA = "".join(sorted(ROMAJI))  # in the order of Unicode
HANDS_PER_CHARACTER = 8  # of each of two kinds
WRITTEN = {  # fonts that look as if written by hand: package and version
    "cherry-bomb-one": "5.3.0",
    "darumadrop-one": "5.3.0",
    "hachi-maru-pop": "5.3.0",
    "kiwi-maru": "5.3.0",
    "klee-one": "5.3.0",
    "mochiy-pop-one": "5.3.0",
    "new-tegomin": "4.5.9",
    "potta-one": "5.3.0",
    "slackside-one": "5.3.0",
    "yomogi": "5.3.0",
    "yuji-boku": "5.3.0",
    "yuji-mai": "5.3.0",
    "yuji-syuku": "5.3.0",
    "yusei-magic": "5.3.0",
    "zen-kurenaido": "5.3.0",
    "zen-maru-gothic": "5.3.0",
}
PRINTED = {
    "biz-udgothic": "5.3.0",
    "kaisei-decol": "5.3.0",
    "kaisei-opti": "5.2.8",
    "kosugi-maru": "5.3.0",
    "m-plus-1p": "5.3.0",
    "m-plus-rounded-1c": "5.3.0",
    "noto-sans-jp": "5.3.0",
    "noto-serif-jp": "5.3.0",
    "sawarabi-gothic": "5.3.1",
    "shippori-mincho": "5.3.0",
    "zen-kaku-gothic-new": "5.3.0",
    "zen-old-mincho": "5.3.0",
}
# Nothing learns from these.
HELD_BACK = (
    "kiwi-maru",
    "yomogi",
    "yuji-mai",
    "yusei-magic",
    "biz-udgothic",
    "shippori-mincho",
    "m-plus-1p",
)
POINTS_APART = 2  # along a stroke, in KanjiVG's units
BATCH = 14  # points of one Bezier curve


def main(folder: Path) -> None:
    """Fetch, draw, write."""
    folder.mkdir(parents=True, exist_ok=True)
    TARGET.mkdir(exist_ok=True)
    written = {
        kana: [stroke.round(1).tolist() for stroke in strokes(kana, folder)] for kana in KANA
    }
    text = ",\n".join(
        f"{json.dumps(kana, ensure_ascii=False)}: {json.dumps(lines, separators=(',', ':'))}"
        for kana, lines in written.items()
    )
    (TARGET / "strokes.json").write_text(f"{{\n{text}\n}}\n", encoding="utf-8")

    names = sorted(WRITTEN | PRINTED)
    pictures, labels, fonts = [], [], []
    for number, name in enumerate(names):
        for label, picture in draw(name, folder):
            pictures.append(picture)
            labels.append(label)
            fonts.append(number)
        print(name, fonts.count(number), flush=True)
    with formats.whole_file(TARGET / "fonts.npz") as file:
        np.savez_compressed(
            file,
            images=np.array(pictures),
            labels=np.array(labels, np.uint8),
            fonts=np.array(fonts, np.uint8),
            font_names=names,
            looks_written=[name in WRITTEN for name in names],
            held_back=[name in HELD_BACK for name in names],
            class_names=list(KANA),
            romaji=[ROMAJI[kana] for kana in KANA],
        )
    rng = np.random.default_rng(0)
    hands = [
        (draw_hand([np.array(stroke) for stroke in written[kana]], move, rng), label)
        for move in (springy, shaky)
        for label, kana in enumerate(KANA)
        for _ in range(HANDS_PER_CHARACTER)
    ]
    images, labels = zip(*hands, strict=True)
    with formats.whole_file(TARGET / "hands.npz") as file:
        np.savez_compressed(file, images=images, labels=np.array(labels, np.uint8))


def springy(path: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pull a heavy pen along a stroke by a spring: it cuts corners and overshoots."""
    period, damping = rng.uniform(10, 20), rng.uniform(0.5, 0.8)
    stiffness = (2 * np.pi / period) ** 2
    place, speed, places = path[0], np.zeros(2), []
    for target in np.vstack([path, np.repeat(path[-1:], int(period / 3), axis=0)]):
        speed = speed + stiffness * (target - place) - 2 * damping * stiffness**0.5 * speed
        place = place + speed
        places.append(place)
    return np.array(places)


def shaky(path: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a stroke as with a mouse: seen every few points, with a tremor that wanders."""
    noise = rng.normal(0, 0.9, path.shape)
    for i in range(1, len(noise)):
        noise[i] += 0.8 * noise[i - 1]
    kept = np.unique(np.append(np.arange(0, len(path), rng.integers(2, 5)), len(path) - 1))
    return (path + noise)[kept]


def draw_hand(lines: list[np.ndarray], move: Callable, rng: np.random.Generator) -> np.ndarray:
    """Write a character in another way than `simulated_hand` does: nothing learns from it."""
    corner = rng.normal(0, 0.12, (2, 2)) + np.diag(np.exp(rng.normal(0, 0.12, 2)))
    lean = rng.normal(0, 0.0012, 2)  # perspective: one side of the character is larger
    moved = []
    for line in lines:
        centred = move(line + rng.normal(0, 1.8, 2), rng) - 54.5
        moved.append(centred @ corner.T / (1 + centred @ lean)[:, None])
    everything = np.vstack(moved)
    low, high = everything.min(axis=0), everything.max(axis=0)
    zoom, width = 200 / max(high - low), rng.uniform(5, 24)
    sheet = Image.new("L", (256, 256))
    pen = ImageDraw.Draw(sheet)
    for line in moved:
        dots = (line - (low + high) / 2) * zoom + 128
        pen.line([tuple(dot) for dot in dots], fill=255, width=round(width), joint="curve")
        for x, y in dots[[0, -1]]:
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    return frame(np.asarray(sheet))


def strokes(kana: str, folder: Path) -> list[np.ndarray]:
    """Read one character's strokes from KanjiVG, in their order: arrays (n_points, 2)."""
    if not list(folder.glob("kanjivg-*.whl")):
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--dest",
            str(folder),
            KANJIVG,
        ]
        subprocess.run(command, check=True)
    (wheel,) = folder.glob("kanjivg-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        svg = archive.read(f"kanji/{ord(kana):05x}.svg").decode()
    return [points(path) for path in re.findall(r'<path id="kvg:\w+-s\d+"[^>]*? d="([^"]+)"', svg)]


def points(path: str) -> np.ndarray:
    """Follow an SVG path of lines and cubic curves: points 2 units apart, (n_points, 2)."""
    tokens = iter(re.findall(r"[MmCcSsLl]|-?\d*\.?\d+", path))
    found, here, handle, command = [], np.zeros(2), np.zeros(2), "M"
    token = next(tokens, None)
    while token is not None:
        if token.isalpha():
            command, token = token, next(tokens)
        n_pairs = {"M": 1, "L": 1, "C": 3, "S": 2}[command.upper()]
        numbers = [float(token)] + [float(next(tokens)) for _ in range(2 * n_pairs - 1)]
        pairs = np.array(numbers).reshape(-1, 2) + (here if command.islower() else 0)
        if command in "MmLl":
            found.append(pairs[0])
        else:
            first = pairs[0] if command in "Cc" else 2 * here - handle
            found.extend(bezier(here, first, *pairs[-2:]))
        handle = pairs[-2] if command in "CcSs" else pairs[-1]
        here, token = pairs[-1], next(tokens, None)
    line = np.array(found)
    length = np.append(0, np.hypot(*np.diff(line, axis=0).T).cumsum())
    even = np.linspace(0, length[-1], max(6, int(length[-1] / POINTS_APART)))
    return np.stack([np.interp(even, length, line[:, axis]) for axis in (0, 1)], axis=1)


def bezier(p0: np.ndarray, p1: np.ndarray, p2: np.ndarray, p3: np.ndarray) -> np.ndarray:
    """Return points of a cubic curve, without its first one."""
    t = np.linspace(0, 1, BATCH)[1:, None]
    return (1 - t) ** 3 * p0 + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t**2 * p2 + t**3 * p3


def draw(name: str, folder: Path) -> list[tuple[int, np.ndarray]]:
    """Draw the characters that a font has: pairs of label and picture (40, 40)."""
    package = folder / name
    if not package.exists():
        version = (WRITTEN | PRINTED)[name]
        command = ["npm", "pack", "--silent", f"@fontsource/{name}@{version}"]
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        with tarfile.open(folder / done.stdout.split()[-1]) as archive:
            archive.extractall(package, filter="data")
    files = font_files(package / "package")
    drawn = []
    for label, kana in enumerate(KANA):
        if kana in files:
            font = ImageFont.truetype(files[kana], 96)
            sheet = Image.new("L", (200, 200))
            ImageDraw.Draw(sheet).text((100, 100), kana, font=font, fill=255, anchor="mm")
            drawn.append((label, frame(np.asarray(sheet))))
    return drawn


def font_files(package: Path) -> dict[str, Path]:
    """Return which file of a font draws which character: its style sheet says so."""
    files = {}
    sheets = [package / "index.css", package / "500.css"]  # one is missing where there is no 400
    sheet = next(path for path in sheets if path.exists() and "U+" in path.read_text())
    for block in sheet.read_text(encoding="utf-8").split("@font-face")[1:]:
        file = re.search(r"url\('?(.+?woff2)", block)
        for start, end in re.findall(r"U\+([0-9a-fA-F]+)(?:-([0-9a-fA-F]+))?", block):
            inside = range(int(start, 16), int(end or start, 16) + 1)
            files |= {kana: package / file[1] for kana in KANA if ord(kana) in inside}
    return files


if __name__ == "__main__":
    main(Path(sys.argv[1]))
