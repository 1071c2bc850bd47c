"""Times contenders on a work in one process of its own: alternating, or one from the process's start. Started by `peers.py`.

Before anything else is imported the process is bound to as many cores as the work has threads (on Linux), and every
library told to use as many. Prints one JSON object.
"""

from __future__ import annotations

import dataclasses
import json
import os
import statistics
import sys
import time

BEGAN = time.perf_counter()


def bind(threads: int) -> None:
    """Use as many cores and threads."""
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[variable] = str(threads)
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # threads that wait in a loop would take the others' time
    if threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])


def product_rate(threads: int) -> float:
    """Floating-point operations a second of a 1024³ float32 matrix product, now."""
    import numpy as np

    a, b = np.ones((1024, 1024), np.float32), np.ones((1024, 1024), np.float32)
    out, best = np.empty((1024, 1024), np.float32), float("inf")
    for _ in range(6):
        began = clock(threads)
        np.dot(a, b, out)
        best = min(best, clock(threads) - began)
    return 2 * 1024**3 / best


def clock(threads: int) -> float:
    """Of one thread, the time that the processor gave it: what other programs take is not counted. Else the clock's."""
    return time.process_time() if threads == 1 else time.perf_counter()


def measured(work, names: list[str], rounds: int) -> dict:
    """Rounds in which each contender does two epochs, one after the other. The second is timed: the first finds the
    caches as the contender before has left them.
    """
    import numpy as np

    from contenders import CONTENDERS, MissingError
    from works import shuffler, zero_share

    made, missing, times, rates = {}, {}, {}, []
    np.seterr(all="ignore")
    for name in names:
        try:
            contender = CONTENDERS[name](work, 2 * rounds + 1)
            contender.epoch()
        except MissingError as reason:
            missing[name] = str(reason)
        except Exception as error:  # a peer that fails here must not take the others with it
            missing[name] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        else:
            made[name], times[name] = contender, []
    after_one = {name: c.parameters() for name, c in made.items() if c.parameters is not None}
    apart = {name: _difference(found, after_one.get("NumPy by hand")) for name, found in after_one.items()}
    before = os.getloadavg() if hasattr(os, "getloadavg") else None
    for _ in range(rounds):
        rates.append(product_rate(work.threads))
        for name, contender in made.items():
            contender.epoch()
            began = clock(work.threads)
            contender.epoch()
            times[name].append((clock(work.threads) - began) / contender.share / work.steps * 1e6)
    bounds = [work.flop / rate * 1e6 for rate in rates]
    zeros, columns = zero_share(work)
    return {
        "work": dataclasses.asdict(work),
        "described": work.described(),
        "rounds": rounds,
        "clock": "processor time" if work.threads == 1 else "wall time",
        "load_before_and_after": [before, os.getloadavg()] if before else None,
        "gflop_a_second": round(statistics.median(rates) / 1e9, 1),
        "bound_us": round(statistics.median(bounds), 2),
        "zeros": round(zeros, 3),
        "zero_columns": round(columns, 3),
        "us_a_step": {
            name: {
                "median": round(statistics.median(each), 2),
                "least": round(min(each), 2),
                "most": round(max(each), 2),
            }
            for name, each in times.items()
        },
        "largest_difference_after_an_epoch": apart,
        "missing": missing,
        "generator": type(shuffler().bit_generator).__name__,
    }


def _difference(found: list, other: list | None) -> float | None:
    import numpy as np

    if other is None:
        return None
    return max(float(np.abs(np.asarray(a) - b).max()) for a, b in zip(found, other, strict=True))


def started(work, name: str) -> dict:
    """How long one contender takes from the start of the process to the end of its first epoch, beyond a later one."""
    from contenders import CONTENDERS, MissingError

    try:
        contender = CONTENDERS[name](work, 4)
    except MissingError as reason:
        return {"missing": str(reason)}
    contender.epoch()
    first, epochs = time.perf_counter() - BEGAN, []
    for _ in range(3):
        began = time.perf_counter()
        contender.epoch()
        epochs.append(time.perf_counter() - began)
    found = {"ready_s": round(first - min(epochs), 2), "epoch_s": round(min(epochs), 3)}
    if sys.platform != "win32":
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found["memory_mb"] = round(most / (2**20 if sys.platform == "darwin" else 2**10))
    return found


def main() -> None:
    """Measure one work, given as JSON."""
    given, rounds, names = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    fields = json.loads(given)
    bind(fields["threads"])
    from works import Work

    work = Work(**{**fields, "sizes": tuple(fields["sizes"])})
    print(json.dumps(measured(work, names, rounds) if rounds else started(work, names[0])))


if __name__ == "__main__":
    main()
