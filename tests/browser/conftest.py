"""A browser for the tests that look at what is shown, and what axe finds wrong with it.

They run only where they are asked for: `pytest -m browser`.
"""

import os
import shutil

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


SETTLED = """() => Promise.allSettled(document.getAnimations()
  .filter((each) => each instanceof CSSTransition)
  .map((each) => each.finished))"""
"""Until all that is on its way from one look to another has come there."""


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


@pytest.fixture
def axe():
    """What axe finds wrong with a page, a line a fault."""
    from axe_playwright_python.sync_playwright import Axe

    def find(page):
        page.evaluate(SETTLED)  # what fades in or out has the contrast of neither end
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]

    return find
