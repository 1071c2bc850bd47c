"""A network is served under the name of its file, whatever that is."""

import base64
import gzip
import re
import shutil
import sys
import threading
import zlib
from urllib.parse import quote

import pytest

import chainrule as cr
from chainrule.cli.arguments import Values
from chainrule.cli.opening import opened, saved_networks
from chainrule.quoting import printable
from chainrule.web.app import application
from chainrule.web.server import serve
from chainrule.web.site import Site

from .hostile import NAMES

FILES = [
    "42",
    "007",
    "1e3",
    "-1",
    "true",
    "null",
    "",
    "ü 网络",
    "a&b=c#d%41+",
    "%2e%2e",
    "..",
    "x" * 200,
    *NAMES.values(),
]
EVERY = [each for each in FILES if each not in ("", "..") and "/" not in each and "\0" not in each]
"""Names that a file may have."""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server of a folder with a network under each of these names, and how it is asked."""
    folder = tmp_path_factory.mktemp("networks")
    cr.Network([784, 3, 10], seed=0).save(folder / "first.safetensors")
    for name in EVERY:
        try:
            shutil.copy(folder / "first.safetensors", folder / f"{name}.safetensors")
        except OSError:  # a name that this system does not take
            continue
    saved = saved_networks(Values(net=str(folder), data=None, functions=None))
    site = Site(saved, opened, [sys.executable, "-m", "chainrule.cli.native"])
    ready, ports = threading.Event(), []

    def note(port):
        ports.append(port)
        ready.set()

    app = application(site, ["127.0.0.1", "localhost"])
    threading.Thread(target=serve, args=(app, "127.0.0.1", 0, note), daemon=True).start()
    assert ready.wait(60)
    return ports[0], site


def ask(port, path):
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


@pytest.mark.parametrize("name", EVERY)
def test_a_network_of_any_name_is_served(name, served):
    port, site = served
    called = printable(name)
    if called not in site.saved:
        pytest.skip("this system has no file of this name")
    status, page = ask(port, f"/?network={quote(called, safe='')}")
    assert status == 200
    packed = re.search(rb'id="packed">([^<]*)<', page)[1]
    assert b'"network":' in zlib.decompress(base64.b64decode(packed))
    status, block = ask(port, f"/api/examples?network={quote(called, safe='')}&part=test")
    assert status == 200 and len(gzip.decompress(block)) > 10_000 * 784


def test_a_number_in_an_address_is_one_only_where_one_is_asked_for(served):
    port, _ = served
    assert ask(port, "/api/test?index=7")[0] == 200
    assert ask(port, "/api/test?index=seven")[0] == 422
    assert ask(port, "/api/examples?network=41&part=test")[0] == 404
