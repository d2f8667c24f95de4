"""The ``mnistlab`` command: doctor, download, lab, run."""

import argparse
import sys


def main(arguments: list[str] | None = None) -> int:
    """Run the ``mnistlab`` command.

    Parameters
    ----------
    arguments : list of str, optional
        The words after ``mnistlab``; those of the command line when None.

    Returns
    -------
    int
        The exit code: 0 when all went well, 1 when something is wrong, 130 when interrupted.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except (OSError, ValueError) as error:
        print(f"mnistlab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nmnistlab: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mnistlab", description="The MNIST course: tools.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run notebooks from top to bottom")
    run.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="e.g. 03; all when left out")
    run.add_argument("--refresh", action="store_true", help="store the outputs in the notebooks")
    run.add_argument(
        "--record",
        action="store_true",
        help="store the measured seconds, and the minutes that follow, in course.toml",
    )
    run.set_defaults(command=_run)
    return parser


def _run(options: argparse.Namespace) -> int:
    from . import course

    done = course.run(options.notebooks, refresh=options.refresh, record=options.record)
    return 0 if done else 1
