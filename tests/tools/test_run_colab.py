"""Colab's copies and the versions of packages they run with: `tools/run_colab.py`."""

import re

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

run_colab = pytest.importorskip("run_colab")  # needs the group docs

PUBLISHED = """\
# pip freeze
numpy==2.0.2
torch==2.10.0+cu128
Jinja2==3.1.6
google-colab @ file:///colabtools/dist/google_colab-1.0.0.tar.gz
numpy-financial==1.0.0
"""


def test_only_what_the_course_can_meet_is_kept():
    kept = run_colab.pinned(PUBLISHED, {"numpy", "jinja2", "torch", "google-colab"})
    assert kept == "jinja2==3.1.6\nnumpy==2.0.2\n"


def test_the_list_names_one_version_of_each_and_what_the_course_imports():
    lines = [line for line in run_colab.PINNED.read_text().splitlines() if line[0] != "#"]
    requirements = [Requirement(line) for line in lines]
    names = [requirement.name for requirement in requirements]
    assert names == sorted(set(names)) and set(names) <= run_colab.wanted()
    assert {"numpy", "scikit-learn", "pandas", "matplotlib", "anywidget", "mlxtend"} <= set(names)
    assert all(Version(re.fullmatch(r"==(.+)", str(r.specifier))[1]) for r in requirements)


def test_wanted_follows_the_lock():
    wanted = run_colab.wanted()
    assert {"numpy", "markupsafe", "pip"} <= wanted  # markupsafe by way of jupyterlab and jinja2
    assert not {"mnistlab", "pytest", "sphinx"} & wanted
