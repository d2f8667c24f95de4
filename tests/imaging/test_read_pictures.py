"""A folder of pictures becomes a table: what is in it, and what a bad file costs."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sheets import PLAIN

from mnistlab import imaging, load_reader

FORMS = Path(__file__).parents[2] / "data" / "pictures" / "forms"
COLUMNS = ["file", "text", "rows", "sure", "left_out", "error"]


class Said:
    """Stands in for a model: whatever it sees is its first class."""

    def __init__(self, name="7"):
        self.classes_ = np.array([name, "other"])

    def predict_proba(self, X):
        return np.repeat([[0.99, 0.01]], len(X), axis=0)


def picture(path):
    Image.fromarray(PLAIN).save(path)
    return path


def test_the_forms_are_read_as_their_answers_say_or_are_not_sure():
    table = imaging.read_pictures(FORMS)
    answers = pd.read_csv(FORMS / "answers.csv", dtype=str)
    assert list(table.columns) == COLUMNS and not table["error"].any()
    assert [Path(file).name for file in table["file"]] == answers["file"].tolist()
    right = table["rows"] == answers["rows"]
    assert (right | ~table["sure"]).all() and right.sum() >= 2
    grid, sheet, strip = table["rows"]
    assert (strip, grid) == ("0417_92", "312_ / 50_8 / 9467") and sheet.count(" / ") == 2
    assert table["text"][0] == "312\n508\n9467"


def test_answers_keep_their_leading_zero_and_empty_cells():
    with open(FORMS / "answers.csv", encoding="utf-8", newline="") as file:
        answers = {line["file"]: line["rows"] for line in csv.DictReader(file)}
    assert answers == {
        "strip.jpg": "0417_92",
        "grid.jpg": "312_ / 50_8 / 9467",
        "sheet.jpg": "409617 / 58230 / 66174",
    }


def test_other_files_in_a_folder_are_passed_over_but_no_picture_is(tmp_path):
    for name in ("b.JPG", "a.png", "ü é.png"):
        picture(tmp_path / name)
    for name in (".DS_Store", "._a.png", "Thumbs.db", "notes.txt", "table.csv"):
        (tmp_path / name).write_bytes(b"\0\5\7")
    (tmp_path / "c.heic").write_bytes(b"\0\0\0\x18ftypheic")
    (tmp_path / "d.png").mkdir()
    table = imaging.read_pictures(tmp_path, Said())
    assert [Path(f).name for f in table["file"]] == ["a.png", "b.JPG", "c.heic", "ü é.png"]
    assert table["text"].tolist() == ["7", "7", "", "7"]
    assert "HEIC" in table["error"][2] and not table["sure"][2]


def test_bad_files_have_a_line_and_cost_nothing_else(tmp_path):
    good, cut, blank = (tmp_path / name for name in ("good.png", "cut.png", "blank.png"))
    cut.write_bytes(picture(good).read_bytes()[:60])
    Image.new("L", (200, 200), 240).save(blank)
    (tmp_path / "folder").mkdir()
    paths = [cut, tmp_path / "nothing.png", blank, tmp_path / "folder", str(good), good]
    table = imaging.read_pictures(paths, Said())
    assert table["text"].tolist() == ["", "", "", "", "7", "7"]
    assert table["sure"].tolist() == [False] * 4 + [True] * 2
    said = ["damaged", "No such file", "nothing written", "no pictures in this folder"]
    assert [word in why for word, why in zip(said, table["error"], strict=False)] == [True] * 4
    assert table["error"].tolist()[4:] == ["", ""]


def test_a_surprise_in_one_file_is_an_error_of_one_line(tmp_path):
    class Broken(Said):
        def predict_proba(self, X):
            raise IndexError("one\nand two")

    table = imaging.read_pictures(picture(tmp_path / "a.png"), Broken())
    assert table["error"].tolist() == ["one and two"]


def test_ctrl_c_is_no_error_of_a_file(tmp_path):
    class Stopped(Said):
        def predict_proba(self, X):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imaging.read_pictures(picture(tmp_path / "a.png"), Stopped())


def test_no_files_are_an_empty_table():
    table = imaging.read_pictures([], Said())
    assert list(table.columns) == COLUMNS and len(table) == 0


def test_what_was_left_out_is_in_the_table_and_then_nothing_is_sure(monkeypatch):
    reading = imaging.read_number(FORMS / "strip.jpg", load_reader())
    reading.left_out, reading.sure = [(1, 2, 30, 40), (5, 6, 70, 80)], reading.sure & False
    monkeypatch.setattr("mnistlab.imaging.read.read_number", lambda *_: reading)
    table = imaging.read_pictures("strip.jpg", Said())
    assert table["left_out"].tolist() == ["(1, 2, 30, 40) (5, 6, 70, 80)"]
    assert table["sure"].tolist() == [False]


def test_a_name_is_no_formula(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture("=1+1.png")
    shutil.copy("=1+1.png", "-2.png")
    files = imaging.read_pictures(".", Said())["file"]
    assert files.tolist() == ["./-2.png", "./=1+1.png"] and all(Path(f).is_file() for f in files)
