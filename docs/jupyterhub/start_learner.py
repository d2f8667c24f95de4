"""Start one learner's server: JupyterHub runs this, as that learner, in the learner's home.

The first time, the course is laid out in the folder ``mnist-course``, without solutions. A folder
that is there is never touched, so what a learner wrote is there the next day.
"""

import os
import resource
import sys
from pathlib import Path

course = Path.home() / "mnist-course"
if not course.exists():
    from mnistlab.command.student import student

    student(course)
os.chdir(course)

# What a process allocates, threads' stacks included; the mapped digits, which all share, don't
# count. A cell that wants more gets a MemoryError, and its kernel lives.
limit = int(os.environ["MEM_LIMIT"])
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))

os.environ["SHELL"] = "/bin/sh"  # the account's own refuses to work, so that nobody logs in by SSH
os.execv(sys.executable, [sys.executable, "-m", "jupyterhub.singleuser", *sys.argv[1:]])
