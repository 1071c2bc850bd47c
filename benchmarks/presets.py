"""The presets over seeds 0–4: accuracy on validation and test data, and the time that training took."""

import argparse
import json
import statistics
from pathlib import Path

import chainrule as cr
from machine import line, machine

HERE = Path(__file__).parent
TARGETS = {"fast": 98.0, "best": 99.2}


def run(name: str, seed: int, images: int = 50_000) -> dict:
    """Train one preset, and score it once, at the end."""
    train, valid, test = cr.datasets.mnist()
    preset = cr.PRESETS[name]
    net = cr.Network(**preset.network, seed=seed)
    history = net.fit(train.images[:images], train.labels[:images], **preset.fit)
    return {
        "seed": seed,
        "valid": net.evaluate(*valid).correct,
        "test": net.evaluate(*test).correct,
        "seconds": round(history.seconds, 2),
    }


def page(result: dict) -> str:
    """The page of these figures."""
    parts = [
        "# Presets",
        "",
        "Made by `python benchmarks/presets.py`; do not edit by hand. 50,000 images are learnt from; the settings were",
        "chosen on the validation images only, and the test images are read once, at the end. Seconds are those of",
        "training, on the processor named below, which other programs used too.",
        "",
        "| preset | test: mean (least–most) | validation: mean | target | seconds: median (least–most) |",
        "|---|---|---|---|---|",
    ]
    for name, runs in result["presets"].items():
        test, valid = ([each[which] / 100 for each in runs] for which in ("test", "valid"))
        seconds = [each["seconds"] for each in runs]
        parts.append(
            f"| `chainrule train --preset {name}` | **{statistics.mean(test):.2f} %** ({min(test):.2f}–{max(test):.2f}) "
            f"| {statistics.mean(valid):.2f} % | {TARGETS[name]} % "
            f"| {statistics.median(seconds):.1f} ({min(seconds):.1f}–{max(seconds):.1f}) |"
        )
    for name, runs in result["presets"].items():
        preset = cr.PRESETS[name]
        settings = ", ".join(f"{key} {value}" for key, value in {**preset.network, **preset.fit}.items())
        parts += [
            "",
            f"## `{name}`",
            "",
            f"{settings}.",
            "",
            "| seed | test | validation | seconds |",
            "|---|---|---|---|",
        ]
        parts += [f"| {each['seed']} | {each['test']:,} | {each['valid']:,} | {each['seconds']} |" for each in runs]
    return "\n".join([*parts, "", line(result["machine"]) + ".", ""])


def main() -> None:
    """Run the presets, print them, and write the results after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed of `fast` on few images; nothing is written")
    parser.add_argument("--only", choices=list(cr.PRESETS), help="run one preset, and keep the other's results")
    chosen = parser.parse_args()
    if chosen.quick:
        print(json.dumps(run("fast", 0, 10_000)))
        return
    path = HERE / "results" / "presets.json"
    known = json.loads(path.read_text())["presets"] if path.exists() else {}
    for name in [chosen.only] if chosen.only else list(cr.PRESETS):
        known[name] = []
        for seed in range(5):
            known[name].append(run(name, seed))
            print(name, known[name][-1], flush=True)
        result = {"machine": machine(), "presets": {each: known[each] for each in cr.PRESETS if each in known}}
        path.write_text(json.dumps(result, indent=1) + "\n")
        (HERE.parent / "docs" / "presets.md").write_text(page(result), encoding="utf-8")


if __name__ == "__main__":
    main()
