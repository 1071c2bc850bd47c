"""Every example in a docstring of the package is run, module by module; what people call has one."""

import doctest
import importlib
import pkgutil

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


@pytest.mark.parametrize("name", [name for name in calculus.__all__ if name[0].islower()])
def test_every_derivative_has_an_example(name):
    assert doctest.DocTestFinder(recurse=False).find(getattr(calculus, name))[0].examples
