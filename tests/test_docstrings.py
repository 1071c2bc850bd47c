"""Every example in a docstring of the package is run, module by module; what people call has one."""

import doctest
import importlib
import inspect
import pkgutil
import re

import pytest

import chainrule
from chainrule import calculus

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(chainrule.__path__, "chainrule.")
    if not module.name.endswith("__main__")
)


@pytest.mark.names  # examples print programs with the names that their authors gave
@pytest.mark.parametrize("name", MODULES)
def test_the_examples_are_true(name):
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        if (error.name or "").startswith("chainrule"):
            raise
        pytest.skip(f"needs {error.name}")
    results = doctest.testmod(module)
    assert results.failed == 0


FUNCTIONS = {name: getattr(calculus, name) for name in calculus.__all__ if name[0].islower()}


def lacks(function):
    """What the docstring of a public function leaves out of its Google sections."""
    doc = inspect.getdoc(function) or ""
    found = {part.partition(":\n")[0]: part.partition(":\n")[2] for part in re.split(r"\n\n(?=[A-Z]\w+:\n)", doc)}
    named = re.findall(r"^    \*{0,2}(\w+): ", found.get("Args", ""), re.MULTILINE)
    wanted = [name for name in inspect.signature(function).parameters if name != "self"]
    return [
        *(["Args"] if named != wanted else []),
        *(section for section in ("Returns", "Examples") if section not in found),
    ]


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
