"""Ctrl-C ends the server within seconds, also while a page trains."""

import json
import re
import signal
import socket
import subprocess
import sys

import pytest
from websockets.sync.client import connect

from .conftest import awaited, done


@pytest.mark.skipif(sys.platform == "win32", reason="a signal cannot be sent to one process alone there")
def test_ctrl_c_ends_it_while_it_trains():
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    command = [sys.executable, "-m", "chainrule", "app", "--no-browser", "--port", str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        port = int(re.search(r":(\d+)/", process.stdout.readline())[1])
        with connect(f"ws://127.0.0.1:{port}/ws", max_size=None, open_timeout=30) as line:
            line.send(json.dumps({"do": "hello"}))
            line.recv(30)
            done(line, "reset", hidden=[10], activation="sigmoid", cost="quadratic", epochs=1000)
            done(line, "go", what="start")
            awaited(line, lambda message: message["on"] == "progress")
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
