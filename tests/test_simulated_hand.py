"""A simulated hand: what it writes stays in its frame, varies, and is still the character."""

import numpy as np
import pytest

from mnistlab import load, load_reader
from mnistlab.simulated_hand import frame, n_marks, write


def hand(kana, seed, **how):
    strokes = load("kana").strokes[kana]
    return write(strokes, np.random.default_rng(seed), n_marks(kana), **how)


@pytest.mark.parametrize("kana", "あくぎぴゑん")
def test_every_character_is_new_and_in_its_frame(kana):
    pictures = np.array([hand(kana, seed) for seed in range(20)])
    assert pictures.dtype == np.uint8 and pictures.shape == (20, 40, 40)
    assert len(np.unique(pictures, axis=0)) == 20
    assert not pictures[:, :5].any() and not pictures[:, -5:].any()
    assert not pictures[:, :, :5].any() and not pictures[:, :, -5:].any()
    assert (pictures.max(axis=(1, 2)) == 255).all()


def test_the_same_seed_writes_the_same():
    assert np.array_equal(hand("の", 3), hand("の", 3))


def test_a_wild_hand_strays_further():
    def spread(wild):
        return np.array([hand("ね", seed, wild=wild) for seed in range(40)]).std(axis=0).mean()

    assert spread(0) < 0.9 * spread(0.7) and spread(0.7) < spread(1.5)


def test_strokes_are_left_alone():
    before = [stroke.copy() for stroke in load("kana").strokes["た"]]
    hand("た", 0)
    assert all(map(np.array_equal, before, load("kana").strokes["た"]))


@pytest.mark.parametrize("kana, number", [("か", 0), ("が", 2), ("は", 0), ("ば", 2), ("ぱ", 1)])
def test_voicing_marks(kana, number):
    assert n_marks(kana) == number
    strokes = load("kana").strokes
    assert len(strokes[kana]) >= number + 1


def test_frame():
    ink = np.zeros((200, 300))
    ink[50:110, 20:60] = 0.5
    picture = frame(ink)
    rows, columns = np.nonzero(picture)
    assert (np.ptp(rows), np.ptp(columns), picture.max()) == (29, 19, 255)
    assert np.array_equal(frame(np.uint8(255 * ink)), picture)
    assert not frame(np.zeros((9, 9))).any()
    assert frame(np.eye(1)).max() == 255


def test_the_reader_reads_it():
    kana = load("kana")
    X = np.array([hand(name, 7).ravel() for name in kana.class_names])
    assert load_reader("kana").score(X, np.array(kana.class_names)) > 0.9
