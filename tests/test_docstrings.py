"""Every example in a docstring of the package is run, module by module; what people call has one."""

import ast
import doctest
import importlib
import importlib.util
import inspect
import pkgutil
import re
import types
from pathlib import Path

import pytest

import chainrule
from chainrule import calculus
from chainrule.training.history import Observer
from chainrule.training.runner import Runner

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(chainrule.__path__, "chainrule.")
    if not module.name.endswith("__main__")
)


def imported(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if (error.name or "").startswith("chainrule"):
            raise
        pytest.skip(f"needs {error.name}")


@pytest.mark.names  # examples print programs with the names that their authors gave
@pytest.mark.parametrize("name", MODULES)
def test_the_examples_are_true(name):
    results = doctest.testmod(imported(name))
    assert results.failed == 0


FUNCTIONS = {name: getattr(calculus, name) for name in calculus.__all__ if name[0].islower()}


def sections(documented):
    """The Google sections of a docstring, by name."""
    parts = re.split(r"\n\n(?=[A-Z]\w+:\n)", inspect.getdoc(documented) or "")
    return dict(part.split(":\n", 1) for part in parts if ":\n" in part)


def lacks(function, wanted=("Returns", "Examples")):
    """What the docstring of a public function leaves out of its Google sections."""
    found = sections(function)
    named = re.findall(r"^    \*{0,2}(\w+): ", found.get("Args", ""), re.MULTILINE)
    arguments = [name for name in inspect.signature(function).parameters if name != "self"]
    return [*(["Args"] if named != arguments else []), *(section for section in wanted if section not in found)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_public_functions_document_their_arguments_and_results_by_name(name):
    assert not lacks(FUNCTIONS[name])
    assert doctest.DocTestFinder(recurse=False).find(FUNCTIONS[name])[0].examples


def test_a_planted_gap_is_found():
    def scaled(x, factor):
        """Scale an array.

        Args:
            x: The array, of any shape.

        Returns:
            An array of the same shape.
        """

    assert lacks(scaled) == ["Args", "Examples"]


def of_users():
    """The functions that users call, by their names: those of the package, and the methods of a network."""
    functions = {name: getattr(chainrule, name) for name in chainrule.__all__}
    functions |= {f"Network.{name}": each for name, each in vars(chainrule.Network).items() if name[0] != "_"}
    functions["Network.__call__"] = chainrule.Network.__call__
    return {name: each for name, each in functions.items() if inspect.isfunction(each)}


@pytest.mark.parametrize("name", of_users())
def test_every_argument_has_a_type_and_is_documented(name):
    function = of_users()[name]
    signature = inspect.signature(function)
    assert signature.return_annotation is not signature.empty
    for argument in list(signature.parameters.values())["." in name :]:
        assert argument.annotation is not argument.empty, argument
        entry = re.compile(rf"^\s+\*{{0,2}}{argument.name}: ", re.MULTILINE)
        assert entry.search(function.__doc__), argument


# ---- the other packages that users and other packages call ------------------------------------------------------------

PACKAGES = ("cli", "compat", "data", "reproduction", "training", "web")
PROTOCOLS = (Observer, Runner)


def public(module):
    """The public functions of a module, and the methods of its public classes, by their names."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", "") != module.__name__:
            continue
        if inspect.isclass(value):
            yield from ((f"{name}.{each}", getattr(value, each)) for each in vars(value) if not promised(value, each))
        else:
            yield name, value


def promised(kind, name):
    """Whether a method is private, or documented where it is promised: by a base class, or by a protocol."""
    elsewhere = (*kind.__mro__[1:], *(each for each in PROTOCOLS if each is not kind))
    return name.startswith("_") or any(name in vars(each) for each in elsewhere)


def gaps(module):
    """The public functions of a module without a docstring, or of two arguments or more that do not document them by name."""
    found = {}
    for name, value in public(module):
        function = inspect.unwrap(value)
        if not inspect.isfunction(function) or "<" in function.__qualname__:  # a field's default, or made by a function
            continue
        arguments = [each for each in inspect.signature(function).parameters if each != "self"]
        returns = function.__annotations__.get("return") not in (None, "None")
        if not function.__doc__:
            found[name] = ["docstring"]
        elif len(arguments) > 1 or "Args" in sections(function):
            found[name] = lacks(function, ("Returns",) if returns else ())
    return {name: missing for name, missing in found.items() if missing}


@pytest.mark.parametrize(
    "name", [each for each in MODULES if each.split(".")[1] in PACKAGES and each != "chainrule.training.native"]
)
def test_functions_of_several_arguments_document_them_by_name(name):
    assert not gaps(imported(name))


def test_planted_gaps_in_a_module_are_found():
    module = types.ModuleType("planted")
    source = '''
def plain(x):
    """One argument needs no more than a sentence."""

def bare(x):
    pass

def unnamed(x, y) -> None:
    """Add x and y."""

def misnamed(x, factor) -> float:
    """Scale.

    Args:
        x: The number.
        y: The factor.
    """

def _private(x, y):
    """Nothing to ask for."""

class Runs:
    def settle(self):
        """A protocol documents it."""

    def run(self, x, y) -> int:
        """Run.

        Args:
            x: One.
            y: Other.
        """
'''
    exec(source, vars(module))
    assert gaps(module) == {
        "bare": ["docstring"], "unnamed": ["Args"], "misnamed": ["Args", "Returns"], "Runs.run": ["Returns"],
    }  # fmt: skip


# ---- one format ------------------------------------------------------------------------------------------------------


def uncapitalized(source):
    """The entries of docstrings that begin with a small word; a symbol, `n × 784`, may be small."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for part in re.split(r"\n\n", ast.get_docstring(node) or ""):
                if re.match("(Args|Attributes|Raises):\n", part):
                    yield from (f"{node.name}: {each}" for each in re.findall(r"(?m)^    \*{0,2}(\w+): [a-z]{2}", part))


@pytest.mark.parametrize("name", MODULES)
def test_entries_begin_with_a_capital(name):
    assert not [*uncapitalized(Path(importlib.util.find_spec(name).origin).read_text(encoding="utf-8"))]


def test_a_small_entry_is_found():
    planted = '''def f(x, n):
    """Do it.

    Args:
        x: n × 784.
        n: how many there are.
    """'''
    assert [*uncapitalized(planted)] == ["f: n"]
