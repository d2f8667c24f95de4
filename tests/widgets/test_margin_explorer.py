"""The margin explorer: in Python, and in JupyterLab in a real Chromium."""

import numpy as np
import pytest
import traitlets
from sklearn.svm import SVC

from mnistlab.widgets import MarginExplorer

CELLS = [
    "import numpy as np\nfrom mnistlab.widgets import MarginExplorer",
    "X, y, X_new, y_new = (np.load(f'{name}.npy') for name in ('X', 'y', 'X_new', 'y_new'))",
    "explorer = MarginExplorer(X, y, X_new, y_new)\nexplorer",
]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(5)
    y = rng.choice([1, 7], 160)
    X = rng.normal(np.where(y == 7, 1.0, -1.0)[:, None] * [1, 0.3], 0.9)
    return {"X": X[:60], "y": y[:60], "X_new": X[60:], "y_new": y[60:]}


def fitted(data, C, gamma):
    machine = SVC(C=C, gamma=gamma) if gamma else SVC(C=C, kernel="linear")
    return machine.fit(data["X"], data["y"])


def test_sends_the_machines_of_sklearn(data):
    sent = MarginExplorer(**data)._data
    support = np.frombuffer(sent["support"], np.uint8).reshape(-1, 60)
    maps = np.frombuffer(sent["maps"], np.int8).reshape(len(support), -1)
    left, right, bottom, top = sent["frame"]
    for i, C in enumerate(sent["Cs"]):
        for j, gamma in enumerate(sent["gammas"]):
            which = i * len(sent["gammas"]) + j
            machine = fitted(data, C, gamma)
            assert np.flatnonzero(support[which]).tolist() == sorted(machine.support_)
            wrong = (machine.predict(data["X_new"]) != data["y_new"]).sum()
            assert sent["mistakes_new"][which] == wrong
            # The first cell of the map is the upper left corner, the last one the lower right.
            corners = machine.decision_function([[left, top], [right, bottom]])
            drawn = maps[which][[0, -1]] / 127 * sent["deepest"]
            np.testing.assert_allclose(drawn, np.clip(corners, -2, 2), atol=0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.zeros((60, 3))}, "in the plane"),
        ({"X_new": np.zeros(100)}, "in the plane"),
        ({"y": np.zeros(60)}, "two kinds; there are 1"),
        ({"y": np.arange(60)}, "two kinds; there are 60"),
    ],
)
def test_says_what_is_wrong(data, change, message):
    with pytest.raises(ValueError, match=message):
        MarginExplorer(**{**data, **change})


def test_only_positions_of_the_sliders_can_be_set(data):
    explorer = MarginExplorer(**data)
    explorer.C, explorer.gamma = 100, 0
    with pytest.raises(traitlets.TraitError, match=r"'C' trait .* expected any of \[0\.01, 0\.1"):
        explorer.C = 5
    assert (explorer.C, explorer.gamma) == (100, 0)


@pytest.fixture
def root(jupyterlab, data):
    for name, array in data.items():
        np.save(jupyterlab.folder / f"{name}.npy", array)
    page = jupyterlab.open(CELLS)
    root = page.locator(".mnistlab-margin")
    root.wait_for()
    yield root
    assert jupyterlab.problems == []


def agrees_with_sklearn(root, data):
    """Compare what the page says with a machine fitted here; return its C and gamma."""
    text = {
        name: root.locator(f"[data-value={name}]").inner_text()
        for name in ("C", "gamma", "support", "mistakes", "mistakes_new")
    }
    C, gamma = float(text["C"]), float(text["gamma"].replace("none (linear)", "0"))
    machine = fitted(data, C, gamma)
    assert int(text["support"]) == len(machine.support_)
    assert int(text["mistakes"]) == (machine.predict(data["X"]) != data["y"]).sum()
    missed = 100 * np.mean(machine.predict(data["X_new"]) != data["y_new"])
    assert text["mistakes_new"] == f"{missed:.1f}"
    return C, gamma


def picture(root):
    canvas = root.locator("canvas")
    return canvas.evaluate("c => c.toDataURL()")


def test_keyboard_and_mouse_move_both_sliders(root, data):
    assert agrees_with_sklearn(root, data) == (1, 0.3)
    seen = [picture(root)]
    sliders = {name: root.get_by_role("slider", name=name) for name in ("C", "gamma")}
    sliders["C"].focus()
    root.page.keyboard.press("ArrowRight")
    assert agrees_with_sklearn(root, data) == (10, 0.3)
    seen.append(picture(root))
    sliders["gamma"].focus()
    root.page.keyboard.press("Home")
    assert agrees_with_sklearn(root, data) == (10, 0)
    seen.append(picture(root))
    box = sliders["gamma"].bounding_box()
    root.page.mouse.click(box["x"] + 0.98 * box["width"], box["y"] + box["height"] / 2)
    assert agrees_with_sklearn(root, data) == (10, 30)
    seen.append(picture(root))
    assert len(set(seen)) == 4


def test_the_map_is_blue_where_the_first_label_is(root, data):
    machine = fitted(data, 1, 0.3)
    sent = MarginExplorer(**data)._data
    left, right, bottom, top = sent["frame"]
    pixels = root.locator("canvas").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )
    pixels = np.array(pixels).reshape(360, 360, 4).astype(int)
    rng = np.random.default_rng(0)
    compared = 0
    for column, row in rng.integers(5, 355, (300, 2)):
        at = [left + (right - left) * column / 359, top - (top - bottom) * row / 359]
        depth = machine.decision_function([at])[0]
        red, _, blue, _ = pixels[row, column]
        if abs(depth) > 0.15 and min(red, blue) > 170:  # no line and no point drawn there
            assert (blue > red) == (depth < 0)
            compared += 1
    assert compared > 150
