"""Digits as strokes, for the tests that draw: two hands, and any number of others made of them.

A stroke is a list of points (x, y) in a field of 280 x 280; y grows downwards.
"""

import json
from pathlib import Path

import numpy as np

# The strokes recorded for the course's own pictures, where they are.
RECORDED = Path(__file__).parents[1] / "data" / "pictures" / "strokes.json"

# Written down by hand: points that a smooth line runs through.
# fmt: off
WRITTEN = [
    (0, [[(150, 50), (105, 75), (85, 140), (105, 210), (150, 228), (190, 205), (205, 140),
          (190, 75), (150, 50)]]),
    (1, [[(145, 50), (143, 140), (140, 230)]]),
    (2, [[(90, 90), (115, 58), (160, 52), (190, 85), (175, 130), (130, 180), (88, 226), (140, 224),
          (205, 224)]]),
    (3, [[(95, 70), (140, 50), (185, 75), (175, 115), (135, 135), (185, 150), (198, 190),
          (160, 226), (110, 222), (85, 200)]]),
    (4, [[(120, 50), (105, 100), (85, 150), (140, 152), (215, 148)],
         [(180, 95), (176, 160), (170, 232)]]),
    (5, [[(110, 55), (105, 90), (98, 130), (140, 118), (185, 140), (195, 185), (160, 225),
          (110, 222), (85, 205)], [(110, 55), (150, 54), (195, 52)]]),
    (6, [[(170, 50), (125, 90), (98, 150), (95, 195), (125, 228), (170, 220), (190, 185),
          (165, 155), (125, 165), (100, 195)]]),
    (7, [[(85, 60), (140, 58), (200, 56), (175, 110), (150, 170), (130, 232)]]),
    (8, [[(185, 75), (150, 50), (108, 75), (120, 115), (170, 150), (195, 190), (155, 228),
          (100, 200), (120, 155), (170, 115), (187, 80)]]),
    (9, [[(190, 90), (150, 55), (105, 75), (100, 120), (140, 140), (185, 115), (192, 85),
          (190, 140), (180, 190), (168, 232)]]),
    # another hand
    (0, [[(160, 55), (120, 60), (100, 120), (102, 180), (130, 222), (170, 210), (185, 150),
          (180, 90), (158, 54)]]),
    (1, [[(110, 95), (130, 75), (150, 50)], [(150, 50), (150, 140), (150, 230)]]),
    (2, [[(95, 100), (105, 65), (145, 50), (180, 70), (180, 110), (150, 160), (100, 215)],
         [(100, 215), (150, 222), (200, 218)]]),
    (3, [[(100, 60), (150, 55), (185, 62)], [(185, 62), (160, 95), (140, 120)],
         [(140, 120), (180, 140), (190, 185), (155, 225), (95, 215)]]),
    (4, [[(165, 50), (125, 110), (80, 175)], [(80, 175), (140, 175), (210, 172)],
         [(165, 110), (163, 170), (160, 232)]]),
    (5, [[(190, 55), (150, 56), (110, 58)], [(110, 58), (106, 90), (102, 120)],
         [(102, 120), (150, 110), (190, 145), (185, 200), (145, 228), (95, 215)]]),
    (6, [[(150, 50), (115, 110), (100, 170), (115, 220), (155, 228), (180, 195), (160, 160),
          (115, 175)]]),
    (7, [[(90, 60), (140, 62), (195, 60)], [(195, 60), (160, 140), (135, 230)],
         [(120, 145), (150, 142), (185, 140)]]),
    (8, [[(148, 50), (115, 70), (118, 110), (148, 130), (180, 110), (182, 70), (148, 50)],
         [(148, 130), (110, 155), (105, 205), (145, 230), (188, 205), (182, 155), (148, 130)]]),
    (9, [[(180, 80), (145, 55), (110, 80), (120, 125), (160, 125), (182, 85)],
         [(182, 85), (180, 150), (178, 230)]]),
]
# fmt: on


def smooth(corners, steps=10):
    """Return points on a Catmull-Rom spline through the corners."""
    p = np.array(corners, dtype=float)
    p = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [
        (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        / 2
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.vstack([*pieces, p[-2:-1]]).round(1).tolist()


def quick(strokes):
    """Return every third point of each stroke, and its last: the same lines, quickly drawn."""
    return [[*stroke[:-1:3], stroke[-1]] for stroke in strokes]


def recorded():
    """Return a list of (digit, strokes): two of each digit, and those recorded for the course."""
    hands = [(label, [smooth(stroke) for stroke in strokes]) for label, strokes in WRITTEN]
    if RECORDED.exists():
        entries = json.loads(RECORDED.read_text(encoding="utf-8"))
        hands += [(entry["label"], entry["strokes"]) for entry in entries]
    return hands


def another_hand(strokes, rng):
    """Write the same strokes as another person might: slanted, larger, wider, less steady."""
    slant, turn = rng.uniform(-0.2, 0.2), np.deg2rad(rng.uniform(-7, 7))
    size = rng.uniform(0.65, 1.0, 2)
    wobble = rng.normal(0, 1.2, (8, 2, 2))
    changed = []
    for stroke in strokes:
        points = np.array(stroke, dtype=float) - 140
        phases = points.sum(axis=1, keepdims=True) / 280 * np.pi
        for k, (sine, cosine) in enumerate(wobble, start=1):
            points = points + np.sin(k * phases) * sine + np.cos(k * phases) * cosine
        points = points * size
        points[:, 0] -= slant * points[:, 1]
        cos, sin = np.cos(turn), np.sin(turn)
        points = points @ np.array([[cos, sin], [-sin, cos]])
        changed.append((points + 140).clip(4, 276).tolist())
    return changed
