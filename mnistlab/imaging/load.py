"""Open a picture: any file Pillow reads, bytes, a Pillow image or an array, as grey values.

What cannot be read is refused with one sentence that says why: an empty or damaged file, no
picture, a bomb of a few kilobytes that would fill the memory.
"""

import io
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps
from skimage import exposure, measure

LONGEST = 1200  # larger pictures are reduced to this: a digit needs 20 pixels, not 2,000
SMALL = 64  # pictures of this side or less were drawn or cut out: no uneven light in them
MOST_PIXELS = 100_000_000  # above it a file of a few kilobytes could fill the memory
TRANSPARENT = 0.02  # opacity: what is hardly there
OVERSHOOT = 1.2  # times its scale's end: how far resizing with a spline brings a float
SCALES = (1, 16, 255, 1023, 4095, 16383, 65535)  # where arrays end: a share, 4 to 16 bits
LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # as Pillow weighs
EQUAL = 6  # times as much as in brightness: colours that differ in hue
COLOURED = 0.03  # how much they differ at least: their standard deviation
KNOWN = (b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", b"BM", b"II*", b"MM\0*")
UNREAD = {  # what a file begins with: what it is, and what to do
    b"%PDF": "a PDF; save the page as PNG",
    b"<svg": "an SVG drawing; export it as PNG",
    b"ftyphei": "HEIC, a phone's own format; save it as JPEG",
    b"ftypmif1": "HEIC, a phone's own format; save it as JPEG",
}

PictureLike = str | Path | bytes | bytearray | memoryview | BinaryIO | Image.Image | np.ndarray


class NotAPicture(ValueError):
    """What was handed over cannot be read as a picture."""


class NothingWritten(ValueError):
    """The picture is readable, but there is no digit in it that could be told from the paper."""


def load(picture: PictureLike) -> tuple[np.ndarray, float]:
    """Open a picture as grey values, reduced where it is larger than needed.

    Parameters
    ----------
    picture : path, bytes, open file, PIL.Image.Image or array
        A file in any format Pillow reads (of an animation, the first frame); or an array (height,
        width) or (height, width, 1 to 4), bool, integer or float, on one of the `SCALES` or from
        its least to its largest value.

    Returns
    -------
    grey : ndarray (height, width), float32
        0 is black, 1 is white; upright, the longer side at most `LONGEST`.
    shrunk : float
        Pixels of the picture per pixel of ``grey``.

    Raises
    ------
    NotAPicture
        The file is empty, damaged, no picture or too large; the array is none of the above.
    """
    if isinstance(picture, str) and picture.startswith("data:"):
        raise NotAPicture(
            f"not a path: a data URL of {len(picture)} characters; decode what follows the comma "
            "with base64.b64decode and hand over the bytes."
        )
    if isinstance(picture, str | Path):
        picture = Path(picture).read_bytes()
    elif hasattr(picture, "read"):
        picture = picture.read()
    if isinstance(picture, bytes | bytearray | memoryview):
        image, longer_side = _decode(bytes(picture))
    elif isinstance(picture, Image.Image):
        image, longer_side = picture, max(picture.size)
    else:
        image, longer_side = _from_array(picture)
    pixels = _pixels(image)
    if min(pixels.shape[:2]) < 4:
        raise NotAPicture(
            f"not a picture of a digit: it is only {image.width} x {image.height} pixels."
        )
    grey = pixels if pixels.ndim == 2 else _weigh(pixels)
    return grey, longer_side / max(pixels.shape)


def _decode(data: bytes) -> tuple[Image.Image, int]:
    """Open a file's bytes with Pillow; returned with the longer side it had in the file."""
    if not data:
        raise NotAPicture("not a picture: the file is empty (0 bytes).")
    try:
        with warnings.catch_warnings(action="ignore"):  # what Pillow doubts fails here, or is fine
            image = Image.open(io.BytesIO(data))
            longer_side = max(image.size)
            if image.width * image.height <= MOST_PIXELS:
                image.draft(None, (LONGEST, LONGEST))  # JPEG decodes at half size for a quarter
                image.load()
    except Exception as error:  # decoders fail in as many ways as files are damaged
        raise NotAPicture(f"not a picture: {_why_unread(data, error)}.") from error
    return image, longer_side


def _why_unread(data: bytes, error: Exception) -> str:
    if isinstance(error, Image.DecompressionBombError):
        return f"its {len(data)} bytes claim to hold more than {MOST_PIXELS // 10**6} megapixels"
    named = [advice for magic, advice in UNREAD.items() if magic in data[:512]]
    if named:
        return f"the file is {named[0]}"
    if data.startswith(KNOWN) or "truncated" in str(error):
        return f"the file ends after {len(data)} bytes, or is damaged"
    return f"its {len(data)} bytes begin like no format that is known here"


def _from_array(picture: object) -> tuple[Image.Image, int]:
    """Turn an array into a Pillow image of 0-255; returned with its longer side."""
    array = np.asarray(picture)
    if array.dtype.kind not in "buif":
        raise NotAPicture(
            f"not a picture: {type(picture).__name__}; expected a path, bytes, an open file, a "
            "Pillow image or an array of numbers."
        )
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or array.shape[2:] not in ((), (2,), (3,), (4,)) or not array.size:
        raise NotAPicture(
            f"not a picture: an array of shape {array.shape}; expected (height, width) for grey or "
            "(height, width, 3 or 4) for colour."
        )
    height, width = array.shape[:2]
    step = max(height, width) // (2 * LONGEST)
    if step > 1:  # before any copy in floating point
        array = array[: height // step * step, : width // step * step]
        array = measure.block_reduce(array, (step, step, 1)[: array.ndim], np.mean)
    if array.dtype != np.uint8 or array.max() <= 1:
        array = _to_bytes(array)
    return Image.fromarray(array), max(height, width)


def _to_bytes(array: np.ndarray) -> np.ndarray:
    """Scale an array to 0-255, uint8.

    (skimage's `img_as_ubyte` takes every float for 0-1 and every uint16 for 16 bits; a camera's
    has 10, 12 or 14, and floats of 0-255 overshoot after resizing.)
    """
    with np.errstate(over="ignore"):
        array = array.astype(np.float32)
    if not np.isfinite(array).all():
        raise NotAPicture("not a picture: the array holds NaN, infinity or numbers near it.")
    low, high = float(array.min()), float(array.max())
    end = next((end for end in SCALES if high <= OVERSHOOT * end), high)
    standardised = OVERSHOOT < high < 8 or low < (1 - OVERSHOOT) * end  # 8: half of 4 bits
    in_range = (low, high) if standardised else (0, end)
    scaled = exposure.rescale_intensity(array, in_range, (0, 255))
    return np.rint(scaled).astype(np.uint8)


def _pixels(image: Image.Image) -> np.ndarray:
    """Return an image as (height, width[, 3]) float32, 0-1: small enough, upright, opaque."""
    if image.width * image.height > MOST_PIXELS:
        raise NotAPicture(
            f"not a picture to be opened: {image.width} x {image.height} pixels are more than "
            f"{MOST_PIXELS // 10**6} megapixels."
        )
    if image.mode.startswith("I") or image.mode == "F":  # 16 bits or more
        values = np.asarray(image).astype(np.float32)
        image = _from_array(np.nan_to_num(values, posinf=0, neginf=0))[0]
    opaque = "L" if image.mode in ("L", "1") else "RGB"
    mode = "RGBA" if image.has_transparency_data else opaque
    if image.mode != mode:
        image = image.convert(mode)
    step = max(image.size) // LONGEST
    if step > 1:
        image = image.reduce(step)
    image = ImageOps.exif_transpose(image)
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.BILINEAR)
    pixels = np.asarray(image, dtype=np.float32) / 255
    return _opaque(pixels) if image.mode == "RGBA" else pixels


def _weigh(pixels: np.ndarray) -> np.ndarray:
    """Turn colours into grey as Pillow does; where these are all as bright, by what they differ."""
    apart = 1 + pixels.shape[1] // 50
    edges = (pixels[::2, apart::2] - pixels[::2, :-apart:2]).reshape(-1, 3)
    spread = edges.T @ edges / len(edges)
    variances, axes = np.linalg.eigh(spread)
    seen = LUMINANCE @ spread @ LUMINANCE / (LUMINANCE @ LUMINANCE)
    if variances[-1] < max(EQUAL * seen, COLOURED**2):
        return pixels @ LUMINANCE
    grey = pixels @ axes[:, -1]
    return (grey - grey.min()) / np.abs(axes[:, -1]).sum()


def _opaque(pixels: np.ndarray) -> np.ndarray:
    """Lay a transparent picture on paper: on white or black, whichever the ink stands out from.

    What is under full transparency is arbitrary (often black, as is the ink), so it is never read.
    """
    colour, alpha = pixels[:, :, :3], pixels[:, :, 3:]
    if alpha.max() < TRANSPARENT:
        raise NothingWritten("nothing written found: the picture is transparent throughout.")
    alpha = alpha / alpha.max()  # the ink may be half transparent throughout
    seen = alpha[:, :, 0] > 0.5
    if seen.mean() > 0.5:  # a picture with a transparent margin: its own paper goes on
        paper = np.median(colour[seen], axis=0)
    else:
        paper = 1.0 if colour[seen].mean() < 0.5 else 0.0
    return colour * alpha + paper * (1 - alpha)
