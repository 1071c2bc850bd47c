"""Modules of JavaScript as one script that needs no other file, so that a page which is opened from disk can hold them.

Browsers load no module from `file://`. So each module becomes a function that is run once, those first that others import, and
gives what it exports. Only the few forms of `import` and `export` that this package writes are known; any other is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..core.errors import ProgramError

_IMPORT = re.compile(r'^import (?:(\* as \w+|\{[^}]*\}) from )?"\./([\w.-]+)";?(?: //.*)?$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|let|function\*?|class) (\w+))", re.MULTILINE)
_BARE = re.compile(r"""^[ \t]*(?://.*\n|/\*\*.*\*/\n)?|[ ]//[ ][^"'`\n]*$""", re.MULTILINE)
"""What only readers of the sources need: indentation and comments; what stands in quotes is none."""
_BARE_STYLE = re.compile(r"/\*.*?\*/|(?<=[{};])\s+|\s+(?=[{}])", re.DOTALL)
_LEFT = re.compile(r"^(import|export)\b.*$", re.MULTILINE)


def joined(sources: Mapping[str, str], first: str) -> str:
    """A module with all that it imports, as one script.

    Args:
        sources: The modules by the names by which they import each other: `dom.js`.
        first: The one that is run last, which may wait at its top level.

    Returns:
        The script.

    Raises:
        ProgramError: A module imports one that is not there, itself by a circle, or in a form that is not known.

    Examples:
        >>> print(joined({"a.js": 'import { one } from "./b.js";\\nalert(one);', "b.js": "export const one = 1;"}, "a.js"))
        const modules = {};
        modules["b.js"] = (() => {
        const one = 1;
        return { one };
        })();
        modules["a.js"] = (async () => {
        const { one } = modules["b.js"];
        alert(one);
        return {  };
        })();
    """
    order: dict[str, bool] = {}

    def visit(name: str, by: str) -> None:
        if order.get(name) is False:
            raise ProgramError(f"{by} imports {name}, which imports it.")
        if name in order:
            return
        if name not in sources:
            raise ProgramError(f"{by} imports {name}, which is not there.")
        order[name] = False
        for found in _IMPORT.finditer(sources[name]):
            visit(found[2], name)
        del order[name]
        order[name] = True  # behind all that it imports

    visit(first, first)
    return "\n".join(["const modules = {};", *(_wrapped(each, sources[each], each == first) for each in order)])


def _wrapped(name: str, source: str, waits: bool) -> str:
    exported = [found[1] for found in _EXPORT.finditer(source)]

    def taken(found: re.Match[str]) -> str:
        if not found[1]:
            return ""
        names = found[1].removeprefix("* as ") if found[1].startswith("*") else found[1].replace(" as ", ": ")
        return f'const {names} = modules["{found[2]}"];'

    text = _EXPORT.sub("", _IMPORT.sub(taken, _BARE.sub("", source)))
    if left := _LEFT.search(text):
        raise ProgramError(f"{name} has a form of import or export that is not known: {left[0]}")
    opening = "async () => {" if waits else "() => {"
    return f'modules["{name}"] = ({opening}\n{text.strip()}\nreturn {{ {", ".join(exported)} }};\n}})();'


def style_in_short(sheet: str) -> str:
    """A style sheet without what only its readers need.

    >>> style_in_short("/* wide */\\n.a { color: red }\\n.b { margin: 0 }\\n")
    '.a{color: red}.b{margin: 0}'
    """
    return _BARE_STYLE.sub("", sheet).strip()
