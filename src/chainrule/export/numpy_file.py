"""A network as a Python file that needs NumPy alone: its programs as they print, its parameters, and a class around them."""

from __future__ import annotations

import base64
import itertools
import re
import textwrap
from collections.abc import Mapping

import numpy as np

from ..core.nouns import Array, Program
from ..version import __version__
from .trained import Trained


def numpy_text(trained: Trained) -> str:
    """The file of a network.

    Args:
        trained: The network.

    Returns:
        Its text, which begins with how it is used.
    """
    m = next(
        m for m in itertools.count(10) if m not in trained.architecture.sizes
    )  # so that no other size is taken for it
    program = trained.feedforward(m, any_size=True)
    parts = {name: np.asarray(array, trained.dtype) for name, array in trained.arrays.items()}
    constants = {each.name: np.asarray(each.value) for each in program.constants}
    answers = "the numbers that it answers with" if trained.numeric else "the class of each, the name if it has one"
    head = _HEAD.format(
        title=trained.title,
        version=__version__,
        described=trained.described(),
        inputs=trained.inputs,
        outputs=trained.outputs,
        answers=answers,
        m=m,
    )
    classes = f"CLASSES = {list(trained.classes)!r}\n" if trained.classes else ""
    given = ", ".join(["*self.parameters.values()", "self.inputs(x)", *(f'CONSTANTS["{name}"]' for name in constants)])
    network = _NETWORK.format(
        described=trained.described(),
        inputs=trained.inputs,
        outputs=trained.outputs,
        dtype=trained.dtype,
        grays=_GRAYS if trained.grays else "",
        given=given,
        answer=_answer(trained),
    )
    stored = [_stored("PARAMETERS", parts), *([_stored("CONSTANTS", constants)] if constants else [])]
    sections = [f"{head}\n{_IMPORTS}", *([classes] if classes else []), *_definitions(program), network, _ARRAYS]
    return "\n\n\n".join(each.strip("\n") for each in [*sections, *stored]) + "\n"


def _answer(trained: Trained) -> str:
    if trained.numeric:
        return "self(x)[:, 0]" if trained.outputs == 1 else "self(x)"
    return "np.array(CLASSES)[np.argmax(self(x), axis=1)]" if trained.classes else "np.argmax(self(x), axis=1)"


def _definitions(*programs: Program) -> list[str]:
    """The functions that programs print, each once, in their order."""
    parts = [part for program in programs for part in re.split(r"\n{3,}", str(program).strip("\n"))]
    return [part for part in dict.fromkeys(parts) if not part.startswith("import ")]


def _stored(name: str, arrays: Mapping[str, Array]) -> str:
    """Arrays as a dictionary of text."""
    lines = [f"{name} = {{"]
    for each, array in arrays.items():
        little = np.asarray(array).astype(array.dtype.newbyteorder("<"))
        text = textwrap.fill(base64.b64encode(little.tobytes()).decode(), 116)
        lines.append(f'    "{each}": array("{array.dtype}", {array.shape}, """\n{text}\n"""),')
    return "\n".join([*lines, "}"])


_IMPORTS = """
import base64

import numpy as np
"""
_HEAD = '''"""A neural network in NumPy alone, written by chainrule {version}. Its layers: {described}.

    from {title} import Network

    net = Network()
    net(x)          # the output activations: of n × {inputs} numbers, n × {outputs}
    net.predict(x)  # {answers}

`feedforward` is what it computes. Beside each line stands the size of its result for {m} examples; any number may be given.
"""
'''
_NETWORK = '''class Network:
    """The network, whose layers are {described}; `parameters` are its arrays by name."""

    def __init__(self):
        self.parameters = {{name: each.copy() for name, each in PARAMETERS.items()}}

    def inputs(self, x):
        """Examples as it takes them, one per row."""
        x = np.asarray(x)
{grays}        return x.astype(np.{dtype}).reshape(-1, {inputs})

    def __call__(self, x):
        """The output activations, one row of {outputs} per example."""
        return feedforward({given})

    def predict(self, x):
        """Its answers, one per example."""
        return {answer}
'''
_GRAYS = """        if x.dtype == np.uint8:  # grays from 0 to 255
            x = x / 255
"""
_ARRAYS = '''def array(dtype, shape, text):
    """An array from its bytes, in base64."""
    return np.frombuffer(base64.b64decode(text), np.dtype(dtype).newbyteorder("<")).astype(dtype).reshape(shape)
'''
