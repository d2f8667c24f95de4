"""The first minute in JupyterLab, as `mnistlab lab` opens it."""

import shutil
from pathlib import Path

from mnistlab.command import cli

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def test_the_first_minute(jupyterlab):
    for name in (cli.FIRST_NOTEBOOK, "course.toml"):
        shutil.copy(NOTEBOOKS / name, jupyterlab.folder)
    (jupyterlab.folder / "figures").mkdir()
    page = jupyterlab._browser.new_page(viewport={"width": 1280, "height": 800})
    token = f"token={jupyterlab.token}"
    page.goto(f"{jupyterlab.address}lab/tree/{cli.FIRST_NOTEBOOK}?reset&{token}")
    page.wait_for_function(
        "jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status == 'idle'",
        timeout=120_000,
    )
    page.wait_for_timeout(2000)  # for what would pop up late
    listed = page.locator(".jp-DirListing-itemText").all_inner_texts()
    assert cli.FIRST_NOTEBOOK in listed
    assert not {"course.toml", "figures", "__pycache__"} & set(listed)
    assert not page.locator(".Toastify__toast, .jp-Dialog").count()
    name = page.locator(".jp-DirListing-itemText", has_text=cli.FIRST_NOTEBOOK).first
    assert name.evaluate("e => e.scrollWidth <= e.clientWidth + 1")  # it is not cut
    assert not page.evaluate("jupyterapp.shell.currentWidget.context.model.dirty")
    page.close()
