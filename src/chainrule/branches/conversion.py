"""Writes a function anew from its source, so that its branches and loops ask the recording what to do.

A statement `if test: …` goes on as it is where the test is plain. Where it is traced, its two bodies are functions of the names
that are assigned in them, and `recording.py` calls both. What follows a `return` in a branch goes into the other body, so that
each body returns. The body of a `while` or a `for` is a function of the names that it assigns, which is recorded once; what
cannot be recorded so runs as it stands. Everything else is the user's code, with its file and its line numbers.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import copy
import dis
import inspect
import itertools
import textwrap
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any, Protocol, TypeAlias

from ..core.location import is_library
from ..core.messages import message
from .lists import OF_LISTS, is_numpy, with_rows

RUNTIME = "·branches"
"""The name of the runtime in converted code, which no user can write."""
_SKIPPED = {
    "locals",
    "vars",
    "eval",
    "exec",
    "dir",
    "super",
    "breakpoint",
}  # what looks at the frame that it is called in
_JUMPS = (ast.Break, ast.Continue)
_LEAVES = (ast.Break, ast.Return)
_LOOPS = (ast.For, ast.While, ast.AsyncFor)
_COUNTED = (ast.For, ast.While)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_REFUSED = (ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal, ast.AsyncFor, ast.AsyncWith)
_ITERATORS = ("range", "enumerate", "zip", "reversed")
_FUTURE = __future__.annotations.compiler_flag
_DEEPEST = 6  # branches in branches; each is written twice

Conversion: TypeAlias = tuple[CodeType, tuple[str, ...]]
_converted: weakref.WeakKeyDictionary[CodeType, dict[bool, Conversion | str]] = weakref.WeakKeyDictionary()
"""The code of each function's conversion and the names of its free variables; or what stood against it, if anything did. There
are two, with and without lists that become arrays."""
_conversions: weakref.WeakSet[CodeType] = weakref.WeakSet()


class Runtime(Protocol):
    """What converted code asks."""

    collects: bool
    """Whether a list that a loop appends to may become an array of its turns."""


def converted(function: Callable[..., Any], runtime: Runtime) -> Callable[..., Any]:
    """The function with branches that ask the runtime.

    Args:
        function: A function of the user's.
        runtime: What the branches ask.

    Returns:
        The converted function; the function itself where it has no branch and no call that could lead to one, or where its
        source is not to be had or is not what runs.
    """
    if type(function) is not FunctionType:
        return function
    code = function.__code__
    if code in _conversions or is_library(code.co_filename):
        return function
    conversions = _converted.setdefault(code, {})
    if runtime.collects not in conversions:
        try:
            conversions[runtime.collects] = _convert(function, runtime.collects)
        except RecursionError:  # a sum of a thousand terms is a tree as deep
            conversions[runtime.collects] = message("one of its lines is nested too deeply")
    conversion = conversions[runtime.collects]
    if isinstance(conversion, str):
        return function
    compiled, names = conversion
    cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True)) | {RUNTIME: CellType(runtime)}
    closure = tuple(cells[name] for name in names)
    result = FunctionType(compiled, function.__globals__, function.__name__, function.__defaults__, closure)
    result.__kwdefaults__, result.__qualname__ = function.__kwdefaults__, function.__qualname__
    return result


def obstacle(function: Callable[..., Any]) -> str:
    """Why a function that was to be converted could not be; empty where there was nothing to convert."""
    if type(function) is not FunctionType:
        return message("it is not a function written in Python")
    found = _converted.get(function.__code__, {}).get(True, "")
    return found if isinstance(found, str) and _jumps(function.__code__) else ""


def _jumps(code: CodeType) -> bool:
    """Whether code, or that of a function in it, has a branch or a loop."""
    inner = (part for part in code.co_consts if isinstance(part, CodeType))
    return any(each.opcode in dis.hasjrel for each in dis.get_instructions(code)) or any(map(_jumps, inner))


def _convert(function: FunctionType, collects: bool) -> Conversion | str:
    """The code of the converted function, and the names of its free variables; or why it has none."""
    code = function.__code__
    if "__class__" in code.co_freevars or _SKIPPED & {*code.co_names} or code.co_flags & inspect.CO_GENERATOR:
        return message("it is a generator, or looks at its class or its local variables")
    node = _source(function)
    if node is None:
        return message("its source cannot be found, or differs from the code that runs")
    if any(isinstance(part, _REFUSED) for part in _own(node)):
        return message("it contains yield, await, global or nonlocal")
    _leave_deleted(node)
    converter = _Converter(function)
    modules = [name for name in code.co_names if is_numpy(function.__globals__.get(name))]
    node = with_rows(node, RUNTIME, modules) if collects else node
    converter.function(node)
    if not converter.changed:
        return ""
    compiled = _compiled(node, code, (*code.co_freevars, RUNTIME))
    if compiled is None:
        return message("its rewritten form does not compile")
    compiled = _renamed(compiled, code)
    return compiled, compiled.co_freevars


def _source(function: FunctionType) -> ast.FunctionDef | None:
    """The syntax of a function, if it is that of the code that runs."""
    code = function.__code__
    try:
        lines, start = inspect.getsourcelines(code)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    ast.increment_lineno(tree, start - 1)
    for part in ast.walk(tree):
        if isinstance(part, ast.FunctionDef) and part.name == code.co_name:
            part.decorator_list, part.returns = [], None
            node = part
        elif isinstance(part, ast.Lambda) and code.co_name == "<lambda>":
            body: list[ast.stmt] = [ast.copy_location(ast.Return(part.body), part.body)]
            node = ast.copy_location(ast.FunctionDef("lambda_", part.args, body, [], None), part)
            _without_type_parameters(node)
        else:
            continue
        for argument in (
            *node.args.posonlyargs,
            *node.args.args,
            *node.args.kwonlyargs,
            node.args.vararg,
            node.args.kwarg,
        ):
            if argument is not None:
                argument.annotation = None
        node.args.defaults = [ast.copy_location(ast.Constant(None), node) for _ in node.args.defaults]
        node.args.kw_defaults = [part and ast.copy_location(ast.Constant(None), node) for part in node.args.kw_defaults]
        modules = [name for name in code.co_names if isinstance(function.__globals__.get(name), ModuleType)]
        for imports in ([], modules):  # Python calls what it sees imported by other instructions
            plain = _compiled(node, code, code.co_freevars, imports)
            if plain is not None and (plain.co_code, plain.co_names) == (code.co_code, code.co_names):
                return node
    return None


def _compiled(
    node: ast.FunctionDef, code: CodeType, free: Sequence[str], imports: Sequence[str] = ()
) -> CodeType | None:
    """The code of a function, in whose surroundings there are variables of these names, and imports in its module."""
    arguments = ast.arguments([], [ast.arg(name) for name in free], None, [], [], None, [])
    around = ast.FunctionDef("around", arguments, [node, ast.Return(ast.Name(node.name, ast.Load()))], [], None)
    _without_type_parameters(around)
    imported = [ast.Import([ast.alias(name)]) for name in imports]
    tree = ast.fix_missing_locations(ast.Module([*imported, around], []))
    try:
        flags = code.co_flags & _FUTURE  # by which annotations of functions inside are text
        module = compile(tree, code.co_filename, "exec", flags, dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, RecursionError):
        return None
    outer = next(part for part in module.co_consts if isinstance(part, CodeType) and part.co_name == "around")
    return next((part for part in outer.co_consts if isinstance(part, CodeType) and part.co_name == node.name), None)


def _without_type_parameters(node: ast.FunctionDef) -> None:
    """Let a function that is made here have no parameters of types, which Python 3.12 and later ask for."""
    if "type_params" in node._fields:
        vars(node)["type_params"] = []


def _renamed(code: CodeType, own: CodeType | None) -> CodeType:
    """The code by the name of the user's function; functions that are bodies of branches have none.

    Functions that the user defines in it are converted when they are called.
    """
    inner = tuple(_renamed(part, None) if isinstance(part, CodeType) else part for part in code.co_consts)
    compiled = code.replace(co_consts=inner)
    if own is not None:
        compiled = compiled.replace(co_name=own.co_name, co_qualname=own.co_qualname)
    elif code.co_name.startswith(("then_·", "other_·", "turn_·")):
        compiled = compiled.replace(co_name="<branch>", co_qualname="<branch>")
    else:
        return compiled
    _conversions.add(compiled)
    return compiled


# ---- what stands in the syntax -----------------------------------------------------------------------------------------------


def _own(node: ast.AST | Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of statements, but not those of functions and classes that are defined in them."""
    waiting = [node] if isinstance(node, ast.AST) else list(node)
    first = waiting[0] if len(waiting) == 1 else None
    while waiting:
        part = waiting.pop()
        yield part
        if part is first or not isinstance(part, _SCOPES):
            waiting += ast.iter_child_nodes(part)


