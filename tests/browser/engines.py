"""What runs a script, an async function in JavaScript, on what it is given: Chromium, or Node."""

import json
import subprocess


def in_node(script, *given, flags=()):
    """What a script gives in Node, started with these flags."""
    told = f"({script})({', '.join(map(json.dumps, given))}).then((found) => console.log(JSON.stringify(found)))"
    done = subprocess.run(["node", *flags, "-"], input=told, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def in_page(page, script, *given):
    """What a script gives in a page."""
    return page.evaluate(f"(given) => ({script})(...given)", [*given])
