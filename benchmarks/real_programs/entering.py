"""How a program is entered: where its pattern is from, and the arguments that it is tried with."""

import numpy as np


def program(origin, arguments):
    """Mark a function as a program; `arguments` makes its arguments from a random generator."""

    def mark(function):
        function.origin, function.arguments = origin, arguments
        return function

    return mark


def normal(*shapes, scale=1.0):
    """Arguments of these shapes, from the normal distribution."""
    return lambda random: tuple(scale * np.asarray(random.normal(size=shape))[()] for shape in shapes)


def within(low, high, *shapes):
    """Arguments of these shapes between two numbers."""
    return lambda random: tuple(np.asarray(random.uniform(low, high, shape))[()] for shape in shapes)


def given(*values):
    """These arguments."""
    return lambda random: tuple(np.array(value, float) if np.ndim(value) else float(value) for value in values)


def both(*makers):
    """The arguments of several makers, one after another."""
    return lambda random: tuple(value for maker in makers for value in maker(random))