def _assigned(statements: Iterable[ast.AST]) -> list[str]:
    """The names that statements assign, in order."""
    names: dict[str, None] = {}
    waiting = list(statements)[::-1]
    while waiting:
        part = waiting.pop()
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names[part.name] = None
            continue
        if isinstance(part, ast.Lambda):
            continue
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            names[part.id] = None
        if isinstance(part, ast.ExceptHandler) and part.name:
            names[part.name] = None
        if isinstance(part, (ast.Import, ast.ImportFrom)):
            names |= dict.fromkeys((part.asname or part.name).partition(".")[0] for part in part.names)
        children = list(ast.iter_child_nodes(part))
        if isinstance(part, _COMPREHENSIONS):
            children = [inner for inner in ast.walk(part) if isinstance(inner, ast.NamedExpr)]
        waiting += children[::-1]
    return list(names)


def _free(scope: ast.AST) -> set[str]:
    """The names that a function takes from around it, and all names of a class."""
    names = {part.id for part in ast.walk(scope) if isinstance(part, ast.Name)}
    assigns_outside = any(isinstance(part, (ast.Nonlocal, ast.Global)) for part in ast.walk(scope))
    if assigns_outside or not isinstance(scope, (ast.FunctionDef, ast.Lambda)):
        return names
    if _has([*scope.args.defaults, *filter(None, scope.args.kw_defaults)], ast.Name):
        return names
    body = scope.body if isinstance(scope.body, list) else [scope.body]
    own = {part.arg for part in ast.walk(scope.args) if isinstance(part, ast.arg)} | {*_assigned(body)}
    inner = [part for each in body for part in ast.walk(each) if isinstance(part, _SCOPES)]
    return names - own | set().union(*map(_free, inner))


