#!/bin/sh
# Build the course's environment in .venv, or bring it up to date (`make env` calls this).
#
# Needs Python 3.11 to 3.14 with its venv module, nothing else: uv comes from PyPI into .venv and
# installs what uv.lock names. The file .venv/.ready is written last, so a .venv without it is an
# unfinished one and is built again.
#
# PYTHON=python3.13 picks the interpreter; without it, the one of an existing .venv stays, else the
# first fitting one in PATH is taken. Words after the script's name go to `uv sync`: `make room`
# adds a group of packages that way.

set -eu
cd "$(dirname "$0")/.."

UV="uv==0.13.8"
READY=.venv/.ready

fail() {
    printf 'make env: %s\n' "$*" >&2
    exit 1
}

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
}

version() {
    "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null
}

# The interpreter a virtual environment was made from: one line, the same for both.
origin() {
    "$1" -c 'import sys; print(sys.base_prefix, sys.version)' 2>/dev/null || echo none
}

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if fits "$candidate"; then
            echo "$candidate"
            return
        fi
    done
}

python=${PYTHON:-}
if [ -n "$python" ]; then
    found=$(version "$python") || fail "PYTHON=$python does not run; give the name or path of a Python 3.11 to 3.14"
    fits "$python" || fail "PYTHON=$python is Python $found; the course needs 3.11 to 3.14"
    if [ -e .venv ] && [ "$(origin "$python")" != "$(origin .venv/bin/python)" ]; then
        rm -rf .venv
    fi
elif ! fits .venv/bin/python; then
    rm -rf .venv
    python=$(find_python)
    if [ -z "$python" ]; then
        found=$(version python3) || fail "no python3 in PATH; install Python 3.11 or newer and run make again"
        fail "python3 is Python $found; install Python 3.11 to 3.14, or name one: PYTHON=/path/to/python make env"
    fi
fi

if [ $# = 0 ] && [ -f "$READY" ] && [ -z "$(find pyproject.toml uv.lock tools/make_env.sh -newer "$READY")" ]; then
    exit 0
fi

# From here on .venv is unfinished until the last line.
if [ ! -f "$READY" ]; then
    if [ -e .venv ]; then
        echo "make env: .venv was not finished; building it again"
        if [ -z "$python" ]; then
            python=$(.venv/bin/python -c 'import sys; print(sys._base_executable)')
        fi
        rm -rf .venv
    fi
    "$python" -c 'import ensurepip, venv' 2>/dev/null || fail \
        "Python $(version "$python") comes without venv; on Debian or Ubuntu: sudo apt install python3-venv (or python$(version "$python" | cut -d. -f1,2)-venv), then run make again"
    echo "make env: building .venv with Python $(version "$python")"
    "$python" -m venv .venv
fi
rm -f "$READY"
unset VIRTUAL_ENV # another active environment is none of uv's business here
export UV_SYSTEM_CERTS=1 # a university's or company's proxy has its own certificate
.venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
.venv/bin/python -m pip install --quiet --disable-pip-version-check "$UV"
.venv/bin/python -m uv sync --locked --python .venv/bin/python --no-python-downloads "$@"
touch "$READY"
