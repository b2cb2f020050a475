"""Configure the image's Jupyter server, be it started by Binder, by a JupyterHub or by hand.

Installed as `etc/jupyter/jupyter_server_config.py` of the image's Python environment.
The address, the token and the port are for who starts the server to say.
"""

from pathlib import Path

from course import server, workspace

c = get_config()  # noqa: F821 (traitlets provides it)

server.configure(c)
server.without_grading(c)
server.open_workspace(c, Path.home() / workspace.WORK, workspace.shipped())
