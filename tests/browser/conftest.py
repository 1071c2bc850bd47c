"""A browser for the tests that look at what is shown, a server for it, and what holds of every page that is opened.

They run only where they are asked for: `pytest -m browser`.
"""

import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import threading

import pytest

import chainrule as cr

ALONE = """
if (!sessionStorage.test) {
  localStorage.clear();
  localStorage.toured = "yes";
  sessionStorage.test = "begun";
}
"""
"""What is done in a new page before all else: it finds nothing that an earlier test kept, and no path of a first visit."""
READS = re.compile("^reads .* of 10,000|^10,000 个测试数字认对")  # what is said once the network is there
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium():
    """Chromium without a window: the one that CHAINRULE_CHROMIUM names, the system's, or Playwright's own."""
    playwright = pytest.importorskip("playwright.sync_api")
    playwright.expect.set_options(timeout=90_000)  # a busy machine is no fault of the page's
    path = os.environ.get("CHAINRULE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serving():
    """The address of a server that shows one of the shipped networks first."""
    from chainrule.data.shipped import shipped
    from chainrule.web.app import application
    from chainrule.web.server import serve
    from chainrule.web.site import Site

    addresses: dict[str, str] = {}
    networks = {name: cr.load(shipped(name)) for name in ("book", "wide")}

    def address(net):
        if net not in addresses:
            ready, found = threading.Event(), []

            def told(port):
                found.append(port)
                ready.set()

            app = application(Site(networks, net), ["127.0.0.1"])
            threading.Thread(target=serve, args=(app, "127.0.0.1", 0, told), daemon=True).start()
            assert ready.wait(30)
            addresses[net] = f"http://127.0.0.1:{found[0]}/"
        return addresses[net]

    return address


@pytest.fixture(scope="session")
def context(chromium):
    """A context with a finger or without, which pages share: to start a process for each costs more than the page does."""

    @functools.cache
    def context(touch):
        made = chromium.new_context(has_touch=touch)
        made.set_default_timeout(90_000)  # a busy machine is no fault of the page's
        return made

    return context


@pytest.fixture
def open_page(context, serving):
    """Open the page; at the end of the test its console must be clean, and nothing outside may have been asked."""
    from playwright.sync_api import expect

    pages, faults = [], []

    def open_page(
        *, net="book", at="", language="en", theme="light", size=None, touch=None, address=None, refusals=False,
        first=False, meanwhile=None,
    ):  # fmt: skip
        quiet = bool(address) or refusals  # a line that breaks, or a request that is refused, is said on the console
        base = address or serving(net)
        page = context(bool(size and size["width"] < 600) if touch is None else touch).new_page()
        pages.append(page)
        page.set_viewport_size(size or {"width": 1440, "height": 900})
        page.add_init_script(ALONE.replace('localStorage.toured = "yes";', "") if first else ALONE)
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on(
            "console", lambda message: faults.append(message.text) if message.type == "error" and not quiet else None
        )
        page.on(
            "request",
            lambda request: None if request.url.startswith((base, "data:", "blob:")) else faults.append(request.url),
        )
        if meanwhile:  # what is done to the line, before there is any, and what is seen while the page loads
            meanwhile(page)
        page.goto(f"{base}?lang={language}&theme={theme}{at}")
        if not meanwhile:
            expect(page.get_by_role("status").filter(has_text=READS)).to_be_visible()
        return page

    yield open_page
    for page in pages:
        page.close()
    assert faults == []


@pytest.fixture
def axe():
    """What axe finds wrong with a page, a line a fault."""
    from axe_playwright_python.sync_playwright import Axe

    def find(page):
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]

    return find


class Command:
    """`chainrule app` in a process of its own."""

    def __init__(self, port):
        arguments = ["--port", str(port)] if port else []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chainrule", "app", "--no-browser", *arguments],
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        line = self.process.stdout.readline()
        self.port = int(re.search(r":(\d+)/", line)[1])
        self.address = f"http://127.0.0.1:{self.port}/"

    def stop(self):
        """As Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(60) == 0
        self.process.stdout.close()


@pytest.fixture
def command():
    """Start `chainrule app`."""
    started = []

    def start(port=None):
        started.append(Command(port))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.stop()
