"""Open a picture: any file Pillow reads, bytes, a Pillow image or an array, as grey values.

What cannot be read is refused with one sentence that says why: an empty or damaged file, no
picture, a bomb of a few kilobytes that would fill the memory. What is done with the grey values is
in `mnistlab.imaging`.
"""

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

LONGEST = 1200  # larger pictures are reduced to this: a digit needs 20 pixels, not 2,000
SMALL = 64  # pictures of this side or less were drawn or cut out: no uneven light in them
MOST_PIXELS = 100_000_000  # above it a file of a few kilobytes could fill the memory
LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)
MAGIC = (b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", b"BM", b"II*", b"MM\0*")


class NotAPicture(ValueError):
    """What was handed over cannot be read as a picture."""


class NothingWritten(ValueError):
    """The picture is readable, but there is no digit in it that could be told from the paper."""


def load(picture):
    """Open a picture as grey values, reduced where it is larger than needed.

    Parameters
    ----------
    picture : path, bytes, PIL.Image.Image or array
        A file in any format Pillow reads (of an animation, the first frame); or an array (height,
        width) or (height, width, 1 to 4), bool, integer or float (0-1, or 0-255).

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
    OSError
        There is no such file.
    """
    if isinstance(picture, str | Path):
        picture = Path(picture).read_bytes()
    if isinstance(picture, bytes | bytearray | memoryview):
        image, longer_side = _decode(bytes(picture))
    elif isinstance(picture, Image.Image):
        image, longer_side = picture, max(picture.size)
    else:
        image, longer_side = _from_array(np.asarray(picture))
    if min(image.size) < 4:
        raise NotAPicture(
            f"not a picture of a digit: it is only {image.width} x {image.height} pixels."
        )
    pixels = _pixels(image)
    return _grey(pixels), longer_side / max(pixels.shape)


def _decode(data):
    """Open a file's bytes with Pillow; returned with the longer side it had in the file."""
    if not data:
        raise NotAPicture("not a picture: the file is empty (0 bytes).")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's doubts become errors here, or nothing
            image = Image.open(io.BytesIO(data))
            longer_side = max(image.size)
            if image.width * image.height <= MOST_PIXELS:
                image.draft(None, (LONGEST, LONGEST))  # JPEG decodes at half size for a quarter
                image.load()
    except Image.DecompressionBombError:
        raise NotAPicture(
            f"not a picture to be opened: {len(data)} bytes that claim to hold more than "
            f"{MOST_PIXELS // 1_000_000} megapixels."
        ) from None
    except Exception as error:  # decoders fail in as many ways as files are damaged
        cut = any(data.startswith(magic) for magic in MAGIC) or "truncated" in str(error)
        if cut:
            reason = f"the file ends after {len(data)} bytes, or is damaged"
        else:
            reason = f"its {len(data)} bytes begin like no format that is known here"
        raise NotAPicture(f"not a picture: {reason}.") from error
    return image, longer_side


def _from_array(array):
    """Turn an array into a Pillow image, floats and odd integers scaled to 0-255."""
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if (
        not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (2, 3, 4)))
        or 0 in array.shape
    ):
        raise NotAPicture(
            f"not a picture: an array of shape {array.shape}; expected (height, width) for grey or "
            "(height, width, 3 or 4) for colour."
        )
    if array.dtype.kind not in "buif":
        raise NotAPicture(f"not a picture: an array of {array.dtype}; expected numbers.")
    height, width = array.shape[:2]
    step = max(height, width) // (2 * LONGEST)
    if step > 1:  # means of small squares, before any copy in floating point
        rows, columns = height // step * step, width // step * step
        squares = (array[i:rows:step, j:columns:step] for i in range(step) for j in range(step))
        with np.errstate(over="ignore", invalid="ignore"):  # said below
            array = sum(square.astype(np.float32) for square in squares) / step**2
    if array.dtype != np.uint8:
        with np.errstate(over="ignore"):
            array = array.astype(np.float32)
        if not np.isfinite(array).all():
            raise NotAPicture("not a picture: the array holds NaN, infinity or numbers near it.")
        low, high = min(float(array.min()), 0), float(array.max())
        full = next((limit for limit in (1, 16, 255, 65535) if high <= limit), high)
        array = np.rint(np.interp(array, (low, full), (0, 255))).astype(np.uint8)
    return Image.fromarray(array), max(height, width)


def _pixels(image):
    """Return an image as (height, width[, 3]) float32, 0-1: small enough, upright, opaque."""
    if image.width * image.height > MOST_PIXELS:
        raise NotAPicture(
            f"not a picture to be opened: {image.width} x {image.height} pixels are more than "
            f"{MOST_PIXELS // 1_000_000} megapixels."
        )
    if image.mode.startswith("I") or image.mode == "F":  # 16 bits or more
        values = np.asarray(image).astype(np.float32)
        image = _from_array(np.nan_to_num(values, posinf=0, neginf=0))[0]
    if "transparency" in image.info or image.mode in ("LA", "PA", "La", "RGBa"):
        image = image.convert("RGBA")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode not in ("L", "RGB", "RGBA"):
        image = image.convert("RGB")
    step = max(image.size) // LONGEST
    if step > 1:
        image = image.reduce(step)
    image = ImageOps.exif_transpose(image)
    if max(image.size) > LONGEST:
        image.thumbnail((LONGEST, LONGEST), Image.Resampling.BILINEAR)
    pixels = np.asarray(image, dtype=np.float32) / 255
    return _opaque(pixels) if image.mode == "RGBA" else pixels


def _opaque(pixels):
    """Lay a transparent picture on paper: on white or black, whichever the ink stands out from.

    What is under full transparency is arbitrary (often black, as is the ink), so it is never read.
    """
    colour, alpha = pixels[:, :, :3], pixels[:, :, 3:]
    if alpha.min() == 1:
        return colour
    seen = alpha[:, :, 0] > 0.5
    if not seen.any():
        raise NothingWritten("nothing written found: the picture is transparent throughout.")
    if seen.mean() > 0.5:  # a picture with a transparent margin: its own paper goes on
        paper = np.median(colour[seen], axis=0)
    else:
        paper = 1.0 if colour[seen].mean() < 0.5 else 0.0
    return colour * alpha + paper * (1 - alpha)


def _grey(pixels):
    return pixels if pixels.ndim == 2 else pixels @ LUMINANCE
