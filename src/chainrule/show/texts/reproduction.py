"""What `chainrule reproduce` says: the names of statistics and settings, verdicts, and what is to know of single rows."""

from ...core.messages import message
from . import Texts

TEXTS: Texts = {
    "about": (
        "The figures of Nielsen's book beside ours, in % of images read correctly unless stated otherwise. A figure "
        "holds if it lies within the range of our seeds, or within 0.2 points of it."
    ),
    "chapter": "chapter {number}",
    "book": "book",
    "ours": "ours",
    "range": "least … most",
    # ---- statistics
    "best": "best epoch",
    "best epoch": "which epoch is best, from 0",
    "last": "last epoch",
    "epoch": "epoch {at}",
    "best on training": "best epoch, training images",
    "last on training": "last epoch, training images",
    "gap": "training minus test, best of each",
    "length": "length of δ{layer}",
    "read right": "accuracy",
    # ---- verdicts
    "holds": "holds",
    "missed": "missed",
    "not run": "not run",
    "too few": "few runs",
    "near": "near",
    "off": "{by} off",
    # ---- experiments
    "guess": "answers drawn at random",
    "darkness": "the digit whose images have, on average, as much ink",
    "lengths": "{sizes}, before training",
    "others": "reached by others",
    "quadratic": "quadratic cost",
    "cross-entropy": "cross-entropy",
    "large": "large weights",
    "default": "small weights",
    "images": "{count} images",
    "epochs": "{count} epochs",
    "on test": message("test", "set"),
    "on valid": "validation",
    "best of": "best of {count} runs",
    "svm": "support vector machine",
    "tuned svm": "the same, tuned: more than",
    "record": "the record then",
    # ---- beside rows
    "comma": message(", ", "clauses"),
    "apart": "runs set apart, in which a digit is never learned: {count} of {total}: {runs}",
    "lost": "seed {seed} ({digits}) {best}",
    "diverged": (
        "weights become infinite in epoch {epoch}; from then on every output is NaN, which counts as the answer 0"
    ),
    "rate": "η is not printed in the book; with 0.1 the book's own run comes out to the digit",
    # ---- the run
    "progress": "{row}, seed {seed}",
    "summary": "rows that hold: {held} of {judged}",
    "missed rows": "missed: {rows}",
    "unjudged": (
        "figures near the book's with few runs: {near} of {count}; whether they hold takes {enough} runs, "
        "or as many groups "
        "where the best of each counts: --seeds {enough} or more, without --quick"
    ),
    "kept": "runs are kept in {path}; the same command continues from there",
}
