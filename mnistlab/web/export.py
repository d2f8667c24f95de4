"""A trained network as a web page that reads handwriting.

The page is one HTML file that holds everything and needs no server. Its sources lie in ``page/``:
`network.js` (runs the network), `imaging.js` and `kana.js` (bring a drawing to its format),
`page.js` (the pad) and `answer.js` (what the page says) stand in the middle. `pad.js` is the
notebook's pad too, and `words.json` has what digits, hiragana and others are called.
"""

import base64
import hashlib
import html
import json
import re
import zlib
from collections.abc import Sequence
from math import isqrt
from pathlib import Path
from string import Template

import ipywidgets
import numpy as np

from .. import formats, imaging
from ..datasets import load
from ..reader import load_reader
from .layers import Layer, Network, folded_biases, layers_of

SOURCES = Path(__file__).parent / "page"
EACH = 20  # of each digit so many training pictures lie in a row of examples.png
FLOOR = 3.0  # score of the reader of hiragana: in 100 characters one is lower, of digits most are
KANA_SURE = 0.97  # its probability of a sure answer: where it is as high, it was never wrong
SCRIPTS = ("pad", "imaging", "cut", "kana", "network", "answer", "see", "play", "page")


def quantise(weights: np.ndarray, bits: int = 8) -> tuple[np.ndarray, float]:
    """Round weights, floats of any shape, to whole numbers of one common step.

    Returns the numbers, int8 of the same shape, and the step, a float: ``numbers * step`` is close
    to `weights`. The largest weight becomes 2**(bits-1) - 1. ValueError unless `bits` is 2 to 8.
    """
    if not 2 <= bits <= 8:
        raise ValueError(f"bits is {bits}, expected 2 to 8")
    largest = 2 ** (bits - 1) - 1
    step = float(np.abs(weights).max()) / largest or 1.0  # a layer of zeros: any step will do
    return np.rint(weights / step).astype(np.int8), step


def export_page(
    model: Network,
    folder: str | Path,
    class_names: Sequence[str] | None = None,
    title: str | None = None,
) -> Path:
    """Write a trained network as a web page that reads what is drawn on it.

    Returns the path of ``index.html``: open it with a double click, or put the folder on any host.
    ValueError if the model reads other pictures, or the names are not as many as its classes;
    OSError if the folder cannot be written.

    Parameters
    ----------
    model : a network for 28 x 28 pixels, or 40 x 40 as `simulated_hand.frame` sets characters
    folder : str or Path
        Gets ``index.html``, which is the whole page, and two files that a browser asks for only
        when the page is served: with them it can be installed, and works without a network.
    class_names, title : sequence of str, and str; optional
        What to show for each of ``model.classes_``, in that order, and the page's heading. A page
        for digits shows which of 200 training digits are most alike; one for hiragana the romaji.
    """
    text = page(model, class_names, title)
    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    heading = html.unescape(text.partition("<title>")[2].partition("<")[0])
    short = html.unescape(text.partition('name="application-name" content="')[2].partition('"')[0])
    manifest = json.loads(_source("manifest.webmanifest"))
    icon = {"src": _icon(), "sizes": "any", "type": "image/svg+xml"}
    manifest |= {"name": heading, "short_name": short, "icons": [icon]}
    files = {
        "manifest.webmanifest": json.dumps(manifest, ensure_ascii=False, indent=1),
        "service-worker.js": _source("service-worker.js").replace("$version", version),
        "index.html": text,  # last: a page that is there has all it needs
    }
    (folder := Path(folder)).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        with formats.whole_file(folder / name) as file:
            file.write(content.encode())
    return folder / "index.html"


