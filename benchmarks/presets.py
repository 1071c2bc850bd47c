"""The presets over seeds 0–4: accuracy on validation and test data, and how long `chainrule train --preset` takes as a process.

Runs that are among the results already, with the same settings and of the same machine, are not made again, so that it can
be stopped and goes on: `python benchmarks/presets.py [--only best] [--seeds 5]`. Each preset keeps the machine of its runs.
"""

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path

import chainrule as cr
from chainrule.cli.layers import options_of
from chainrule.cli.parsing import together
from chainrule.run.loops import cache as loops
from chainrule.training.settings import flat
from machine import line, machine
from processes import arguments_of, in_words, median, run

HERE = Path(__file__).parent
TARGETS = {"fast": 98.0, "sprint": 99.0, "best": 99.2, "conv": 99.6}
PURPOSES = {
    "fast": "98 % in the least time",
    "sprint": "99 % in the least time",
    "best": "the highest accuracy in a few minutes on two cores, with dense layers",
    "conv": "the highest accuracy in a few minutes on two cores",
}


def settings(name: str) -> dict:
    """What the preset says, as one types it."""
    preset = cr.PRESETS[name]
    typed = options_of(cr.Network(**preset.network, seed=0).architecture)
    said = flat({**preset.network, **preset.fit}) | typed | {"layers": together(typed["layers"]), "input": None}
    return {name: value for name, value in said.items() if value not in (None, "none", 0)}


def line_of_preset(name: str) -> str:
    """The command line that is measured."""
    return f"chainrule train --preset {name}"


def measured(name: str, seed: int, images: int | None = None) -> dict:
    """Run the command of a preset with a seed, which scores the network once, at the end."""
    line = f"{line_of_preset(name)} --seed {seed} --output net.safetensors --json"
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(os.environ.get("CHAINRULE_CACHE") or loops.folder())
        done = run(arguments_of(line + (f" --train-size {images}" if images else "")), Path(folder), cache)
    told = json.loads(done.out)
    return {
        "seed": seed,
        "valid": told["epochs"][-1]["validation"]["correct"],
        "test": told["correct"],
        "training_seconds": round(told["seconds"], 2),
        "executor": told["executor"],
        **done.run,
    }


def page(presets: dict) -> str:
    """The page of these figures."""
    parts = [
        "# Presets",
        "",
        "Made by `python benchmarks/presets.py`; do not edit by hand. 50,000 images are learned from; the settings were",
        "chosen on the 10,000 validation images only, and the test images are read once, at the end. Seconds are those of",
        "the command as a process of its own, from its start to its end, with `--seed`, `--output` and `--json`: by the clock,",
        "and of the processor, all cores together. They include compiling native loops where that was still to be done.",
        "",
        "| preset | seeds | test: mean (least–most) | validation: mean | target | seconds: median (least–most) "
        "| of the processor, s: median |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, kept in presets.items():
        runs = kept["runs"]
        test, valid = ([each[which] / 100 for each in runs] for which in ("test", "valid"))
        timed = [each for each in runs if "seconds" in each]
        spent = (in_words(timed, "seconds"), f"{median(timed):.2f}") if timed else ("not measured", "not measured")
        parts.append(
            f"| `{kept['command']}` | {len(runs)} "
            f"| **{statistics.mean(test):.2f} %** ({min(test):.2f}–{max(test):.2f}) "
            f"| {statistics.mean(valid):.2f} % | {TARGETS[name]} % | {' | '.join(spent)} |"
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
            "| seed | test | validation | training alone, s | whole process, s | of the processor, s | executor |",
            "|---|---|---|---|---|---|---|",
        ]
        parts += [
            f"| {each['seed']} | {each['test']:,} | {each['valid']:,} | {each['training_seconds']} "
            f"| {each.get('seconds', '')} | {each.get('processor_seconds', '')} | {each['executor']} |"
            for each in kept["runs"]
        ]
        parts += ["", line(kept["machine"]) + "."]
    return "\n".join([*parts, ""])


def _remark(runs: list[dict]) -> list[str]:
    """What must be said of the seconds, if anything."""
    if all(each["seconds"] <= each["processor_seconds"] for each in runs if "seconds" in each):
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
            print(name, json.dumps(measured(name, 0, images)))
        return
    path = HERE / "results" / "presets.json"
    for name in [chosen.only] if chosen.only else list(cr.PRESETS):
        made = {"command": line_of_preset(name), "settings": settings(name), "machine": machine()}
        for seed in range(chosen.seeds):
            every = json.loads(path.read_text())  # anew each time, since another process may have written
            kept = every.get(name, {})
            runs = [each for each in kept["runs"] if "seconds" in each] if kept and kept == kept | made else []
            if seed not in [each["seed"] for each in runs]:
                runs = sorted([*runs, measured(name, seed)], key=lambda each: each["seed"])
                print(name, json.dumps(runs), flush=True)
            every |= {name: made | {"runs": runs}}
            every = {each: every[each] for each in cr.PRESETS if each in every}
            path.write_text(json.dumps(every, indent=1) + "\n")
            (HERE.parent / "docs" / "presets.md").write_text(page(every), encoding="utf-8")


if __name__ == "__main__":
    main()
