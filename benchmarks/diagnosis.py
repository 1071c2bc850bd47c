"""Diagnoses of runs whose state of health is known: causes named, causes named falsely, and remedies that were tried.

`python benchmarks/diagnosis.py [--half development|held-out] [--case NAME]`; `--verify` measures instead that the sick runs
are sick and the healthy ones healthy, and `--quick` diagnoses one of each. scikit-learn must be there for its tables.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import argparse
import contextlib
import inspect
import json
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.training.loop import DivergenceError
from chainrule.training.settings import flat, grouped
from diagnosis_cases import development, held_out
from diagnosis_cases.case import CAUSES, Case
from diagnosis_cases.data import Data
from machine import line, machine

HERE = Path(__file__).parent
HALVES: Mapping[str, tuple[Case, ...]] = {"development": development.CASES, "held-out": held_out.CASES}

SYMPTOM = "symptom"
"""Of a finding that says what is seen and no cause: it names nothing, and is false on a healthy run only."""

MEANT: Mapping[str, tuple[str, ...]] = {
    "rows-alike": ("constant inputs",),
    "constant-inputs": ("constant inputs",),
    "units": ("inputs in different units",),
    "offset-inputs": ("inputs offset",),
    "faint-inputs": ("inputs faint",),
    "far-inputs": ("inputs unscaled",),
    "out-of-reach": ("cost and output do not fit",),
    "unscaled-targets": ("targets unscaled",),
    "shuffled": ("labels shuffled",),
    "label-noise": ("label noise",),
    "leakage": ("leakage",),
    "duplicates": ("duplicates",),
    "unbalanced": ("unbalanced",),
    "symmetric": ("symmetry",),
    "dead-from-start": ("dead neurons",),
    "dead": ("dead neurons",),
    "saturated": ("saturated",),
    "exploding": ("exploding",),
    "vanishing": ("vanishing",),
    "misfit": ("cost and output do not fit",),
    "regularized": ("too much regularization",),
    "rate-too-large": ("rate too high",),
    "rate-too-small": ("rate too low",),
    "too-few-steps": ("too few steps",),
    "too-small": ("network too small",),
    "lost-flat": ("saturated",),
    "by-heart": ("overfit",),
    "by-heart-numbers": ("overfit",),
    "learns-nothing": (SYMPTOM,),
}
"""The causes that a finding names, in the words of the cases. A new finding is entered here."""

REAL = 0.01, 0.10
"""A score is better by a real margin where it rises by one point, and by a tenth of what is left to 1."""

HEALTHY = 0.03, 0.25
"""A run is healthy where nothing of the grid has a score better by three points and by a quarter of what is left to 1."""

OF_NETWORK = frozenset(inspect.signature(cr.Network).parameters)
FIT = flat({key: each.default for key, each in inspect.signature(cr.Network.fit).parameters.items()})
OF_FIT = frozenset(FIT)


class Run:
    """A case, trained: the network, its history where it did not diverge, and its score on data that is honest."""

    def __init__(self, case: Case, data: Data, changes: Mapping[str, Any] | None = None):
        changes = dict(changes or {})
        unknown = set(changes) - OF_NETWORK - OF_FIT
        if unknown:
            raise ValueError(f"A remedy changes {', '.join(sorted(unknown))}, which neither Network nor fit has.")
        network = {**case.network, **{key: value for key, value in changes.items() if key in OF_NETWORK}}
        fit = {"executor": "numpy", **case.fit, **{key: value for key, value in changes.items() if key in OF_FIT}}
        scale = {} if data.inputs.dtype == np.uint8 else {"scale": "none"}  # so that what is wrong with the data shows
        self.data, self.net, self.history = data, cr.Network(**{**scale, **network}), None
        if case.begin is not None and "initializer" not in changes:
            case.begin(self.net)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with contextlib.suppress(DivergenceError):  # it has its last good weights, which are diagnosed
                self.history = self.net.fit(
                    data.inputs, data.labels, validation=(data.held, data.held_labels), **grouped(fit)
                )
            self.validation = score(self.net, data.held, data.held_labels)
            self.score = score(self.net, *data.truth)
            self.cost = self.net.evaluate(*data.truth).cost

    def findings(self) -> tuple[Any, ...]:
        """What `diagnose` says of it, asked as a user asks."""
        data = self.data
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.net.diagnose(
                data.inputs, data.labels, history=self.history, validation=(data.held, data.held_labels)
            )


def score(net: cr.Network, inputs: Any, labels: Any) -> float:
    """The share that is read right, the mean over the classes; of a regression R², not below −1."""
    if labels.dtype.kind == "f":
        return max(-1.0, float(net.score(inputs, labels)))
    right = net.predict(inputs) == labels
    return float(np.mean([right[labels == label].mean() for label in np.unique(labels)]))


def better(before: float, after: float, margin: tuple[float, float] = REAL) -> bool:
    """Whether a score is better by a real margin."""
    return after - before >= max(margin[0], margin[1] * (1 - before))


def helps(before: Run, after: Run) -> bool:
    """Whether a remedy helped: a better score, or a cost lower by a tenth with a score that is no worse."""
    same = before.net.architecture.cost == after.net.architecture.cost
    lower = same and after.cost <= 0.9 * before.cost and after.score >= before.score
    return better(before.score, after.score) or lower


def already(case: Case, remedy: Mapping[str, Any]) -> bool:
    """Whether a remedy is what was run."""
    network = {key: each.default for key, each in inspect.signature(cr.Network).parameters.items()}
    was = network | FIT | {**case.network, **case.fit}
    return all(was.get(key) == value for key, value in remedy.items())


def tried(case: Case, run: Run, remedy: Mapping[str, Any]) -> str:
    """What became of a remedy: helped, did not, the same (as was run), refused, or untried (no settings)."""
    if not remedy:
        return "untried"
    if already(case, remedy):
        return "the same"
    try:
        return "helped" if helps(run, Run(case, run.data, remedy)) else "did not"
    except cr.ChainruleError:
        return "refused"


def diagnosed(case: Case) -> dict[str, Any]:
    """A case trained and diagnosed, each finding judged, and the remedies of a sick run tried."""
    began = time.process_time()
    run = Run(case, case.data())
    found = []
    for finding in run.findings():
        words = set(MEANT[finding.name])
        judged = (
            "named"
            if words & case.causes
            else "beside"
            if case.sick and (words & case.tolerated or SYMPTOM in words)
            else "false"
        )
        remedy = dict(finding.remedy)
        became = tried(case, run, remedy) if case.sick else "untried"
        found.append({"name": finding.name, "judged": judged, "remedy": remedy, "became": became})
    return {
        "name": case.name,
        "kind": case.kind,
        "sick": case.sick,
        "causes": sorted(case.causes),
        "score": round(run.score, 4),
        "diverged": run.history is None,
        "found": found,
        "seconds": round(time.process_time() - began, 2),
    }


# ---- verified --------------------------------------------------------------------------------------------------------


def verified(case: Case) -> dict[str, Any]:
    """What is measured of a case's state of health, and whether it is as the case says."""
    data = case.data()
    run = Run(case, data)
    if case.sick:
        untrue = data.honest is not None and not case.cure and case.cured is None
        if untrue:  # nothing is wrong but what the validation data says
            return {"score": run.score, "changed": run.validation, "holds": better(run.score, run.validation)}
        after = Run(case, (case.cured or case.data)(), case.cure)
        return {"score": run.score, "changed": after.score, "holds": better(run.score, after.score)}
    rate, epochs = case.fit["learning_rate"], case.fit["epochs"]
    grid = [{"learning_rate": rate / 3}, {"learning_rate": rate * 3}, {"epochs": 2 * epochs}, {"l2": 1.0}]
    grid += [{"augment": "light"}] if case.network["layers"][0] == 784 else []
    scores = [Run(case, data, change).score for change in grid]
    best = max(scores)
    return {"score": run.score, "changed": best, "holds": not better(run.score, best, HEALTHY)}


