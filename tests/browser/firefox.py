"""Firefox without a window, driven by WebDriver BiDi, which it speaks itself: no other program is needed."""

import contextlib
import itertools
import json
import os
import shutil
import subprocess

from websockets.sync.client import connect

NAMES = ("firefox-esr", "firefox")


def executable():
    """The Firefox that CHAINRULE_FIREFOX names, or the system's; nothing if there is none."""
    return os.environ.get("CHAINRULE_FIREFOX") or next(filter(None, map(shutil.which, NAMES)), None)


class Tab:
    """A tab: opens addresses, runs scripts in them, and notes what the console says and what is asked for."""

    def __init__(self, line):
        self._line, self._numbers = line, itertools.count(1)
        self.said, self.asked = [], []
        self._ask("session.new", capabilities={})
        self._tab = self._ask("browsingContext.getTree")["contexts"][0]["context"]
        self._ask("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])

    def _ask(self, method, **params):
        number = next(self._numbers)
        self._line.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            told = json.loads(self._line.recv(timeout=120))
            if told.get("id") == number:
                assert told["type"] == "success", told
                return told["result"]
            if told.get("method") == "log.entryAdded":
                self.said.append(told["params"]["text"])
            if told.get("method") == "network.beforeRequestSent":
                self.asked.append(told["params"]["request"]["url"])

    def open(self, address):
        """Go to an address, and wait until it has loaded."""
        self._ask("browsingContext.navigate", context=self._tab, url=address, wait="complete")

    def run(self, script):
        """What the promise of an expression comes to, by way of JSON."""
        text = f"Promise.resolve({script}).then((found) => JSON.stringify(found ?? null))"
        found = self._ask("script.evaluate", expression=text, target={"context": self._tab}, awaitPromise=True)
        assert found["type"] == "success", found.get("exceptionDetails", {}).get("text")
        return json.loads(found["result"]["value"])

    def press(self, *keys):
        """Press keys, one after another."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._ask(
            "input.performActions", context=self._tab, actions=[{"type": "key", "id": "keys", "actions": actions}]
        )

    def picture(self):
        """What is seen, as a PNG in base64."""
        return self._ask("browsingContext.captureScreenshot", context=self._tab)["data"]


@contextlib.contextmanager
def started(folder):
    """A tab of a Firefox whose profile is in a folder."""
    command = [executable(), "--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", "0"]
    environment = {**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1"}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment)
    try:
        mark = "WebDriver BiDi listening on "
        address = next(line.partition(mark)[2].strip() for line in process.stderr if mark in line)
        with connect(f"{address}/session", max_size=None, open_timeout=60) as line:
            yield Tab(line)
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()
