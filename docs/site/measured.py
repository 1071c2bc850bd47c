"""The figures on the page of comparisons, read out of the reports that benchmarks wrote, so that none is typed by hand.

`python docs/site/measured.py` writes them anew below each `<!-- measured: name -->`, as a table and a line with the versions.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1]
COMMANDS = {
    "coverage-autograd": "docs/autograd_suite.py",
    "benchmarks": "benchmarks/peers.py",
    "scale": "benchmarks/many.py",
}
"""What wrote a report, where it is not `benchmarks/` and the report's name."""

HEAD = {"en": ("", "there", "here", "measured by"), "zh": ("", "那里", "这里", "由谁测得")}
VERSION = {"en": "Measured with {} and chainrule {}.", "zh": "测量所用版本：{}，chainrule {}。"}


@dataclass(frozen=True)
class Figure:
    """A row of a table: what was measured, in English and Chinese, both results, the report that has them, and the command that
    wrote that part of it, where it is another than the report's."""

    told: tuple[str, str]
    there: str
    here: str
    report: str
    command: str = ""


@cache
def report(name: str) -> str:
    """A report."""
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def rows(name: str, *columns: str, below: str = "") -> list[dict[str, str]]:
    """The rows of a report's table, each cell by the head of its column.

    Args:
        name: The report.
        columns: Columns that the table has; it is the first that has all of them.
        below: The heading below which it stands, such as `"## A"`.

    Returns:
        Its rows. The first column is called `""`, another without a head `"after …"` by the one before it.
    """
    text = report(name)
    if below:
        text = re.split(rf"^{re.escape(below)}$", text, maxsplit=1, flags=re.M)[1]
    for table in re.findall(r"(?:^\|.*\|\n)+", text, re.M):
        head, _, *body = ([cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines())
        if {*columns} <= {*head}:
            names = ["", *(name or f"after {before}" for before, name in itertools.pairwise(head))]
            return [dict(zip(names, cells, strict=True)) for cells in body]
    raise LookupError(f"docs/{name}.md has no table with {columns}")


def row(name: str, first: str, *columns: str, below: str = "") -> dict[str, str]:
    """The row of a table whose first cell says this, bold or not."""
    return next(each for each in rows(name, *columns, below=below) if each[""].strip("*") == first)


def number(cell: str) -> float:
    """The number that a cell begins with."""
    found = re.match(r"\**([\d,.]+)", cell)
    assert found is not None, cell
    return float(found[1].replace(",", ""))


def found(name: str, pattern: str) -> str:
    """What a report says at a pattern's group, on however many lines."""
    match = re.search(pattern.replace(" ", r"\s+"), report(name))
    assert match is not None, f"docs/{name}.md does not say {pattern}"
    return match[1]


def span(numbers: list[float], unit: str = "") -> str:
    """The least and the largest, in three digits where they have a decimal point."""
    least, most = (f"{each:,.0f}" if each >= 100 else f"{each:.3g}" for each in (min(numbers), max(numbers)))
    return f"{least}–{most}{unit}"


def share(cell: str) -> str:
    """`300 of 307 (98 %)` as `300 / 307`."""
    return re.sub(r"(\d+) of (\d+).*", r"\1 / \2", cell)


# ---- what is told of each --------------------------------------------------------------------------------------------


def autograd() -> list[Figure]:
    """autograd: speed, and which programs run."""
    gradients = rows("derivatives", "autograd", "`grad`, first")
    times = rows("derivatives", "seen / autograd")
    later = sum(number(each["`grad`, first"]) > number(each["autograd"]) for each in gradients)
    programs = rows("programs", "real programs", "written in place")
    ours, theirs = programs[0], next(each for each in programs if each[""].startswith("autograd"))
    lifelines = row("programs", "`library_lifelines.py`", "autograd", below="## By origin")
    return [
        Figure(
            (f"one gradient of {len(times)} functions, traced anew at each call, from the second on: times as fast", f"{len(times)} 个函数求一次梯度，每次调用都重新跟踪，从第二次起：快多少倍"),
            "1", span([number(each["seen / autograd"]) for each in times]), "derivatives",
        ),
        Figure(
            ("the first call of a function: on how many of them it is the sooner one", "函数的第一次调用：在多少个函数上更快"),
            f"{later} / {len(gradients)}", f"{len(gradients) - later} / {len(gradients)}", "derivatives",
        ),
        Figure(
            ("the same gradients, compiled: times as fast", "同样的梯度，编译之后：快多少倍"),
            "1", span([number(each["`compile` / autograd"]) for each in times]), "derivatives",
        ),
        Figure(
            ("programs as people write them, right as they stand", "人们平常写的程序，照原样就求对导数的"),
            share(theirs["real programs"]), share(ours["real programs"]), "programs",
        ),
        Figure(
            ("those of them that call autograd themselves, of the library lifelines", "其中自己调用 autograd 的，取自 lifelines 库"),
            f"{lifelines['autograd']} / {lifelines['programs']}", f"{lifelines['as they stand']} / {lifelines['programs']}", "programs",
        ),
        Figure(
            ("programs that write to arrays", "改写数组的程序"),
            share(theirs["written in place"]), share(ours["written in place"]), "programs",
        ),
        Figure(
            ("autograd's own tests, of those that can be run", "autograd 自己的测试，能运行的那些"),
            "", found("coverage-autograd", r"\*\*(\d+ of \d+)\*\*").replace("of", "/"), "coverage-autograd",
        ),
    ]  # fmt: skip


def jax() -> list[Figure]:
    """JAX: compiled functions, long loops, training, programs, size."""
    times = rows("derivatives", "`compile` / JAX, jitted")
    first = rows(
        "derivatives",
        "native",
        "JAX, jitted",
        below="To trace, derive and compile, with NumPy, JAX and LLVM imported before:",
    )
    loops = rows("loops", "run / JAX's run")
    longest = [each for each in loops if each["operations"] == loops[-1]["operations"]]
    made = [
        sum(number(each[part]) for part in ("record, s", "find the loop, s", "derive, s", "compile, s"))
        for each in longest
    ]
    programs = rows("programs", "real programs", "written in place")
    return [
        Figure(
            (f"one gradient of {len(times)} functions, compiled: times as fast", f"{len(times)} 个函数求一次梯度，编译之后：快多少倍"),
            "1", span([number(each["`compile` / JAX, jitted"]) for each in times]), "derivatives",
        ),
        Figure(
            ("until they are compiled", "编译它们用的时间"),
            span([number(each["JAX, jitted"]) for each in first], " ms"), span([number(each["native"]) for each in first], " ms"), "derivatives",
        ),
        Figure(
            (f"a loop of {longest[0]['operations']} operations, until its gradient is compiled: {len(longest)} loops", f"{longest[0]['operations']} 个运算的循环，到梯度编译完为止：{len(longest)} 个循环"),
            span([number(each["JAX's first call, s"]) for each in longest], " s"), span(made, " s"), "loops",
        ),
        Figure(
            ("then, one gradient of it: times as long as there", "此后求一次梯度：所用时间是那里的多少倍"),
            "1", span([number(each["run / JAX's run"]) for each in longest]), "loops",
        ),
        *steps("JAX, jit of a scan"),
        Figure(
            ("a hundred networks `[784, 30, 10]` at once, one core: a step of each", "一次训练一百个 `[784, 30, 10]` 网络，单核：每个网络一步"),
            f"{row('scale', 'JAX, vmap, 1 thread', '[784, 30, 10]')['[784, 30, 10]'].partition(' ')[0]} µs",
            f"{row('scale', 'fit_many, 1 core', '[784, 30, 10]')['[784, 30, 10]'].partition(' ')[0]} µs", "scale",
        ),
        Figure(
            ("programs as people write them, right as they stand", "人们平常写的程序，照原样就求对导数的"),
            share(next(each for each in programs if each[""].startswith("JAX"))["real programs"]), share(programs[0]["real programs"]), "programs",
        ),
        size("JAX"),
    ]  # fmt: skip


def pytorch() -> list[Figure]:
    """PyTorch: training, convolutions, whole processes, scores, size."""
    convolutions = rows("convolution", "batch", "ms a step")
    sprint = {name: row("sprint", f"{name}, 2 threads", "seeds") for name in ("chainrule", "PyTorch")}
    seconds = "seconds: median (least–most)"
    lower = found("tasks", r"- beside PyTorch less on (.*?);\n- beside PyTorch, from")
    same = found("tasks", r"beside PyTorch, from the very numbers that it begins with, (.*?)\.")
    return [
        *steps("PyTorch, compiled step", "PyTorch, eager"),
        Figure(
            ("a step of two convolutional networks in batches of 10 and 128: times as fast", "两个卷积网络的一步，每批 10 个或 128 个样本：快多少倍"),
            "1", span([
                number(theirs["ms a step"]) / number(ours["ms a step"])
                for ours in convolutions for theirs in convolutions
                if (ours["after batch"], theirs["after batch"]) == ("chainrule, layers", "PyTorch, eager")
                and (ours[""], ours["batch"]) == (theirs[""], theirs["batch"])
            ]), "convolution",
        ),
        Figure(
            ("a Python program that learns to read 99 % of MNIST's test images, the whole process, two threads", "学会认对 99 % 的 MNIST 测试图像的 Python 程序，整个进程，两个线程"),
            f"{number(sprint['PyTorch'][seconds])} s", f"{number(sprint['chainrule'][seconds])} s", "sprint",
        ),
        Figure(
            ("a small GPT's step; there compiled, and eager", "小型 GPT 的一步；那里分别是编译和逐步执行"),
            f"{row('gpt', 'PyTorch, compiled', 'µs a step')['µs a step']} · {row('gpt', 'PyTorch, eager', 'µs a step')['µs a step']} µs", f"{row('gpt', 'chainrule, native', 'µs a step')['µs a step']} µs", "gpt",
        ),
        Figure(
            ("twelve tasks on tables, processor time: times as long as here", "十二个表格任务，处理器时间：是这里的多少倍"),
            found("tasks", r"PyTorch ([\d.]+ to [\d.]+) times as much").replace(" to ", "–"), "1", "tasks",
        ),
        Figure(
            ("those of them on which the score here is lower, by two standard errors", "其中这里成绩较低的，相差两个标准误以上"),
            "", f"{lower.count(';') + 1} / 12", "tasks",
        ),
        Figure(
            ("the same, from PyTorch's own first weights", "同上，但都从 PyTorch 的初始权重开始"),
            "", f"{0 if same == 'nowhere less' else same.count(';') + 1} / 12", "tasks",
        ),
        size("PyTorch"),
    ]  # fmt: skip


def scikit_learn() -> list[Figure]:
    """scikit-learn: tasks on tables, a step, size."""
    tasks = rows("tasks", "statements")
    statements = [[int(each) for each in row["statements"].split(" · ")] for row in tasks]
    lower = found("tasks", r"beside scikit-learn less on (.*?);\n- beside PyTorch")
    sooner = found("tasks", r"scikit-learn on (\d+) of 12")
    return [
        Figure(
            ("twelve tasks on tables, processor time from the second run on: times as long as here", "十二个表格任务，从第二次运行起的处理器时间：是这里的多少倍"),
            found("tasks", r"scikit-learn takes ([\d.]+ to [\d.]+) times as much").replace(" to ", "–"), "1", "tasks",
        ),
        Figure(
            ("those of them on which the very first run is the sooner one", "其中第一次运行更快的"),
            f"{sooner} / 12", f"{12 - int(sooner)} / 12", "tasks",
        ),
        Figure(
            ("those of them on which the score here is lower, by two standard errors", "其中这里成绩较低的，相差两个标准误以上"),
            "", f"{lower.count(';') + 1} / 12", "tasks",
        ),
        Figure(
            ("statements between raw arrays and answers", "从原始数组到回答的语句数"),
            span([float(each[1]) for each in statements]), span([float(each[0]) for each in statements]), "tasks",
        ),
        *steps("scikit-learn"),
        size("scikit-learn"),
    ]  # fmt: skip


def tangent() -> list[Figure]:
    """tangent-ad: which programs, how long, branches."""
    programs = rows("printed", "statements, chainrule")
    count = len(programs)
    taken = [each for each in programs if each["statements, tangent-ad"] != "–"]
    first = programs[0]
    there, here = (row("printed", name, "at 2", "at −1")["at −1"] for name in ("tangent-ad", "chainrule"))
    here = re.sub(r"refused by ", "", here)
    return [
        Figure(
            ("statements of the derivative of a network's cost, 784, 30, 10, as it is printed", "打印出来的导数有多少条语句：784、30、10 网络的代价"),
            first["statements, tangent-ad"], first["statements, chainrule"], "printed",
        ),
        Figure(
            ("that, and the gallery's twelve programs, which are chosen by us: taken", "加上示例里的十二个程序（由我们选定）：能接受的"),
            f"{len(taken)} / {count}", f"{count} / {count}", "printed",
        ),
        Figure(
            ("of these, right", "其中求对的"),
            f"{sum(each['after statements, tangent-ad'] == 'right' for each in taken)} / {len(taken)}", f"{sum(each['after statements, chainrule'] == 'right' for each in programs)} / {count}", "printed",
        ),
        Figure(
            ("the derivative of `x * x if x > 0 else -3 * x`, made at 2, called at −1", "在 2 处求得的 `x * x if x > 0 else -3 * x` 的导数，在 −1 处调用"),
            there, here, "printed",
        ),
    ]  # fmt: skip


def jax_js() -> list[Figure]:
    """jax-js: steps and a gradient, in Node."""
    told = (
        (
            "a step of `[784, 30, 10]`, ten examples; WebAssembly in Node, one thread",
            "`[784, 30, 10]` 的一步，十个样本；Node 里的 WebAssembly，单线程",
        ),
        ("a step of `[784, 512, 512, 10]`, 128 examples", "`[784, 512, 512, 10]` 的一步，128 个样本"),
        ("the gradient of Rosenbrock's function of 1,000 numbers", "1,000 个数的 Rosenbrock 函数求一次梯度"),
    )
    return in_javascript("jax-js", *told)


def playground() -> list[Figure]:
    """TensorFlow Playground: a step of what it begins with, in Node."""
    return in_javascript(
        "TensorFlow Playground",
        (
            "a step of `[2, 4, 2, 1]`, with which it begins, ten examples; in Node",
            "它一开始的网络 `[2, 4, 2, 1]` 的一步，十个样本；在 Node 里",
        ),
    )


def in_javascript(peer: str, *told: tuple[str, str]) -> list[Figure]:
    """What was measured beside a peer in JavaScript, in the order of the report."""
    beside = [each for each in rows("javascript", "beside", "µs here") if each["beside"] == peer]
    return [
        Figure(words, f"{each['µs there']} µs", f"{each['µs here']} µs", "javascript")
        for words, each in zip(told, beside, strict=True)
    ]


def steps(*contenders: str) -> list[Figure]:
    """A step of training beside some, of the smallest and the largest network."""
    told = {
        "A": ("a step of `[784, 30, 10]`, ten examples, one thread", "`[784, 30, 10]` 的一步，十个样本，单线程"),
        "C": (
            "a step of `[784, 512, 512, 10]`, 128 examples, one thread",
            "`[784, 512, 512, 10]` 的一步，128 个样本，单线程",
        ),
    }
    return [
        Figure(
            (f"{words[0]}; there compiled, and eager", f"{words[1]}；那里分别是编译和逐步执行") if len(contenders) > 1 else words,
            f"{' · '.join(row('benchmarks', each, 'µs a step', below=f'## {work}')['µs a step'] for each in contenders)} µs",
            f"{row('benchmarks', 'chainrule, native', 'µs a step', below=f'## {work}')['µs a step']} µs",
            "benchmarks",
        )
        for work, words in told.items()
    ]  # fmt: skip


def size(package: str) -> Figure:
    """How large an installation is."""
    there, here, native = (row("benchmarks", each, "MB")["MB"] for each in (package, "chainrule", "chainrule[native]"))
    return Figure(
        ("installed, with all that it needs; here without and with the compiler", "安装大小，包括所需的一切；这里分别是不带和带编译器"),
        f"{there} MB", f"{here} · {native} MB", "benchmarks", "benchmarks/sizes.py",
    )  # fmt: skip


PEERS = {
    "autograd": (autograd, "derivatives", r"(autograd [\d.]+),"),
    "JAX": (jax, "derivatives", r"(JAX [\d.]+),"),
    "PyTorch": (pytorch, "tasks", r"(PyTorch \d+\.\d+\.\d[\w+.]*\w)"),
    "scikit-learn": (scikit_learn, "tasks", r"(scikit-learn \d[\d.]+\d)"),
    "tangent-ad": (tangent, "printed", r"(tangent-ad [\d.]+\d)"),
    "jax-js": (jax_js, "javascript", r"(jax-js [\d.]+\d)"),
    "Playground": (playground, "javascript", r"(TensorFlow Playground \(commit \w+\))"),
}
"""What is told of each, and where its version stands."""


def table(peer: str, language: str) -> str:
    """What was measured beside a peer, as a table, with the versions."""
    figures, where, version = PEERS[peer]
    lines = [HEAD[language], ("---", "--:", "--:", "---")]
    for each in figures():
        command = each.command or COMMANDS.get(each.report, f"benchmarks/{each.report}.py")
        lines.append((each.told[language == "zh"], each.there, each.here, f"[`{command}`](../../{each.report}.md)"))
    told = VERSION[language].format(found(where, version), found(where, r"chainrule (\d[\w.]+\w)"))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + f"\n\n{told}"


def renewed(page: str, language: str) -> str:
    """The page of comparisons with today's figures.

    Args:
        page: It.
        language: `"en"` or `"zh"`.
    """
    told = re.compile(r"(<!-- measured: (\S+) -->\n)(?:(?:\|.*\n)+\n.+\n)?")
    return told.sub(lambda found: f"{found[1]}{table(found[2], language)}\n", page)


if __name__ == "__main__":
    for language in ("en", "zh"):
        page = Path(__file__).parent / language / "comparisons.md"
        page.write_text(renewed(page.read_text(encoding="utf-8"), language), encoding="utf-8")
