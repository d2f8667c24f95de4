"""Do the checks of notebooks really fail when they should? (`run_all.py` makes those checks.)"""

import json
import os
import re
import subprocess
import sys

import nbformat
import pytest
import refresh
import run_all
from nbformat.v4 import new_code_cell, new_notebook, new_output

from mnistlab.check import _answers


def nbval(folder, cells, mode, settings, plugins=()):
    path = folder / "00_small.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    # The course's own conftest.py, as if the notebook lay in the course.
    options = [f"-p{name}" for name in ["conftest", "no:cacheprovider", *plugins]]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", mode, *run_all.NBVAL, *options, path],
        cwd=run_all.ROOT,
        env={**os.environ, "PYTHONPATH": str(folder), **settings},
        capture_output=True,
        text=True,
    )


def cell(source, stored="", *tags):
    outputs = [new_output("stream", name="stdout", text=stored)] if stored else []
    return new_code_cell(source, execution_count=1, outputs=outputs, metadata={"tags": [*tags]})


def has(settings):
    return f"import os\nassert dict(os.environ).items() >= {json.dumps(settings)}.items()"


# One kernel for all: nbval goes on after a cell that fails, and judges each for itself.
ON_STDERR = "import sys\nprint('oh', file=sys.stderr)"
REFUSED = f"from mnistlab import check\ncheck({next(iter(_answers()))!r}, 'surely wrong')"
ON_FULL_DATA = {
    "a stored output that is no longer true": (cell("print('0.9501')", "0.9502\n"), "0.9502"),
    "one that is": (cell("print('0.9501')", "0.9501\n"), None),
    "something on stderr, compared": (cell(ON_STDERR), "{'stderr'}"),
    "something on stderr, not compared": (
        cell(ON_STDERR, "", refresh.IGNORED_BY_NBVAL),
        "wrote to stderr",
    ),
    "offline and on the full data": (cell(has(run_all.FULL)), None),
}
ON_THE_SAMPLE = {
    "a stored output that is of the full data": (cell("print('0.9501')", "0.9502\n"), None),
    "an error": (cell("1 / 0"), "ZeroDivisionError"),
    "something on stderr": (cell(ON_STDERR), "wrote to stderr"),
    "a solution that its check refuses": (cell(REFUSED), "AssertionError"),
    "offline and on the sample": (cell(has(run_all.SAMPLE)), None),
}


@pytest.mark.parametrize("cells", [ON_FULL_DATA, ON_THE_SAMPLE], ids=["full", "sample"])
def test_cells_that_should_fail_fail_and_no_others(tmp_path, cells):
    full = cells is ON_FULL_DATA
    mode, settings = ("--nbval", run_all.FULL) if full else ("--nbval-lax", run_all.SAMPLE)
    done = nbval(tmp_path, [cell for cell, _ in cells.values()], mode, settings)
    assert done.returncode == 1
    _, *parts = re.split(r"^_+ .*::Cell (\d+) _+$", done.stdout, flags=re.M)
    found = dict(zip(map(int, parts[::2]), parts[1::2], strict=True))
    for number, (name, (_, why)) in enumerate(cells.items()):
        assert (number in found) == bool(why), f"{name}\n{done.stdout}"
        assert not why or why in found[number], name
    ends = re.findall(r"^(PASSED|FAILED) .*::Cell \d+", done.stdout, flags=re.M)
    assert len(ends) == len(cells) and ends.count("FAILED") == len(found)


TAKE_A_PORT = """
import socket
from jupyter_client.provisioning import LocalProvisioner

taken, launch = [], LocalProvisioner.launch_kernel

async def launch_kernel(self, *args, **kwargs):
    if len(taken) < {times}:
        taken.append(socket.create_server(("127.0.0.1", self.parent.shell_port)))
    return await launch(self, *args, **kwargs)

LocalProvisioner.launch_kernel = launch_kernel
"""


@pytest.mark.parametrize(("times", "exit_code"), [(2, 0), (3, 1)])
def test_a_kernel_whose_port_is_taken_is_started_again_twice(tmp_path, times, exit_code):
    (tmp_path / "take_a_port.py").write_text(TAKE_A_PORT.format(times=times))
    done = nbval(tmp_path, [cell("print(1)")], "--nbval-lax", run_all.SAMPLE, plugins=["take_a_port"])
    assert done.returncode == exit_code, done.stdout
    assert not exit_code or "Kernel died" in done.stdout


def test_where_the_full_data_is_missing_the_reason_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("MNISTLAB_DATA", str(tmp_path / "nowhere"))
    problem = run_all.full_data_problem()
    cached = not problem  # a checkout with the data in its cache does not need MNISTLAB_DATA
    assert cached or ("MNISTLAB_DATA" in problem and "\n" not in problem)


def test_a_failed_part_fails_the_whole_and_the_others_still_run(monkeypatch, capsys):
    ran = []

    def run_pytest(title, arguments, settings):
        ran.append(title)
        return title != "notebooks on the sample"

    monkeypatch.setattr(run_all, "run_pytest", run_pytest)
    monkeypatch.setattr(run_all, "full_data_problem", lambda: "")
    monkeypatch.setenv("CI", "1")
    assert run_all.main() == 1
    assert len(ran) == 4 and str(run_all.OTHER_KERNEL) in ran[3]
    assert "FAILED: sample" in capsys.readouterr().out


def test_without_the_full_data_that_is_said_and_the_rest_decides(monkeypatch, capsys):
    monkeypatch.setattr(run_all, "run_pytest", lambda *_: True)
    monkeypatch.setattr(run_all, "full_data_problem", lambda: "not on this computer")
    assert run_all.main() == 0
    assert "NOT compared. not on this computer" in capsys.readouterr().out
