"""A trained network as a web page that reads handwriting.

The page is one HTML file that holds everything and needs no server. Its sources lie in ``page/``:
`network.js` (runs the network), `imaging.js` (brings a drawing to MNIST's format), `page.js` (the
pad) and `answer.js` (what the page says) stand in the middle. `pad.js` is the notebook's pad too.
"""

import base64
import hashlib
import html
import io
import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from .. import formats
from ..cnn import CNN
from ..imaging import SURE
from ..imaging import class_names as names_of
from ..mlp import MLP
from .layers import Layer, folded_biases, layers_of, pixel_scale

if TYPE_CHECKING:
    import ipywidgets

SOURCES = Path(__file__).parent / "page"
COLUMNS = 20  # of the sprite that holds the training pictures
DIGITS = {"one": "one digit", "several": "a number", "invitation": "Draw a digit or a number here"}
CHARACTERS = {"one": "one character", "several": "several", "invitation": "Draw a character here"}
SCRIPTS = ("pad", "imaging", "cut", "network", "answer", "see", "play", "page")


def quantise(weights: np.ndarray, bits: int = 8) -> tuple[np.ndarray, float]:
    """Round weights to whole numbers of one common step.

    Parameters
    ----------
    weights : float array of any shape
    bits : int
        2 to 8 (else a ValueError): the largest whole number is 2**(bits-1) - 1.

    Returns
    -------
    numbers, step : int8 array of the same shape, and float
        ``numbers * step`` is close to `weights`; the largest weight is the largest whole number.
    """
    if not 2 <= bits <= 8:
        raise ValueError(f"bits is {bits}, expected 2 to 8")
    largest = 2 ** (bits - 1) - 1
    step = float(np.abs(weights).max()) / largest or 1.0  # a layer of zeros: any step will do
    return np.rint(weights / step).astype(np.int8), step


def export_page(
    model: MLP | CNN,
    folder: str | Path,
    class_names: Sequence[str] | None = None,
    title: str | None = None,
    examples: tuple[np.ndarray, Sequence[int]] | None = None,
) -> Path:
    """Write a trained network as a web page that reads what is drawn on it.

    Parameters
    ----------
    model : MLP or CNN
        A network for 28x28 pixels.
    folder : str or Path
        Gets ``index.html``, which is the whole page, and three files that a browser asks for only
        when the page is served: with them it can be installed, and works without a network.
    class_names, title : sequence of str, and str; optional
        What to show for each of ``model.classes_``, in that order, and the page's heading.
    examples : uint8 (n, 28, 28) and int (n,), optional
        Training pictures and the numbers of their classes: the page shows which are most like a
        drawing. A page for digits brings 200 of MNIST's if none are given.

    Returns
    -------
    Path
        ``index.html``: open it with a double click, or put the folder on any web host.

    Raises
    ------
    ValueError
        If the model is not one that reads 784 pixels, or the names are not as many as its classes.
    OSError
        If the folder cannot be written.
    """
    text = page(model, class_names, title, examples)
    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    heading = html.unescape(text.partition("<title>")[2].partition("</title>")[0])
    files = {
        "icon.svg": _source("icon.svg"),
        "manifest.webmanifest": json.dumps(_manifest(heading), ensure_ascii=False, indent=1),
        "service-worker.js": _source("service-worker.js").replace("$version", version),
        "index.html": text,  # last: a page that is there has all it needs
    }
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        with formats.whole_file(folder / name) as file:
            file.write(content.encode())
    return folder / "index.html"