def _has(statements: Sequence[ast.AST], kinds: tuple[type, ...] | type, within: tuple[type, ...] = ()) -> bool:
    """Whether a node of some kind stands in statements; not in functions, and not in nodes of the kinds `within`."""
    waiting = list(statements)
    while waiting:
        part = waiting.pop()
        if isinstance(part, kinds):
            return True
        if not isinstance(part, (*_SCOPES, *within)):
            waiting += ast.iter_child_nodes(part)
    return False


def _reads(node: ast.For | ast.While | ast.AsyncFor, name: str) -> bool:
    """Whether a turn of a loop may read a name before it assigns it."""
    head = node.test if isinstance(node, ast.While) else node.target
    return name in _loaded(head) or _reads_first(node.body, name) is True


def _reads_first(statements: Sequence[ast.stmt], name: str) -> bool | None:
    """Whether statements may read a name before they assign it; `None` where they only assign it."""
    for part in statements:
        if isinstance(part, ast.If) and name not in _loaded(part.test):
            sides = [_reads_first(side, name) for side in (part.body, part.orelse)]
            if True in sides or sides == [None, None]:
                return True if True in sides else None
        elif name in _loaded(part):
            return True
        elif isinstance(part, (ast.Assign, ast.AnnAssign)) and name in _assigned([part]):
            return None
    return False


def _loaded(node: ast.AST) -> set[str]:
    """The names that are read in a node, or changed."""
    own = {
        each.target.id
        for each in ast.walk(node)
        if isinstance(each, ast.AugAssign) and isinstance(each.target, ast.Name)
    }
    return own | {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def _does_more(statements: Sequence[ast.AST]) -> bool:
    """Whether statements do more than compute, branch and loop: catch errors, or enter what is more than `np.errstate`."""
    entered = [part for part in _own(statements) if isinstance(part, ast.With)]
    return _has(statements, (ast.Try, ast.Delete, *_REFUSED)) or not all(map(_is_quiet, entered))


def _is_quiet(node: ast.With) -> bool:
    """Whether a `with` only says which warnings are given of what it computes."""
    calls = [item.context_expr for item in node.items if item.optional_vars is None]
    named = [call.func.attr for call in calls if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)]
    quiet = len(named) == len(node.items) and set(named) <= {"errstate", "catch_warnings"}
    return quiet and not _has(node.body, (ast.Return, *_JUMPS))


def _leave_deleted(node: ast.AST) -> None:
    """Leave variables that statements delete, which nothing reads afterwards; parts of objects are deleted as written."""
    for part in ast.walk(node):
        for _, value in ast.iter_fields(part):
            for place, each in enumerate(value if isinstance(value, list) else ()):
                if isinstance(each, ast.Delete) and all(isinstance(target, ast.Name) for target in each.targets):
                    value[place] = ast.copy_location(ast.Pass(), each)


def _goes_on(statements: Sequence[ast.stmt]) -> bool:
    """Whether what follows some statements may run."""
    for part in statements:
        if isinstance(part, (ast.Return, ast.Raise)):
            return False
        if isinstance(part, ast.If) and not _goes_on(part.body) and part.orelse and not _goes_on(part.orelse):
            return False
    return True


