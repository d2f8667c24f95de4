"""Which files there are (``data/registry.toml``), how they are known, and where they lie."""

import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pooch

CHECKOUT = Path(__file__).resolve().parents[2]

# What the course itself reads; the relatives are fetched when they are asked for.
COURSE = ("mnist", "qmnist")


class DataNotFound(FileNotFoundError):
    """The data is neither on this computer nor to be had from a mirror."""


@dataclass(frozen=True)
class RegisteredFile:
    """A file of the registry: how it is called, where it is fetched, how it is known."""

    name: str  # ends in ``.gz`` or ``.npz``
    dataset: str  # whose part it is
    folder: str  # where it lies
    mirrors: tuple[str, ...]  # addresses it can be fetched from, without the name
    size: int  # bytes unzipped; of a ``.npz``: of the array in it, as an IDX file
    gz_size: int  # bytes as originally zipped
    sha256: str = ""  # of the unzipped payload; empty where nobody has published it
    digest: str = ""  # of the zipped file, "sha256:..." or "md5:..."; empty if not needed
    mirror_name: str = ""  # its name on the mirrors, where that is another: many use MNIST's

    @property
    def unzipped(self) -> str:
        """The name in the cache, where each is an IDX file."""
        return self.name.removesuffix(".gz").removesuffix(".npz")

    def names(self, in_own_folder: bool = False) -> list[str]:
        """List the names on disk: zipped, unzipped, with ``.idx`` for ``-idx`` as some unpack it.

        In a folder of its own data set, also as mirrors call it: elsewhere that may be another's.
        """
        names = [self.name]
        if in_own_folder and self.mirror_name:
            names.append(self.mirror_name)
        if self.sha256:  # a digest of the zipped file says nothing about the unzipped one
            names += [name.removesuffix(".gz") for name in names]
        return list(dict.fromkeys([*names, *(name.replace("-idx", ".idx") for name in names)]))

    @property
    def help(self) -> str:
        """What to do where it is missing."""
        command = "mnistlab download" + ("" if self.dataset in COURSE else f" {self.dataset}")
        what = f"Run `{command}` where there is a network (finished files are kept), "
        what += "or set MNISTLAB_DATA to a folder that has the files."
        if folder := os.environ.get("MNISTLAB_DATA"):
            what += f" In {folder} this was looked for: {', '.join(self.names(True))}."
        return what


def shipped(name: str) -> Path:
    """Return where a file of ``data/`` lies: in the package, if that was installed as a wheel."""
    path = CHECKOUT / "data" / name
    return path if path.exists() else Path(__file__).parents[1] / name


def _tables() -> dict[str, dict]:
    return tomllib.loads(shipped("registry.toml").read_text(encoding="utf-8"))


@cache
def registry() -> dict[str, list[RegisteredFile]]:
    """Read the registry: the files of each data set, training part first, then test part."""
    return {
        key: [
            RegisteredFile(name, key, table["folder"], tuple(table["mirrors"]), **facts)
            for name, facts in table["files"].items()
        ]
        for key, table in _tables().items()
    }


def relatives() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return what MNIST's relatives are called, and what their labels 0, 1, 2, ... mean."""
    return {k: (t["title"], tuple(t["classes"])) for k, t in _tables().items() if "title" in t}


def cache_dir() -> Path:
    """Return the folder for what can be fetched or made again; it need not exist yet.

    ``data/cache`` in a checkout of the course that can be written, else the user's cache folder.
    """
    folders = _cache_dirs()
    for folder in folders:
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        if os.access(there, os.W_OK):
            return folder
    return folders[-1]


def _cache_dirs() -> list[Path]:
    user = Path(pooch.os_cache("mnistlab"))
    in_checkout = (CHECKOUT / "data" / "registry.toml").exists()
    return [CHECKOUT / "data" / "cache", user] if in_checkout else [user]


def search_path(file: RegisteredFile) -> list[Path]:
    """List the folders in which a file may lie, in the order in which they are tried.

    DataNotFound if ``MNISTLAB_DATA`` is set to something that is not a folder.
    """
    folders = [path for folder in _cache_dirs() for path in (folder / file.folder, folder)]
    if data := os.environ.get("MNISTLAB_DATA"):
        if not Path(data).is_dir():
            raise DataNotFound(f"MNISTLAB_DATA is {data!r}, which is not a folder.")
        data = Path(data).absolute()
        folders = [data / file.folder, data, data.with_name(file.folder), *folders]
    return list(dict.fromkeys(folders))


def unzipped_paths(file: RegisteredFile) -> list[Path]:
    """List where the cache may hold the verified, unzipped copy of a file."""
    return [folder / file.folder / file.unzipped for folder in _cache_dirs()]
