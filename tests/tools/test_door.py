"""The door for others: issue forms, workflows, the container, and what they call."""

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
YAML = sorted([*GITHUB.rglob("*.yml"), ROOT / "environment.yml", ROOT / "CITATION.cff"])
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("[0-9]-*.yml"))
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
INPUTS = {"input", "textarea", "dropdown", "checkboxes"}


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_every_yaml_is_a_table(path):
    assert isinstance(read(path), dict)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_forms_are_what_github_expects(path):
    form = read(path)
    assert form.keys() == {"name", "description", "title", "labels", "body"}
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert {field["type"] for field in fields} <= INPUTS
    ids = [field["id"] for field in fields]
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"[a-z-]+", name) for name in ids)
    assert all(field["attributes"]["label"] for field in fields)
    assert any(field.get("validations", {}).get("required") for field in fields)
    for field in form["body"]:
        if field["type"] == "markdown":
            assert field["attributes"].keys() == {"value"}
        if field["type"] == "dropdown":
            assert len(field["attributes"]["options"]) > 1


def test_three_forms_and_one_asks_the_doctor():
    assert len(FORMS) == 3
    form = read(next(path for path in FORMS if "run" in path.stem))
    doctor = next(field for field in form["body"] if field.get("id") == "doctor")
    assert "make doctor" in doctor["attributes"]["description"]
    assert doctor["validations"]["required"]


def test_container_builds_the_environment_and_opens_a_notebook_that_is_there():
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    assert container["postCreateCommand"] == "make env"
    assert container["image"].startswith("mcr.microsoft.com/devcontainers/python:")
    minor = int(container["image"].rpartition(".")[2])
    assert 11 <= minor <= 14
    for name in container["customizations"]["codespaces"]["openFiles"]:
        assert (ROOT / name).is_file()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_what_workflows_call_is_there(path):
    workflow = read(path)
    assert workflow["jobs"] and True in workflow  # YAML reads the word "on" as true
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 90
        text = "\n".join(step.get("run", "") for step in job["steps"])
        assert set(re.findall(r"^make ([a-z]+)", text, flags=re.MULTILINE)) <= set(targets)
        assert all((ROOT / name).is_file() for name in re.findall(r"\btools/\w+\.py", text))


def test_weekly_runs_colab_and_links():
    weekly = (GITHUB / "workflows" / "weekly.yml").read_text()
    assert "make colab" in weekly and "make links" in weekly and "cron:" in weekly


def test_a_release_gets_the_book():
    release = (GITHUB / "workflows" / "release.yml").read_text()
    assert "make book" in release and "build/mnistlab.pdf" in release


def test_no_address_of_this_repository_is_invented():
    files = [*YAML, *GITHUB.rglob("*.md"), ROOT / "CODE_OF_CONDUCT.md"]
    files += [ROOT / ".devcontainer" / "devcontainer.json"]
    for path in files:
        assert not re.search(r"github\.com/[\w-]+/mnistlab", path.read_text(encoding="utf-8"))
        assert "@" not in path.read_text(encoding="utf-8") or path.parent.name == "workflows"
