"""The pages of the site, what runs them (`docs/site/running.py`), and what is public and stands in the reference."""

import ast
import importlib
import importlib.util
import inspect
import re
import sys
from pathlib import Path

SITE = Path(__file__).resolve().parents[2] / "docs" / "site"


def module(name):
    """A file of docs/site as a module."""
    spec = importlib.util.spec_from_file_location(f"site_{name}", SITE / f"{name}.py")
    made = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


running = module("running")


def pages(language):
    """The pages of a language that are written by hand, by their names."""
    folder = SITE / language
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in running.written(folder)}


ENGLISH, CHINESE = pages("en"), pages("zh")


# ---- the reference ---------------------------------------------------------------------------------------------------

_PACKAGE = SITE.parents[1] / "src" / "chainrule"
_SHOWN = re.compile(r"^\.\. auto(\w+):: chainrule\.(\S+)((?:\n   :.*)*)", re.M)


def public_names():
    """What users may import, as `training.optimizers.adam`: what `__all__` has of the package and of each module of it that a
    page names. Modules are read, not imported, since some need what may be missing."""
    told = re.sub(r"^```\{eval-rst\}.*?^```$", "", "\n".join(ENGLISH.values()), flags=re.S | re.M)
    told += (SITE.parent / "from-autograd.md").read_text(encoding="utf-8")
    for module in {"", "layers", *re.findall(r"\bchainrule\.([a-z_0-9.]*[a-z0-9])\b", told)}:
        path = _PACKAGE.joinpath(*module.replace("datasets", "data.datasets").split("."))
        source = next((each for each in (path / "__init__.py", path.with_suffix(".py")) if each.is_file()), None)
        if source is None:  # a function, such as chainrule.skl2onnx.register
            continue
        tree = ast.parse(source.read_text(encoding="utf-8"))
        lists = [each.value for each in tree.body if isinstance(each, ast.Assign) and each.targets[0].id == "__all__"]
        assert lists, f"chainrule.{module} is named on a page, and has no __all__"
        taken = {alias.name for each in ast.walk(tree) if isinstance(each, ast.ImportFrom) for alias in each.names}
        for name in ast.literal_eval(lists[0]):
            if not (module and name in taken and name in _names_of_the_package()):  # else it stands there
                yield f"{module}.{name}".lstrip(".")


def _names_of_the_package():
    return importlib.import_module("chainrule").__all__


def shown(language="en"):
    """What the reference shows, name by name, and which of its members: all, those that are listed, or none."""
    found = {}
    for name, page in pages(language).items():
        for kind, shown, options in _SHOWN.findall(page) if name.startswith("reference/") else ():
            assert shown not in found, f"{shown} stands in the reference twice"
            members = re.search(r":members: *(.*)", options)
            found[shown] = kind, [] if members is None else members[1].split(", ") if members[1] else True
    return found


def documented():
    """The objects that the reference shows, by name, with the members that it shows; without those whose module needs more
    than is installed."""
    for name, (kind, members) in shown().items():
        place, _, last = name.rpartition(".")
        try:
            home = importlib.import_module(f"chainrule.{place}".rstrip(".").replace(".datasets", ".data.datasets"))
        except ImportError as error:
            if (error.name or "").startswith("chainrule"):
                raise
            continue
        thing = getattr(home, last)
        if kind != "data":
            yield name, thing
        own = vars(thing) if members is True else members
        for each in own:
            member = inspect.getattr_static(thing, each)
            member = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
            if each[0] != "_" and inspect.isfunction(member):
                yield f"{name}.{each}", member
