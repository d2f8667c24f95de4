"""A trained network as a web page that reads handwriting.

The page is one HTML file that holds everything and needs no server. Its sources lie in ``page/``:
`network.js` (runs the network), `imaging.js` (brings a drawing to MNIST's format), `page.js` (what
one sees).
"""

import base64
import hashlib
import html
import json
import zipfile
import zlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .. import formats
from ..imaging import SURE
from ..mlp import ACTIVATIONS, MLP

if TYPE_CHECKING:
    import ipywidgets

SOURCES = Path(__file__).parent / "page"
SCRIPTS = ("imaging.js", "network.js", "page.js")
PIXELS = 28 * 28


def load_model(path: str | Path) -> MLP:
    """Read a network that `MLP.save` wrote, and say what is wrong with the file if it is not one.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it holds no network that reads 784 pixels, or a damaged one.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: there is no such file; MLP.save(path) writes one")
    try:
        model = MLP.load(path)
    except KeyError as error:
        raise ValueError(f"{path}: not a network that MLP.save wrote: {error.args[0]}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, TypeError) as error:
        advice = "save the network once more"
        raise ValueError(f"{path}: not a whole .npz file ({error}); {advice}") from None
    check_model(model, path)
    return model


def check_model(model: MLP, name: str | Path = "the model") -> None:
    """Raise if a network cannot read 28x28 pixels; `name` is what the message calls it.

    Raises
    ------
    ValueError, sklearn.exceptions.NotFittedError
        If it expects something else than 784 pixels, its arrays do not fit together or hold
        numbers that are not finite; if it was never trained.
    """
    if not isinstance(model, MLP):
        raise ValueError(f"{name} is of type {type(model).__name__}; the page runs an MLP only")
    check_is_fitted(model)
    layers = list(zip(model.weights_, model.biases_, strict=False))
    if len(model.weights_) != len(model.biases_) or not layers:
        raise ValueError(
            f"{name} has {len(model.weights_)} arrays of weights and {len(model.biases_)} of biases"
        )
    sizes = [PIXELS] + [weights.shape[-1] for weights, _ in layers]
    for depth, ((weights, biases), (inputs, outputs)) in enumerate(
        zip(layers, pairwise(sizes), strict=True), start=1
    ):
        if weights.shape != (inputs, outputs) or biases.shape != (outputs,):
            raise ValueError(
                f"{name}, layer {depth}: weights {weights.shape} and biases {biases.shape}, "
                f"expected ({inputs}, {outputs}) and ({outputs},)"
            )
        if not (np.isfinite(weights).all() and np.isfinite(biases).all()):
            raise ValueError(f"{name}, layer {depth}: holds numbers that are not finite")
    if model.mean_.shape != (PIXELS,) or not (model.mean_.min() >= 0 and model.mean_.max() <= 1):
        raise ValueError(
            f"{name} expects other inputs than {PIXELS} pixels as uint8 or from 0 to 1"
        )
    if len(model.classes_) != sizes[-1]:
        raise ValueError(f"{name} has {len(model.classes_)} classes but {sizes[-1]} outputs")
    if model.activation not in ACTIVATIONS:
        raise ValueError(f"{name}: unknown activation {model.activation!r}")


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


def folded_biases(model: MLP) -> list[np.ndarray]:
    """Return the biases of a network that need not subtract the mean image from its inputs.

    (x - mean) W + b = x W + (b - mean W): only the first layer's change. Blank pixels are then 0,
    and what is 0 can be skipped. One float64 array (n_out,) per layer.
    """
    biases = [b.astype(np.float64) for b in model.biases_]
    biases[0] -= model.mean_.astype(np.float64) @ model.weights_[0].astype(np.float64)
    return biases


def export_page(
    model: MLP,
    folder: str | Path,
    class_names: Sequence[str] | None = None,
    title: str | None = None,
) -> Path:
    """Write a trained network as a web page that reads what is drawn on it.

    Parameters
    ----------
    model : MLP
        A network for 28x28 pixels.
    folder : str or Path
        Gets ``index.html``, which is the whole page, and three files that a browser asks for only
        when the page is served: with them it can be installed, and works without a network.
    class_names, title : sequence of str, and str; optional
        What to show for each of ``model.classes_``, in that order, and the page's heading.

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
    text = page(model, class_names, title)
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


def page(model: MLP, class_names: Sequence[str] | None = None, title: str | None = None) -> str:
    """Return the page that `export_page` writes, as one text; see there for what it takes."""
    check_model(model)
    classes = [str(name) for name in (model.classes_ if class_names is None else class_names)]
    if len(classes) != len(model.classes_):
        raise ValueError(
            f"class_names has {len(classes)} names, but the model has {len(model.classes_)} classes"
        )
    if title is None:
        digits = set(classes) <= set("0123456789")
        title = "Reads handwritten digits" if digits else "Reads handwriting"
    style = _source("page.css")
    script = "\n".join(_source(name) for name in SCRIPTS)
    return Template(_source("index.html")).substitute(
        title=html.escape(title),
        style=style,
        script=script,
        icon=base64.b64encode(_source("icon.svg").encode()).decode(),
        policy=_policy(script, style),
        # Inside <script>, only "<" could end the data early.
        model=json.dumps(_packed(model, classes), ensure_ascii=False).replace("<", "\\u003c"),
    )


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


def _packed(model: MLP, classes: list[str]) -> dict:
    """Describe a network as `unpack` in network.js expects it."""
    numbers, steps = bytearray(), []
    for weights, biases in zip(model.weights_, folded_biases(model), strict=True):
        whole, step = quantise(weights)
        numbers += whole.tobytes() + biases.astype("<f4").tobytes()
        steps.append(step)
    sizes = [PIXELS, *(len(biases) for biases in model.biases_)]
    return {
        "format": "mnistlab-1",
        "sizes": sizes,
        "activation": model.activation,
        "classes": classes,
        "several": set(classes) <= set("0123456789"),
        "sure": SURE,
        "scales": steps,
        "facts": f"This network has {' - '.join(map(str, sizes))} units and "
        f"{sum(w.size for w in model.weights_):,} weights, each rounded to one byte.",
        "numbers": base64.b64encode(zlib.compress(bytes(numbers), 9)).decode(),
    }


def preview(
    model: MLP, class_names: Sequence[str] | None = None, title: str | None = None
) -> "ipywidgets.HTML":
    """Show the page inside a notebook, in a frame that is not stored with it; see `export_page`."""
    import ipywidgets  # slow to import

    class Frame(ipywidgets.HTML):
        def __repr__(self) -> str:  # what a stored notebook shows in the page's place
            return "Run this cell to draw on the page here; the picture above shows it."

    source = html.escape(page(model, class_names, title))
    return Frame(
        f'<iframe title="The page" sandbox="allow-scripts" srcdoc="{source}" '
        'style="width: 100%; height: 860px; border: 1px solid #888"></iframe>'
    )