def page(
    model: MLP | CNN,
    class_names: Sequence[str] | None = None,
    title: str | None = None,
    examples: tuple[np.ndarray, Sequence[int]] | None = None,
) -> str:
    """Return the page that `export_page` writes, as one text; see there for what it takes."""
    layers = layers_of(model)
    known = names_of(model)
    classes = [str(name) for name in (known if class_names is None else class_names)]
    if len(classes) != len(known):
        raise ValueError(
            f"class_names has {len(classes)} names, but the model has {len(known)} classes"
        )
    several = set(classes) <= set("0123456789?")
    if title is None:
        title = "Reads handwritten digits" if several else "Reads handwriting"
    style = _source("page.css")
    script = "\n".join(_source(f"{name}.js") for name in SCRIPTS)
    network = _packed(model, layers)
    network |= {"classes": classes, "several": several, "sure": SURE}
    network["none"] = known.index("?") if known[-1] == "?" else -1
    if examples is not None:
        network["examples"] = _sprite(*examples)
    elif several and class_names is None:
        png = (SOURCES / "examples.png").read_bytes()
        network["examples"] = _described(png, np.arange(200) // 20)
    return Template(_source("index.html")).substitute(
        title=html.escape(title),
        style=style,
        script=script,
        icon=base64.b64encode(_source("icon.svg").encode()).decode(),
        policy=_policy(script, style),
        **(DIGITS if several else CHARACTERS),
        # Inside <script>, only "<" could end the data early.
        model=json.dumps(network, ensure_ascii=False).replace("<", "\\u003c"),
    )


def _sprite(images: np.ndarray, labels: Sequence[int]) -> dict:
    """Put pictures side by side into one PNG, in 16 greys."""
    n, height, width = images.shape
    rows = -(-n // COLUMNS)
    sprite = np.zeros((rows * COLUMNS, height, width), np.uint8)
    sprite[:n] = np.rint(images / 17) * 17
    sprite = sprite.reshape(rows, COLUMNS, height, width).swapaxes(1, 2)
    png = io.BytesIO()
    image = Image.fromarray(sprite.reshape(rows * height, -1))
    image.quantize(16, dither=Image.Dither.NONE).save(png, "PNG", optimize=True)
    return _described(png.getvalue(), labels)


def _described(png: bytes, labels: Sequence[int]) -> dict:
    labels = [int(label) for label in labels]
    return {"png": base64.b64encode(png).decode(), "columns": COLUMNS, "labels": labels}


def _source(name: str) -> str:
    return (SOURCES / name).read_text(encoding="utf-8")


def _policy(script: str, style: str) -> str:
    """Return a Content-Security-Policy: this script, this style, and nothing from anywhere."""

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; script-src {digest(script)}; style-src {digest(style)}; "
        "img-src 'self' data:; manifest-src 'self'; worker-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    )


def _manifest(title: str) -> dict:
    return {
        "name": title,
        "short_name": title[:12],
        "start_url": "./",
        "display": "standalone",
        "background_color": "#14171c",
        "theme_color": "#0b62a8",
        "icons": [{"src": "icon.svg", "sizes": "any", "type": "image/svg+xml"}],
    }


def _packed(model: MLP | CNN, layers: list[Layer]) -> dict:
    """Describe a network as `unpack` in network.js expects it."""
    numbers, described, biases = bytearray(), [], iter(folded_biases(model))
    for layer in layers:
        size, n_in, n_out, step = 1, 0, 0, 1.0
        if layer.weights.size:
            whole, step = quantise(layer.weights)
            numbers += whole.tobytes() + next(biases).astype("<f4").tobytes()
            size, n_in, n_out = ([1, *layer.weights.shape])[-3:]
        kind = {"kind": layer.kind, "size": size, "stride": layer.stride, "inputs": n_in}
        described.append(kind | {"outputs": n_out, "activation": layer.activation, "scale": step})
    n_weights = sum(layer.weights.size for layer in layers)
    return {
        "format": "mnistlab-2",
        "layers": described,
        "pixel": pixel_scale(model),
        "facts": f"This network ({_plan(layers)}) has {n_weights:,} weights, each rounded to one "
        "byte.",
        "numbers": base64.b64encode(zlib.compress(bytes(numbers), 9)).decode(),
    }


def _plan(layers: list[Layer]) -> str:
    """Say what a network is made of, layer by layer."""
    said = []
    for layer in layers:
        if layer.kind == "convolution":
            size, _, _, n_kernels = layer.weights.shape
            said.append(f"{n_kernels} kernels of {size} × {size}")
        else:
            said.append("pooling" if layer.kind == "pool" else f"{len(layer.biases)} units")
    return ", ".join(said)


def preview(
    model: MLP | CNN, class_names: Sequence[str] | None = None, title: str | None = None
) -> "ipywidgets.HTML":
    """Show the page inside a notebook, in a frame that is not stored with it; see `export_page`."""
    import ipywidgets  # slow to import

    class Frame(ipywidgets.HTML):
        def __repr__(self) -> str:  # what a stored notebook shows in the page's place
            return "Run this cell to draw on the page here; the picture above shows it."

    source = html.escape(page(model, class_names, title))
    return Frame(
        f'<iframe title="The page" sandbox="allow-scripts allow-downloads" srcdoc="{source}" '
        'style="width: 100%; height: 860px; border: 1px solid #888"></iframe>'
    )
