"""Does the zip of `make bundle` open and test where there is no network at all?

Makes the bundle with the real lock (this needs the network, and uv), unpacks it in an empty
folder, and then, in a network namespace that has no interface but the loopback, lets ``start.py``
set it up, asks the doctor, runs notebook 00, and runs those tests that start a server, a kernel
and the readers of files. Where the system does not allow such a namespace, that is said, and pip
and the course are only told to leave the network alone (which `start.py` does anyway).

Run `python tests/bundle_offline.py` (about five minutes, 2 GB of disk; CI does).
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

import bundle

TESTS = ("tests/test_formats.py", "tests/test_check.py", "tests/command/test_cli.py")
# A new namespace has a loopback interface that is down; Jupyter talks to its kernels through it.
LOOPBACK_UP = """
import fcntl, os, socket, struct, sys
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
fcntl.ioctl(socket.socket(), SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
os.execvp(sys.argv[1], sys.argv[1:])
"""
ALONE = ["unshare", "--map-root-user", "--net", sys.executable, "-c", LOOPBACK_UP]
NO_ROUTE = """
import socket
try:
    socket.create_connection(("192.0.2.1", 80), timeout=5)
except OSError as error:
    print("No network:", error.strerror or error)
else:
    raise SystemExit("there is a network after all")
"""


def namespace() -> list[str]:
    """Return the words that cut a command off from every network, or none where that fails."""
    if shutil.which("unshare"):
        done = subprocess.run([*ALONE, sys.executable, "-c", NO_ROUTE])
        if done.returncode == 0:
            return ALONE
    print("This machine makes no network namespaces: the network is left alone, not absent.")
    return []


def main() -> int:
    """Make, unpack, set up and test a bundle; return the exit code."""
    alone = namespace()
    with tempfile.TemporaryDirectory() as scratch:
        started = time.monotonic()
        file = bundle.bundle(Path(scratch) / "stick.zip")
        seconds = time.monotonic() - started
        print(f"bundle: {file.stat().st_size / 1e6:.0f} MB in {seconds:.0f} s", flush=True)
        with zipfile.ZipFile(file) as archive:
            archive.extractall(Path(scratch) / "empty")
        home = Path(scratch) / "home"
        home.mkdir()
        settings = {"HOME": str(home), "MNISTLAB_OFFLINE": "1", "PATH": os.environ["PATH"]}
        course = Path(scratch) / "empty" / bundle.FOLDER
        python = course / ".venv" / "bin" / "python"
        for command in (
            [sys._base_executable, "start.py", "doctor"],
            [sys._base_executable, "start.py", "run", "00"],
            [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS],
        ):
            print("$", *command[1:], flush=True)
            started = time.monotonic()
            done = subprocess.run([*alone, *map(str, command)], cwd=course, env=settings)
            print(f"  {time.monotonic() - started:.0f} s", flush=True)
            if done.returncode:
                print(f"bundle without a network: FAILED ({done.returncode})")
                return 1
    print("bundle without a network: passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
