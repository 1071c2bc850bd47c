"""Loops as machine code, through llvmlite: LLVM text written directly from them, one pass over it, and cached object code.

Where Python itself runs as WebAssembly, that is the machine code, and `library.py` makes it.

Variables are stack slots, which the one pass, SROA, turns into registers. Other optimizations are already written out in the
loops; LLVM's would take twenty times as long. Addresses are computed from indices where they are used; LLVM's code generator
turns them into moving pointers.
"""

# mypy: disable-error-code="import-untyped"
# llvmlite has no types.

from __future__ import annotations

import ctypes
import functools
import hashlib
import itertools
import struct
import threading
from collections.abc import Callable, Sequence
from typing import Any

from . import cache, library, system
from .defer_interrupt import interrupt_deferred
from .language import (
    BYTES,
    COMPARISONS,
    F64,
    FLOATS,
    INDEX,
    Address,
    Body,
    Call,
    Expression,
    For,
    Function,
    If,
    Kind,
    Set,
    Statement,
    Store,
    at,
    load,
)  # fmt: skip
from .processor import IN_BROWSER, Processor, processor

_TYPES = {"f32": "float", "f64": "double", "i32": "i32", "i64": "i64", "b32": "i1", "b64": "i1", "index": "i64"}
_ONE = {
    "sqrt": "sqrt",
    "abs": "fabs",
    "nearest": "roundeven",
    "floor": "floor",
    "ceil": "ceil",
    "trunc": "trunc",
    "fma": "fma",
}
_numbered = itertools.count()
_lock = threading.Lock()  # only one thread may parse LLVM text at a time


class Code:
    """The machine code of some functions; it lives as long as this object or one of its functions."""

    def __init__(self, functions: Sequence[Function], library: Any):
        self._functions, self._library = {each.name: each for each in functions}, library

    def function(self, name: str) -> Callable[..., None]:
        """A function of its arrays' addresses and its indices; the GIL is released while it runs."""
        function = self._functions[name]
        kinds = [ctypes.c_void_p] * len(function.arrays) + [ctypes.c_ssize_t] * len(function.indices)
        call: Any = ctypes.CFUNCTYPE(None, *kinds)(self._library[name])
        call.code = self  # keeps the function's memory alive
        held: Callable[..., None] = call
        return held


def register_bytes() -> int:
    """The width of the processor's vectors.

    Returns:
        Bytes: 64, 32 or 16.

    Examples:
        >>> register_bytes() in (16, 32, 64)
        True
    """
    return processor().register


@functools.cache
def unusable() -> str:
    """Why code cannot be compiled here, found by compiling a small function.

    Returns:
        The error, or an empty string.

    Examples:
        >>> unusable()
        ''
    """
    doubled = Function("doubled", ("x",), (), (Store(at("x"), 2 * load(at("x"), F64)),))
    number = ctypes.c_double(3.0)
    try:
        compiled([*system.FUNCTIONS, doubled]).function("doubled")(ctypes.addressof(number))
    except (ImportError, OSError, RuntimeError, AttributeError, TypeError) as error:
        return str(error).partition("\n")[0]
    return "" if number.value == 6 else f"twice 3 is {number.value}"


def compiled(functions: Sequence[Function], making: Callable[[], None] = lambda: None) -> Code:
    """Machine code for the current processor, loaded from the user's cache or compiled and stored there.

    Args:
        functions: The functions of a module, which `check` accepts.
        making: Called before code that is not in the cache is compiled.

    Returns:
        Their code.

    Raises:
        RuntimeError: Llvmlite, or this system or browser, cannot compile it.

    Examples:
        >>> import numpy as np
        >>> from .language import Block, F64, at, load
        >>> block = Block()
        >>> with block.loop("i", 3) as i:
        ...     block.store(at("x", 0, (i, 8)), 2 * load(at("x", 0, (i, 8)), F64))
        >>> x, code = np.ones(3), compiled([Function("doubled", ("x",), (), block.body)])
        >>> code.function("doubled")(x.ctypes.data)
        >>> x
        array([2., 2., 2.])
    """
    if IN_BROWSER:
        return Code(functions, library.loaded(functions))
    text = module_text(functions)
    try:
        with _lock, interrupt_deferred():
            return Code(functions, _kept_or_made(functions, text, making))
    except (AttributeError, TypeError, OSError) as error:  # an llvmlite with a changed API
        raise RuntimeError(f"this llvmlite cannot compile it: {error}") from error


