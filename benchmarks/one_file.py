"""The page of one file in Chromium: its size, how soon it is there and answers, and an epoch beside a native one.

Writes `results/one_file.json` and `docs/one_file.md`. It takes `pip install -e ".[browser]"` and Chromium.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

import chainrule as cr
from chainrule.data.shipped import shipped
from machine import line, machine

HERE = Path(__file__).parent
EPOCHS = 4
NATIVE = """
import sys
import chainrule as cr
train = cr.datasets.mnist()[0]
images, labels = (each[: int(sys.argv[1])] for each in train)
net = cr.Network([784, 30, 10], seed=1)
told = net.fit(images, labels, epochs=int(sys.argv[2]), batch_size=10, learning_rate=3.0, executor="native")
print(min(each.seconds for each in told.epochs))
"""
LOOKS = """async () => {
  const { host } = chainrule, took = [];
  for (let i = 0; i < 300; i++) {
    const x = host.digits.image(i % 200), began = performance.now();
    await host.look(x, host.digits.label(i % 200));
    took.push(performance.now() - began);
  }
  return took.slice(100);
}"""
TRAIN = """async (epochs) => {
  const told = [];
  const settings = { eta: 3, epochs, batch: 10, seed: 1, fresh: true };
  await chainrule.host.train(settings, ({ epoch, seconds }) => { if (epoch) told.push(seconds); });
  return Math.min(...told);
}"""
TASKS = """() => {
  globalThis.tasks = [];
  const seen = (list) => tasks.push(...list.getEntries().map(({ duration }) => duration));
  new PerformanceObserver(seen).observe({ type: "longtask", buffered: true });
}"""


def opened(browser: Browser, path: Path) -> Page:
    """A tab with the page, once it is ready."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]")
    return page


def starts(browser: Browser, path: Path, times: int) -> tuple[float, float]:
    """Milliseconds until something is seen, and until it computes; the medians."""
    painted, ready = [], []
    for _ in range(times):
        page = opened(browser, path)
        ready.append(page.evaluate("performance.now()"))
        painted.append(page.evaluate("performance.getEntriesByType('paint')[0].startTime"))
        page.close()
    return statistics.median(painted), statistics.median(ready)


def native(examples: int) -> float:
    """Seconds of the fastest epoch on one thread, with vectors of 128 bits, as WebAssembly has them."""
    env = {**os.environ, "CHAINRULE_NATIVE_CPU": "sse4.2", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", NATIVE, str(examples), str(EPOCHS)]
    return float(subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout)


def measured(browser: Browser, folder: Path, quick: bool) -> dict[str, Any]:
    """All figures."""
    net, small, large, all_ = cr.load(shipped("book")), folder / "s.html", folder / "l.html", folder / "a.html"
    examples, rounds = (1000, 1) if quick else (50_000, 5)
    found: dict[str, Any] = {"bytes": net.export(small).size, "bytes_5000": net.export(large, training=5000).size}
    net.export(all_, training=examples)
    found["painted"], found["ready"] = starts(browser, small, rounds)
    page = opened(browser, all_)
    page.evaluate(TASKS)
    looks = page.evaluate(LOOKS)
    found["look"], found["look_worst"] = statistics.median(looks), max(looks)
    pairs = [(page.evaluate(TRAIN, EPOCHS), native(examples)) for _ in range(rounds)]  # one after the other
    found["examples"], (found["browser"], found["native"]) = examples, map(min, zip(*pairs, strict=True))
    found["longest_task"] = max(page.evaluate("tasks"), default=0)
    return found


def document(found: dict[str, Any]) -> str:
    """The page of the figures."""
    rows = {
        "the file, with 200 test digits": f"{found['bytes'] / 1e3:,.0f} kB",
        "the file, with 5,000 digits to learn from, too": f"{found['bytes_5000'] / 1e6:.2f} MB",
        "until something is seen (median)": f"{found['painted']:.0f} ms",
        "until it computes (median)": f"{found['ready']:.0f} ms",
        "a look at a digit: all z, a, σ′, δ and gradients (median)": f"{found['look']:.1f} ms",
        "the slowest of 200 looks": f"{found['look_worst']:.1f} ms",
        f"an epoch on {found['examples']:,} digits, batches of 10, in the browser": f"{found['browser']:.3f} s",
        "the same natively, one thread, vectors of 128 bits as in WebAssembly": f"{found['native']:.3f} s",
        "browser ÷ native": f"{found['browser'] / found['native']:.2f}",
        "the longest task of the page's own thread meanwhile, if above 50 ms": f"{found['longest_task']:.0f} ms",
    }
    lines = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
    return f"""# The page of one file

Made by `python benchmarks/one_file.py`; do not edit by hand. The book's network, 784, 30, 10, as `net.export("page.html")`
writes it, opened from disk in Chromium {found["chromium"]}. Epochs alternate with native ones in one run; the fastest of each
counts.

| | |
|---|---|
{lines}

{line(found["machine"])}
"""


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once, on few digits; nothing is written")
    quick = parser.parse_args().quick
    chromium = os.environ.get("CHAINRULE_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        found = measured(browser, Path(folder), quick) | {"chromium": browser.version, "machine": machine()}
        browser.close()
    print(document(found))
    if not quick:
        (HERE / "results" / "one_file.json").write_text(json.dumps(found, indent=1) + "\n")
        (HERE.parent / "docs" / "one_file.md").write_text(document(found), encoding="utf-8")


if __name__ == "__main__":
    main()
