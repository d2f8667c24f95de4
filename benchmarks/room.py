"""How many learners does one server carry? JupyterHub of docs/room.md, notebooks 00 to 05 at once.

    sudo .venv/bin/python benchmarks/room.py            20, 10, 5 and 1 learners
    sudo .venv/bin/python benchmarks/room.py 5 1        these; the rest of the record stays
    sudo .venv/bin/python benchmarks/room.py --first 20     notebook 00 only

Root is needed for Unix accounts, one per learner, removed afterwards; and the full data in the
course's cache. Every learner logs in at the same moment, opens notebook 00 and runs it. When all
are done and nobody does anything, their memory is measured. Then each goes on to 05: next notebook
opened, the one before shut down. What the learners' browsers would do is done by processes beside
the hub (`_learner.py`), which take some of the processor and are not counted as memory. They speak
without encryption, which their library, with two threads at one socket, does not always survive.
Each number of learners is stored as soon as it is done, so a run that was stopped can be taken up.
If memory runs out all are sent home, and the record says so.

Before, as docs/room.md has it:  .venv/bin/python -m mnistlab run 00 01 04 05
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import psutil
import requests

from mnistlab import datasets
from mnistlab.command import course

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from hub import CONFIG, start_room, what_is_missing, what_is_missing_for_a_class

RESULTS = Path(__file__).parent / "results" / "room.json"
LEARNERS = [20, 10, 5, 1]  # the hardest first
NOTEBOOKS = [entry["file"] for entry in course.read_course()[:5]]  # 00 to 05
PIXELS = "train-images-idx3-ubyte"
SETTLE_SECONDS = 10  # nothing is done, then idle memory is measured
SAMPLE_SECONDS = 2
MB, GB = 1e6, 1e9
SPARE = 0.7 * GB
TARGET_GB, TARGET_IDLE_MB = 24, 250

TOO_MUCH = "stopped for lack of memory"
FAULTS = (TOO_MUCH, "kernels killed", "notebooks failed", "notebooks with another result")

# The room's own configuration, and a key for this benchmark.
WITH_A_KEY = f"""
load_subconfig({str(CONFIG)!r})
c.JupyterHub.services.append({{"name": "load", "api_token": "KEY"}})
c.JupyterHub.load_roles.append(
    {{"name": "load", "scopes": ["admin:users", "admin:servers", "access:servers"],
      "services": ["load"]}}
)
"""


def main():
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("learners", nargs="*", type=int, default=LEARNERS)
    parser.add_argument("--first", action="store_true", help="notebook 00 only")
    options = parser.parse_args()
    notebooks = NOTEBOOKS[:1] if options.first else NOTEBOOKS
    if problem := what_is_missing() or what_is_missing_for_a_class():
        print(f"NOT measured: {problem}")
        return
    os.environ["MNISTLAB_OFFLINE"] = "1"
    datasets.load_mnist("full")  # unpacks the pixels, once for all
    record = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for number in options.learners:
        with tempfile.TemporaryDirectory() as folder:
            memory, seconds = measure(Path(folder), number, notebooks)
        print(json.dumps({**memory, "seconds": seconds}, indent=1), flush=True)
        record = merged(record, memory, seconds)
        RESULTS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def measure(folder, number, notebooks):
    """Let a number of learners work; return their memory and their seconds."""
    config = folder / "load_config.py"
    key = os.urandom(16).hex()
    config.write_text(WITH_A_KEY.replace("KEY", key), encoding="utf-8")
    with start_room(folder, number, trial=False, tls=False, config=config) as room:
        names = list(room.passwords)
        with ThreadPoolExecutor(number) as pool:
            started = list(pool.map(lambda name: start_server(room, key, name), names))
            learners = [start_learner(room, key, name) for name in names]
            try:
                return work(room, pool, learners, started, notebooks)
            finally:
                for learner in learners:
                    learner.kill()


def work(room, pool, learners, started, notebooks):
    """Run the notebooks on all servers; measure meanwhile."""
    first, *others = notebooks
    private = {"server alone": private_of_learners(room)}
    with PeakMemory(room, learners) as peak:
        list(pool.map(lambda learner: ask(learner, "open", first), learners))
        private["00 opened"] = private_of_learners(room)
        answers = {first: list(pool.map(lambda learner: ask(learner, "run", first), learners))}
        private["00 run"] = private_of_learners(room)
        pixels = share_of_pixels(room)
        rest = pool.map(lambda learner: [ask(learner, "run", name) for name in others], learners)
        answers |= dict(zip(others, zip(*rest, strict=True), strict=True))
    every = [answer for many in answers.values() for answer in many]
    for answer in every:
        if (answer["error"] or answer["wrong"]) and not peak.too_much:
            print(json.dumps(answer, indent=1), file=sys.stderr)
    if peak.too_much:
        print(
            f"{len(learners)} learners do NOT fit: less than {SPARE / GB} GB was left.", flush=True
        )
    restarts = (room.folder / "hub.log").read_text().count("restarting kernel")
    memory = {
        "learners": len(learners),
        "notebooks": f"{first[:2]} to {others[-1][:2]}" if others else first[:2],
        "server up, s": round(max(started), 1),
        **{f"private MB, {state}": value for state, value in private.items()},
        "training pixels, all together, MB": round(pixels / MB, 1),
        "largest share of a learner, MB": round(peak.largest_learner / MB, 1),
        "together at most, GB": round(peak.together / GB, 2),
        TOO_MUCH: peak.too_much,
        "kernels killed": restarts + sum("DeadKernel" in (a["error"] or "") for a in every),
        "notebooks failed": sum(bool(answer["error"]) for answer in every),
        "notebooks with another result": sum(bool(answer["wrong"]) for answer in every),
    }
    return memory, {name: spread([a["seconds"] for a in many]) for name, many in answers.items()}


def spread(seconds):
    if None in seconds:  # not all came to the end
        return {"median": None, "worst": None}
    return {"median": round(statistics.median(seconds), 1), "worst": round(max(seconds), 1)}


# ------------------------------------------------------------------ learners


def start_server(room, key, name):
    """Ask the hub for a learner's server; return the seconds until it is up."""
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = f"token {key}"
    user = f"{room.address}hub/api/users/{name}"
    start = time.perf_counter()
    session.post(user).raise_for_status()
    session.post(f"{user}/server").raise_for_status()
    while not session.get(user).json()["servers"].get("", {}).get("ready"):
        time.sleep(0.5)
    return time.perf_counter() - start


