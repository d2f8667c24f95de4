"""Pictures of the kinds that public reports complain about, made of MNIST test digits.

Every function of `KINDS` takes a random generator and returns a picture and what is written on it:
rows are parted by a line break, and None says that nothing is. As a script it says how each kind is
read: right; wrong, but not sure; sure and wrong.

    python tests/imaging/kinds.py [FIRST_SEED [PICTURES_OF_EACH_KIND [KIND ...]]]
"""

import sys
import time
from functools import cache, partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from mnistlab import imaging, load_mnist, load_reader

sys.path.insert(0, str(Path(__file__).parents[1]))
from hands import WRITTEN, another_hand, smooth

# The same digits on every machine; loaded when a picture is drawn, not when this file is imported.
mnist = cache(partial(load_mnist, "sample"))
STRAY, ANOTHER = 636, 16  # a 9 with a neighbour's stroke beside it: everybody reads 91; a 9
PENS = [(20, 22, 26), (30, 45, 130), (170, 25, 35), (60, 60, 64), (25, 90, 60)]
PALE = [(240, 140, 30), (235, 120, 150), (150, 150, 150), (120, 170, 220)]
PAPERS = [(255, 255, 255), (238, 235, 225), (245, 226, 150), (225, 230, 235)]


def digit(rng, height, label=None):
    """Return a test digit's ink (height, width), 0-1, and its label."""
    y = mnist().y_test
    i = rng.choice(np.flatnonzero(y == label)) if label is not None else rng.integers(len(y))
    i = ANOTHER if i == STRAY else i
    image = Image.fromarray(mnist().images_test[i])
    image = image.crop(image.getbbox())
    width = max(2, round(height * image.width / image.height))
    ink = np.asarray(image.resize((width, height), Image.Resampling.BICUBIC)) / 255
    return ink, str(y[i])


def put(page, ink, top, left, pen):
    """Write ink on a page (height, width, 3), float 0-255."""
    spot = page[top : top + ink.shape[0], left : left + ink.shape[1]]
    ink = ink[: spot.shape[0], : spot.shape[1], None]
    spot += (np.array(pen) - spot) * ink


def write(page, rng, top, left, height, n, pens, gap=(0.15, 0.4), size=(0.85, 1), **options):
    """Write a row of n digits; return the text and its boxes (top, left, bottom, right)."""
    text, boxes = "", []
    for k in range(n):
        ink, label = digit(rng, round(height * rng.uniform(*size)), **options)
        at = top + round((height - ink.shape[0]) * rng.random())
        put(page, ink, at, left, pens[k % len(pens)])
        boxes.append((at, left, at + ink.shape[0], left + ink.shape[1]))
        text, left = text + label, left + ink.shape[1] + round(height * rng.uniform(*gap))
    return text, boxes


def paper(rng, height, width):
    """Return an empty page."""
    return np.ones((height, width, 3)) * np.array(PAPERS[rng.integers(len(PAPERS))], float)


def some(rng, colours):
    """Choose a colour."""
    return colours[rng.integers(len(colours))]


def photo(page, rng, chance=0.5):
    """Return a page as uint8; some are photographed: light falls off, a little blur, grain."""
    if rng.random() < chance:
        y, x = np.mgrid[0 : 1 : page.shape[0] * 1j, 0 : 1 : page.shape[1] * 1j]
        angle = rng.uniform(0, 2 * np.pi)
        fall = np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5) + 0.5
        page = page * (1 - rng.uniform(0.05, 0.35) * fall[..., None])
        page = ndimage.gaussian_filter(page, (*[rng.uniform(0.3, 1)] * 2, 0))
        page = page + rng.normal(0, rng.uniform(0.5, 3), page.shape)
        turned = Image.fromarray(np.rint(page.clip(0, 255)).astype(np.uint8))
        ground = tuple(int(value) for value in np.median(page, axis=(0, 1)))
        page = turned.rotate(rng.uniform(-2, 2), Image.Resampling.BICUBIC, fillcolor=ground)
    return np.rint(np.asarray(page, float).clip(0, 255)).astype(np.uint8)


