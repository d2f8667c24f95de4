"""The ``mnistlab`` command: doctor, download, lab, progress, read, run, student, update, web."""

import argparse
import csv
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

from .. import datasets, formats
from ..exercises.done import done_file
from . import course

FIRST_NOTEBOOK = "00_start_here.ipynb"
NOT_SHOWN = ("course.toml", "figures", "__pycache__")


def main(arguments: list[str] | None = None) -> int:
    """Run the ``mnistlab`` command with these words, or with those of the command line.

    Returns the exit code: 0 when all went well, 1 when something is wrong, 130 when interrupted.
    """
    parser = _parser()

    def command() -> int:
        options, options.rest = parser.parse_known_args(arguments)
        if options.rest and options.command is not _lab:
            parser.error(f"unrecognized arguments: {' '.join(options.rest)}")
        return options.command(options) or 0

    return exit_code(command)


def exit_code(command: Callable[[], int]) -> int:
    """Run a command; return its exit code, and say an error in one line on stderr."""
    if hasattr(sys.stdout, "reconfigure"):  # a path need not fit the terminal's encoding
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return command()
    except (OSError, ValueError) as error:
        print(f"mnistlab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nmnistlab: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mnistlab", description="Tools of the MNIST course.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable, says: str, **options: str) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=says, **options)
        parser.set_defaults(command=command)
        return parser

    add("doctor", _doctor, "say whether this machine is ready for the course")

    download = add("download", _download, "fetch the full data, once, and verify it")
    elsewhere = "put the files there instead of the course's cache, e.g. on a USB stick"
    download.add_argument("--dest", metavar="FOLDER", help=elsewhere)
    names = "mnist, qmnist, kmnist, k49 or fashion; mnist and qmnist when left out"
    download.add_argument("datasets", nargs="*", metavar="NAME", help=names)

    others = "Other options go to JupyterLab, e.g. --no-browser or --port=9999."
    add("lab", _lab, "open the course in JupyterLab", epilog=others)

    add("progress", _progress, "list the exercises you have done")

    read = add("read", _read, "read the digits in pictures into a table")
    read.add_argument("files", nargs="+", metavar="FILES", help="pictures, or folders of them")
    read.add_argument("-o", "--output", metavar="TABLE.csv", type=Path, help="else on the screen")

    run = add("run", _run, "run notebooks from top to bottom; HTML copies in build/")
    run.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="e.g. 03; all when left out")

    student = add("student", _student, "write the course without solutions and outputs")
    empty = "a new folder, or an empty one"
    student.add_argument("-o", "--output", metavar="FOLDER", required=True, help=empty)

    update = add("update", _update, "bring a newer course here, and keep what you changed")
    newer = "the newer course, for a copy by `mnistlab student`; the one that this command is from"
    update.add_argument("--course", metavar="FOLDER", default=Path(__file__).parents[2], help=newer)

    web = add("web", _web, "make a web page of a trained network")
    which = web.add_mutually_exclusive_group(required=True)
    which.add_argument("model", metavar="MODEL.npz", nargs="?", help="what MLP.save wrote")
    which.add_argument("--reader", choices=["digits", "kana"], help="one that the course brings")
    web.add_argument("-o", "--output", metavar="FOLDER", default="site", help="default: site")
    called = 'what to call the classes, in order: --names "お き す"'
    web.add_argument("--names", metavar="NAMES", help=called)
    web.add_argument("--title", help="the heading of the page")
    return parser


def _doctor(options: argparse.Namespace) -> int:
    from .doctor import doctor  # slow to import

    return 0 if doctor() else 1


def _download(options: argparse.Namespace) -> None:
    folder = datasets.download(options.dest, *options.datasets)
    if options.dest:
        print(f"To use them anywhere: MNISTLAB_DATA={folder}")


def _lab(options: argparse.Namespace) -> None:
    from jupyterlab.labapp import LabApp  # slow to import

    notebooks = course.notebooks_dir()
    settings = [
        f"--ServerApp.root_dir={notebooks}",
        # Also in the address that is printed, for where no browser opens by itself.
        f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}",
        f"--LabApp.app_settings_dir={Path(__file__).with_name('labsettings')}",
        "--ServerApp.contents_manager_class=mnistlab.command.contents.Contents",
        # The file browser shows notebooks, and what a learner adds.
        *(f"--ContentsManager.hide_globs={name}" for name in NOT_SHOWN),
        "--ServerApp.ip=127.0.0.1",  # this machine only; Jupyter's token stays on
        "--LabApp.news_url=None",  # no question about news in front of the course,
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",  # and no calls home
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        settings.append("--allow-root")  # in a container one is root
    # Photos chosen together come in one message; Tornado drops those over 10 MB, and tells nobody.
    LabApp.serverapp_config = {"tornado_settings": {"websocket_max_message_size": 100 * 2**20}}
    given = [option.partition("=")[0] for option in options.rest]  # these win
    settings = [setting for setting in settings if setting.partition("=")[0] not in given]
    LabApp.launch_instance([*settings, *options.rest])


def _progress(options: argparse.Namespace) -> None:
    print("\n".join(course.exercises_done()))
    print(f"Kept in {done_file()}; delete it to begin anew.")


def _read(options: argparse.Namespace) -> int:
    from .. import imaging  # slow to import

    output = options.output
    if output and (output.suffix.lower() != ".csv" or not output.parent.is_dir()):
        raise ValueError(f"{output}: expected a name that ends in .csv, in a folder that is there")
    with redirect_stdout(sys.stderr):  # the progress bar: stdout is the table's
        table = imaging.read_pictures(options.files)
    unread = table[table["error"] != ""]
    for file, error in zip(unread["file"], unread["error"], strict=True):
        print(f"{file}: {error}", file=sys.stderr)
    text = table.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    if output:
        with formats.whole_file(output) as file:
            file.write(text.encode("utf-8", "backslashreplace"))
        read = len(table) - len(unread)
        print(f"{output}: {read} of {len(table)} pictures read, {table['sure'].sum()} surely")
    else:
        print(text, end="")
    return 1 if len(unread) else 0


def _run(options: argparse.Namespace) -> int:
    return 0 if course.run(options.notebooks) else 1


def _student(options: argparse.Namespace) -> None:
    from .student import student  # slow to import

    folder = student(options.output)
    print(f"{folder}: the course without solutions. Open {folder / 'notebooks' / FIRST_NOTEBOOK}")


def _update(options: argparse.Namespace) -> None:
    from .update import update  # slow to import

    print("\n".join(update(options.course)) or "Nothing is new.")


def _web(options: argparse.Namespace) -> None:
    from .. import web  # slow to import
    from ..reader import load_reader  # slow to import

    model = load_reader(options.reader) if options.reader else web.load_model(options.model)
    names = options.names.split() if options.names else None
    page = web.export_page(model, options.output, names, options.title)
    print(f"{page}: {page.stat().st_size / 1000:,.0f} kB. Open it in a browser, or put the folder")
    print("on any web host; see it served: python -m http.server -d " + str(page.parent))