def _kept_or_made(functions: Sequence[Function], text: str, making: Callable[[], None]) -> Any:
    import llvmlite

    made_of = "\n".join((text, llvmlite.__version__, *map(str, (processor(), *_PASSES))))
    key = hashlib.sha256(made_of.encode()).hexdigest()[:20]
    kept = cache.read(key)
    if kept is not None:
        try:
            return _loaded(functions, kept)
        except RuntimeError:  # this LLVM cannot load it: compile it again
            pass
    making()
    code = _object_code(text)
    cache.write(key, code)
    return _loaded(functions, code)


def module_text(functions: Sequence[Function], triple: str = "") -> str:
    """Functions as LLVM text.

    Args:
        functions: The functions of a module, which `check` accepts.
        triple: LLVM's name of a system, as of `object_code`; by default this one.

    Returns:
        The text, for any processor of the system's family.

    Examples:
        >>> print(module_text([Function("nothing", ("x",), ("n",), ())]).partition(" #0")[0])
        define void @nothing(ptr %a0, i64 %i0)
    """
    import llvmlite.binding as llvm

    intel = (triple or llvm.get_default_triple()).startswith(("x86_64", "i386", "i686"))
    own = [system.instructions(each, intel) for each in functions if each in system.FUNCTIONS]
    written = [_Writer(each) for each in functions if each not in system.FUNCTIONS]
    declared = sorted({line for each in written for line in each.declared})
    attributes = 'nounwind "no-stack-arg-probe" "min-legal-vector-width"="512" "prefer-vector-width"="512"'
    return "\n".join([*own, *(each.text for each in written), *declared, f"attributes #0 = {{ {attributes} }}", ""])


_PASSES = ("sroa", 2)  # the pass, and the code generator's optimization level


def object_code(functions: Sequence[Function], kind: Processor, triple: str) -> bytes:
    """Functions as an object file for another system, to be linked and run there.

    Args:
        functions: The functions of a module, which `check` accepts.
        kind: The processor, one of `processor.KINDS`.
        triple: LLVM's name of the system.

    Returns:
        The file.

    Raises:
        RuntimeError: This llvmlite has no such target.

    Examples:
        >>> from .processor import KINDS
        >>> object_code([Function("nothing", ("x",), ("n",), ())], KINDS["neon"], "aarch64-linux-gnu")[:4]
        b'\\x7fELF'
    """
    text = module_text(functions, triple)
    with _lock:
        return _object_code(text, kind, triple)


def _object_code(text: str, kind: Processor | None = None, triple: str = "") -> bytes:
    import llvmlite.binding as llvm

    if triple:
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
        target = llvm.Target.from_triple(triple)
    else:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        target = llvm.Target.from_default_triple()
    kind = kind or processor()
    machine = target.create_target_machine(kind.cpu, kind.features, opt=_PASSES[1], reloc="pic")
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    passes = llvm.create_new_function_pass_manager()
    passes.add_sroa_pass()
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=0))
    for each in module.functions:
        if not each.is_declaration:
            passes.run(each, builder)
    return bytes(machine.emit_object(module))


@functools.cache
def _jit() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.create_lljit_compiler(suppress_errors=True)  # errors are raised instead


def _loaded(functions: Sequence[Function], code: bytes) -> Any:
    import llvmlite.binding as llvm

    builder = llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
    for each in functions:
        if each not in system.FUNCTIONS:
            builder.export_symbol(each.name)
    return builder.link(_jit(), f"loops{next(_numbered)}")


def _type(kind: Kind) -> str:
    number = _TYPES[kind.number]
    return number if kind.lanes == 1 else f"<{kind.lanes} x {number}>"


def _suffix(kind: Kind) -> str:
    """LLVM's name for a kind in the names of its functions."""
    number = {"float": "f32", "double": "f64"}.get(_TYPES[kind.number], _TYPES[kind.number])
    return number if kind.lanes == 1 else f"v{kind.lanes}{number}"


def _literal(value: float, number: str) -> str:
    return f"0x{struct.pack('>d', value).hex().upper()}" if number in FLOATS else str(int(value))


