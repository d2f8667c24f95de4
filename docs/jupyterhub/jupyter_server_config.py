"""For each learner's server (JUPYTER_CONFIG_PATH of jupyterhub_config.py names this folder)."""

c = get_config()  # noqa: F821  (the server brings it)

# Photos chosen together come in one message; Tornado drops those over 10 MB, and tells nobody.
c.ServerApp.tornado_settings = {"websocket_max_message_size": 100 * 2**20}
