"""What mybinder.org starts in an image, and what it tells it.

All of it was taken from these files, read in November 2026:

- github.com/jupyterhub/binderhub, helm-chart/binderhub/values.yaml: `singleuser.cmd`, and
  `BinderSpawnerMixin.get_args` (binderhub/binderspawner_mixin.py)
- github.com/jupyterhub/mybinder.org-deploy, mybinder/values.yaml: `singleuser.memory` and `.cpu`,
  `allow_privilege_escalation`, `cors_allow_origin`, `etcJupyter`
- github.com/jupyterhub/zero-to-jupyterhub-k8s, jupyterhub/values.yaml: `singleuser.uid`, `fsGid`
"""

from __future__ import annotations

import secrets

PORT = 8888
UID = 1000
SHARED_GROUP = 100  # fsGid

# What `singleuser.cmd` of helm-chart/binderhub/values.yaml does, in our own words: the image's own
# `python3` looks for JupyterLab 3 or newer, and becomes it; without it, Jupyter Notebook.
COMMAND = """\
import os, sys
from importlib.metadata import PackageNotFoundError, version
try:
    import jupyterlab.labapp
    program = "jupyter-lab" if int(version("jupyterlab").split(".")[0]) >= 3 else "jupyter-notebook"
except (ImportError, PackageNotFoundError):
    program = "jupyter-notebook"
os.execvp(program, sys.argv)
"""

# mybinder.org-deploy, mybinder/values.yaml; mounted over the image's /etc/jupyter
ETC_JUPYTER = {
    "ServerApp": {
        "allow_origin": "*",
        "tornado_settings": {"trust_xheaders": True},
        "shutdown_no_activity_timeout": 600,
    },
    "MappingKernelManager": {
        "cull_idle_timeout": 600,
        "cull_interval": 60,
        "cull_connected": True,
    },
}


def command(base_url: str, token: str) -> list[str]:
    """Give the command with what BinderSpawner passes to it.

    >>> command("/user/ada/", "t")[-1]
    '--ServerApp.allow_origin_pat=.*'
    """
    given = [
        "--ip=0.0.0.0",
        f"--port={PORT}",
        f"--NotebookApp.base_url={base_url}",
        f"--NotebookApp.token={token}",
        "--NotebookApp.trust_xheaders=True",
        "--NotebookApp.allow_origin=*",
        "--NotebookApp.allow_origin_pat=.*",
    ]
    again = [
        argument.replace("--NotebookApp.", "--ServerApp.")
        for argument in given
        if argument.startswith("--NotebookApp.")
    ]
    return ["python3", "-c", COMMAND, *given, *again]


def environment(image: str, user: str, memory_bytes: int) -> dict[str, str]:
    """Give what JupyterHub and BinderHub set, as far as it can be told without a hub."""
    return {
        "JUPYTERHUB_USER": user,
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_SERVICE_PREFIX": f"/user/{user}/",
        "JUPYTERHUB_SERVER_NAME": "",
        "JUPYTERHUB_API_TOKEN": secrets.token_hex(16),
        "JUPYTERHUB_API_URL": "http://hub:8081/hub/api",
        "JUPYTER_IMAGE": image,
        "JUPYTER_IMAGE_SPEC": image,
        "MEM_LIMIT": str(memory_bytes),
        "BINDER_LAUNCH_HOST": "https://mybinder.org/",
        "BINDER_REQUEST": "v2/gh/OWNER/REPOSITORY/HEAD",
    }