class _Writer:
    """One function as text."""

    def __init__(self, function: Function):
        self.lines: list[str] = []
        self.declared: set[str] = set()
        self.slots: dict[tuple[str, Kind], str] = {}
        self.arrays = {name: f"%a{k}" for k, name in enumerate(function.arrays)}
        self.count = 0
        for k, name in enumerate(function.indices):
            self.assign(name, INDEX, f"%i{k}")
        self.body(function.body)
        slots = [f"{slot} = alloca {_type(kind)}" for (_, kind), slot in self.slots.items()]
        arrays, indices = len(function.arrays), len(function.indices)
        given = [*(f"ptr %a{k}" for k in range(arrays)), *(f"i64 %i{k}" for k in range(indices))]
        head = f"define void @{function.name}({', '.join(given)}) #0 {{"
        self.text = "\n".join([head, *slots, *self.lines, "ret void", "}"])

    def line(self, text: str) -> str:
        """Write an instruction that yields a value; returns the value's name."""
        self.count += 1
        self.lines.append(f"%t{self.count} = {text}")
        return f"%t{self.count}"

    def label(self, name: str) -> None:
        self.lines.append(f"{name}:")

    def slot(self, name: str, kind: Kind) -> str:
        return self.slots.setdefault((name, kind), f"%v{len(self.slots)}")

    def assign(self, name: str, kind: Kind, value: str) -> None:
        self.lines.append(f"store {_type(kind)} {value}, ptr {self.slot(name, kind)}")

    # ---- statements ----------------------------------------------------------------------------------------------------

    def body(self, body: Body) -> None:
        for each in body:
            self.statement(each)

    def statement(self, each: Statement) -> None:
        match each:
            case Set(name, value):
                self.assign(name, value.kind, self.value(value))
            case Store(address, value, narrow):
                found, kind = self.value(value), _type(value.kind)
                if narrow:
                    wide, kind = kind, kind.replace(value.kind.number, "i8")
                    found = self.line(f"trunc {wide} {found} to {kind}")
                self.lines.append(f"store {kind} {found}, ptr {self.place(address)}, align 1")
            case For():
                self.loop(each)
            case If(condition, yes, no):
                self.count += 1
                k = self.count
                self.lines.append(f"br i1 {self.value(condition)}, label %yes{k}, label %no{k}")
                for label, body in ((f"yes{k}", yes), (f"no{k}", no)):
                    self.label(label)
                    self.body(body)
                    self.lines.append(f"br label %end{k}")
                self.label(f"end{k}")
            case Call(name, arrays, indices):
                given = [f"ptr {self.arrays[array]}" for array in arrays]
                given += [f"i64 {self.value(index)}" for index in indices]
                self.lines.append(f"call void @{name}({', '.join(given)})")

    def loop(self, each: For) -> None:
        start, stop = (self.value(b) if isinstance(b, Expression) else str(b) for b in (each.start, each.stop))
        self.count += 1
        k = self.count
        self.assign(each.index, INDEX, start)
        slot = self.slot(each.index, INDEX)
        if isinstance(each.start, int) and isinstance(each.stop, int):
            if each.start >= each.stop:
                return
            self.lines.append(f"br label %loop{k}")
        else:
            self.lines.append(f"br i1 {self.line(f'icmp slt i64 {start}, {stop}')}, label %loop{k}, label %end{k}")
        self.label(f"loop{k}")
        self.body(each.body)
        following = self.line(f"add nsw i64 {self.line(f'load i64, ptr {slot}')}, {each.step}")
        self.lines.append(f"store i64 {following}, ptr {slot}")
        self.lines.append(f"br i1 {self.line(f'icmp slt i64 {following}, {stop}')}, label %loop{k}, label %end{k}")
        self.label(f"end{k}")

    def place(self, address: Address) -> str:
        """The pointer for an address; the constant part comes last, so that an instruction can contain it."""
        place = self.arrays[address.array]
        for name, stride in address.strides:
            index = self.line(f"load i64, ptr {self.slot(name, INDEX)}")
            place = self.line(f"getelementptr i8, ptr {place}, i64 {self.line(f'mul nsw i64 {index}, {stride}')}")
        return self.line(f"getelementptr i8, ptr {place}, i64 {address.offset}") if address.offset else place

    # ---- expressions ---------------------------------------------------------------------------------------------------

    def value(self, e: Expression) -> str:
        op, kind, detail, t = e.op, e.kind, e.detail, _type(e.kind)
        if op == "const":
            return self.constant(detail, kind)
        if op == "get":
            return self.line(f"load {t}, ptr {self.slot(detail, kind)}")
        if op == "load":
            return self.line(f"load {t}, ptr {self.place(detail)}, align 1")
        if op == "load_bytes":
            narrow = t.replace(kind.number, "i8")
            found = self.line(f"load {narrow}, ptr {self.place(detail)}, align 1")
            return self.line(f"zext {narrow} {found} to {t}")
        values = [self.value(each) for each in e.operands]
        first = e.operands[0].kind
        if op == "select":
            typed = ", ".join(f"{_type(each.kind)} {v}" for each, v in zip(e.operands, values, strict=True))
            return self.line(f"select {typed}")
        if op == "splat":
            one = self.line(f"insertelement {t} poison, {_type(first)} {values[0]}, i32 0")
            return self.line(f"shufflevector {t} {one}, {t} poison, <{kind.lanes} x i32> zeroinitializer")
        if op == "lane":
            alone = first.lanes == 1
            return values[0] if alone else self.line(f"extractelement {_type(first)} {values[0]}, i32 {detail}")
        if op == "shuffle":
            lanes = ", ".join(f"i32 {lane}" for lane in detail)
            return self.line(f"shufflevector {t} {values[0]}, {t} {values[1]}, <{kind.lanes} x i32> <{lanes}>")
        if op == "join":
            found = "poison"
            for lane, each in enumerate(values):
                found = self.line(f"insertelement {t} {found}, {_type(first)} {each}, i32 {lane}")
            return found
        if op in ("bits", "floats"):
            return self.line(f"bitcast {_type(first)} {values[0]} to {t}")
        if op == "convert":
            return self.converted(values[0], first, kind)
        if op == "packed":
            mask = f"<{kind.lanes} x i1>"
            whole = f"{t} {values[0]}, {mask} {values[1]}, {t} poison"
            name = f"@llvm.experimental.vector.compress.{_suffix(kind)}"
            self.declared.add(f"declare {t} {name}({t}, {mask}, {t})")
            return self.line(f"call {t} {name}({whole})")
        if op == "count":
            bits = self.line(f"bitcast {_type(first)} {values[0]} to i{first.lanes}")
            self.declared.add(f"declare i{first.lanes} @llvm.ctpop.i{first.lanes}(i{first.lanes})")
            found = self.line(f"call i{first.lanes} @llvm.ctpop.i{first.lanes}(i{first.lanes} {bits})")
            return self.line(f"zext i{first.lanes} {found} to i32")
        if op == "any":
            alone = first.lanes == 1
            return values[0] if alone else self.call(f"vector.reduce.or.{_suffix(first)}", kind, [first], values)
        if op == "call":
            return self.call(detail, kind, [kind] * len(values), values, "")
        if op in COMPARISONS:
            sign = f"fcmp o{op}" if first.number in FLOATS else f"icmp {'' if op == 'eq' else 's'}{op}"
            return self.line(f"{sign} {_type(first)} {values[0]}, {values[1]}")
        if op in ("min", "max"):
            a, b = values if op == "max" else reversed(values)
            smaller = self.line(f"fcmp olt {t} {a}, {b}")
            mask = _type(Kind("b32", kind.lanes))
            return self.line(f"select {mask} {smaller}, {t} {values[1]}, {t} {values[0]}")
        if op in _ONE:
            return self.call(f"{_ONE[op]}.{_suffix(kind)}", kind, [kind] * len(values), values)
        if op in ("neg", "not"):
            return self.line(
                f"fneg {t} {values[0]}" if op == "neg" else f"xor {t} {values[0]}, {self.constant(1, kind)}"
            )
        if op in ("shl", "shr"):
            return self.line(f"{'shl' if op == 'shl' else 'ashr'} {t} {values[0]}, {self.constant(detail, kind)}")
        sign = "f" if kind.number in FLOATS else "s" if op == "div" else ""
        return self.line(f"{sign}{op} {t} {values[0]}, {values[1]}")

    def constant(self, value: Any, kind: Kind) -> str:
        if kind.lanes == 1 and not isinstance(value, tuple):
            return _literal(value, kind.number)
        lanes = value if isinstance(value, tuple) else (value,) * kind.lanes
        text = ", ".join(f"{_TYPES[kind.number]} {_literal(each, kind.number)}" for each in lanes)
        return f"<{text}>" if kind.lanes > 1 else _literal(lanes[0], kind.number)

    def call(self, name: str, kind: Kind, kinds: Sequence[Kind], values: Sequence[str], prefix: str = "llvm.") -> str:
        self.declared.add(f"declare {_type(kind)} @{prefix}{name}({', '.join(map(_type, kinds))})")
        given = ", ".join(f"{_type(k)} {v}" for k, v in zip(kinds, values, strict=True))
        return self.line(f"call {_type(kind)} @{prefix}{name}({given})")

    def converted(self, value: str, source: Kind, kind: Kind) -> str:
        if _type(source) == _type(kind):
            return value
        floats = source.number in FLOATS, kind.number in FLOATS
        if floats == (True, False):
            return self.call(f"fptosi.sat.{_suffix(kind)}.{_suffix(source)}", kind, [source], [value])
        wider = BYTES.get(kind.number, 8) > BYTES.get(source.number, 8)
        word = {
            (True, True): ("fptrunc", "fpext"),
            (False, False): ("trunc", "sext"),
            (False, True): ("sitofp", "sitofp"),
        }
        return self.line(f"{word[floats][wider]} {_type(source)} {value} to {_type(kind)}")
