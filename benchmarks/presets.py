"""The presets over seeds 0–4: accuracy on validation and test data, and the time that training took.

Runs that are among the results already, with the same settings and of the same machine, are not made again, so that it can
be stopped and goes on: `python benchmarks/presets.py [--only best] [--seeds 5]`. Each preset keeps the machine of its runs.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import chainrule as cr
from chainrule.cli.layers import options_of
from chainrule.cli.parsing import together
from chainrule.training.history import Epoch
from chainrule.training.settings import flat
from machine import line, machine

HERE = Path(__file__).parent
TARGETS = {"fast": 98.0, "sprint": 99.0, "best": 99.2, "conv": 99.6}
PURPOSES = {
    "fast": "98 % in the least time",
    "sprint": "99 % in the least time",
    "best": "the highest accuracy within five minutes on two cores, with dense layers",
    "conv": "the highest accuracy within five minutes on two cores",
}


def settings(name: str) -> dict:
    """What the preset says, as one types it."""
    preset = cr.PRESETS[name]
    typed = options_of(cr.Network(**preset.network, seed=0).architecture)
    said = flat({**preset.network, **preset.fit}) | typed | {"layers": together(typed["layers"]), "input": None}
    return {name: value for name, value in said.items() if value not in (None, "none", 0)}


def run(name: str, seed: int, images: int = 50_000) -> dict:
    """Train one preset, and score it once, at the end."""
    train, valid, test = cr.datasets.mnist()
    preset = cr.PRESETS[name]
    net = cr.Network(**preset.network, seed=seed)
    began = time.process_time()
    history = net.fit(train.images[:images], train.labels[:images], **preset.fit, callbacks=[shown])
    return {
        "seed": seed,
        "valid": net.evaluate(*valid).correct,
        "test": net.evaluate(*test).correct,
        "seconds": round(history.seconds, 2),
        "processor_seconds": round(time.process_time() - began, 2),
        "executor": history.executor,
    }


def shown(epoch: Epoch) -> None:
    """Say that an epoch is over."""
    print(f"  epoch {epoch.number}: {epoch.seconds:.2f} s, {epoch.train.accuracy:.2%} in training", flush=True)


def page(presets: dict) -> str:
    """The page of these figures."""
    parts = [
        "# Presets",
        "",
        "Made by `python benchmarks/presets.py`; do not edit by hand. 50,000 images are learned from; the settings were",
        "chosen on the 10,000 validation images only, and the test images are read once, at the end. Seconds are those of",
        "training, variation of the images included: by the clock, and of the processor, all cores together. They include",
        "compiling native loops where that was still to be done.",
        "",
        "| preset | seeds | test: mean (least–most) | validation: mean | target | seconds: median (least–most) "
        "| of the processor: median |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, kept in presets.items():
        runs = kept["runs"]
        test, valid = ([each[which] / 100 for each in runs] for which in ("test", "valid"))
        seconds, own = ([each[which] for each in runs] for which in ("seconds", "processor_seconds"))
        parts.append(
            f"| `chainrule train --preset {name}` | {len(runs)} "
            f"| **{statistics.mean(test):.2f} %** ({min(test):.2f}–{max(test):.2f}) "
            f"| {statistics.mean(valid):.2f} % | {TARGETS[name]} % "
            f"| {statistics.median(seconds):.1f} ({min(seconds):.1f}–{max(seconds):.1f}) | {statistics.median(own):.1f} |"
        )
    for name, kept in presets.items():
        told = ", ".join(f"{key} {value}" for key, value in kept["settings"].items())
        parts += [
            "",
            f"## `{name}`: {PURPOSES[name]}",
            "",
            f"{told}.",
            "",
            *_remark(kept["runs"]),
            "| seed | test | validation | seconds | of the processor | executor |",
            "|---|---|---|---|---|---|",
        ]
        parts += [
            f"| {each['seed']} | {each['test']:,} | {each['valid']:,} | {each['seconds']} | {each['processor_seconds']} "
            f"| {each['executor']} |"
            for each in kept["runs"]
        ]
        parts += ["", line(kept["machine"]) + "."]
    return "\n".join([*parts, ""])


def _remark(runs: list[dict]) -> list[str]:
    """What must be said of the seconds, if anything."""
    if all(each["seconds"] <= each["processor_seconds"] for each in runs):
        return []
    return [
        "Others used the machine, too: the clock ran longer than the processor worked, and alone it would have run less.",
        "",
    ]


def main() -> None:
    """Run what is missing, print it, and write the results after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="one seed of each but `best` on few images; nothing is written"
    )
    parser.add_argument("--only", choices=list(cr.PRESETS), help="run one preset, and keep the others' results")
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0")
    chosen = parser.parse_args()
    if chosen.quick:
        for name, images in (("fast", 10_000), ("sprint", 2_000), ("conv", 500)):
            print(name, json.dumps(run(name, 0, images)))
        return
    path = HERE / "results" / "presets.json"
    for name in [chosen.only] if chosen.only else list(cr.PRESETS):
        made = {"settings": settings(name), "machine": machine()}
        for seed in range(chosen.seeds):
            every = json.loads(path.read_text())  # anew each time, since another process may have written
            kept = every.get(name, {})
            runs = kept["runs"] if kept and kept == kept | made else []
            if seed not in [each["seed"] for each in runs]:
                runs = sorted([*runs, run(name, seed)], key=lambda each: each["seed"])
                print(name, runs, flush=True)
            every |= {name: made | {"runs": runs}}
            every = {each: every[each] for each in cr.PRESETS if each in every}
            path.write_text(json.dumps(every, indent=1) + "\n")
            (HERE.parent / "docs" / "presets.md").write_text(page(every), encoding="utf-8")


if __name__ == "__main__":
    main()
