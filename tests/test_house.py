"""The house's rules: who imports whom, how long files are, where tests lie, how things are done.

The package is read, never run.
"""

import ast
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mnistlab"
FILES = sorted(PACKAGE.rglob("*.py"))
ANSWERS = sorted((ROOT / "data" / "answers").glob("*.py"))  # no part of it, but of the same house
GROUND_FLOOR = sorted(PACKAGE.glob("*.py"))

# Imports go down, or stay on a floor; a wing that is not named here is on the middle one.
TOP = {"command", "widgets", "web", "__main__"}
BOTTOM = ["formats", "progress_bar", "datasets"]  # datasets may import the two before it

MOST_LINES = {
    "a file": 400,
    "the package": 6_800,
    "the ground floor": 1_722,
    "the answers": 1_008,
}
MOST_MODULES = 15  # on the ground floor
# Tests that lie elsewhere: {file: the test of it}.
TESTED_ELSEWHERE = {
    "__init__.py": "tests/test_package.py",
    "__main__.py": "tests/command/test_cli.py",
    "exercises/__init__.py": "tests/test_exercises.py",  # and all of data/answers
    "exercises/compare.py": "tests/test_exercises.py",
}
LATE_IMPORT = "# slow to import"
# Who replaces or renames a file, besides formats.whole_file.
RENAMES = {
    "formats.py": "whole_file itself",
    "command/student.py": "a whole folder takes its name at once",
}


def short(path: Path) -> str:
    return path.relative_to(ROOT if path in ANSWERS else PACKAGE).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    if path in ANSWERS:
        return f"mnistlab.exercises.{path.stem}"  # where they are imported from
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in FILES + ANSWERS}


def only_for_types(module: ast.Module) -> set[ast.AST]:
    """Return what stands under ``if TYPE_CHECKING``: it is never executed."""
    blocks = [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
    ]
    return {inner for block in blocks for statement in block.body for inner in ast.walk(statement)}


def imported(module: str, path: Path, source: ast.Module) -> set[str]:
    """Return the full names of all that a file imports, wherever in it."""
    folder = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    names, left_out = set(), only_for_types(source)
    for node in ast.walk(source):
        if node in left_out:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = folder[: len(folder) + 1 - node.level] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            within = {f"{base}.{alias.name}" for alias in node.names}
            names |= {name if name in MODULES else base for name in within}
    return names


@cache
def graph() -> dict[str, set[str]]:
    """Return which module of the package imports which others of it."""
    return {
        name: {other for other in imported(name, path, tree(path)) if other in MODULES}
        for name, path in MODULES.items()
    }


def circle(arrows: dict[str, set[str]]) -> list[str]:
    try:
        list(TopologicalSorter(arrows).static_order())
    except CycleError as error:
        return error.args[1]
    return []


def wing(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def floor(module: str) -> int:
    """Return the height of a module: imports never go up."""
    name = wing(module)
    if not name:
        return 99  # the package's own names, over everything
    if name in TOP:
        return len(BOTTOM) + 1
    return BOTTOM.index(name) if name in BOTTOM else len(BOTTOM)


def test_the_reader_of_imports_sees_every_kind():
    source = ast.parse(
        "import mnistlab.formats\nfrom . import course\nfrom .. import web, __version__\n"
        "from ..datasets import load\nif TYPE_CHECKING:\n    from .student import student\n"
        "def later():\n    from .doctor import doctor\n"
    )
    names = {"course", "doctor", "cli", "student"}
    assert names <= {path.stem for path in FILES}
    assert imported("mnistlab.command.cli", PACKAGE / "command" / "cli.py", source) == {
        *("mnistlab.formats", "mnistlab.command.course", "mnistlab.web", "mnistlab"),
        *("mnistlab.datasets", "mnistlab.command.doctor"),
    }


def test_a_circle_is_found():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) and not circle({"a": {"b"}, "b": {"c"}})


def test_no_circle_of_imports():
    arrows = {
        short(MODULES[name]): {short(MODULES[other]) for other in others if other != name}
        for name, others in graph().items()
    }
    assert set(circle(arrows)) == set(), circle(arrows)


def test_wings_do_not_import_each_other_in_a_circle():
    arrows: dict[str, set[str]] = {}
    for name, others in graph().items():
        arrows.setdefault(wing(name), set()).update(
            wing(other) for other in others if wing(other) != wing(name)
        )
    assert set(circle(arrows)) == set()


def test_imports_go_down():
    upward = {
        f"{name} -> {other}"
        for name, others in graph().items()
        for other in others
        if floor(other) > floor(name)
    }
    assert upward == set()


