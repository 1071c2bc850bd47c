"""pymoo's own test problems, called as its users call them."""

import numpy as np
from pymoo.problems import get_problem

from .entering import program, within


def evaluated(name, x, **settings):
    """All objectives and constraints of a published problem, weighted."""
    problem = get_problem(name, **settings)
    out = problem.evaluate(x, return_as_dictionary=True)
    return sum(np.sum(out[k] * (1.0 + np.arange(out[k].shape[-1]))) for k in ("F", "G", "H") if k in out)


@program("pymoo/problems/single/rosenbrock.py", within(-1, 2, 5))
def pymoo_rosenbrock(x):
    return evaluated("rosenbrock", x, n_var=5)


@program("pymoo/problems/single/ackley.py", within(-3, 3, 4))
def pymoo_ackley(x):
    return evaluated("ackley", x, n_var=4)


@program("pymoo/problems/single/griewank.py", within(-9, 9, 4))
def pymoo_griewank(x):
    return evaluated("griewank", x, n_var=4)


@program("pymoo/problems/single/rastrigin.py", within(-3, 3, 4))
def pymoo_rastrigin(x):
    return evaluated("rastrigin", x, n_var=4)


@program("pymoo/problems/single/schwefel.py", within(10, 300, 3))
def pymoo_schwefel(x):
    return evaluated("schwefel", x, n_var=3)


@program("pymoo/problems/single/zakharov.py", within(-3, 3, 3))
def pymoo_zakharov(x):
    return evaluated("zakharov", x, n_var=3)


@program("pymoo/problems/single/himmelblau.py", within(-3, 3, 2))
def pymoo_himmelblau(x):
    return evaluated("himmelblau", x)


@program("pymoo/problems/single/g.py: G1", within(0.1, 0.9, 13))
def pymoo_g1(x):
    return evaluated("g1", x)


@program("pymoo/problems/single/cantilevered_beam.py", within(1, 3, 4))
def pymoo_beam(x):
    return evaluated("cantilevered_beam", x) * 1e-3


@program("pymoo/problems/multi/zdt.py: ZDT1", within(0.1, 0.9, 6))
def pymoo_zdt1(x):
    return evaluated("zdt1", x, n_var=6)


@program("pymoo/problems/multi/zdt.py: ZDT6", within(0.1, 0.9, 6))
def pymoo_zdt6(x):
    return evaluated("zdt6", x, n_var=6)


@program("pymoo/problems/multi/kursawe.py", within(-4, 4, 3))
def pymoo_kursawe(x):
    return evaluated("kursawe", x)


@program("pymoo/problems/multi/truss2d.py", within(0.003, 0.01, 3))
def pymoo_truss(x):
    from pymoo.problems.multi.truss2d import Truss2D

    out = Truss2D().evaluate(x + np.array([0.0, 0.0, 1.5]), return_as_dictionary=True)
    return np.sum(out["F"] * np.array([100.0, 1e-5])) + np.sum(out["G"])


@program("pymoo/problems/multi/welded_beam.py", within(0.5, 2, 4))
def pymoo_welded_beam(x):
    return evaluated("welded_beam", x) * 1e-3


@program("pymoo/problems/many/dtlz.py: DTLZ2", within(0.1, 0.9, 6))
def pymoo_dtlz2(x):
    return evaluated("dtlz2", x, n_var=6, n_obj=3)


@program("pymoo/problems/multi/osy.py", within(1, 3, 6))
def pymoo_osy(x):
    return evaluated("osy", x)
