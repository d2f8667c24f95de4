"""How large are the pages of the shipped readers, and how fast do they answer, slowed or not?

A page is opened from disk in Chromium. First answer: from the browser's "load" event until the
network is unpacked and has answered once (a new page each time). Each answer: from one more point
of a stroke until everything on the page is changed (line drawn, digits found and placed, network,
bars), while an 8 is drawn point by point; once more with "See it think" unfolded, in a window in
which it is whole: then its pictures, and of digits the most alike, are among what is changed.
Slowed: Chromium's own brake, four times as slow. What else the machine does matters: the load
average, before and after, is recorded.

    uv run python benchmarks/web_page.py
"""

import gzip
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from browser import find_chromium, start_browser

from mnistlab import load_reader, web

RESULTS = Path(__file__).parent / "results" / "web_page.json"
PAGES = 7
POINTS = 200
FOLDED, SEEN = {"width": 400, "height": 800}, {"width": 1000, "height": 1600}

FIRST = """
addEventListener("load", async () => {
  const loaded = performance.now();
  while (network === null) {
    await new Promise((done) => setTimeout(done, 1)); // asked every few milliseconds
  }
  hand.put([[[100, 60], [100, 200]]]);
  window.firstAnswer = performance.now() - loaded;
});
"""

EACH = """
(points) => {
  const whole = [], alone = [];
  const stroke = [];
  hand.strokes = [stroke];
  hand.drawing = { id: 0, points: stroke }; // as while the pen is down
  for (let i = 0; i < points; i++) {
    const t = (2 * Math.PI * i) / points;
    stroke.push([140 + 55 * Math.sin(2 * t), 140 - 85 * Math.cos(t)]);
    const start = performance.now();
    update();
    const middle = performance.now();
    forward(digits[0].pixels, network);
    whole.push(middle - start);
    alone.push(performance.now() - middle);
  }
  hand.drawing = null;
  return { whole, alone };
}
"""


# Unfolded, and ready: of digits the pictures that are compared are unpacked.
UNFOLD = """
async () => {
  element("think").open = true;
  think();
  while (network.examples && alike.length < 2) await new Promise((done) => setTimeout(done, 10));
}
"""


def summary(values):
    """Return the median and what 19 of 20 stay within, in milliseconds."""
    median, most = np.quantile(values, [0.5, 0.95])
    return {"median": round(median, 2), "19 of 20 within": round(most, 2)}


def measure(browser, address, slowed):
    """Open the page several times; return the times of the first and of all other answers."""
    first, whole, alone = run(browser, address, slowed, FOLDED)
    _, seen, _ = run(browser, address, slowed, SEEN)
    return {
        "first answer after load": summary(first),
        "each answer": summary(whole),
        "of it the network": summary(alone),
        "each answer, seen thinking": summary(seen),
    }


def run(browser, address, slowed, window):
    """Return the times of the first and of all other answers, and of the network alone."""
    first, whole, alone = [], [], []
    for _ in range(PAGES):
        page = browser.new_page(viewport=window)
        brake = page.context.new_cdp_session(page)
        brake.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
        page.add_init_script(FIRST)
        page.goto(address)
        page.wait_for_timeout(1000)
        first.append(page.evaluate("firstAnswer"))
        if window is SEEN:
            page.evaluate(UNFOLD)
        assert page.evaluate("element('think').open") == (window is SEEN)
        page.evaluate(EACH, POINTS)  # warm-up: the browser compiles
        times = page.evaluate(EACH, POINTS)
        whole += times["whole"]
        alone += times["alone"]
        page.close()
    return first, whole, alone


def main() -> None:
    """Measure, print and store."""
    if find_chromium() is None:
        print("NOT measured: no Chromium found (MNISTLAB_CHROMIUM can name one)")
        return
    result = {"unit of time": "milliseconds", "load before": round(os.getloadavg()[0], 1)}
    for name, model in {"digits": load_reader(), "hiragana": load_reader("kana")}.items():
        with tempfile.TemporaryDirectory() as folder, start_browser() as browser:
            path = web.export_page(model, folder)
            text = path.read_bytes()
            result[name] = {
                "weights": sum(weights.size for weights in model.weights_),
                "page, bytes": len(text),
                "page, bytes gzipped": len(gzip.compress(text)),
            }
            for slowed in (1, 4):
                result[name][f"slowed {slowed} times"] = measure(browser, path.as_uri(), slowed)
    result["load after"] = round(os.getloadavg()[0], 1)
    print(json.dumps(result, indent=2))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
