"""Do the checks of notebooks really fail when they should? (`run_all.py` makes those checks.)"""

import json
import os
import subprocess
import sys

import nbformat
import pytest
import refresh
import run_all
from nbformat.v4 import new_code_cell, new_notebook, new_output


def nbval(folder, cell, mode, settings, plugins=()):
    path = folder / "00_small.ipynb"
    nbformat.write(new_notebook(cells=[cell]), path)
    # The course's own conftest.py, as if the notebook lay in the course.
    options = [f"-p{name}" for name in ["conftest", "no:cacheprovider", *plugins]]
    return subprocess.run(
        [sys.executable, "-m", "pytest", mode, *run_all.NBVAL, *options, path],
        cwd=run_all.ROOT,
        env={**os.environ, "PYTHONPATH": str(folder), **settings},
        capture_output=True,
        text=True,
    )


def printed(text):
    return [new_output("stream", name="stdout", text=text)]


def test_a_stored_output_that_is_no_longer_true_fails_on_the_full_data_only(tmp_path):
    cell = new_code_cell("print('0.9501')", execution_count=1, outputs=printed("0.9502\n"))
    strict = nbval(tmp_path, cell, "--nbval", run_all.FULL)
    assert strict.returncode == 1 and "0.9502" in strict.stdout
    assert nbval(tmp_path, cell, "--nbval-lax", run_all.SAMPLE).returncode == 0


def test_an_error_fails_on_the_sample(tmp_path):
    done = nbval(tmp_path, new_code_cell("1 / 0"), "--nbval-lax", run_all.SAMPLE)
    assert done.returncode == 1 and "ZeroDivisionError" in done.stdout


@pytest.mark.parametrize(
    ("mode", "settings", "tags"),
    [
        ("--nbval", run_all.FULL, []),
        ("--nbval", run_all.FULL, [refresh.IGNORED_BY_NBVAL]),
        ("--nbval-lax", run_all.SAMPLE, []),
    ],
    ids=["compared", "not compared", "sample"],
)
def test_something_on_stderr_fails(tmp_path, mode, settings, tags):
    source = "import sys\nprint('oh', file=sys.stderr)"
    cell = new_code_cell(source, execution_count=1, metadata={"tags": tags})
    assert nbval(tmp_path, cell, mode, settings).returncode == 1


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
    cell = new_code_cell("print(1)")
    done = nbval(tmp_path, cell, "--nbval-lax", run_all.SAMPLE, plugins=["take_a_port"])
    assert done.returncode == exit_code, done.stdout
    assert ("Kernel died" in done.stdout) == bool(exit_code)


def test_a_solution_that_its_check_refuses_fails(tmp_path):
    exercise = next(iter(_answers()))
    cell = new_code_cell(f"from mnistlab import check\ncheck({exercise!r}, 'surely wrong')")
    done = nbval(tmp_path, cell, "--nbval-lax", run_all.SAMPLE)
    assert done.returncode == 1 and "AssertionError" in done.stdout


def _answers():
    from mnistlab.check import _answers

    return _answers()


@pytest.mark.parametrize("settings", [run_all.SAMPLE, run_all.FULL], ids=["sample", "full"])
def test_notebooks_are_run_offline_on_the_data_they_are_meant_for(tmp_path, settings):
    source = "import os\nassert dict(os.environ).items() >= " + json.dumps(settings) + ".items()"
    done = nbval(tmp_path, new_code_cell(source), "--nbval-lax", settings)
    assert done.returncode == 0, done.stdout


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
