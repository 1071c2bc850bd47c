"""Pages of the site that follow from code: the gallery, the files of the core, the commands' help, what the article holds."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import alive
import drawing
import gallery
import shown

import chainrule as cr
from chainrule import core
from chainrule.cli import main
from chainrule.cli.arguments import Argument, Heading
from chainrule.cli.commands import COMMANDS
from chainrule.core.nouns import Program
from chainrule.data.shipped import shipped
from chainrule.gpt import page as gpt_page
from chainrule.page.modules import joined
from chainrule.show.language import Language, languages, own_name, say, tag_of
from chainrule.show.scripts import texts_in, translations

ROOT = Path(__file__).resolve().parents[2]
REPORTS = (
    "accuracy", "book", "handwriting", "defaults", "presets", "sprint", "waits", "diagnosis", "benchmarks", "tasks",
    "derivatives", "convolution", "gpt", "loops", "scale", "one_file", "javascript",
    "printed", "other_arguments", "coverage", "coverage-autograd", "programs", "visitors",
)  # fmt: skip
"""The pages of docs/ that benchmarks write."""

TWELVE_ZH = {
    "pendulum": ("龙格–库塔法求解的单摆", "两秒之后单摆的高度。"),
    "planets": ("行星", "几个天体相互吸引，用蛙跳法一步步推进：第一个天体到原点的距离平方，加上它的速度平方。"),
    "kalman": ("卡尔曼滤波", "粒子的速度会漂移，用卡尔曼滤波求一串测量值的对数似然。"),
    "hidden_markov": ("隐马尔可夫模型", "一串观测值的对数似然，对所有隐藏路径求和。"),
    "gaussian_process": ("高斯过程", "数据在高斯过程下的负对数似然，要做一次 Cholesky 分解。"),
    "light": ("光（FDTD）", "一束光脉冲在介质里前进，用时域有限差分法计算，看有多少光到达。"),
    "bundle": ("光束法平差", "相机拍到的点与预测位置之差的平方和，对相机的姿态和位置求导。"),
    "spline": ("三次样条", "过给定点的三次样条有多弯，对结点和取值求导。"),
    "garch": ("GARCH", "波动率随时间变化的收益序列，它的负对数似然。"),
    "softmax_regression": ("softmax 回归", "带权重衰减的 softmax 回归的平均交叉熵。"),
    "attention": ("注意力", "因果自注意力的输出与目标之差的均方。"),
    "harmonics": ("频域平滑", "信号在频域里平滑之后还有多粗糙，以及它因此移动了多少。"),
}
CORE_ZH = {
    "messages": "给人看的一句话，保留它的模板和其中的值。",
    "dims": "大小可以有名字；形状就是一组大小。",
    "symbols": "运算作用于符号和常量；符号有名字、形状和数的类型。",
    "template": "运算按模板书写；哪里要括号，由 Python 自己的语法决定。",
    "primitive": "一个运算只声明一次，形状、类型、导数、写法都在其中。",
    "structure": "参数和结果可以嵌套，用一棵树来描述。",
    "errors": "各种错误。",
    "nouns": "程序是一列方程；检查它是否每个名字只赋值一次、形状是否对得上。",
    "layout": "哪些方程单独成行，按什么顺序。",
    "python": "程序的 Python 文本，也就是实际运行的文本。",
    "location": "错误指出用户代码的那一行。",
    "traced": "被跟踪的数组代替真正的数组，并记住自己是怎么来的。",
    "hooks": "包的其余部分怎样参与跟踪。",
    "binding": "计算一个运算，同时把它记下来。",
    "operators": "NumPy 函数和 Python 运算符可以作用于被跟踪的数组。",
    "border": "记下的各项变成程序；程序也可以在这些项上重放。",
    "tracing": "用被跟踪的数组把函数运行一次，记录就成了它的程序。",
    "derivative": "误差按每个运算的规则，沿记录往回传。",
    "rewrite": "用规则改写程序，一次一个方程，直到没有规则可用。",
    "simplification": "让导数读得懂的那些规则。",
}
"""What each file of the core adds, in Chinese; in English, the package says it."""

WORDS: dict[str, tuple[str, str]] = {
    "program": ("The program", "程序"),
    "slopes": ("What moves its result", "什么在影响结果"),
    "slopes told": (
        "The derivative at the example's arguments: how much the result C grows for each number of an argument. "
        "Orange makes it larger, blue smaller.",
        "在示例参数处的导数：每个参数的每个数对结果 C 有多大影响。橙色使它变大，蓝色使它变小。",
    ),
    "alive": ("Move its arguments", "移动参数看看"),
    "alive told": (
        "The same program and its derivative as WebAssembly, computed on this page. Choose a number in a picture, then move it: "
        "the curve is the result C, its slope is the derivative by that number.",
        "同一个程序和它的导数，编译成 WebAssembly，就在这一页里计算。"
        "在图里选一个数，再移动它：曲线是结果 C，它的斜率就是对这个数的导数。",
    ),
    "alive numbers": (
        "The same program and its derivative as WebAssembly, computed on this page. Drag the handle below the curve: "
        "the curve is the result C, its slope is the derivative by the number that moves.",
        "同一个程序和它的导数，编译成 WebAssembly，就在这一页里计算。"
        "拖动曲线下方的圆钮：曲线是结果 C，它的斜率就是对这个数的导数。",
    ),
    "taught": (
        "Here it learns before your eyes, in your browser: each step is one name, its derivative and an update of all weights, "
        "computed by the program that chainrule derived, as WebAssembly. First weights, order and losses are those of "
        "`chainrule train --gpt`.",
        "它就在这一页上、在你的浏览器里学习：每一步读一个名字，求导，更新全部权重，"
        "用的是 chainrule 推导出的程序，编译成 WebAssembly。初始权重、学习的顺序和损失，与 `chainrule train --gpt` 相同。",
    ),
    "natively": ("The same, natively", "同样的训练，用机器码"),
    "derivative": ("Its derivative, as chainrule prints it", "chainrule 打印的导数"),
    "printed": ("What it prints", "运行结果"),
    "run": ("Run it: `python examples/{}.py`", "运行：`python examples/{}.py`"),
    "file": (
        "File {} of {}, in the order in which the core is read.",
        "按阅读顺序，这是内核的第 {} 个文件，共 {} 个。",
    ),
    "commands": ("Command line", "命令行"),
    "commands told": (
        "This is what `chainrule COMMAND --help` says. `--lang zh` says it in Chinese.",
        "以下内容与 `chainrule 命令 --help --lang zh` 相同。",
    ),
}


def words(which: str, language: str) -> str:
    """A text of these pages in a language."""
    return WORDS[which][language == "zh"]


def pages(language: str) -> dict[str, str]:
    """All such pages of a language, by their names; a name with an ending is that of a picture or a file."""
    return {
        **twelve(language), **examples(language), **files_of_the_core(language), **command_line(language),
    }  # fmt: skip


# ---- the gallery -----------------------------------------------------------------------------------------------------


def twelve(language: str) -> dict[str, str]:
    """The twelve programs of docs/gallery.md, each on a page with its picture."""
    found = {}
    for name in gallery.TITLES:
        function, _ = gallery.twelve().TWELVE[name]
        program, picture = _derived(name)
        title, told = TWELVE_ZH[name] if language == "zh" else (gallery.TITLES[name], inspect.getdoc(function) or "")
        found[f"gallery/{name}.svg"] = picture
        found[f"gallery/{name}"] = "\n\n".join(
            [
                f"# {title}",
                told,
                f"## {words('program', language)}",
                _fenced(inspect.getsource(function)),
                f"## {words('slopes', language)}",
                words("slopes told", language),
                f"![{words('slopes', language)}]({name}.svg)",
                *_moves(name, language),
                f"## {words('derivative', language)}",
                _colored(program),
            ]
        )
    return found


def _moves(name: str, language: str) -> list[str]:
    """The part of a page where its program is alive, or the sentence that says why nothing moves there."""
    if name in alive.STILL:
        return [alive.STILL[name][language == "zh"]]
    if name not in alive.ALIVE:
        return []
    told = words("alive told" if alive.has_pictures(name) else "alive numbers", language)
    hint = alive.ALIVE[name].told[language == "zh"]
    return [f"## {words('alive', language)}", told, hint, alive.markup(name)]


def _taught(language: str) -> list[str]:
    """What `gpt.js` shows: the small GPT, which learns on its page."""
    return [
        words("taught", language),
        '````{raw} html\n<link rel="stylesheet" href="../_static/gpt.css">\n<div class="cr"><div class="gpt"></div></div>\n'
        '<script src="../_static/gpt.js" defer></script>\n````',
        f"## {words('natively', language)}",
    ]


def live_files() -> dict[str, str]:
    """The scripts that let programs and the small GPT live on their pages, with their words, and their style sheets."""
    front = gpt_page.front()
    style = (Path(__file__).parent / "alive.css").read_text(encoding="utf-8")
    carried = gpt_page.carried()
    data = f"globalThis.carried = {json.dumps(carried, ensure_ascii=False)};\n"
    return {
        "live.js": _script("live.js"), "live.css": front["live.css"] + style,
        "gpt.js": data + _script("gpt.js", carried["worker"]), "gpt.css": front["gpt.css"],
    }  # fmt: skip


def _script(name: str, more: str = "") -> str:
    """A script of this folder with all that it imports, and the words of it and of another that runs beside it."""
    own = (Path(__file__).parent / name).read_text(encoding="utf-8")
    script = joined({**gpt_page.front(), "site.js": own}, "site.js")
    said = {english for _, english in texts_in(script + more)}
    known = {
        code: {
            "name": own_name(code),
            "tag": tag_of(code),
            "texts": {
                text: each for text, each in translations(code, "chainrule.page", "front").items() if text in said
            },
        }
        for code in languages()
    }
    return f"globalThis.words = {json.dumps(known, ensure_ascii=False)};\n" + script


@cache
def _derived(name: str) -> tuple[Program, str]:
    """The derivative of one of the twelve, and its picture."""
    function, arguments = gallery.twelve().TWELVE[name]
    slopes = cr.grad(function, range(len(arguments)))(*arguments)
    picture = drawing.sensitivities(dict(zip(inspect.signature(function).parameters, slopes, strict=True)))
    return cr.derive(function, arguments), picture


def examples(language: str) -> dict[str, str]:
    """The programs of examples/, each with its picture, what it prints, and a derivative that it uses."""
    found = {}
    for name, page in shown.SHOWN.items():
        module = page.module or name
        source = (ROOT / "examples" / f"{module}.py").read_text(encoding="utf-8")
        if page.parts:
            source = "\n\n".join(inspect.getsource(getattr(shown.example(module), each)) for each in page.parts)
        told = page.told[language == "zh"]
        picture, derivative = _looks(name)
        found[f"gallery/{name}.svg"] = picture
        found[f"gallery/{name}"] = "\n\n".join(
            [
                f"# {page.titles[language == 'zh']}",
                *(_taught(language) if name == "example-gpt" else []),
                f"![{told}]({name}.svg)",
                told,
                *_moves(name, language),
                f"## {words('program', language)}",
                words("run", language).format(module),
                _fenced(source),
                f"## {words('printed', language)}",
                _fenced(_section(_printed(module), name) if page.parts else _printed(module), "text"),
                *([f"## {words('derivative', language)}", _colored(derivative)] if derivative else []),
            ]
        )
    return found


def _section(printed: str, name: str) -> str:
    """The part of what three_fits prints that is of one of the three: from its title to that of the next."""
    sections = re.split(r"^(?=a line  |a sine  |the digits  |The same)", printed, flags=re.M)
    return sections[1 + ("line", "curve", "digits").index(name)]


@cache
def _looks(name: str) -> tuple[str, Program | None]:
    """The picture of an example's page, and its derivative."""
    page = shown.SHOWN[name]
    module = shown.example(page.module or name)
    return page.picture(module), page.derived(module) if page.derived else None


