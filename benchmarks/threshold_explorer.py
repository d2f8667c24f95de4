"""How fast does the threshold explorer follow the slider, in JupyterLab in a real browser?

60,000 scores and images, as in notebook 05. The page itself measures: from the slider's event until
everything on the page is changed (work), and until the browser has painted it (seen, up to two
frames of its own clock later). The promise is to be seen within 100 ms.

    uv run python benchmarks/threshold_explorer.py
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from browser import find_chromium, start_browser, start_jupyterlab

RESULTS = Path(__file__).parent / "results" / "threshold_explorer.json"
POSITIONS = 200
DIGITS = 60_000

CELLS = [
    "import numpy as np\nfrom mnistlab.widgets import ThresholdExplorer",
    "rng = np.random.default_rng(0)\n"
    f"y_true = rng.random({DIGITS}) < 0.09\n"
    "scores = rng.normal(np.where(y_true, 3_000, -18_000), 12_000)\n"
    f"images = rng.integers(0, 256, ({DIGITS}, 784), dtype=np.uint8)\n"
    "ThresholdExplorer(scores, y_true, images)",
]

MEASURE = """
async (positions) => {
  const slider = document.querySelector('.mnistlab-threshold input');
  const frame = () => new Promise(requestAnimationFrame);
  const [low, high] = [Number(slider.min), Number(slider.max)];
  const work = [], seen = [];
  for (let i = 0; i < positions; i++) {
    await frame();
    slider.value = low + Math.round((high - low) * ((i * 37) % positions) / positions);
    const start = performance.now();
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    work.push(performance.now() - start);
    await frame();  // about to paint
    await frame();  // painted
    seen.push(performance.now() - start);
  }
  return { work, seen };
}
"""


def main() -> None:
    """Measure, print and store."""
    if find_chromium() is None:
        print("NOT measured: no Chromium found (MNISTLAB_CHROMIUM can name one)")
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        start_browser() as browser,
        start_jupyterlab(Path(folder), browser) as jupyterlab,
    ):
        page = jupyterlab.open(CELLS)
        page.locator(".mnistlab-threshold").wait_for()
        page.evaluate(MEASURE, 20)  # warm-up: the browser compiles
        times = page.evaluate(MEASURE, POSITIONS)
    result = {"digits": DIGITS, "positions": POSITIONS, "unit": "milliseconds"}
    for name, values in times.items():
        median, most = np.quantile(values, [0.5, 0.95])
        result[name] = {"median": round(median, 1), "19 of 20 within": round(most, 1)}
        print(f"{name}: median {median:5.1f} ms, 19 of 20 within {most:5.1f} ms")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
