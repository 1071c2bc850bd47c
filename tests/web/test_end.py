"""Ctrl-C ends the server within seconds, also while somebody trains there, and the process that trains with it."""

import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from .conftest import Running


def is_running(number):
    """Whether a process runs, and is not one that nobody has asked for how it ended."""
    try:
        with open(f"/proc/{number}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children(number):
    """The processes that a process has begun."""
    with open(f"/proc/{number}/task/{number}/children", encoding="utf-8") as file:
        return [int(each) for each in file.read().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="it asks Linux which processes there are")
def test_ctrl_c_ends_it_while_it_trains():
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    command = [sys.executable, "-m", "chainrule", "app", "--no-browser", "--port", str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        port = int(re.search(r":(\d+)/", process.stdout.readline())[1])
        with Running(port).run(epochs=300) as lines:
            assert next(lines)["epoch"] == 0
            (trains,) = children(process.pid)
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
            deadline = time.monotonic() + 10
            while is_running(trains) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert not is_running(trains)
