"""Finding, running and describing notebooks: `mnistlab.command.course`."""

from pathlib import Path

import nbformat
import pytest
from jupyter_client.asynchronous import AsyncKernelClient
from nbformat.v4 import new_code_cell, new_markdown_cell
from small_course import SMALL, write

from mnistlab.command import course

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))


# Running, with real kernels


def test_kernel_whose_port_was_taken_is_started_again_and_run_leaves_the_file_alone(
    folder, monkeypatch
):
    path = write(folder, "00_small.ipynb", SMALL)
    before = path.read_bytes()
    ready, tries = AsyncKernelClient._async_wait_for_ready, []

    async def ready_at_the_second_try(client, timeout=None):
        tries.append(client)
        if len(tries) == 1:
            raise RuntimeError("Kernel died before replying to kernel_info")
        await ready(client, timeout)

    monkeypatch.setattr(AsyncKernelClient, "wait_for_ready", ready_at_the_second_try)
    assert course.run([])
    assert len(tries) == 2
    assert path.read_bytes() == before


def test_dead_kernel_is_said_to_be_dead(folder):
    path = write(folder, "00_small.ipynb", [new_code_cell("import os\nos._exit(1)")])
    with pytest.raises(course.NotebookFailed, match=r"code cell 1(.|\n)*the kernel died"):
        course.execute(path)


def test_kernel_works_in_the_notebooks_folder_and_joins_streams_but_stderr_stays_apart(folder):
    (folder / "beside.txt").write_text("here")
    source = "import sys\nfor word in ('a', 'b'):\n    print(word, flush=True)\n"
    source += "    print('oh', file=sys.stderr, flush=True)"
    cells = [new_code_cell("print(open('beside.txt').read())"), new_code_cell(source)]
    beside, words = course.execute(write(folder, "00_small.ipynb", cells)).cells
    assert beside.outputs[0].text == "here\n"
    found = [(output.name, output.text) for output in words.outputs]
    assert found == [("stdout", "a\nb\n"), ("stderr", "oh\noh\n")]


def test_page_holds_its_pictures_and_links_to_pages(folder):
    (folder / "figures").mkdir()
    (folder / "figures" / "dot.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    cells = [new_markdown_cell("![a dot](figures/dot.svg) [next](01_other.ipynb#top)")]
    path = write(folder, "00_small.ipynb", cells)
    page = course.write_page(nbformat.read(path, 4), path, folder.parent / "build")
    html = page.read_text(encoding="utf-8")
    assert 'href="01_other.html#top"' in html
    assert 'src="data:image/svg+xml;base64,' in html


# Which notebooks


def test_notebooks_are_found_by_number_name_and_path(folder):
    first = write(folder, "00_small.ipynb", SMALL[-1:])
    second = write(folder, "01_other.ipynb", SMALL[-1:])
    assert course.find_notebooks([]) == [first, second]
    assert course.find_notebooks(["01", "00_small"]) == [second, first]
    assert course.find_notebooks(["00_small.ipynb"]) == [first]
    assert course.find_notebooks([str(second)]) == [second]


@pytest.mark.parametrize("name", ["07", "0", "nothing.ipynb"])
def test_unknown_or_ambiguous_notebook_lists_those_there_are(folder, name):
    write(folder, "00_small.ipynb", SMALL[-1:])
    write(folder, "01_other.ipynb", SMALL[-1:])
    with pytest.raises(FileNotFoundError, match=f"{name}.*00_small, 01_other"):
        course.find_notebooks([name])


def test_away_from_the_course_the_error_says_where_to_go(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "__file__", str(tmp_path / "site-packages/mnistlab/course.py"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="change into the course's folder"):
        course.notebooks_dir()


def test_map_has_a_line_for_each_notebook(folder):
    text = course.course_map().data
    titles = [f"**{entry['title']}**" for entry in course.read_course()]
    assert [text.count(title) for title in titles] == [1, 1]
    assert "[00_small](00_small.ipynb)" in text and "[01_other](01_other.ipynb)" in text
    assert f"Together {sum(e['minutes'] for e in course.read_course())} minutes." in text


def test_course_lists_exactly_the_notebooks_there_are():
    assert [entry["file"] for entry in course.read_course()] == [p.name for p in NOTEBOOKS]