@cache
def _printed(example: str) -> str:
    """What an example prints."""
    done = subprocess.run(
        [sys.executable, f"examples/{example}.py"], cwd=ROOT, capture_output=True, check=True, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1", "COLUMNS": "80"},
    )  # fmt: skip
    return done.stdout


def _fenced(text: str, language: str = "python") -> str:
    return f"````{language}\n{text.strip()}\n````"


def _colored(program: Program) -> str:
    """A program as a notebook shows it, each kind of symbol in its color, without the style that each cell would have."""
    html = re.sub(r"<style>.*?</style>", "", program._repr_html_(), flags=re.S)
    return f"````{{raw}} html\n{html}\n````"


# ---- the core and the commands ---------------------------------------------------------------------------------------


def core_order() -> list[tuple[str, str]]:
    """The files of the core in the order in which they are read, each with what it adds."""
    return re.findall(r"- `(\w+)\.py`: (.*)", core.__doc__ or "")


def files_of_the_core(language: str) -> dict[str, str]:
    """Each file of the core on a page, included from the package."""
    order = core_order()
    folder = Path(core.__file__).parent
    pages = {
        f"core/{name}": "\n\n".join(
            [
                f"# {name}.py",
                words("file", language).format(number, len(order)),
                _fenced((folder / f"{name}.py").read_text(encoding="utf-8")),
            ]
        )
        for number, (name, _) in enumerate(order, 1)
    }
    listed = "\n".join(
        f"{number}. [{name}.py]({name}.md): {CORE_ZH[name] if language == 'zh' else told}"
        for number, (name, told) in enumerate(order, 1)
    )
    contents = "```{toctree}\n:hidden:\n\n" + "\n".join(name for name, _ in order) + "\n```"
    told = (Path(__file__).parent / language / "core" / "index.md").read_text(encoding="utf-8")
    return pages | {"core/index": told.replace("<!-- files -->", f"{listed}\n\n{contents}")}


