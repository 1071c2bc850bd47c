"""Modules of JavaScript as one script."""

import shutil
import subprocess

import pytest

from chainrule.core.errors import ProgramError
from chainrule.page.modules import joined


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node")
def test_each_module_runs_once_and_before_those_that_import_it():
    made = joined(
        {
            "main.js": 'import { one as first, Two } from "./a.js";\nimport * as b from "./b.js";\n'
            'await null;\nconsole.log(first(), new Two().two, b.three, typeof missing);',
            "a.js": 'import { three } from "./b.js";\nexport async function* none() {}\nexport function one() { return three; }\n'
            "export class Two { two = 2; }",
            "b.js": 'console.log("once");\nexport const three = 3;\nconst missing = 4;',
        },
        "main.js",
    )  # fmt: skip
    done = subprocess.run(["node", "-e", made], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["once", "3 2 3 undefined", ""]


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ({"a.js": 'import "./b.js";'}, "a.js imports b.js, which is not there."),
        ({"a.js": 'import "./b.js";', "b.js": 'import { a } from "./a.js";'}, "b.js imports a.js, which imports it."),
        ({"a.js": "export default 1;"}, "a.js has a form of import or export that is not known: export default 1;"),
        ({"a.js": 'import b from "./b.js";'}, "a.js has a form of import or export that is not known: import b from"),
        (
            {"a.js": 'import "./b.js"; f();', "b.js": ""},
            'a.js has a form of import or export that is not known: import "./b',
        ),
    ],
)
def test_what_cannot_be_joined_is_refused(sources, said):
    with pytest.raises(ProgramError) as refused:
        joined(sources, "a.js")
    assert str(refused.value).startswith(said)


def test_comments_stay_at_home_and_what_is_quoted_travels():
    source = """// What this is.
/** Says where. */
export const where = "http://a // b"; // not to be asked
  const kept = '//'; // it's in quotes
"""
    made = joined({"a.js": source}, "a.js")
    assert made.splitlines()[2:4] == ['const where = "http://a // b";', "const kept = '//'; // it's in quotes"]
    assert "What this is" not in made and "Says where" not in made
