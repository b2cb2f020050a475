"""The same image on a JupyterHub: its own server, started by a real hub, in a home that stays.

The hub runs in the container as well, and starts the server beside itself, so that nothing but the
image is needed. In place of its proxy, a program of Node.js, the test asks the server directly.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.binder.figures import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import docker

    from tests.binder.conftest import Image
    from tests.binder.figures import Figures
    from tests.binder.session import Session

pytestmark = pytest.mark.binder

HOME = "/home/jovyan"
CONFIGURATION = "/srv/jupyterhub_config.py"
HUB = f"""
from jupyterhub.proxy import Proxy

c = get_config()


class NoProxy(Proxy):
    routes = {{}}

    async def start(self): pass
    async def stop(self): pass
    async def get_all_routes(self): return dict(self.routes)
    async def delete_route(self, routespec): self.routes.pop(routespec, None)
    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {{"routespec": routespec, "target": target, "data": data}}


c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.db_url = "sqlite:////tmp/hub.sqlite"
c.JupyterHub.cookie_secret_file = "/tmp/cookie-secret"
c.JupyterHub.services = [{{"name": "tester", "api_token": "the-tester-s-token"}}]
c.JupyterHub.load_roles = [{{
    "name": "tester", "services": ["tester"],
    "scopes": ["admin:users", "admin:servers", "access:servers"],
}}]
c.SimpleLocalProcessSpawner.home_dir_template = {HOME!r}
c.Spawner.port = 8888
c.Spawner.env_keep = ["PATH", "LANG", "COURSE_LABVM_DIR"]
"""

ASK = """
import json, time, requests

asked = requests.Session()
asked.headers["Authorization"] = "token the-tester-s-token"
hub, server = "http://127.0.0.1:8081/hub/api", "http://127.0.0.1:8888/user/ada"

def answer(address):
    try:
        return asked.get(address).json()
    except requests.ConnectionError:
        return {}

def wait(condition):
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "the hub takes too long"
        time.sleep(0.1)

wait(lambda: answer(hub))
version, began = answer(hub)["version"], time.monotonic()
asked.post(f"{hub}/users/ada").raise_for_status()
asked.post(f"{hub}/users/ada/server").raise_for_status()
wait(lambda: answer(f"{hub}/users/ada")["servers"].get("", {}).get("ready"))
print(json.dumps({
    "version": version,
    "took_s": time.monotonic() - began,
    "first page": asked.get(f"{server}/", allow_redirects=False).headers["Location"],
    "files": [entry["name"] for entry in asked.get(f"{server}/api/contents").json()["content"]],
}))
"""


@pytest.fixture
def home(client: docker.DockerClient, image: Image) -> Iterator[str]:
    """Return an empty volume, given to the group 100, as Kubernetes does by `fsGroup`."""
    volume = client.volumes.create()
    client.containers.run(
        image.name, ["sh", "-c", f"chgrp 100 {HOME} && chmod 2775 {HOME}"], user="0",
        volumes={volume.name: {"bind": HOME, "mode": "nocopy"}}, network_mode="none", remove=True,
    )  # fmt: skip
    yield volume.name
    volume.remove()


def test_in_an_empty_home(start: Callable[..., Session], home: str, root, figures: Figures) -> None:
    """A hub starts its server, which puts the lessons into the home; the next one leaves them."""
    lessons = {path.name for path in root.glob("source/*") if path.is_dir()}
    for visit in ("first", "second"):
        session = start(
            command=["jupyterhub", "-f", CONFIGURATION],
            files={CONFIGURATION: HUB.encode()},
            volumes={HOME: home},
        )
        found = json.loads(session.python(ASK))
        figures.add(
            "JupyterHub", f"{found['version']}: {visit} server ready", seconds(found["took_s"])
        )
        assert found["first page"].partition("?")[0] == "/user/ada/lab/tree/index.ipynb"
        assert {"index.ipynb"} | lessons <= set(found["files"])
        own = f"{HOME}/work/{min(lessons)}/{min(lessons)}.ipynb"
        if visit == "first":
            session.run("sh", "-c", f"echo mine > {own}")
        else:
            assert session.run("cat", own) == "mine\n"
        session.remove()