def command_line(language: str) -> dict[str, str]:
    """The help of all commands."""
    spoken: Language = "zh" if language == "zh" else "en"
    parts = [f"# {words('commands', language)}", words("commands told", language)]
    for command in COMMANDS.values():
        parts += [f"## {command.name}", say(spoken, command.purpose), _fenced(command.usage, "text")]
        rows: list[str] = []
        for each in command.listed:
            if isinstance(each, Heading):
                parts += [*_table(rows), f"### {say(spoken, each.words)}"]
                rows = []
            else:
                rows.append(f"| `{_typed(each)}` | {say(spoken, each.words)} |")
        parts += _table(rows)
        parts.append(_fenced("\n".join(f"{typed}    # {say(spoken, told)}" for typed, told in command.examples), "sh"))
    return {"reference/command-line": "\n\n".join(parts)}


def _table(rows: list[str]) -> list[str]:
    return ["\n".join(["| | |", "|---|---|", *rows])] if rows else []


def _typed(argument: Argument) -> str:
    return f"{', '.join(argument.flags)} {argument.shown}".strip() if argument.flags else argument.name


def documents(folder: Path, language: str) -> None:
    """Write the files that the page of the article holds: a digit explained, and the book's network as a page that runs.

    Args:
        folder: Where to.
        language: `"en"` or `"zh"`.
    """
    if main(["explain", "--mistake", "1", "--html", str(folder / "digit.html"), "--lang", language]):
        raise RuntimeError("chainrule explain failed")
    cr.load(shipped("book")).export(folder / "live.html", training=1000)
