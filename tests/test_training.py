"""The loop around the networks: steps, stopping, continuing, and pixels on another scale."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from mnistlab import MLP
from mnistlab.training import learning_rate_at


@pytest.fixture(scope="module")
def digits():
    """8 x 8 digits as uint8 in 0-255: the shape of MNIST's data in little."""
    X, y = load_digits(return_X_y=True)
    return train_test_split((X * 15.9).astype(np.uint8), y, random_state=0, stratify=y)


def test_learning_rate_rises_to_its_peak_and_falls():
    rates = [learning_rate_at(step, 200, 0.5) for step in range(200)]
    assert max(rates) == 0.5
    top = rates.index(0.5)
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert 0 < rates[-1] < 0.001
    assert learning_rate_at(0, 1, 0.5) == 0.5


def test_interrupt_keeps_the_model_and_says_so(digits, capsys):
    X_train, X_test, y_train, y_test = digits

    def interrupt(model):
        if len(model.loss_curve_) == 4:
            raise KeyboardInterrupt

    model = MLP(epochs=100, batch_size=32, random_state=0, callback=interrupt)
    model.fit(X_train, y_train)
    assert len(model.loss_curve_) == 4
    assert model.score(X_test, y_test) > 0.8
    assert "Interrupted after 172 of 4300 steps" in capsys.readouterr().out


def test_callback_sees_a_usable_model(digits):
    X_train, X_test, y_train, y_test = digits
    scores = []
    MLP(
        epochs=5, random_state=0, callback=lambda model: scores.append(model.score(X_test, y_test))
    ).fit(X_train, y_train)
    assert len(scores) == 5
    assert scores[-1] > scores[0]


def test_partial_fit_goes_on(digits):
    X_train, X_test, y_train, y_test = digits
    model = MLP(learning_rate=0.02, batch_size=32, random_state=0)
    first_half = y_train < 5
    model.partial_fit(X_train[first_half], y_train[first_half], classes=np.arange(10))
    assert len(model.classes_) == 10
    for _ in range(12):
        model.partial_fit(X_train, y_train)
    assert len(model.loss_curve_) == 13
    assert model.score(X_test, y_test) > 0.93
    with pytest.raises(ValueError, match=r"not in classes: \[11\]"):
        model.partial_fit(X_train, np.where(y_train == 3, 11, y_train))


def test_fit_forgets_what_came_before(digits):
    X_train, X_test, y_train, _ = digits
    model = MLP(epochs=2, random_state=0).fit(X_train, y_train)
    once = model.predict_proba(X_test)
    np.testing.assert_array_equal(model.fit(X_train, y_train).predict_proba(X_test), once)
    assert len(model.loss_curve_) == 2


def test_verbose_shows_a_bar_on_stdout(digits, capsys):
    X_train, _, y_train, _ = digits
    MLP(epochs=2, verbose=True, random_state=0).fit(X_train, y_train)
    written = capsys.readouterr()
    assert "Training" in written.out
    assert written.err == ""


SCALES = {  # what an image of 0-255 becomes on each
    "uint8": lambda X: X,
    "floats to 255": lambda X: X.astype(np.float32),
    "floats to 1": lambda X: X / np.float32(255),
    "uint8 to 1": lambda X: (X > 127).astype(np.uint8),
    "standardised": lambda X: (X / np.float32(255) - np.float32(0.1307)) / np.float32(0.3081),
}


@pytest.mark.parametrize(
    ("trained", "asked", "words"),
    [
        ("uint8", "floats to 255", r"trained on uint8 pixels; X is float32 and reaches 254"),
        ("uint8", "uint8 to 1", "reaches 1. uint8 is read as 0-255"),
        ("floats to 1", "floats to 255", r"trained on floats from 0 to 0.99.*; X .* reaches 254"),
        ("floats to 1", "uint8 to 1", "reaches 1. uint8 is read as 0-255"),
        ("floats to 255", "uint8", "trained on floats from 0 to 254; .* uint8 is scaled"),
        ("floats to 255", "floats to 1", "reaches only 0.996"),
        ("standardised", "uint8", "uint8 is scaled"),
        ("uint8", "floats to 1", None),
        ("floats to 1", "uint8", None),
        ("floats to 255", "floats to 255", None),
        ("standardised", "standardised", None),
    ],
)
@pytest.mark.filterwarnings("error")
def test_pixels_on_another_scale_are_never_read_silently(digits, trained, asked, words, tmp_path):
    X_train, X_test, y_train, y_test = digits
    rate = 1e-4 if trained == "floats to 255" else 0.05
    model = MLP(epochs=20, learning_rate=rate, random_state=0)
    model.fit(SCALES[trained](X_train), y_train).save(tmp_path / "model.npz")
    for one in (model, MLP.load(tmp_path / "model.npz")):
        if words is None:
            assert one.score(SCALES[asked](X_test), y_test) > 0.8
        else:
            with pytest.raises((ValueError, UserWarning), match=words):
                one.predict(SCALES[asked](X_test))
            with pytest.raises((ValueError, UserWarning), match=words):
                one.partial_fit(SCALES[asked](X_train), y_train)


def test_blank_paper_and_single_pixels_are_no_other_scale(digits):
    fitted = MLP(epochs=1).fit(digits[0], digits[2])
    fitted.predict(np.zeros((1, 64), np.uint8))
    fitted.predict(np.zeros((1, 64)))
    with pytest.raises(ValueError, match=r"reaches 1\. uint8 is read as 0-255"):
        MLP().fit(np.eye(4, dtype=np.uint8), [0, 1, 0, 1])
