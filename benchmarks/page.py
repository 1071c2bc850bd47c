"""The page of the figures, `docs/benchmarks.md`, and its charts: bars and lines on a logarithmic scale, as SVG."""

from __future__ import annotations

import json
import math
from html import escape
from pathlib import Path

from machine import line

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
OURS, OTHERS, INK = "#3b6ea5", "#9a9a9a", "#444"
LINES = ("#3b6ea5", "#77a6d6", "#8a5a2b", "#777", "#c0392b", "#e08e0b", "#4a8f3c")
STYLE = "font: 13px system-ui, sans-serif"


def bars(title: str, values: dict[str, float]) -> str:
    """A bar for each, to the right from 1 in powers of ten."""
    left, width, row = 235, 430, 24
    most = math.ceil(math.log10(max(values.values())) * 4) / 4
    height = 34 + row * len(values) + 22
    out = [_open(left + width + 60, height, title)]
    for power in range(int(most) + 1):
        for digit in (1, 2, 5):
            at = math.log10(digit) + power
            if at <= most:
                x = left + width * at / most
                out.append(f'<line x1="{x:.0f}" x2="{x:.0f}" y1="30" y2="{height - 20}" stroke="#ddd"/>')
                out.append(_text(x, height - 6, f"{digit * 10**power}×", "middle"))
    for k, (name, value) in enumerate(values.items()):
        y = 34 + row * k
        wide = max(2.0, width * math.log10(max(value, 1.0)) / most)
        color = OURS if name.startswith("chainrule") else OTHERS
        out.append(_text(left - 8, y + 14, name, "end"))
        out.append(f'<rect x="{left}" y="{y}" width="{wide:.0f}" height="18" rx="2" fill="{color}"/>')
        out.append(_text(left + wide + 6, y + 14, f"{value:.2g}" if value < 10 else f"{value:.0f}", "start"))
    return "\n".join([*out, "</svg>", ""])


