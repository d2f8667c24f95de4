"""mnistlab: what the notebooks of the MNIST course import."""

# ruff: noqa: F401 (`__all__` takes the names that come later from `_LATER`)

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

# Imported at once, not on first use: `check` and `progress` are also the names of their modules,
# and the function must win.
from .check import check, predict
from .datasets import load, load_hard_digits, load_mnist
from .progress_bar import progress

if TYPE_CHECKING:
    from .augment import Augment
    from .cnn import CNN
    from .command.course import course_map
    from .mlp import MLP
    from .reader import load_reader

__version__ = version("mnistlab")

# Imported when first used: scikit-learn takes a second, and most notebooks start without these.
_LATER = {
    "MLP": "mlp",
    "CNN": "cnn",
    "Augment": "augment",
    "load_reader": "reader",
    "course_map": "command.course",
}

__all__ = ["check", "load", "load_hard_digits", "load_mnist", "predict", "progress", *_LATER]


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_LATER[name]}", __name__), name)