def page(model: Network, class_names: Sequence[str] | None = None, title: str | None = None) -> str:
    """Return the page that `export_page` writes, as one text; see there for what it takes."""
    layers, side = layers_of(model), isqrt(model.n_features_in_)
    known = imaging.class_names(model)
    classes = [str(name) for name in (known if class_names is None else class_names)]
    if len(classes) != len(known):
        raise ValueError(
            f"class_names has {len(classes)} names, but the model has {len(known)} classes"
        )
    several = set(classes) <= set("0123456789?")
    network = _packed(model, layers) | {"side": side, "classes": classes, "several": several}
    network |= {"sure": imaging.SURE, "none": known.index("?") if known[-1] == "?" else -1}
    kind = "digits" if several else "characters"
    if several and class_names is None and side == 28:
        png = base64.b64encode((SOURCES / "examples.png").read_bytes()).decode()
        labels = (np.arange(10 * EACH) // EACH).tolist()
        network["examples"] = {"png": png, "columns": EACH, "labels": labels}
    elif not several and set(classes) <= set((kana := load("kana")).class_names):
        kind, romaji = "kana", dict(zip(kana.class_names, kana.romaji, strict=True))
        network["romaji"] = [romaji[name] for name in classes]
        if np.array_equal(model.biases_[-1], load_reader("kana").biases_[-1]):
            network |= {"floor": FLOOR, "sure": KANA_SURE}
    words = json.loads(_source("words.json"))
    words = words["base"] | words[kind] | words.get(str(side), {})
    network["own"] = words.pop("own", {})
    short = re.match(r"(?:.{,12}(?!\S))?", title or "")[0].strip() or words["short"]
    style = _source("page.css")
    script = "\n".join(_source(f"{name}.js") for name in SCRIPTS)
    return Template(_source("index.html")).substitute(
        words,
        title=html.escape(words["title"] if title is None else title),
        short=html.escape(short),  # under an icon on a phone is no room for more
        side=side,
        style=style,
        script=script,
        icon=_icon(),
        policy=_policy(script, style),
        # Inside <script>, only "<" could end the data early.
        model=json.dumps(network, ensure_ascii=False).replace("<", "\\u003c"),
    )


def _source(name: str) -> str:
    return (SOURCES / name).read_text(encoding="utf-8")


def _icon() -> str:
    """Return the icon as an address that holds the picture itself: then no file is asked for."""
    return f"data:image/svg+xml;base64,{base64.b64encode(_source('icon.svg').encode()).decode()}"


def _policy(script: str, style: str) -> str:
    """Return a Content-Security-Policy: this script, this style, and what installs the page."""
    sums = [base64.b64encode(hashlib.sha256(t.encode()).digest()) for t in (script, style)]
    run, look = (f"'sha256-{digest.decode()}'" for digest in sums)
    return (
        f"default-src 'none'; script-src {run}; style-src {look}; img-src data:; "
        "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'"
    )


def _packed(model: Network, layers: list[Layer]) -> dict:
    """Describe a network as `unpack` in network.js expects it."""
    numbers, described, plan, biases = bytearray(), [], [], iter(folded_biases(model))
    for layer in layers:
        size, n_in, n_out, step = 1, 0, 0, 1.0
        if layer.weights.size:
            whole, step = quantise(layer.weights)
            numbers += whole.tobytes() + next(biases).astype("<f4").tobytes()
            size, n_in, n_out = ([1, *layer.weights.shape])[-3:]
        kind = {"kind": layer.kind, "size": size, "stride": layer.stride, "inputs": n_in}
        described.append(kind | {"outputs": n_out, "activation": layer.activation, "scale": step})
        kernels = f"{n_out} kernels of {size} × {size}"
        said = {"convolution": kernels, "pool": "pooling", "dense": f"{n_out} units"}
        plan.append(said[layer.kind])
    n_weights = sum(layer.weights.size for layer in layers)
    return {
        "format": "mnistlab-2",
        "layers": described,
        "pixel": 1 / (255 * float(model.std_)),  # what pixels, 0 to 255, are multiplied by
        "facts": f"This network ({', '.join(plan)}) has {n_weights:,} weights, each rounded to "
        "one byte.",
        "numbers": base64.b64encode(zlib.compress(bytes(numbers), 9)).decode(),
    }


def preview(
    model: Network, class_names: Sequence[str] | None = None, title: str | None = None
) -> ipywidgets.HTML:
    """Show the page inside a notebook, in a frame that is not stored with it; see `export_page`."""

    class Frame(ipywidgets.HTML):
        def __repr__(self) -> str:  # what a stored notebook shows in the page's place
            return "Run this cell to draw on the page here; the picture above shows it."

    source = html.escape(page(model, class_names, title))
    return Frame(
        f'<iframe title="The page" sandbox="allow-scripts allow-downloads" srcdoc="{source}" '
        'style="width: 100%; height: 860px; border: 1px solid #888"></iframe>'
    )