def start_learner(room, key, name):
    return subprocess.Popen(
        [sys.executable, Path(__file__).with_name("_learner.py")],
        env={
            **os.environ,
            "JUPYTER_GATEWAY_URL": f"{room.address}user/{name}",
            "JUPYTER_GATEWAY_AUTH_TOKEN": key,
            "KERNEL_LAUNCH_TIMEOUT": "3600",  # also how long a cell may be silent
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def ask(learner, what, notebook):
    """Let a learner open or run a notebook, and wait for the answer."""
    try:
        learner.stdin.write(f"{what} notebooks/{notebook}\n")
        learner.stdin.flush()
        return json.loads(learner.stdout.readline())
    except (BrokenPipeError, json.JSONDecodeError):  # sent home
        return {"seconds": None, "error": "the learner is gone", "wrong": []}


# ------------------------------------------------------------------ memory


def memory_of(server):
    """Return what a server and its kernels hold alone, and their share of everything, in bytes."""
    return memory_of_all([server, *server.children(recursive=True)])


def memory_of_all(processes):
    private = share = 0
    for process in processes:
        try:
            memory = process.memory_full_info()
        except psutil.NoSuchProcess:
            continue
        private, share = private + memory.uss, share + memory.pss
    return private, share


def private_of_learners(room):
    """Return what the largest learner holds alone, in MB, after a while of doing nothing."""
    time.sleep(SETTLE_SECONDS)
    return round(max(memory_of(room.server(name))[0] for name in room.passwords) / MB, 1)


def share_of_pixels(room):
    """Add up all processes' shares of the training pictures: one copy, whoever looks at it."""
    return sum(
        mapping.pss
        for process in room.hub.children(recursive=True)
        for mapping in process.memory_maps()
        if mapping.path.endswith(PIXELS)
    )


class PeakMemory(threading.Thread):
    """Looks every few seconds at what all processes of the room hold, shared memory once.

    When the machine is about to run out of memory everybody is sent home: the run fails.
    """

    def __init__(self, room, learners):
        super().__init__(daemon=True)
        self.hub, self.learners = room.hub, learners
        self.servers = [room.server(name) for name in room.passwords]
        self.together = self.largest_learner = 0
        self.too_much = False
        self.over = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()

    def run(self):
        hub = [self.hub, *(p for p in self.hub.children() if p not in self.servers)]
        while not self.over.wait(SAMPLE_SECONDS):
            shares = [memory_of(server)[1] for server in self.servers]
            self.largest_learner = max(self.largest_learner, *shares)
            self.together = max(self.together, sum(shares) + memory_of_all(hub)[1])
            if psutil.virtual_memory().available < SPARE:
                self.too_much = True
                for learner in self.learners:
                    learner.kill()


# ------------------------------------------------------------------ the record


def merged(record, memory, seconds):
    """Put the results of one number of learners into the record, beside those of the others."""
    rows = {row["learners"]: row for row in record.get("memory", [])}
    rows[memory["learners"]] = memory
    rows = [rows[number] for number in sorted(rows)]
    times = {row["notebook"]: row for row in record.get("seconds", [])}
    for name, values in seconds.items():
        old = times.get(name, {"notebook": name})
        new = {f"{memory['learners']}, {which}": value for which, value in values.items()}
        values = {key: value for key, value in {**old, **new}.items() if key != "notebook"}
        order = sorted(values, key=lambda key: int(key.split(",")[0]))
        times[name] = {"notebook": name} | {key: values[key] for key in order}
    return {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "threads": 1,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("jupyterhub", "jupyterlab", "ipykernel")},
        },
        "met": {
            f"{max(LEARNERS)} learners, 00 to 05, together at most {TARGET_GB} GB": any(
                row["together at most, GB"] <= TARGET_GB and not row[TOO_MUCH]
                for row in rows
                if row["learners"] >= max(LEARNERS) and row["notebooks"] == "00 to 05"
            ),
            **{
                f"private, {state}, at most {TARGET_IDLE_MB} MB": all(
                    row[f"private MB, {state}"] <= TARGET_IDLE_MB for row in rows
                )
                for state in ("server alone", "00 opened", "00 run")
            },
            "in the rows below none killed, failed or with another result": not any(
                row.get(name) for row in rows for name in FAULTS
            ),
        },
        "memory": rows,
        "seconds": list(times.values()),
    }


if __name__ == "__main__":
    main()