def _without_else(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements, with the `else` of a loop that has no `break` after it."""
    for part in statements:
        yield part
        if isinstance(part, _COUNTED) and not _has(part.body, ast.Break, within=_LOOPS):
            yield from part.orelse
            part.orelse = []


def _jumps_as_branches(body: Sequence[ast.stmt], going: str) -> list[ast.stmt]:
    """The body of a loop with what follows a `continue`, a `break` or a `return` in the other side of its branch.

    Args:
        body: The body.
        going: The name that is false after a `break` or a `return`.
    """
    stop: list[ast.stmt] = [ast.Assign([ast.Name(going, ast.Store())], ast.Constant(False))]
    jumps = (*_LEAVES, ast.Continue)
    for place, part in enumerate(body):
        before, rest = body[:place], body[place + 1 :]
        if isinstance(part, jumps):
            return [*before, *([] if isinstance(part, ast.Continue) else stop)]
        if not isinstance(part, ast.If) or not _has([part], jumps, within=_LOOPS):
            continue
        if isinstance(part.body[0], _LEAVES) and not _has(part.orelse, jumps, within=_LOOPS):
            goes_on = ast.Assign([ast.Name(going, ast.Store())], ast.UnaryOp(ast.Not(), part.test))
            then = _jumps_as_branches([*part.orelse, *rest], going)
            branch = [ast.If(ast.Name(going, ast.Load()), then, [])] if then else []
            return [*before, goes_on, *branch]
        then, other = (_jumps_as_branches([*side, *_copied(rest)], going) for side in (part.body, part.orelse))
        return [*before, ast.If(part.test, then or [ast.Pass()], other)]
    return list(body)


# ---- writing it anew ----------------------------------------------------------------------------------------------------------


class _Converter(ast.NodeTransformer):
    """Converts one function."""

    def __init__(self, function: FunctionType):
        self.globals = function.__globals__
        self.numbers = itertools.count(1)
        self.changed = False
        self.depth = 0
        self.unset: dict[str, None] = {}  # names that are assigned in branches alone
        self.inner: list[ast.AST] = []  # the functions that are defined in the function
        self.reads: list[ast.Name] = []
        self.loops: list[ast.For | ast.While | ast.AsyncFor] = []  # around what is converted

    def function(self, node: ast.FunctionDef) -> None:
        """Convert the body of a function."""
        arguments = node.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        parameters = {part.arg for part in every if part is not None}
        self.inner = [part for part in ast.walk(node) if part is not node and isinstance(part, _SCOPES)]
        self.reads = [part for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)]
        body = self._block(node.body, last=True)
        first = [
            ast.Assign([ast.Name(name, ast.Store())], _runtime("undefined"))
            for name in self.unset
            if name not in parameters
        ]
        node.body = [*(ast.copy_location(part, node.body[0]) for part in first), *body]

    def _block(self, statements: Sequence[ast.stmt], last: bool) -> list[ast.stmt]:
        """Statements; `last`, if the function returns at their end."""
        output: list[ast.stmt] = []
        statements = [*_without_else(statements)]
        for place, part in enumerate(statements):
            if isinstance(part, _COUNTED) and (without := self._without_jumps(part)):
                end, *loop = without
                if end is None:
                    output += loop
                    continue
                return [*output, *loop, *self._block([end, *statements[place + 1 :]], last)]
            if isinstance(part, ast.For) and self.depth < _DEEPEST and self._is_loop(part) and _is_pattern(part.target):
                output += self._counted(part)
                continue
            if isinstance(part, ast.While) and self.depth < _DEEPEST and self._is_loop(part):
                output += self._repeated(part)
                continue
            if not isinstance(part, ast.If) or self.depth >= _DEEPEST or not self._is_region(part):
                output += self._statement(part, last and place == len(statements) - 1)
                continue
            rest = list(statements[place + 1 :])
            if not _has([part], ast.Return):
                output += self._merged(part)
            elif last and not (rest and _goes_on(part.body) and _goes_on(part.orelse)):
                return [*output, *self._chosen(part, rest)]
            else:
                output += self._statement(part, last and not rest)
        return output

    def _is_region(self, node: ast.If) -> bool:
        """Whether its bodies can be functions."""
        bodies = [*node.body, *node.orelse]
        if _has(bodies, _JUMPS, within=_LOOPS) or _does_more(bodies):
            return False
        if self._is_shared(bodies):
            return False
        returns_in_loop = any(_has([part], ast.Return) for part in _own(bodies) if isinstance(part, _LOOPS))
        return not returns_in_loop and not _has([node.test], ast.NamedExpr)

    def _is_shared(self, statements: Sequence[ast.AST]) -> bool:
        """Whether statements assign a variable that a function reads which is defined elsewhere."""
        inside = {id(part) for statement in statements for part in ast.walk(statement)}
        elsewhere = [part for part in self.inner if id(part) not in inside]
        read = {name for each in elsewhere for name in _free(each)}
        return not read.isdisjoint(_assigned(statements))

    def _is_loop(self, node: ast.While | ast.For) -> bool:
        """Whether its body can be a function."""
        jumps = _has(node.body, _JUMPS, within=_LOOPS)
        head = node.test if isinstance(node, ast.While) else node.iter
        if self._is_shared([node]):
            return False
        more = _has(node.body, ast.Return) or _does_more(node.body)
        return not (node.orelse or jumps or more or _has([head], ast.NamedExpr))

    def _without_jumps(self, node: ast.For | ast.While) -> list[Any] | None:
        """A loop whose `break` and `continue` are branches; `None`, where it has none or they cannot be.

        A `for` with a `break` becomes a `while`, if what it loops over has items that can be counted. A `return` is a `break`
        after which the function returns; an `else` is a branch after the loop, taken where it has not been left.

        Returns:
            What follows the loop where it has a `return` or an `else`, or `None`; then the statements of the loop.
        """
        returns = [part for part in _own(node.body) if isinstance(part, ast.Return)]
        breaks = _has(node.body, ast.Break, within=_LOOPS)
        if not (returns or breaks or _has(node.body, ast.Continue, within=_LOOPS)) or len(returns) > (not breaks):
            return None
        head = node.test if isinstance(node, ast.While) else node.iter
        refused = _does_more(node.body) or _has([head], ast.NamedExpr)
        if self.depth >= _DEEPEST or refused or self._is_shared([node]):
            return None
        if isinstance(node, ast.For) and not _is_pattern(node.target):
            return None
        if returns and not _has(node.body, ast.Return, within=_LOOPS):  # it would leave two loops
            return None
        number = next(self.numbers)
        going, counter, items, count = (f"{stem}_·{number}" for stem in ("going", "k", "items", "count"))
        load, store = ast.Load(), ast.Store()
        body = _jumps_as_branches(_copied(node.body), going)
        if not (breaks or returns):
            loop = type(node)(**{**dict(ast.iter_fields(node)), "body": body})
            return [None, *self._located(node, self._block(self._located(node, [loop]), False))]
        test: list[ast.expr] = [ast.Name(going, load)]
        first: list[ast.stmt] = [ast.Assign([ast.Name(going, store)], ast.Constant(True))]
        plain: list[ast.stmt] = []
        if isinstance(node, ast.While):
            always = isinstance(node.test, ast.Constant) and node.test.value is True
            test += [] if always else [_copied(node.test)]
        else:
            test.append(ast.Compare(ast.Name(counter, load), [ast.Lt()], [ast.Name(count, load)]))
            item = _runtime("item", ast.Name(items, load), ast.Name(counter, load))
            following = ast.BinOp(ast.Name(counter, load), ast.Add(), ast.Constant(1))
            body = [ast.Assign([_copied(node.target)], item), *body, ast.Assign([ast.Name(counter, store)], following)]
            plain.append(ast.Expr(_runtime("one_by_one", ast.Name(items, load))))
        whole = test[0] if len(test) == 1 else ast.BoolOp(ast.And(), test)
        self._located(node, [loop := ast.While(whole, body, [])])
        rest = node.orelse
        output = self._repeated(loop, plain, [*returns, *rest])
        if isinstance(node, ast.For):
            first += [
                ast.Assign([ast.Name(items, store)], self._iterable(_copied(node.iter))),
                ast.Assign([ast.Name(count, store)], _runtime("turns", ast.Name(items, load))),
                ast.Assign([ast.Name(counter, store)], ast.Constant(0)),
            ]
            node.iter = ast.Name(items, load)
            node.orelse = [ast.Assign([ast.Name(going, store)], ast.Constant(True))] if rest else []
            instead = [ast.Assign([ast.Name(going, store)], ast.Constant(not rest)), *self._statement(node, False)]
            output = [ast.If(_runtime("is_counted", ast.Name(count, load)), output, instead)]
        statements = self._located(node, [*first, *output])
        if not returns and not rest:
            return [None, *statements]
        left = ast.UnaryOp(ast.Not(), ast.Name(going, load))
        end = ast.If(left, _copied(returns), []) if returns else ast.If(ast.Name(going, load), rest, [])
        return [*self._located(node, [end]), *statements]

    def _counted(self, node: ast.For) -> list[ast.stmt]:
        """`for target in iterable: …`, whose body assigns names."""
        self.changed = True
        number = next(self.numbers)
        iterable, item, rest = (f"{stem}_·{number}" for stem in ("iterable", "item", "rest"))
        targets = _assigned([node.target])
        names = [*targets, *(name for name in _assigned(node.body) if name not in targets)]
        self.unset |= dict.fromkeys(names)
        later = {part.id for part in self.reads} if self.loops else self._read_after(node)
        self.depth += 1
        self.loops.append(node)
        first = ast.copy_location(ast.Assign([_copied(node.target)], ast.Name(item, ast.Load())), node)
        turn = self._region(f"turn_·{number}", names, [first, *_copied(node.body)], names)
        turn.args.args.insert(0, ast.arg(item))
        plain = ast.For(node.target, ast.Name(rest, ast.Load()), self._block(node.body, False), [])
        self.depth -= 1
        self.loops.pop()
        call = _runtime(
            "count", ast.Name(iterable, ast.Load()), ast.Name(turn.name, ast.Load()), ast.Constant(len(targets)),
            _tuple(names), _constants(names), _constants([name for name in names if name in later]),
        )  # fmt: skip
        after = ast.Tuple([ast.Name(rest, ast.Store()), _tuple(names, ast.Store())], ast.Store())
        output = [
            ast.Assign([ast.Name(iterable, ast.Store())], self._iterable(node.iter)),
            turn,
            ast.Assign([after], call),
            plain,
        ]
        return self._located(node, output)

    def _read_after(self, node: ast.For | ast.While | ast.If) -> set[str]:
        """The names that are read after a loop or a branch."""
        end = (node.end_lineno, node.end_col_offset)
        return {part.id for part in self.reads if (part.lineno, part.col_offset) > end}

    def _may_be_read(self, names: Sequence[str], node: ast.If) -> list[str]:
        """Those of these names that may be read after a branch, or in the next turn of a loop around it."""
        later = self._read_after(node)
        return [
            name for name in names if name in later or "·" in name or any(_reads(each, name) for each in self.loops)
        ]

    def _iterable(self, node: ast.expr) -> ast.expr:
        """What a `for` loops over; a call of a function that gives its items once is made for each pass."""
        is_lazy = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ITERATORS
        if not is_lazy:
            visited: ast.expr = self.visit(node)
            return visited
        assert isinstance(node, ast.Call)
        args = [self._iterable(part) for part in node.args]
        return ast.copy_location(_runtime("iterable", node.func, *args, keywords=node.keywords), node)

    def _repeated(
        self, node: ast.While, before: Sequence[ast.stmt] = (), after: Sequence[ast.stmt] = ()
    ) -> list[ast.stmt]:
        """`while test: …`, whose body assigns names.

        Args:
            node: The loop.
            before: What runs before it where it runs as it stands.
            after: What runs after it and stands in it, as a `return` does.
        """
        self.changed = True
        number = next(self.numbers)
        test, names = f"test_·{number}", _assigned(node.body)
        self.unset |= dict.fromkeys(names)
        needed = self._read_after(node).difference(_assigned(after))
        later = needed | {part.id for part in ast.walk(ast.Module([*after], [])) if isinstance(part, ast.Name)}
        later |= {part.id for part in self.reads if (part.lineno, part.col_offset) < (node.lineno, node.col_offset)}
        self.depth += 1
        self.loops.append(node)
        again = self._region(f"then_·{number}", names, [ast.Return(self._test(_copied(node.test), True))], None)
        turn = self._region(f"other_·{number}", names, _copied(node.body), names)
        plain = ast.While(self._test(_copied(node.test), True), self._block(node.body, False), [])
        self.depth -= 1
        self.loops.pop()
        result, load = f"result_·{number}", ast.Load()
        held = [ast.Name(part, load) for part in (test, again.name, turn.name)]
        call = _runtime(
            "repeat",
            *held,
            _tuple(names),
            _constants(names),
            *(_constants([name for name in names if name in some]) for some in (later, needed)),
        )
        asks = _runtime("repeats", ast.Name(test, load), _tuple(names))
        unpacked: ast.stmt = ast.Assign([_tuple(names, ast.Store())], ast.Name(result, load)) if names else ast.Pass()
        is_plain = ast.Compare(ast.Name(result, load), [ast.Is()], [ast.Constant(None)])
        output = [
            ast.Assign(
                [ast.Name(test, ast.Store())], _runtime("first_test", _lambda(self._test(_copied(node.test), True)))
            ),
            ast.Assign([ast.Name(result, ast.Store())], ast.Constant(None)),
            ast.If(asks, [again, turn, ast.Assign([ast.Name(result, ast.Store())], call)], []),
            ast.If(is_plain, [*before, plain], [unpacked]),
        ]
        return self._located(node, output)

    def _statement(self, node: ast.stmt, last: bool) -> list[ast.stmt]:
        """A statement that is no region; its parts may be."""
        if isinstance(node, _SCOPES):
            return [node]
        if isinstance(node, ast.For):
            self.changed = True
            node.iter = ast.copy_location(_runtime("one_by_one", self._iterable(node.iter)), node.iter)
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(node, name, None)
            if inner:
                around = [node] if isinstance(node, _LOOPS) else []
                self.loops += around
                setattr(node, name, self._block(inner, last and isinstance(node, ast.If)))
                del self.loops[len(self.loops) - len(around) :]
        for handler in getattr(node, "handlers", ()):
            self.changed = True
            notes = ast.Expr(ast.Call(_runtime("caught"), [], []))
            handler.body = [*self._located(handler, [notes]), *self._block(handler.body, False)]
        for name, value in ast.iter_fields(node):
            if isinstance(node, ast.For) and name == "iter":
                continue
            if isinstance(value, ast.expr):
                setattr(node, name, self.visit(value))
            elif isinstance(value, list) and value and isinstance(value[0], (ast.expr, ast.withitem)):
                setattr(node, name, [self.visit(part) for part in value])
        return [node]

    def _merged(self, node: ast.If) -> list[ast.stmt]:
        """`if test: …`, whose bodies assign names."""
        self.changed = True
        number = next(self.numbers)
        test, names = f"test_·{number}", _assigned([*node.body, *node.orelse])
        self.unset |= dict.fromkeys(names)
        self.depth += 1
        regions = [
            self._region(f"{side}_·{number}", names, _copied(body), names)
            for side, body in (("then", node.body), ("other", node.orelse))
        ]
        plain = ast.If(ast.Name(test, ast.Load()), self._block(node.body, False), self._block(node.orelse, False))
        self.depth -= 1
        call = _runtime("merge", ast.Name(test, ast.Load()), *(ast.Name(part.name, ast.Load()) for part in regions),
                        _tuple(names), _constants(names), _constants(self._may_be_read(names, node)))  # fmt: skip
        result: ast.stmt = ast.Assign([_tuple(names, ast.Store())], call) if names else ast.Expr(call)
        traced = ast.If(_runtime("traced", ast.Name(test, ast.Load())), [*regions, result], [plain])
        value = _runtime("value", self._test(node.test))
        return self._located(node, [ast.Assign([ast.Name(test, ast.Store())], value), traced])

    def _chosen(self, node: ast.If, rest: list[ast.stmt]) -> list[ast.stmt]:
        """`if test: return …`, with what follows."""
        self.changed = True
        number = next(self.numbers)
        bodies = [node.body, node.orelse]
        bodies = [[*body, *(_copied(rest) if k and _goes_on(bodies[0]) else rest)] if _goes_on(body) else body
                  for k, body in enumerate(bodies)]  # fmt: skip
        names = _assigned([*bodies[0], *bodies[1]])
        self.unset |= dict.fromkeys(names)
        self.depth += 1
        regions = [
            self._region(f"{side}_·{number}", names, body, None)
            for side, body in zip(("then", "other"), bodies, strict=True)
        ]
        self.depth -= 1
        call = _runtime(
            "choose", self._test(node.test), *(ast.Name(part.name, ast.Load()) for part in regions), _tuple(names)
        )
        return self._located(node, [*regions, ast.Return(call)])

    def _region(
        self, name: str, parameters: Sequence[str], body: Sequence[ast.stmt], results: Sequence[str] | None
    ) -> ast.FunctionDef:
        """A body as a function of the names that are assigned in it."""
        output = self._block(body, last=results is None)
        if results is not None:
            output.append(ast.Return(_tuple(results)))
        elif not output:
            output.append(ast.Return(ast.Constant(None)))
        arguments = ast.arguments([], [ast.arg(part) for part in parameters], None, [], [], None, [])
        region = ast.FunctionDef(name, arguments, output, [], None)
        _without_type_parameters(region)
        return region

    def _located(self, node: ast.AST, statements: list[ast.stmt]) -> list[ast.stmt]:
        """Statements in the place of another one, with calls at its first line: Python places a method's call at the last."""
        head = ast.copy_location(ast.Constant(None), node)
        head.end_lineno, head.end_col_offset = head.lineno, head.col_offset
        for part in statements:
            for inner in ast.walk(part):
                if "lineno" in inner._attributes and not hasattr(inner, "lineno"):
                    ast.copy_location(inner, head if isinstance(inner, ast.expr) else node)
        return statements

    # ---- expressions

    def _test(self, node: ast.expr, of_loop: bool = False) -> ast.expr:
        """What is tested: `and`, `or`, `not` and chains of comparisons of traced values are operations.

        Args:
            node: The test.
            of_loop: Whether it is that of a loop; in one of a branch, a comparison of sizes is an operation, too.
        """
        if isinstance(node, ast.BoolOp):
            name = "both" if isinstance(node.op, ast.And) else "either"
            return ast.copy_location(
                _runtime(name, *(_lambda(self._test(part, of_loop)) for part in node.values)), node
            )
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self.changed = True
            return ast.copy_location(_runtime("opposite", self._test(node.operand, of_loop)), node)
        if isinstance(node, ast.Compare) and len(node.ops) > 1 and all(map(_is_plain, node.comparators[:-1])):
            sides = [node.left, *node.comparators]
            parts = [
                ast.copy_location(ast.Compare(_copied(one), [op], [_copied(other)]), node)
                for one, op, other in zip(sides, node.ops, sides[1:], strict=False)
            ]
            return ast.copy_location(_runtime("both", *(_lambda(self.visit(part)) for part in parts)), node)
        is_comparison = (
            not of_loop and isinstance(node, ast.Compare) and len(node.ops) == 1 and _is_plain(node, ["len"])
        )
        visited: ast.expr = self.visit(node)
        return ast.copy_location(_runtime("compared", _lambda(visited)), node) if is_comparison else visited

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        """`a if test else b`"""
        self.changed = True
        sides = (_lambda(self.visit(node.body)), _lambda(self.visit(node.orelse)))
        return ast.copy_location(_runtime("choose", self._test(node.test), *sides), node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        """`not a`, which of a traced value is an operation; other operators are left alone."""
        return self._test(node, True) if isinstance(node.op, ast.Not) else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> Any:
        """A call, which may lead to a function with branches; `len` gives the size as it is kept."""
        if (reduced := self._reduced(node)) is not None:
            return reduced
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "len" and len(node.args) == 1 and not node.keywords:
            self.changed = True
            return ast.copy_location(_runtime("length", node.func, *node.args), node)
        if isinstance(node.func, ast.Name) and node.func.id in ("max", "min") and _takes_several(node):
            self.changed = True
            return ast.copy_location(_runtime("extreme", node.func, *node.args), node)
        if not self._may_branch(node.func):
            return node
        self.changed = True
        return ast.copy_location(_runtime("call", node.func, *node.args, keywords=node.keywords), node)

    def _reduced(self, node: ast.Call) -> ast.expr | None:
        """A call of `sum`, or of a function of NumPy's that takes an array, of a comprehension; `None` for any other call."""
        func, items = node.func, node.args[0] if len(node.args) == 1 else None
        if not isinstance(items, (ast.ListComp, ast.GeneratorExp)) or _has([items], ast.NamedExpr):
            return None
        if not all(_is_pattern(part.target) and not part.is_async for part in items.generators):
            return None
        if isinstance(func, ast.Name) and func.id == "sum" and not node.keywords:
            return self._sum(items.elt, items.generators)
        first, *others = items.generators
        if not isinstance(func, ast.Attribute) or not isinstance(func.value, ast.Name):
            return None
        if func.attr not in OF_LISTS and (func.attr != "stack" or node.keywords):
            return None
        if others or first.ifs or isinstance(items, ast.GeneratorExp):
            return None
        body = self.visit(_copied(items.elt))
        func.attr = "array" if func.attr == "stack" else func.attr
        node.args = [self._mapped("stacked", _copied(func.value), first, body, _copied(items))]
        node.keywords = [self.visit(part) for part in node.keywords]
        return node

    def _sum(self, element: ast.expr, generators: Sequence[ast.comprehension]) -> ast.expr:
        """`sum(element for … for …)`: a sum for every `for`, to which an `if` adds nothing where it does not hold."""
        first, *others = generators
        body = self._sum(element, others) if others else self.visit(_copied(element))
        for test in first.ifs[::-1]:
            sides = (_lambda(body), _lambda(ast.copy_location(ast.Constant(0.0), test)))
            body = ast.copy_location(_runtime("choose", self._test(_copied(test)), *sides), test)
        items = ast.copy_location(ast.GeneratorExp(_copied(element), _copied(generators)), element)
        plain = ast.copy_location(ast.Call(ast.Name("sum", ast.Load()), [items], []), element)
        return self._mapped("total", _copied(plain.func), first, body, plain)

    def _mapped(
        self, name: str, called: ast.expr, generator: ast.comprehension, body: ast.expr, plain: ast.expr
    ) -> ast.expr:
        """A call of the runtime with what is looped over, a function of its item, and a function that does the same plainly.

        Args:
            name: What the runtime does.
            called: `sum`, or the module of the function, which may be other ones than they seem.
            generator: The `for`.
            body: The expression of an item, as it is converted.
            plain: The user's expression, whose first `for` is that.
        """
        self.changed = True
        item, target = f"item_·{next(self.numbers)}", generator.target
        if isinstance(target, ast.Name):
            item = target.id
        else:  # a comprehension takes an item apart
            parts = ast.comprehension(target, ast.Tuple([ast.Name(item, ast.Load())], ast.Load()), [], 0)
            body = ast.Subscript(ast.ListComp(body, [parts]), ast.Constant(0), ast.Load())
        iterable = f"items_·{next(self.numbers)}"
        first = next(part for part in ast.walk(plain) if isinstance(part, ast.comprehension))
        first.iter = ast.copy_location(ast.Name(iterable, ast.Load()), first.iter)
        variable = ast.Constant(item if isinstance(target, ast.Name) else "")
        converted = self.generic_visit(plain)
        assert isinstance(converted, ast.expr)
        call = _runtime(
            name, called, self._iterable(_copied(generator.iter)), _lambda(body, item), variable,
            _lambda(converted, iterable),
        )  # fmt: skip
        (located,) = self._located(plain, [ast.Expr(call)])
        assert isinstance(located, ast.Expr)
        return located.value

    def _may_branch(self, called: ast.expr) -> bool:
        if isinstance(called, ast.Name):
            return not hasattr(builtins, called.id) and not called.id.endswith("_·")
        if not isinstance(called, ast.Attribute):
            return True
        inner = called.value
        while isinstance(inner, ast.Attribute):
            inner = inner.value
        held = self.globals.get(inner.id) if isinstance(inner, ast.Name) else None
        return not (isinstance(held, ModuleType) and is_library(getattr(held, "__file__", None) or "-packages"))

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        """A lambda, which is converted when it is called."""
        return node

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        """`for target in iterable if test` in brackets, whose turns are taken one by one."""
        self.changed = True
        iterable = ast.copy_location(_runtime("one_by_one", self._iterable(node.iter)), node.iter)
        return ast.comprehension(node.target, iterable, [self.visit(part) for part in node.ifs], node.is_async)


def _takes_several(node: ast.Call) -> bool:
    """Whether a call is of two or more arguments that are written one by one."""
    return len(node.args) > 1 and not node.keywords and not _has(node.args, ast.Starred)


def _is_pattern(target: ast.expr) -> bool:
    """Whether the variable of a `for` is a name, or a nest of names."""
    return all(isinstance(part, (ast.Name, ast.Tuple, ast.expr_context)) for part in ast.walk(target))


def _is_plain(node: ast.expr, called: Sequence[str] = ()) -> bool:
    """Whether an expression may be evaluated twice: it calls nothing but functions of these names."""
    calls = (part.func for part in ast.walk(node) if isinstance(part, ast.Call))
    return not _has([node], ast.NamedExpr) and all(isinstance(each, ast.Name) and each.id in called for each in calls)


def _copied(node: Any) -> Any:
    """A copy of syntax."""
    return copy.deepcopy(node)


def _lambda(body: ast.expr, *parameters: str) -> ast.Lambda:
    arguments = ast.arguments([], [ast.arg(name) for name in parameters], None, [], [], None, [])
    return ast.copy_location(ast.Lambda(arguments, body), body)


def _tuple(names: Sequence[str], context: ast.expr_context | None = None) -> ast.Tuple:
    return ast.Tuple([ast.Name(name, context or ast.Load()) for name in names], context or ast.Load())


def _constants(names: Sequence[str]) -> ast.Tuple:
    return ast.Tuple([ast.Constant(name) for name in names], ast.Load())


def _runtime(name: str, *args: ast.expr, keywords: Sequence[ast.keyword] | None = None) -> ast.expr:
    """An attribute of the runtime, or with arguments a call of it."""
    attribute = ast.Attribute(ast.Name(RUNTIME, ast.Load()), name, ast.Load())
    return attribute if not args else ast.Call(attribute, list(args), list(keywords or ()))