def lines(title: str, across: str, series: dict[str, list[tuple[float, float]]]) -> str:
    """A line for each, both axes logarithmic; `series` are points (x, y)."""
    left, top, width, height = 60, 34, 420, 260
    xs = [math.log10(x) for points in series.values() for x, _ in points]
    ys = [math.log10(y) for points in series.values() for _, y in points]
    x0, x1, y0, y1 = min(xs), max(xs), math.floor(min(*ys, 0.0)), math.ceil(max(ys))
    out = [_open(left + width + 200, top + height + 44, title)]

    def place(x: float, y: float) -> tuple[float, float]:
        return left + width * (x - x0) / (x1 - x0), top + height * (y1 - y) / (y1 - y0)

    for power in range(y0, y1 + 1):
        _, y = place(x0, power)
        out.append(f'<line x1="{left}" x2="{left + width}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>')
        out.append(_text(left - 8, y + 4, f"{10.0**power:g}×", "end"))
    for x in sorted({x for points in series.values() for x, _ in points}):
        out.append(_text(place(math.log10(x), y0)[0], top + height + 18, f"{x:g}", "middle"))
    out.append(_text(left + width / 2, top + height + 38, across, "middle"))
    for k, (name, points) in enumerate(series.items()):
        placed = [place(math.log10(x), math.log10(y)) for x, y in points]
        path = " ".join(f"{x:.0f},{y:.0f}" for x, y in placed)
        color = LINES[k % len(LINES)]
        out.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        out += [f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" fill="{color}"/>' for x, y in placed]
        y = top + 10 + 20 * k
        out.append(f'<rect x="{left + width + 18}" y="{y}" width="12" height="12" fill="{color}"/>')
        out.append(_text(left + width + 36, y + 11, name, "start"))
    return "\n".join([*out, "</svg>", ""])


def _open(width: float, height: float, title: str) -> str:
    box = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" style="{STYLE}">'
    return f'{head}\n<rect width="100%" height="100%" fill="#fff"/>\n<title>{escape(title)}</title>\n' + _text(
        10, 20, title
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{INK}">{escape(text)}</text>'


# ---- the page --------------------------------------------------------------------------------------------------------

TARGETS = {
    "A": [
        ("dense arithmetic ≤ 1.3 × the bound", "chainrule, native", "bound", 1.3),
        ("with zeros skipped ≤ 0.85 × the bound", "chainrule, native, zeros skipped", "bound", 0.85),
        ("≥ 4 × faster than JAX", "chainrule, native, zeros skipped", "JAX, jit of a scan", 1 / 4),
        ("≥ 2 × faster than JAX with dense arithmetic", "chainrule, native", "JAX, jit of a scan", 1 / 2),
        ("≥ 30 × faster than PyTorch, compiled", "chainrule, native, zeros skipped", "PyTorch, compiled step", 1 / 30),
        ("≥ 25 × faster than scikit-learn", "chainrule, native, zeros skipped", "scikit-learn", 1 / 25),
        ("≥ 60 × faster than the book's code", "chainrule, native, zeros skipped", "the book's code", 1 / 60),
        ("on NumPy alone: no slower than JAX", "chainrule, NumPy", "JAX, jit of a scan", 1.0),
        ("on NumPy alone: ≥ 10 × faster than PyTorch, eager", "chainrule, NumPy", "PyTorch, eager", 1 / 10),
    ],
    "B": [
        ("≥ 3 × faster than JAX", "chainrule, native, zeros skipped", "JAX, jit of a scan", 1 / 3),
        ("≥ 15 × faster than PyTorch, compiled", "chainrule, native, zeros skipped", "PyTorch, compiled step", 1 / 15),
    ],
    "C": [
        ("≤ 1.2 × the bound", "chainrule, native", "bound", 1.2),
        ("ahead of JAX", "chainrule, native, zeros skipped", "JAX, jit of a scan", 1.0),
        ("ahead of PyTorch, compiled", "chainrule, native, zeros skipped", "PyTorch, compiled step", 1.0),
        ("ahead of scikit-learn", "chainrule, native, zeros skipped", "scikit-learn", 1.0),
    ],
}
TARGETS["C, two threads"] = TARGETS["C"]


def page(known: dict) -> None:
    """Write the page and its charts from the figures."""
    about = known["about"]
    peers = ", ".join(f"{name} {about[name]}" for name in ("numba", "torch", "jax", "scikit-learn"))
    out = [
        "# Benchmarks",
        "",
        "Made by `python benchmarks/peers.py` and `python benchmarks/sizes.py`; do not edit by hand. Each contender is a",
        "function in `benchmarks/contenders.py`, the C program is `benchmarks/epoch.c`.",
        "",
        f"{line(about)}. {peers}; C compiler: {about.get('C compiler', 'none')}.",
        "",
        "**How it is measured.** All contenders of a table run in one process, bound to as many cores as the work has",
        "threads, taking turns. Each does two epochs at its turn, of which the second is timed: the first finds the caches",
        "as the contender before has left them. The table has the median and the range of the rounds. They",
        "begin with the same weights (but scikit-learn and the book's code, which draw their own), see the same batches in",
        "the same order, compute in float32 (the book's code in float64) and gather their batches themselves: chainrule and",
        "JAX out of grays of one byte, which they divide by 255, the others out of float32. The weights after an epoch agree",
        "within rounding. The *bound* is the time that the matrix products alone would take at the",
        "rate of a 1024³ product, measured in every round; that of a step of A is 958,800 operations. One thread is",
        "measured by the time that the processor gave to the process, since other programs were running, too; more threads",
        "by the clock.",
        "",
    ]
    for name in ("A", "B", "C", "C, two threads"):
        if name in known:
            out += _work(name, known[name])
        if name in known.get("profile", {}):
            out += _profile(known["profile"][name])
    for name in ("batch", "hidden neurons"):
        if name in known:
            out += _sweep(name, known[name])
    if "starts" in known:
        out += _starts(known["starts"])
    if "waiting" in known:
        out += _waiting(known["waiting"])
    if "whole processes" in known:
        out += _whole(known["whole processes"])
    for file in sorted((HERE / "results").glob("peers-*.json")):
        out += _elsewhere(json.loads(file.read_text(encoding="utf-8")))
    compiled = HERE / "results" / "compiling.json"
    if compiled.exists():
        out += _compiling(json.loads(compiled.read_text(encoding="utf-8")))
    sizes = HERE / "results" / "sizes.json"
    if sizes.exists():
        out += ["## Installed size", "", "| package, with all that it needs | MB |", "|---|---|"]
        out += [f"| {name} | {size:,.0f} |" for name, size in json.loads(sizes.read_text()).items()]
        out += ["", "Targets: chainrule ≤ 150 MB, with `native` ≤ 400 MB.", ""]
    (DOCS / "benchmarks.md").write_text("\n".join(out).rstrip() + "\n", encoding="utf-8")


def _work(name: str, found: dict) -> list[str]:
    out = [f"## {name}", "", found["described"] + ".", ""]
    if "not_measured" in found:
        return [*out, f"Not measured: {found['not_measured']}.", ""]
    bound, times = found["bound_us"], found["us_a_step"]
    load = found["load_before_and_after"]
    told = f"; load of the machine {load[0][0]:.1f} before, {load[1][0]:.1f} after" if load else ""
    out += [
        f"Bound: {bound:.2f} µs a step at {found['gflop_a_second']} GFLOP/s. Of the pixels {found['zeros']:.0%} are 0, and "
        f"{found['zero_columns']:.0%} are so in a whole batch. {found['rounds']} rounds, {found['clock']}{told}.",
        "",
        "| | µs a step | least–most | × the bound |",
        "|---|---|---|---|",
    ]
    out += [
        f"| {'**' + each + '**' if each.startswith('chainrule') else each} | {t['median']:,.1f} "
        f"| {t['least']:,.1f}–{t['most']:,.1f} | {t['median'] / bound:.2f} |"
        for each, t in times.items()
    ]
    out += ["", *(f"Without {each}: {reason}." for each, reason in found["missing"].items())]
    file = f"work-{name.lower().replace(', ', '-').replace(' ', '-')}.svg"
    _chart(
        file,
        bars(f"{name}: time of a step, as multiples of the bound", {n: t["median"] / bound for n, t in times.items()}),
    )
    out += ["", f"![time of a step as multiples of the bound](pictures/{file})", ""]
    rows = _targets(name, found)
    return [*out, "| target | measured | |", "|---|---|---|", *rows, ""] if rows else out


def _targets(name: str, found: dict) -> list[str]:
    """What was aimed at, and whether it was met."""
    bound, times, rows = found["bound_us"], found["us_a_step"], []
    for target, ours, other, most in TARGETS.get(name, []):
        against = bound if other == "bound" else times.get(other, {}).get("median")
        if ours in times and against:
            ratio = times[ours]["median"] / against
            value = f"{ratio:.2f} ×" if most >= 1 or other == "bound" else f"{1 / ratio:.1f} × faster"
            if ratio > most and other != "bound":
                value += f"; the target would be {most * against / bound:.2f} × the bound"
            rows.append(f"| {target} | {value} | {'met' if ratio <= most else '**missed**'} |")
    return rows


def _elsewhere(known: dict) -> list[str]:
    """What another machine says of the targets."""
    out = [
        "## Another machine",
        "",
        f"{line(known['about'])}. {known['about'].get('note', '')}".rstrip(),
        "",
        "| work | target | measured | |",
        "|---|---|---|---|",
    ]
    for name in TARGETS:
        if "bound_us" in known.get(name, {}):
            out += [f"| {name} {row}" for row in _targets(name, known[name])]
    return [*out, ""]


def _profile(found: dict) -> list[str]:
    """Where a step's time goes: each part, and what its products would take at the rate of a large one."""
    rate, total = found["gflop_a_second"], sum(part["us"] for part in found["parts"])
    least = sum(part["flop"] for part in found["parts"]) / rate / 1e3
    small = [part for part in found["parts"] if not part["flop"] and part["us"] < total / 100]
    rows = [
        f"| `{part['what']}` | {part['us']:,.2f} | {part['flop'] / rate / 1e3:,.2f} | {part['flop'] / part['us'] / 1e3:.0f} |"
        if part["flop"]
        else f"| `{part['what']}` | {part['us']:,.2f} | | |"
        for part in found["parts"]
        if part not in small
    ]
    rest = sum(part["us"] for part in small)
    threads = found["threads"]
    several = f"{threads} threads, of which a part's time is the mean" if threads > 1 else "one thread"
    return [
        f"**Where the time of a step goes**, {several}, every product done in full: medians of many",
        f"steps, read from the processor's clock between the loops of the generated source, at {rate} GFLOP/s for a 1024³",
        "product just then. Beside a product stands what is computed from it and stored in the same loop; the bound is that",
        "of the product alone.",
        "",
        "| part | µs | bound | GFLOP/s |",
        "|---|---|---|---|",
        *rows,
        f"| {len(small)} small parts | {rest:,.2f} | | |",
        f"| **all** | **{total:,.2f}** | **{least:,.2f}** | {total / least:.2f} × the bound |",
        "",
    ]


def _sweep(name: str, found: dict) -> list[str]:
    first = next(iter(found.values()))
    names = list(first["us_a_step"])
    series = {
        each: [
            (float(x), at["us_a_step"][each]["median"] / at["bound_us"])
            for x, at in found.items()
            if each in at["us_a_step"]
        ]
        for each in names
    }
    file = f"sweep-{name.replace(' ', '-')}.svg"
    _chart(file, lines(f"Time of a step, as multiples of the bound, over {name}", name, series))
    fixed = "`[784, 30, 10]`" if name == "batch" else "batches of 10"
    return [
        f"## Over {name}",
        "",
        f"As A, {fixed}; µs a step (× the bound), medians.",
        "",
        f"| {name} | bound | {' | '.join(names)} |",
        "|---|---|" + "---|" * len(names),
        *(
            f"| {x} | {at['bound_us']:.1f} | "
            + " | ".join(
                f"{at['us_a_step'][n]['median']:,.1f} ({at['us_a_step'][n]['median'] / at['bound_us']:.1f})"
                if n in at["us_a_step"]
                else "–"
                for n in names
            )
            + " |"
            for x, at in found.items()
        ),
        "",
        f"![multiples of the bound over {name}](pictures/{file})",
        "",
    ]


def _starts(found: dict) -> list[str]:
    out = [
        "## From the start of a process",
        "",
        "Seconds by the clock from the start of the process until the first epoch of A is done, less a later epoch: importing,",
        "reading the images, compiling. *First run ever* has empty caches, *later* those that it left. Memory is the most",
        "that the process had, the images in float32 among it.",
        "",
        "| | first run ever | later | an epoch then | memory |",
        "|---|---|---|---|---|",
    ]
    for name, (first, later) in found.items():
        if "missing" in first:
            out.append(f"| {name} | {first['missing']} | | | |")
        else:
            memory = f"{later['memory_mb']:,} MB" if "memory_mb" in later else "–"
            out.append(
                f"| {name} | {first['ready_s']:.1f} s | {later['ready_s']:.1f} s | {later['epoch_s']:.2f} s | {memory} |"
            )
    return [*out, ""]


def _waiting(found: list[dict]) -> list[str]:
    out = [
        "## Waiting",
        "",
        "By the clock, medians. Importing and the first fit of a network are measured in new processes: of the machine's first",
        "one the cache is empty; a *new* network is another one, a *known* one has been compiled by an earlier process.",
        "",
        "| `[784, 30, 10]` | median | least–most | target | |",
        "|---|---|---|---|---|",
    ]
    for row in found:
        least, median, most = (f"{row[key]:.3g}" for key in ("least", "median", "most"))
        met = "met" if row["median"] <= row["target"] else "**missed**"
        unit = row["unit"]
        out.append(f"| {row['what']} | {median} {unit} | {least}–{most} {unit} | ≤ {row['target']:g} {unit} | {met} |")
    return [*out, ""]


def _compiling(found: dict) -> list[str]:
    out = [
        "## Compiling",
        "",
        "By `benchmarks/compiling.py --beside FOLDER`: this version, whose one compiler writes loops, and, in turn with it, the",
        f"one before, which trained by Numba. {line(found['about'])}.",
        "Medians of seconds until the first batch is done, by the clock and by the processor's; what is",
        "kept in the cache; and the least µs of a step, in which both gather 10 or 128 images out of 39 or 15 MB.",
        "The tables above were measured with the version before.",
        "",
        "| first batch | new network | processor | known network | kept |",
        "|---|---|---|---|---|",
    ]
    for name, trees in found["waits"].items():
        for key, title in (("beside", "before"), ("here", "now")):
            if key in trees:
                row = trees[key]
                seconds = f"{row['new_s']:.2f} s | {row['new_processor_s']:.2f} s | {row['known_s']:.2f} s"
                out.append(f"| {name}, {title} | {seconds} | {row['kept_bytes'] / 1000:,.0f} kB |")
    out += ["", "| a step | before | now | now ÷ before |", "|---|---|---|---|"]
    for name, trees in found["steps_us"].items():
        before, now = trees.get("beside", float("nan")), trees["here"]
        out.append(f"| {name} | {before:,.1f} µs | {now:,.1f} µs | {now / before:.2f} |")
    return [*out, ""]


def _whole(found: dict) -> list[str]:
    out = [
        "## A whole process to 98 %",
        "",
        "Seconds by the clock from start to end with warm caches, and right answers on the 10,000 test images.",
        "",
        "| | seconds | right |",
        "|---|---|---|",
    ]
    for name, each in found.items():
        row = f"{each['missing']} | " if "missing" in each else f"{each['seconds']} | {each['correct']:,}"
        out.append(f"| {name} | {row} |")
    return [*out, "", "Target: ≤ 3 s, at least 98 %.", ""]


def _chart(file: str, text: str) -> None:
    (DOCS / "pictures" / file).write_text(text, encoding="utf-8")
