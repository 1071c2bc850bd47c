"""The core imports NumPy and the standard library only, and needs neither threads nor subprocesses."""

import subprocess
import sys

PROGRAM = """
import sys

class Refuse:
    allowed = {"numpy", "chainrule"}
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in self.allowed and top not in sys.stdlib_module_names:
            raise ImportError(f"the core imported {name}")

import numpy as np
before = set(sys.modules)
sys.meta_path.insert(0, Refuse())
import threading, subprocess
def refuse(*args, **keywords):
    raise RuntimeError("the core started a thread or a process")
threading.Thread.start = refuse
subprocess.Popen.__init__ = refuse

import chainrule as cr
from chainrule import textbook
train, valid, test = cr.datasets.mnist()
net = cr.Network([784, 30, 10], seed=0)
net.fit(train.images[:500], train.labels[:500], epochs=1, validation=(valid.images[:100], valid.labels[:100]))
net.score(test.images[:100], test.labels[:100])
str(net.backward_program), net.backward_program.latex(), net.backprop(test.images[0], test.labels[0])
net.explain(test.images[0], test.labels[0]).why().votes
cr.explain(lambda x: np.sum(np.tanh(x)), [np.ones(3)])
cr.grad(lambda x: np.sum(np.tanh(x)))(np.ones(3))
cr.compile(lambda x: np.sum(np.tanh(x)))(np.ones(3))
third = {name.partition(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names) - {"chainrule"}
third = {name for name in third if "cython" not in name}  # NumPy's own, made by its compiled modules
print("third party:", sorted(third))
"""


def test_the_core_needs_numpy_and_the_standard_library_only():
    done = subprocess.run([sys.executable, "-W", "error", "-c", PROGRAM], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "third party: ['numpy']\n"


def test_the_blocker_blocks():
    planted = PROGRAM.replace("import chainrule as cr\n", "import chainrule as cr\nimport PIL\n", 1)
    done = subprocess.run([sys.executable, "-c", planted], capture_output=True, text=True)
    assert "the core imported PIL" in done.stderr