def form(rng, rows, empty=0.25, comb=False):
    """Cells that share their sides, some of them empty."""
    n, height = int(rng.integers(3, 10)), int(rng.integers(40, 90))
    width, line = round(height * rng.uniform(0.7, 1.1)), int(rng.integers(1, 4))
    step = height if rng.random() < 0.5 else round(height * rng.uniform(1.3, 2))
    page = paper(rng, rows * step + 2 * height, n * width + 3 * height)
    top, left = int(rng.integers(20, height)), int(rng.integers(20, 2 * height))
    pen, rule, text = some(rng, PENS), [int(rng.integers(20, 150))] * 3, []
    for row in range(rows):
        y = top + row * step
        for k in range(n + 1):
            up = y + (height // 2 if comb and 0 < k < n and height % 2 else 0)
            page[up : y + height + line, left + k * width : left + k * width + line] = rule
        for at in (y + height,) if comb else (y, y + height):
            page[at : at + line, left : left + n * width + line] = rule
        text.append("")
        for k in range(n):
            if rng.random() < empty:
                continue
            ink, label = digit(rng, round(height * rng.uniform(0.55, 0.8)))
            x = left + k * width + round((width - ink.shape[1]) * rng.uniform(0.35, 0.65))
            put(page, ink, y + round((height - ink.shape[0]) * rng.uniform(0.3, 0.7)), x, pen)
            text[-1] += label
    return photo(page, rng), "\n".join(line for line in text if line) or None


def joined_boxes(rng):
    return form(rng, 1)


def empty_form(rng):
    return form(rng, int(rng.integers(1, 3)), 1.0, rng.random() < 0.5)


def comb(rng):
    return form(rng, 1, comb=True)


def grid(rng):
    return form(rng, int(rng.integers(2, 5)))


def rule_through(rng):
    height, n = int(rng.integers(50, 120)), int(rng.integers(3, 7))
    page = paper(rng, 3 * height, (n + 3) * height)
    top = round(rng.uniform(0.6, 1.4) * height)
    at = top + round(height * rng.uniform(0.2, 0.9))
    grey, thick = [int(rng.integers(60, 170))] * 3, int(rng.integers(1, 4))
    for y in range(at % height, 3 * height, height):
        page[y : y + thick] = grey
    text, _ = write(page, rng, top, height, height, n, [some(rng, PENS[:2])])
    return photo(page, rng), text


def graph_paper(rng):
    height, n = int(rng.integers(60, 120)), int(rng.integers(3, 7))
    page = paper(rng, 3 * height, (n + 3) * height)
    grey, step = [int(rng.integers(70, 190))] * 3, round(height * rng.uniform(0.35, 0.7))
    thick = int(rng.integers(1, 3))
    for first in range(int(rng.integers(step)), max(page.shape), step):
        page[first : first + thick] = page[:, first : first + thick] = grey
    text, _ = write(page, rng, height, height, height, n, [some(rng, PENS[:2])])
    return photo(page, rng), text


def two_pens(rng):
    height, n = int(rng.integers(50, 120)), int(rng.integers(3, 7))
    page = paper(rng, 3 * height, (n + 3) * height)
    pens = [some(rng, PENS[:2]), some(rng, PALE)]
    text, _ = write(
        page, rng, height, height, height, n, pens if rng.random() < 0.5 else pens[::-1]
    )
    return photo(page, rng), text


def rows(rng):
    height, n = int(rng.integers(40, 90)), int(rng.integers(2, 5))
    step = round(height * rng.uniform(1.35, 2.2))
    page, pen, text = paper(rng, (n + 1) * step, 9 * height), [some(rng, PENS)], []
    for k in range(n):
        left = round(height * rng.uniform(0.5, 1.2))
        text.append(
            write(page, rng, step // 2 + k * step, left, height, rng.integers(3, 6), pen)[0]
        )
    return photo(page, rng), "\n".join(text)


def wide_gaps(rng):
    height, n = int(rng.integers(30, 60)), int(rng.integers(2, 5))
    far = rng.uniform(2, 6)
    page = paper(rng, 4 * height, round((n + 1) * (far + 1) * height))
    top = int(rng.integers(height, 2 * height))
    text, _ = write(page, rng, top, height, height, n, [some(rng, PENS)], gap=(far, far * 1.1))
    return photo(page, rng), text


def underlined(rng):
    height, n = int(rng.integers(50, 120)), int(rng.integers(2, 6))
    page, pen = paper(rng, 3 * height, (n + 3) * height), some(rng, PENS)
    text, boxes = write(page, rng, height, height, height, n, [pen])
    image = Image.fromarray(page.astype(np.uint8))
    y = 2 * height + round(height * rng.uniform(-0.02, 0.2))
    ends = (
        (height - rng.integers(20), y),
        (boxes[-1][3] + rng.integers(20), y + rng.integers(-5, 5)),
    )
    ImageDraw.Draw(image).line(ends, pen, int(rng.integers(3, 9)))
    return photo(np.asarray(image, float), rng), text


def circled(rng):
    height, n = int(rng.integers(50, 110)), int(rng.integers(1, 4))
    page, pen = paper(rng, 5 * height, (n + 5) * height), some(rng, PENS)
    text, boxes = write(page, rng, 2 * height, 2 * height, height, n, [pen])
    image = Image.fromarray(page.astype(np.uint8))
    reach, right = height * rng.uniform(0.35, 0.8), boxes[-1][3]
    box = 2 * height - reach, 2 * height - reach, right + reach, 3 * height + reach
    other = some(rng, PENS) if rng.random() < 0.5 else pen
    ImageDraw.Draw(image).ellipse(box, outline=other, width=int(rng.integers(3, 8)))
    return photo(np.asarray(image, float), rng), text


def date(rng):
    """A date with slashes: "?" for each would be right, and it is never sure."""
    height = int(rng.integers(50, 100))
    page, pen, text, left = paper(rng, 3 * height, 10 * height), some(rng, PENS), "", height // 2
    for k in range(3):
        part, boxes = write(page, rng, height, left, height, 2, [pen], gap=(0.1, 0.25))
        text, left = text + "?" * (k > 0) + part, boxes[-1][3] + round(0.15 * height)
        if k < 2:
            image = Image.fromarray(page.astype(np.uint8))
            lean = round(height * rng.uniform(0.35, 0.6))
            ends = (left + lean, height - rng.integers(15)), (left, 2 * height + rng.integers(15))
            ImageDraw.Draw(image).line(ends, pen, int(height * rng.uniform(0.07, 0.12)))
            page, left = np.asarray(image, float), left + lean + round(0.15 * height)
    return photo(page, rng), text


def drawn(rng):
    """Return a digit's strokes, points in 280 x 280, as some hand draws it, and its label."""
    label, strokes = WRITTEN[rng.integers(len(WRITTEN))]
    return another_hand([smooth(stroke) for stroke in strokes], rng), str(label)


def draw(image, strokes, size, left, top, pen, width):
    """Draw strokes, reduced by ``size``, on a Pillow image."""
    for stroke in strokes:
        points = [(left + size * x, top + size * y) for x, y in stroke]
        ImageDraw.Draw(image).line(points, pen, width, joint="curve")


def hairline(rng):
    strokes, text = drawn(rng)
    size = rng.uniform(0.5, 1)
    image = Image.new("RGB", (400, 400), some(rng, PAPERS))
    draw(image, strokes, size, 60, 60, some(rng, PENS[:2]), 1)
    return np.asarray(image), text


def rows_on_a_pad(rng):
    """Rows drawn with a mouse, as on a pad: black on white, or white on black."""
    size, width = rng.uniform(0.3, 0.6), int(rng.integers(4, 14))
    n, m = int(rng.integers(2, 4)), int(rng.integers(2, 5))
    image = Image.new("L", (round((240 * m + 60) * size) + 60, round(290 * n * size) + 80), 255)
    text = []
    for row in range(n):
        digits = [drawn(rng) for _ in range(m)]
        for k, (strokes, _) in enumerate(digits):
            draw(image, strokes, size, 30 + 240 * k * size, 20 + 290 * row * size, 0, width)
        text.append("".join(label for _, label in digits))
    page = np.asarray(image)
    return (255 - page if rng.random() < 0.4 else page), "\n".join(text)


def upstroke(rng):
    """Ones with a long upstroke, some with a base line, alone or among other digits."""
    n, size = int(rng.integers(1, 5)), rng.uniform(0.5, 1)
    shape = round(260 * n * size) + 80, round(280 * size) + 80
    image, text = Image.new("RGB", shape, some(rng, PAPERS)), ""
    pen, width = some(rng, PENS), int(rng.integers(3, 14))
    for k in range(n):
        if k and rng.random() < 0.5:
            strokes, label = drawn(rng)
        else:
            x, up = rng.uniform(130, 170), rng.uniform(40, 90)
            foot = x - rng.uniform(0, 12)
            strokes, label = [[(x - rng.uniform(0.6, 1) * up, 45 + up), (x, 45), (foot, 240)]], "1"
            if rng.random() < 0.25:
                strokes.append([(foot - 40, 240), (foot + 45, 240)])
            strokes = another_hand([np.array(stroke) for stroke in strokes], rng)
        draw(image, strokes, size, 40 + 260 * k * size, 40, pen, width)
        text += label
    return photo(np.asarray(image, float), rng), text


def dim(rng):
    i = rng.integers(len(mnist().y_test))
    picture = (mnist().images_test[i] * rng.uniform(0.1, 0.5)).astype(np.uint8)
    return picture, str(mnist().y_test[i])


def opacity(rng):
    height, n = int(rng.integers(60, 120)), int(rng.integers(1, 5))
    page = np.zeros((3 * height, (n + 3) * height, 3))
    text, _ = write(page, rng, height, height, height, n, [(255, 255, 255)])
    colour = np.full(page.shape, rng.choice([0, 255, 90]), np.uint8)
    alpha = (page[..., :1] * rng.uniform(0.1, 1)).astype(np.uint8)
    return np.concatenate([colour, alpha], axis=2), text


def equal_luminance(rng):
    height, n = int(rng.integers(60, 120)), int(rng.integers(1, 5))
    pairs = [((215, 60, 40), (40, 150, 60)), ((40, 150, 60), (215, 60, 40)),
             ((230, 80, 180), (90, 150, 130)), ((60, 110, 240), (190, 85, 40)),
             ((200, 50, 60), (30, 120, 120))]  # fmt: skip
    pen, ground = pairs[rng.integers(len(pairs))]
    page = np.ones((3 * height, (n + 3) * height, 3)) * np.array(ground, float)
    text, _ = write(page, rng, height, height, height, n, [pen])
    return photo(page, rng, 0.3), text


def scales(rng):
    height, n = int(rng.integers(40, 80)), int(rng.integers(1, 4))
    page = np.zeros((3 * height, (n + 3) * height, 3))
    text, _ = write(page, rng, height, height, height, n, [(255, 255, 255)])
    ink, kind = page[..., 0] / 255, rng.integers(6)
    if kind == 0:
        return ndimage.zoom(255 * ink[::2, ::2], 2), text
    if kind == 1:
        return np.rint(ink * rng.choice([1023, 4095, 16383]) * 0.9).astype(np.uint16), text
    if kind == 2:
        return (1 - ink) * 2 - 1, text
    if kind == 3:
        return (ink - 0.13) / 0.31, text
    if kind == 4:
        return ndimage.zoom(1 - ink[::2, ::2], 2).astype(np.float32), text
    return (ink > 0.5).astype(np.uint8), text


def nothing(rng):
    shape = int(rng.integers(100, 500)), int(rng.integers(100, 500))
    level = rng.choice([0, 0, 5, 40, 128, 255])
    grain = rng.choice([0, 0, 1, 3])
    page = np.rint(rng.normal(level, grain, shape).clip(0, 255)).astype(np.uint8)
    return (page if rng.random() < 0.7 else np.zeros((*shape, 4), np.uint8)), None


def small_beside_tall(rng):
    height, n = int(rng.integers(60, 110)), int(rng.integers(2, 6))
    page, pen = paper(rng, 3 * height, (n + 3) * height), some(rng, PENS)
    text, left = "", height
    for k in range(n):
        tall = round(height * (rng.uniform(0.5, 0.65) if k % 2 else 1))
        ink, label = digit(rng, tall)
        put(page, ink, 2 * height - tall, left, pen)
        text, left = text + label, left + ink.shape[1] + round(height * rng.uniform(0.08, 0.2))
    return photo(page, rng), text


def one_tall(rng):
    height, n = int(rng.integers(40, 60)), int(rng.integers(3, 6))
    page, pen = paper(rng, 5 * height, (n + 5) * height), some(rng, PENS)
    text, boxes = write(page, rng, 2 * height, height, height, n, [pen], size=(0.45, 1))
    ink, label = digit(rng, round(height * rng.uniform(1.6, 2.2)), 7)
    put(page, ink, 3 * height - ink.shape[0] + height // 3, boxes[-1][3] + height // 3, pen)
    return photo(page, rng), text + label


def pen_beside(rng):
    height, n = int(rng.integers(50, 90)), int(rng.integers(2, 5))
    page = paper(rng, 5 * height, (n + 5) * height)
    text, _ = write(page, rng, height, height, height, n, [some(rng, PENS)])
    image = Image.fromarray(page.astype(np.uint8))
    start = rng.integers(height, 2 * height), round(3.2 * height)
    end = start[0] + round(3.5 * height), start[1] + int(rng.integers(0, height))
    ImageDraw.Draw(image).line((start, end), some(rng, PENS), int(rng.integers(10, 24)))
    return photo(np.asarray(image, float), rng), text


def weak_chalk(rng):
    height, n = int(rng.integers(60, 110)), int(rng.integers(1, 5))
    page = np.ones((3 * height, (n + 3) * height, 3)) * [44, 66, 56]
    text, _ = write(page, rng, height, height, height, n, [(120, 118, 60)])
    return photo(page + rng.normal(0, 3, page.shape), rng), text


def blue_on_black(rng):
    height, n = int(rng.integers(60, 110)), int(rng.integers(1, 5))
    page = np.ones((3 * height, (n + 3) * height, 3)) * rng.integers(5, 25)
    text, _ = write(page, rng, height, height, height, n, [(30, 40, int(rng.integers(110, 220)))])
    return photo(page, rng), text


KINDS = {
    function.__name__: function
    for function in (joined_boxes, empty_form, comb, grid, rule_through, graph_paper, two_pens,
                     rows, wide_gaps, underlined, circled, date, hairline, dim, opacity,
                     equal_luminance, scales, nothing, small_beside_tall, one_tall, pen_beside,
                     weak_chalk, blue_on_black, rows_on_a_pad, upstroke)
}  # fmt: skip


def read(picture, model):
    """Return what is read, None where nothing is written, and whether all of it is sure."""
    try:
        reading = imaging.read_number(picture, model)
    except imaging.NothingWritten:
        return None, True
    return reading.text, bool(reading.sure.all())


def score(kind, model, seeds):
    """Count what is right; wrong, but not sure; sure and wrong. Returned with the mistakes."""
    right, mistakes = 0, []
    for seed in seeds:
        picture, truth = KINDS[kind](np.random.default_rng([list(KINDS).index(kind), seed]))
        text, sure = read(picture, model)
        right += text == truth
        mistakes += [(seed, truth, text, sure and text is not None)] if text != truth else []
    return (
        right,
        sum(not sure for *_, sure in mistakes),
        sum(sure for *_, sure in mistakes),
        mistakes,
    )


if __name__ == "__main__":
    first, n, *names = sys.argv[1:] + ["0", "20"][len(sys.argv) - 1 :]
    reader, total = load_reader(), np.zeros(3, int)
    for kind in names or KINDS:
        start = time.perf_counter()
        *counts, wrong = score(kind, reader, range(int(first), int(first) + int(n)))
        total += counts
        print(
            f"{kind:18}",
            *(f"{count:4}" for count in counts),
            f"{time.perf_counter() - start:5.1f} s",
        )
        if names:
            print(*wrong, sep="\n")
    print(f"{'all':18}", *(f"{count:4}" for count in total))
