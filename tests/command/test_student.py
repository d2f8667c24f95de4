"""What an instructor hands out: the course without solutions."""

import re
from pathlib import Path

import nbformat
import pytest

from mnistlab.command import cli, course
from mnistlab.command import student as kit

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory):
    return kit.student(tmp_path_factory.mktemp("student") / "course")


def notebooks(folder):
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        yield path.name, nbformat.read(path, as_version=4)


def test_student_gets_every_notebook_of_the_course(handed_out):
    assert [name for name, _ in notebooks(handed_out)] == [n["file"] for n in course.read_course()]


def test_student_gets_no_solution_and_no_output(handed_out):
    for name, notebook in notebooks(handed_out):
        nbformat.validate(notebook)
        for cell in notebook.cells:
            assert "solution" not in cell.metadata.get("tags", []), name
            if cell.cell_type == "code":
                assert cell.outputs == [] and cell.execution_count is None, name
                assert "outputs_hidden" not in cell.metadata.get("jupyter", {}), name
        text = "\n".join(cell.source for cell in notebook.cells)
        assert not re.search(r"solution\w* (is|are) folded|folded solution", text, re.I), name


def test_student_gets_every_other_cell_and_every_check(handed_out):
    for name, notebook in notebooks(handed_out):
        complete = nbformat.read(ROOT / "notebooks" / name, as_version=4)
        kept = [c for c in complete.cells if "solution" not in c.metadata.get("tags", [])]
        assert len(kept) < len(complete.cells), f"{name}: no solution was there to take out"
        assert [c.source for c in kept if c.cell_type == "code"] == [
            c.source for c in notebook.cells if c.cell_type == "code"
        ]
        assert len(kept) == len(notebook.cells)
        attempts = [c for c in notebook.cells if re.search(r"^check\(", c.source, re.M)]
        exercises = [c for c in notebook.cells if c.source.startswith("### Exercise")]
        assert len(attempts) >= 2 and all("..." in c.source for c in attempts), name
        assert exercises or "### Exercise" in "".join(c.source for c in notebook.cells)


def test_student_copy_says_where_the_solutions_are(handed_out):
    (text,) = (
        cell.source
        for cell in dict(notebooks(handed_out))["00_start_here.ipynb"].cells
        if "## How exercises work" in cell.source
    )
    assert kit.INSTEAD in text and "folded" not in text and "<!--" not in text


def test_links_and_files_of_the_student_copy_are_there(handed_out):
    for name, notebook in notebooks(handed_out):
        prose = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
        targets = re.findall(r"\]\(([^)\s]+)\)", prose)
        code = "\n".join(c.source for c in notebook.cells if c.cell_type == "code")
        targets += re.findall(r'"(\.\./[\w./-]+)"', code)
        for target in targets:
            if not target.startswith(("http", "#", "mailto:")):
                assert (handed_out / "notebooks" / target.split("#")[0]).exists(), (name, target)


def test_student_copy_runs_and_its_course_is_found(handed_out, monkeypatch):
    monkeypatch.chdir(handed_out)
    monkeypatch.setenv("MNISTLAB_SOURCE", "sample")
    assert course.notebooks_dir() == handed_out / "notebooks"
    notebook = course.execute(course.find_notebooks(["00"])[0])
    said = "".join(o.get("text", "") for c in notebook.cells for o in c.get("outputs", []))
    assert said.count("Not answered yet") >= 2 and "Right." not in said


def test_readme_of_the_student_copy_opens_the_course_as_ours_does(handed_out):
    """`jupyter lab` itself shows news and more files, and marks a notebook as changed."""
    text = (handed_out / "README.md").read_text(encoding="utf-8")
    assert "\n    mnistlab lab\n" in text and "jupyter" not in text
    first = course.read_course()[0]["file"]
    assert f"It opens `notebooks/{first}`" in text


def test_student_refuses_a_folder_with_something_in_it(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    assert cli.main(["student", "-o", str(tmp_path)]) == 1
    assert "is not empty: name a new folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_student_refuses_a_file_and_a_place_that_is_not_there(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileExistsError):
        kit.student(tmp_path / "file")
    with pytest.raises(FileNotFoundError, match="make it first"):
        kit.student(tmp_path / "no" / "where")
    assert (tmp_path / "file").read_text() == "mine"


def test_student_fills_an_empty_folder_and_leaves_nothing_half_written(tmp_path, monkeypatch):
    empty = tmp_path / "course"
    empty.mkdir()
    real, written = nbformat.write, []

    def disk_full(notebook, path):
        written.append(path)
        if len(written) == 3:
            raise OSError("No space left on device")
        real(notebook, path)

    monkeypatch.setattr(nbformat, "write", disk_full)
    with pytest.raises(OSError, match="No space"):
        kit.student(empty)
    assert list(tmp_path.iterdir()) == [empty] and not list(empty.iterdir())
    monkeypatch.setattr(nbformat, "write", real)
    assert cli.main(["student", "-o", str(empty)]) == 0
    assert list(tmp_path.iterdir()) == [empty] and (empty / "README.md").is_file()