def verify(cases: Iterable[tuple[str, Case]]) -> dict[str, Any]:
    """Measure all cases, print each, and return the measures by name."""
    measures = {}
    for half, case in cases:
        measure = {key: round(each, 4) if isinstance(each, float) else each for key, each in verified(case).items()}
        measures[case.name] = {"half": half, "sick": case.sick, **measure}
        mark = "" if measure["holds"] else "   <-- does not hold"
        print(f"{half[:4]} {case.name:58} {measure['score']:7.3f} {measure['changed']:7.3f}{mark}", flush=True)
    print(f"{sum(each['holds'] for each in measures.values())} of {len(measures)} hold")
    return measures


# ---- counted ---------------------------------------------------------------------------------------------------------


def counts(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of some cases: sick and healthy apart; a kind is named where most of its cases are."""
    sick, well = [each for each in rows if each["sick"]], [each for each in rows if not each["sick"]]

    def some(of: list[dict[str, Any]], judged: str) -> int:
        return sum(any(found["judged"] == judged for found in each["found"]) for each in of)

    kinds = dict.fromkeys(each["kind"] for each in sick)
    shares = [some(own, "named") / len(own) for own in ([e for e in sick if e["kind"] == kind] for kind in kinds)]
    became = Counter(found["became"] for each in sick for found in each["found"])
    return {
        "sick": len(sick),
        "named": some(sick, "named"),
        "false_on_sick": some(sick, "false"),
        "nothing_found": sum(not each["found"] for each in sick),
        "kinds": len(kinds),
        "kinds_named": sum(share > 0.5 for share in shares),
        "healthy": len(well),
        "false_on_healthy": some(well, "false"),
        "remedies": dict(sorted(became.items())),
    }


def told(figures: Mapping[str, Any]) -> str:
    """Figures as one row of a table."""
    became = figures["remedies"]
    settled = sum(count for how, count in became.items() if how != "untried")

    def share(part: int, of: int) -> str:
        return f"{part} of {of} ({part / of:.0%})" if of else "–"

    return (
        f"| {share(figures['named'], figures['sick'])} | {share(figures['kinds_named'], figures['kinds'])} "
        f"| {figures['false_on_sick']} | {figures['nothing_found']} "
        f"| {share(figures['false_on_healthy'], figures['healthy'])} | {share(became.get('helped', 0), settled)} "
        f"| {became.get('the same', 0)} | {became.get('refused', 0)} | {became.get('untried', 0)} |"
    )


HEAD = (
    "| named: runs | named: kinds (most of the runs) | sick runs with a false cause | sick runs with no finding "
    "| healthy runs with a finding | remedies that helped | the same as was run | refused | untried |"
)


def table(halves: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    """The figures by half, then by kind."""
    every = [row for rows in halves.values() for row in rows]
    parts = [f"| half {HEAD}", "|---" * 10 + "|"]
    parts += [f"| {half} {told(counts(rows))}" for half, rows in halves.items()]
    parts += [f"| **both** {told(counts(every))}"] if len(halves) > 1 else []
    kinds = dict.fromkeys(row["kind"] for row in every if row["sick"])
    columns = [f"{half}: {what}" for half in halves for what in ("named", "false", "helped")]
    parts += ["", f"| kind of sick run | {' | '.join(columns)} |", "|---" * (1 + len(columns)) + "|"]
    for kind in kinds:
        cells = []
        for rows in halves.values():
            own = [row for row in rows if row["kind"] == kind]
            figures, of = counts(own), len(own)
            settled = sum(count for how, count in figures["remedies"].items() if how != "untried")
            helped = figures["remedies"].get("helped", 0)
            cells += [f"{figures['named']} of {of}", str(figures["false_on_sick"]), f"{helped} of {settled}"]
        parts.append(f"| {kind} | {' | '.join(cells)} |")
    return parts


def page(result: Mapping[str, Any]) -> str:
    """The page of these figures."""
    halves = result["halves"]
    verified = result["verified"].values()
    parts = [
        "# Diagnosis",
        "",
        "Made by `python benchmarks/diagnosis.py`; do not edit by hand. Runs whose state of health is known are trained and",
        "diagnosed as users do it. A run is sick because a named change of its settings or data gives a better score on",
        "honest validation data. It is healthy because nothing of a grid (η / 3, 3 η, twice the epochs, λ = 1 and, for digits",
        f"of MNIST, varied images) gives a score better by {HEALTHY[0]:.0%} and by {HEALTHY[1]:.0%} of what is left to 1.",
        f"`--verify` measured that {sum(each['holds'] for each in verified)} of {len(verified)} cases are as they say. "
        "The held-out half was written before any rule",
        "was changed, and is for counting only; one run of it that later biases made worse has twice the epochs and "
        "another rate since.",
        "",
        "*Named*: a finding says an accepted cause. *False*: a finding says a cause that is neither accepted nor a consequence",
        "of one; in a healthy run, any finding. A remedy is tried by training anew with its settings on the same data, and",
        f"*helped* where the score rises by {REAL[0]:.0%} and by {REAL[1]:.0%} of what is left to 1, or the cost falls by a",
        "tenth and the score does not. What changes no setting is untried.",
        "",
        *table(halves),
        "",
        "## Findings on healthy runs",
        "",
        "| run | half | score | findings |",
        "|---|---|---|---|",
    ]
    for half, rows in halves.items():
        for row in rows:
            if not row["sick"] and row["found"]:
                parts.append(f"| {row['name']} | {half} | {row['score']:.1%} | {_findings(row)} |")
    parts += ["", "## Sick runs", "", "| run | half | score | findings |", "|---|---|---|---|"]
    for half, rows in halves.items():
        parts += [
            f"| {row['name']} | {half} | {row['score']:.1%}{' (diverged)' if row['diverged'] else ''} "
            f"| {_findings(row) or 'none'} |"
            for row in rows
            if row["sick"]
        ]
    return "\n".join([*parts, "", line(result["machine"]) + ".", ""])


def _findings(row: Mapping[str, Any]) -> str:
    texts = []
    for found in row["found"]:
        remedy = ", ".join(f"{key} {value}" for key, value in found["remedy"].items())
        judged = f" ({found['judged']})" if row["sick"] else ""
        became = f": {found['became']}" if row["sick"] and remedy else ""
        texts.append(f"`{found['name']}`{judged}{f' → {remedy}{became}' if remedy else ''}")
    return "; ".join(texts)


def main() -> None:
    """Diagnose or verify what was asked for, and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=list(HALVES), help="one half; the other keeps its results")
    parser.add_argument("--case", metavar="NAME", help="cases whose name has this in it; the others keep their results")
    parser.add_argument("--verify", action="store_true", help="measure that each case is as it says")
    parser.add_argument("--quick", action="store_true", help="one sick and one healthy case; nothing is written")
    chosen = parser.parse_args()
    cases = [
        (half, case)
        for half, own in HALVES.items()
        for case in own
        if chosen.half in (None, half) and (chosen.case or "") in case.name
    ]
    assert all(cause in CAUSES for _, case in cases for cause in case.causes | case.tolerated)
    if chosen.quick:
        cases = [next(each for each in cases if each[1].sick), next(each for each in cases if not each[1].sick)]
    measures: dict[str, Any] = {}
    halves: dict[str, list[dict[str, Any]]] = {}
    if chosen.verify:
        measures = verify(cases)
    else:
        for half, case in cases:
            row = diagnosed(case)
            halves.setdefault(half, []).append(row)
            print(
                f"{half[:4]} {row['name']:58} {row['score']:7.3f} {row['seconds']:5.2f} s  {_findings(row)}", flush=True
            )
        print("\n".join(["", *table(halves)]))
    if not chosen.quick:
        write(measures, halves)


def write(measures: Mapping[str, Any], halves: Mapping[str, Any]) -> None:
    """Put what was measured in the place of what is known of the same, and write the page."""
    path = HERE / "results" / "diagnosis.json"
    known = json.loads(path.read_text()) if path.exists() else {"verified": {}, "halves": {}}
    names = {case.name for own in HALVES.values() for case in own}
    verified = {name: each for name, each in {**known["verified"], **measures}.items() if name in names}
    rows = {
        half: {row["name"]: row for row in (*known["halves"].get(half, ()), *halves.get(half, ()))} for half in HALVES
    }
    result = {
        "machine": machine(),
        "verified": verified,
        "halves": {
            half: [rows[half][case.name] for case in own if case.name in rows[half]] for half, own in HALVES.items()
        },
    }
    path.write_text(json.dumps(result, indent=1) + "\n")
    (HERE.parent / "docs" / "diagnosis.md").write_text(page(result), encoding="utf-8")


if __name__ == "__main__":
    main()
