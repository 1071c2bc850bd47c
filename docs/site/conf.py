"""Sphinx's settings for both languages. `build.py` calls it once for each, with `-D language=en` or `zh_CN`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.search.en import SearchEnglish

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from chainrule.version import __version__

project = "chainrule"
author = "The chainrule authors"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
html_theme = "theme"
html_theme_path = ["."]
html_static_path: list[str] = []
html_copy_source = False
html_show_search_summary = False  # browsers do not let a page read others from the disk
html_use_index = False
html_domain_indices = False
default_role = "code"  # `x` in a docstring is code
locale_dirs = [str(Path(__file__).parent / "locale")]
gettext_compact = "reference"
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # a report may begin with any heading
napoleon_use_rtype = False
napoleon_preprocess_types = False
autodoc_member_order = "bysource"
autodoc_typehints = (
    "none"  # docstrings say what arguments are, with shapes; annotations are in the source, one click away
)
autodoc_preserve_defaults = True
maximum_signature_line_length = 100
viewcode_line_numbers = False

_BREAK = re.compile(
    r"(?<=[\u3000-\u9fff\uff00-\uffef“”…])\n(?=[\u3000-\u9fff\uff00-\uffef“”…])"
)  # between Chinese characters

WORDS = {
    "en": {"html": "en", "folder": "en", "name": "English", "skip": "Skip to the page",
           "search": "Search", "contents": "Contents"},
    "zh_CN": {"html": "zh-Hans", "folder": "zh", "name": "简体中文", "skip": "跳到正文",
              "search": "搜索", "contents": "目录"},
}  # fmt: skip


class ChineseSearch(SearchEnglish):
    """Search that finds Chinese by pairs of characters, so that no dictionary of words is needed."""

    lang = "zh"
    language_name = "English"  # whose stemmer takes the words in other letters
    js_splitter_code = r"""
var splitQuery = (query) => [...query.matchAll(/[\u4e00-\u9fff]+|[\p{L}\p{N}_]+/gu)].flatMap(([word]) =>
  /[\u4e00-\u9fff]/.test(word) && word.length > 2 ? [...Array(word.length - 1).keys()].map((i) => word.slice(i, i + 2)) : [word]);
"""

    def split(self, input: str) -> list[str]:
        """Its words: pairs of neighboring Chinese characters, and words in other letters."""
        words = re.findall(r"[\u4e00-\u9fff]+|[^\W\u4e00-\u9fff]+", input)
        chinese = [each for each in words if "\u4e00" <= each[0] <= "\u9fff"]
        pairs = [each[at : at + 2] for each in chinese for at in range(max(1, len(each) - 1))]
        return pairs + [each for each in words if each not in chinese]


def _words(app: Sphinx, config: Config) -> None:
    other = next(each for each in WORDS if each != config.language)
    config.html_context |= {"words": WORDS[config.language], "other": WORDS[other], "no_translation": ("search",)}  # type: ignore[operator]


def _printed(app: Sphinx, tree: nodes.document) -> None:
    """Output is set apart from the code above it, and lines of Chinese are joined without the space of a line's end."""
    for mark in tree.findall(nodes.raw):
        if mark.astext().strip() == "<!-- prints -->":
            mark.next_node(nodes.literal_block, descend=False, siblings=True, ascend=False)["classes"].append("printed")
    for text in [*tree.findall(nodes.Text)] if app.config.language == "zh_CN" else []:
        if not isinstance(text.parent, nodes.FixedTextElement) and _BREAK.search(text):
            text.parent.replace(text, nodes.Text(_BREAK.sub("", text)))


def _as_lines(found: re.Match[str]) -> str:
    lines = found[1].replace("<dd>", '<span class="argument">').replace("</dd>", "</span>")
    return f'<span class="arguments">{lines}</span>'


def _without_empty_headers(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object) -> None:
    """A cell without words heads nothing: it becomes one of the others, and a row of such cells goes. The arguments of a long
    signature are no list of definitions."""
    body = re.sub(r'<th class="head[^"]*"><p></p></th>', "<td></td>", context.get("body", ""))
    body = re.sub(r"<dl>\n(<dd><em class=\"sig-param\">.*?)</dl>", _as_lines, body, flags=re.S)
    context["body"] = re.sub(r"<thead>\s*<tr[^>]*>(\s*<td></td>)+\s*</tr>\s*</thead>", "", body)


def _way_back(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object) -> None:
    """From a source back to the reference: Sphinx takes all names of a module for names of the package once one of them is."""
    if page.startswith("_modules/"):
        known = app.env.domains["py"].data["objects"]

        def place(found: re.Match[str]) -> str:
            parts = found[2].split(".")
            ends = (".".join(["", *parts[n:]]) for n in range(1, len(parts)))
            named = (each for end in ends for each in known if each.endswith(end))
            return found[1] + known[found[2] if found[2] in known else next(named)].node_id

        context["body"] = re.sub(r'(class="viewcode-back" href="[^"#]*#)([^"]+)', place, context["body"])


def setup(app: Sphinx) -> dict[str, Any]:
    """What Sphinx calls."""
    app.add_search_language(ChineseSearch)
    app.connect("config-inited", _words)
    app.connect("doctree-read", _printed)
    app.connect("html-page-context", _without_empty_headers)
    app.connect("html-page-context", _way_back)
    app.add_js_file("site.js")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