def test_nothing_in_the_package_imports_what_lies_outside():
    outside = {
        path.stem
        for folder in ("tools", "tests", "benchmarks")
        for path in (ROOT / folder).glob("*.py")
    }
    for name, path in MODULES.items():
        roots = {other.split(".")[0] for other in imported(name, path, tree(path))}
        assert not roots & (outside | {"tools", "tests", "benchmarks"}), name


def lines(*paths: Path) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)


def test_no_file_is_too_long():
    assert {short(p) for p in MODULES.values() if lines(p) > MOST_LINES["a file"]} == set()


def test_the_package_is_small():
    assert lines(*FILES) <= MOST_LINES["the package"]
    assert lines(*ANSWERS) <= MOST_LINES["the answers"]
    assert lines(*GROUND_FLOOR) <= MOST_LINES["the ground floor"]
    modules = [path for path in GROUND_FLOOR if path.stem not in ("__init__", "__main__")]
    assert len(modules) <= MOST_MODULES


def test_the_readme_says_how_long_the_ground_floor_takes_to_read():
    words = sum(len(path.read_text(encoding="utf-8").split()) for path in GROUND_FLOOR)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (said,) = re.findall(r"ground floor, .*?reads in about (\d+) minutes", readme, re.DOTALL)
    assert abs(int(said) - words / 180) <= 5, f"{words} words at 180 a minute"


def test_what_contributing_points_at_is_there():
    table = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("Where is ...?")[2]
    places = re.findall(r"`([\w/.]+)`", table.partition("\n## ")[0])
    assert len(places) >= 10 and all((ROOT / place).exists() for place in places)


def test_tests_mirror_the_package():
    missing = {
        short(path)
        for path in FILES
        if not any(path.match(f"mnistlab/{pattern}") for pattern in TESTED_ELSEWHERE)
        and not is_empty(path)
        and not list(
            (ROOT / "tests" / path.parent.relative_to(PACKAGE)).glob(f"test_{stem(path)}*.py")
        )
    }
    assert missing == set()
    assert all((ROOT / test).is_file() for test in TESTED_ELSEWHERE.values())


def stem(path: Path) -> str:
    """Return what a file's test is called after: a package's own names, after the package."""
    return path.parent.name if path.name == "__init__.py" else path.stem


def is_empty(path: Path) -> bool:
    """Return whether a file only says what a folder holds, and names what lies there."""
    return path.name == "__init__.py" and not any(
        isinstance(node, (ast.FunctionDef, ast.ClassDef)) for node in tree(path).body
    )


def test_tests_have_names_of_their_own():
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))  # pytest imports them by name


def public_functions(path: Path) -> list[ast.FunctionDef]:
    """Return the functions and methods that a user may call."""
    bodies = [tree(path).body]
    bodies += [
        node.body
        for node in tree(path).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    return [
        node
        for body in bodies
        for node in body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (not node.name.startswith("_") or node.name in ("__init__", "__call__"))
    ]


def unannotated(function: ast.FunctionDef) -> list[str]:
    given = function.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    arguments += [argument for argument in (given.vararg, given.kwarg) if argument]
    names = [a.arg for a in arguments if not a.annotation and a.arg not in ("self", "cls")]
    return names + ([] if function.returns or function.name == "__init__" else ["return"])


def test_public_functions_are_annotated():
    found = {
        f"{short(path)}: {function.name}"
        for path in MODULES.values()
        for function in public_functions(path)
        if unannotated(function)
    }
    files = {line.split(":")[0] for line in found}
    assert files == set(), sorted(found)


def late_imports(path: Path) -> set[int]:
    """Return the lines of the imports that stand in functions."""
    return {
        inner.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for inner in ast.walk(node)
        if isinstance(inner, (ast.Import, ast.ImportFrom))
    }


def test_late_imports_say_why():
    found = set()
    for path in MODULES.values():
        text = path.read_text(encoding="utf-8").splitlines()
        if any(LATE_IMPORT not in text[number - 1] for number in late_imports(path)):
            found.add(short(path))
    assert found == set()


RENAME = re.compile(r"\bos\.(replace|rename|renames)\b|\.rename\(|\bshutil\.move\b")


def test_one_function_puts_whole_files_in_place():
    found = {short(p) for p in MODULES.values() if RENAME.search(p.read_text(encoding="utf-8"))}
    assert found - RENAMES.keys() == set()
    assert RENAMES.keys() <= found


@pytest.mark.parametrize("text", ["os.replace(a, b)", "path.rename(b)", "shutil.move(a, b)"])
def test_a_rename_is_seen(text):
    assert RENAME.search(text) and not RENAME.search("text.replace('a', 'b')")
