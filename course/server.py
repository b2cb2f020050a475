"""What holds for every Jupyter server of the course: `course lab`'s, Binder's and a JupyterHub's.

- `configure`: quiet, private, and without the Internet
- `without_grading`: leave out what serves an instructor, where there is no exchange
- `open_workspace`: give the learner what is missing, and serve it

What JupyterLab itself is told is in the folders of ``server_settings/``, which the server finds by
``JUPYTER_CONFIG_PATH``. (A hook into its page would do for `course lab`; a hub has its own there.)
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from traitlets.config import Config
from traitlets.log import get_logger

from course import index, workspace

__all__ = ["EXCHANGE", "configure", "open_workspace", "without_grading"]

#: Where nbgrader hands assignments out and collects them, unless its configuration says otherwise.
EXCHANGE = Path("/srv/nbgrader/exchange")

_SETTINGS = Path(__file__).parent / "server_settings"


def configure(config: Config) -> None:
    """Make the decisions that hold everywhere.

    JupyterLab asks the Internet neither for news nor for updates nor for extensions, and lets the
    course's widgets save the open notebooks. It goes on saving every two minutes by itself: more
    often, and it would get into the way of who saves by hand, since two saves at once are taken
    for a change by somebody else.

    Args:
        config: the server's; what it says about other things is kept.
    """
    _have_found("everywhere")
    config.KernelManager.transport_encryption = "auto"  # other users can listen on the loopback
    config.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
    config.LabApp.expose_app_in_browser = True  # `course.widgets.my_work` saves what is open
    config.LabApp.extension_manager = "readonly"
    config.LabApp.news_url = None


def without_grading(config: Config, exchange: Path = EXCHANGE) -> None:
    """Leave out Formgrader and nbgrader's lists unless there is an exchange; Validate stays.

    Args:
        config: the server's.
        exchange: the folder that a hub's users share with their instructor.
    """
    if exchange.is_dir() and os.access(exchange, os.W_OK):
        return
    _have_found("without_exchange")
    config.ServerApp.jpserver_extensions = {
        f"nbgrader.server_extensions.{name}": False
        for name in ("assignment_list", "course_list", "formgrader")
    }


def open_workspace(config: Config, folder: Path, lessons: Path | None) -> None:
    """Fill a learner's workspace and have it served.

    A server that does not start shows nobody why. So where the workspace cannot be filled, the log
    says so, and what there is is served: the workspace as it is, or the lessons to be read.

    Args:
        config: the server's.
        folder: the workspace.
        lessons: the released lessons, as `workspace.shipped` finds them.
    """
    log = get_logger()
    if lessons is None:
        log.error("No lessons are installed beside this Python; %s is served as it is.", folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for copy in workspace.fill(folder, lessons) if lessons else ():
            if copy.state == "failed":
                log.error("%s could not be copied to %s: %s", copy.assignment, folder, copy.reason)
            elif copy.state == "outdated":
                log.warning(
                    "%s in %s is kept, though another version of it is installed. To get that one, "
                    "rename the folder and start the server again.", copy.assignment, folder
                )  # fmt: skip
    except OSError as error:
        log.error("%s cannot be filled: %s. Is the disk full, or not yours?", folder, error)
        if not os.access(Path.home(), os.W_OK):  # the server, too, needs a place for its files
            os.environ.setdefault("JUPYTER_DATA_DIR", tempfile.mkdtemp(prefix="jupyter-"))
    places = (place for place in (folder, lessons) if place and place.is_dir())
    served = next((place for place in places if os.access(place, os.R_OK)), Path("/"))
    config.ServerApp.root_dir = str(served)
    # A hub's administrator may choose another page.
    first = f"/lab/tree/{index.NAME}" if (served / index.NAME).exists() else "/lab"
    first = os.environ.get("JUPYTERHUB_DEFAULT_URL") or first
    # `jupyter lab` asks its own application where to begin, all others ask the server.
    config.LabApp.default_url = config.ServerApp.default_url = first


def _have_found(settings: str) -> None:
    """Have the server, which looks there at every request, find a folder of our settings."""
    others = os.environ.get("JUPYTER_CONFIG_PATH", "").split(os.pathsep)
    paths = dict.fromkeys([str(_SETTINGS / settings), *filter(None, others)])
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(paths)
