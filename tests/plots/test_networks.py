"""The pictures of notebook 07, by their data."""

import io

import numpy as np
from PIL import Image

from mnistlab import MLP, plots


def test_each_unit_is_a_picture_of_its_weights_on_one_scale():
    weights = np.zeros((16, 3))
    weights[5, 1] = -2.0  # second unit: row 1, column 1
    picture = plots.weights_grid(weights, columns=2)
    shown = [axes.images[0] for axes in picture.figure.axes if axes.images]
    assert len(shown) == 3
    assert shown[1].get_array()[1, 1] == -2.0
    assert {image.get_clim() for image in shown} == {(-2.0, 2.0)}
    assert picture.caption == "3 units; the largest weight is 2.00."


def test_the_stored_picture_keeps_the_sign_of_the_largest_weights():
    weights = np.random.default_rng(0).normal(size=(784, 24))
    weights[:392, 0], weights[392:, 0] = -np.abs(weights).max(), np.abs(weights).max()
    picture = plots.weights_grid(weights, columns=12)
    picture.figure.draw_without_rendering()
    bar = picture.figure.axes[-1].get_window_extent()
    image = Image.open(io.BytesIO(picture.png())).convert("RGB")
    x, height = int((bar.x0 + bar.x1) / 2), image.height
    purple, orange = (image.getpixel((x, int(height - y))) for y in (bar.y0 + 3, bar.y1 - 3))
    assert purple[2] > purple[0] + 20 and orange[0] > orange[2] + 60


def test_learning_curves_are_per_cent_from_epoch_1():
    picture = plots.learning_curves({"good": [0.5, 0.9, 0.95], "bad": [0.2, 0.3]})
    good, bad = picture.figure.axes[0].lines
    assert list(good.get_xdata()) == [1, 2, 3] and list(bad.get_xdata()) == [1, 2]
    assert list(good.get_ydata()) == [50, 90, 95]
    assert picture.caption == "Accuracy after the last epoch: good 95.0%, bad 30.0%."


def test_the_live_curve_measures_after_every_epoch():
    rng = np.random.default_rng(0)
    X = rng.random((60, 4))
    y = (X[:, 0] > 0.5).astype(int)
    live = plots.LiveCurve(X, y, epochs=3)
    model = MLP((4,), epochs=3, random_state=0, callback=live).fit(X, y)
    live.close()
    assert live.losses == model.loss_curve_
    assert len(live.accuracies) == 3 and live.accuracies[-1] == model.score(X, y)
    loss, accuracy = (axes.lines[0] for axes in live.picture().figure.axes)
    assert list(loss.get_ydata()) == live.losses
    assert list(accuracy.get_ydata()) == [100 * value for value in live.accuracies]
