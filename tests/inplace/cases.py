"""Small functions that write in place, one for each way in which memory is shared or is not: views, copies, aliases, state.

Each takes arrays and gives a number; what it should give is what NumPy gives, and its slope by finite differences. `CASES` has
each by name, with arguments. Those in `OUTSIDE` write to arrays that they do not own: NumPy's value is theirs, too, and a refusal
is no fault. `reset` puts such arrays back as they were, and belongs before every call.
"""

import copy
from collections import deque
from typing import NamedTuple

import numpy as np
from numpy import array as array_by_name
from numpy import empty, zeros


class Case(NamedTuple):
    function: object
    args: tuple


CASES = {}
OUTSIDE = set()
W = np.array([1.0, -0.7, 0.4, 1.3, -0.2, 0.8])
M = np.array([[1.0, -0.5, 0.3, 0.9], [0.2, 1.4, -0.8, 0.6], [-1.1, 0.7, 0.5, -0.3]])
C = np.linspace(0.5, 1.75, 6)
_buffer, _total, _rows = np.zeros(6), np.zeros(()), [np.ones(6), np.full(6, 2.0)]


def reset():
    _buffer[...], _total[...], _rows[0][...], _rows[1][...] = 0.0, 0.0, 1.0, 2.0
    Meter.seen[...] = 0.0


def case(*shapes, outside=False):
    def entered(function):
        random = np.random.default_rng(len(CASES))
        args = tuple(random.uniform(0.5, 1.5, shape) for shape in shapes or (6,))
        assert function.__name__ not in CASES
        CASES[function.__name__] = Case(function, args)
        if outside:
            OUTSIDE.add(function.__name__)
        return function

    return entered


# Names of one array, and names bound anew.


@case()
def second_name_sees_the_write(x):
    y = x * 3
    z = y
    y[2] = x[0] * x[1]
    return np.sum(z**2 * W)


@case()
def second_name_sees_augmented_addition(x):
    y = x * 3
    z = y
    y *= x[::-1]
    y -= 0.5
    return np.sum(z * W) + y[0]


@case()
def name_bound_anew_leaves_the_first(x):
    y = x * 3
    z = y
    y = y * x
    y[0] = 0.0
    return np.sum(z * W) + np.sum(y)


@case()
def augmented_number_leaves_the_element(x):
    y = x * 3
    s = y[1]
    s *= x[0]
    t = s
    t += 1
    return s * t + np.sum(y * W)


@case()
def product_by_loop_of_numbers(x):
    p = 1.0
    q = p
    for each in x:
        p *= each
    return p + q * x[0]


@case()
def writes_of_two_names_by_turns(x):
    a = np.zeros(6)
    b = a
    for k in range(6):
        (a if k % 2 else b)[k] = x[k] * (a[k - 1] + 1)
    return np.sum(a * W)


@case()
def default_that_is_a_new_array(x):
    def filled(k, into=None):
        into = np.zeros(3) if into is None else into
        into[k] += x[k] ** 2
        return into

    first = filled(0)
    second = filled(1)
    filled(2, first)
    return np.sum(first * x[:3]) + np.sum(second)


@case()
def default_that_is_kept_from_call_to_call(x):
    def added(value, into=np.zeros(3)):  # noqa: B008  # as people write it
        into += value
        return into

    added(x[:3])
    return np.sum(added(x[3:] ** 2) * x[:3])


@case()
def helper_adds_to_its_argument(x):
    def add_source(field, source):
        field += source

    y = x * 2
    add_source(y, x)
    return np.sum(y**2)


@case()
def helper_scales_a_slice_it_is_given(x):
    def normalize(part):
        part /= np.sqrt(np.sum(part**2))

    y = x * 1.5
    normalize(y[:3])
    normalize(y[2:])
    return np.sum(y * W)


@case()
def helper_gives_back_its_argument(x):
    def clamped(a):
        a[0] = 0.0
        a[-1] = x[0] ** 2
        return a

    y = x * 2
    z = clamped(y)
    z[1] += x[1]
    return np.sum(y * W) + np.sum(z)


@case()
def helper_binds_its_argument_anew(x):
    def shifted(a):
        a = a - a.mean()
        a[0] = x[1]
        return a

    y = x * 2
    return np.sum(shifted(y) ** 2) + np.sum(y * W)


@case()
def same_array_given_twice(x):
    def blend(a, b):
        a[1:] *= b[:-1]
        b[0] = a[-1]

    y = x * 2
    blend(y, y)
    return np.sum(y * W)


@case((6,), (6,))
def two_arguments_one_written(x, y):
    x += y
    y[1:] = x[:-1] * y[1:]
    return np.sum(x * y)


@case()
def argument_as_given_and_as_written(x):
    before = x.copy()
    x[::2] = x[1::2] ** 2
    return np.sum(x * before * W)


# Views by basic indices.


@case()
def slice_taken_before_the_write(x):
    y = x * 2
    part = y[1:5]
    y[3] = x[0] ** 3
    return np.sum(part**2)


@case()
def base_read_after_slice_is_written(x):
    y = x * 2
    part = y[1:5]
    part[1:3] = x[:2] * x[4:]
    part += x[5]
    return np.sum(y**2 * W)


@case()
def slice_with_negative_step(x):
    y = x * 2
    back = y[::-1]
    back[0] = x[2] ** 2
    back[1:] *= x[:-1]
    return np.sum(y * W)


@case()
def slice_of_slice_of_slice(x):
    y = x * 2
    y[1:][::2][1:][0] = 0.0
    a = y[1:][::2]
    a[1:] += x[:2] * x[2:4]
    return np.sum(y**2 * W)


@case()
def two_overlapping_views(x):
    y = x * 2
    left, right = y[:4], y[2:]
    left *= x[1]
    right[:2] += left[:2]
    left[3] = right[3]
    return np.sum(y * W)


@case((3, 4))
def row_is_a_view(a):
    b = a * 2
    row = b[1]
    row += a[0]
    row[2] = a[2, 2] ** 2
    return np.sum(b**2 * M)


@case((3, 4))
def column_is_a_view(a):
    b = a * 2
    column = b[:, 1]
    column -= column.mean()
    b[1, 1] *= a[0, 0]
    return np.sum(b * M) + column[1] ** 2


@case((3, 4))
def rows_eliminated_one_from_another(a):
    b = a * 2
    for i in (1, 2):
        b[i] -= b[i, 0] / b[0, 0] * b[0]
    return np.sum(b**2 * M)


@case((3, 4))
def element_of_row_of_matrix(a):
    b = a * 2
    b[1][2] = a[0, 0] * a[2, 3]
    b[2][1:][0] *= b[1][2]
    return np.sum(b * M)


@case((3, 4))
def block_within_a_matrix(a):
    b = np.zeros((5, 6))
    b[1:-1, 1:-1] = a
    b[0], b[-1] = b[1], b[-2]
    b[:, 0], b[:, -1] = b[:, -2], b[:, 1]
    return np.sum(b[1:] ** 2 * b[:-1])


@case((3, 4))
def new_axes(a):
    b = a * 2
    raised = b[:, None, :, None]
    raised[1, 0, 2:, 0] = a[0, :2] * a[2, 2:]
    raised[:, 0] *= a[0, 0]
    return np.sum(b * M)


@case((2, 3, 2))
def ellipsis(a):
    b = a * 2
    b[..., 0] *= b[..., 1]
    last = b[0, ...]
    last[..., -1] = a[1, :, 0]
    return np.sum(b**2 * a)


@case()
def ellipsis_of_one_element_is_a_view(x):
    y = x * 2
    cell = y[3, ...]
    cell[...] = x[0] * x[1]
    y[3] *= x[2]
    return cell**2 + np.sum(y * W)


@case()
def empty_slice_changes_nothing(x):
    y = x * 2
    y[4:2] = x[0]
    y[6:] += 5.0
    return np.sum(y * W)


@case((3, 4))
def rows_while_iterated(a):
    b = a * 2
    for row in b:
        row /= row.sum()
    for k, row in enumerate(b):
        row[k + 1] += a[k, 0] ** 2
    return np.sum(b * M)


@case((3, 4))
def rows_unpacked(a):
    b = a * 2
    first, second, third = b
    second += first * third
    first[0] = second[3]
    return np.sum(b * M) + np.sum(third * first)


@case((3, 4))
def rows_zipped_with_another(a):
    b, c = a * 2, np.zeros((3, 4))
    for into, row in zip(c, b, strict=True):
        into[:] = row[::-1]
        row[0] = 0.0
        into[0] *= a[0, 0]
    return np.sum(c * M) + np.sum(b)


@case((3, 4))
def columns_by_iterating_the_transpose(a):
    b = a * 2
    for column in b.T:
        column -= column[0]
        column[0] = a[0, 0]
    return np.sum(b**2 * M)


# Views by functions and methods.


@case((3, 4))
def transpose_is_a_view(a):
    b = a * 2
    t = b.T
    t[1] = a[:, 0] * a[:, 2]
    t[2:, 1] += a[0, 0]
    return np.sum(b * M) + np.sum(t[0])


@case((3, 4))
def transpose_written_by_augmented_assignment(a):
    b = a * 2
    b.T[...] *= a[0, 0]
    b.T[1:3] -= a[:, 1]
    return np.sum(b**2 * M)


@case((3, 3))
def symmetrized_through_its_transpose(a):
    b = a * 2
    b[:] = 0.5 * (b + b.T)
    b.T[0, 1] = a[2, 2]
    return np.sum(b @ a)


@case((2, 6))
def reshape_of_contiguous_is_a_view(a):
    b = a * 2
    c = b.reshape(3, 4)
    c[1, 1:] = a[0, :3] ** 2
    b[0, 0] = a[1, 5]
    return np.sum(c * M) + np.sum(b**2)


@case((3, 4))
def reshape_of_transpose_is_a_copy(a):
    b = a * 2
    c = b.T.reshape(2, 6)
    c[0] = 0.0
    b[2] *= a[0]
    return np.sum(c**2) + np.sum(b * M)


@case((12,))
def reshape_in_fortran_order(x):
    y = x * 2
    b = y.reshape((3, 4), order="F")
    b[1] = x[:4] * x[4:8]
    return np.sum(y[:6] * W) + np.sum(b * M)


@case((3, 4))
def ravel_of_contiguous_is_a_view(a):
    b = a * 2
    flat = b.ravel()
    flat[::3] = a[0] ** 2
    flat[1:3] += flat[5:7]
    return np.sum(b * M)


@case((3, 4))
def ravel_of_slice_is_a_copy(a):
    b = a * 2
    flat = b[:, :2].ravel()
    flat *= a[0, 0]
    b[0] = a[1]
    return np.sum(flat * W) + np.sum(b * M)


@case((3, 4))
def function_ravel_of_one_axis_is_itself(a):
    y = a[0] * 2
    z = np.ravel(y)
    z += a[1]
    return np.sum(y**2)


@case((3, 4))
def flatten_is_a_copy(a):
    b = a * 2
    flat = b.flatten()
    flat[:6] *= W
    b += 1.0
    return np.sum(flat**2) + np.sum(b * M)


@case((3, 4))
def flat_iterator_written(a):
    b = a * 2
    b.flat[5] = a[0, 0] ** 2
    b.flat[::4] = a[1, :3]
    b.T.flat[1] *= a[2, 2]
    return np.sum(b * M)


@case((3, 4))
def swapped_axes(a):
    b = a * 2
    np.swapaxes(b, 0, 1)[2] = a[:, 0] ** 2
    b.swapaxes(0, 1)[1:] *= a[0, 0]
    return np.sum(b * M)


@case((2, 3, 2))
def moved_axes(a):
    b = a * 2
    np.moveaxis(b, 1, 0)[1] = a[:, 0] * a[:, 2]
    np.transpose(b, (2, 0, 1))[0, 1] += a[0, :, 0]
    return np.sum(b**2 * a)


@case((3, 4))
def flipped(a):
    b = a * 2
    np.flip(b, 0)[0] = a[0] ** 2
    np.fliplr(b)[:, 0] *= a[:, 1]
    b[::-1, ::-1][0, 0] = a[1, 1]
    return np.sum(b * M)


@case((3, 4))
def rotated_by_a_quarter(a):
    b = a * 2
    np.rot90(b)[0] *= a[:, 0]
    return np.sum(b * M)


@case()
def expanded_and_squeezed(x):
    y = x * 2
    column = np.expand_dims(y, 1)
    column[1:3, 0] = x[4:] ** 2
    np.squeeze(column)[0] = x[1] * x[2]
    return np.sum(y * W)


@case()
def at_least_two_axes(x):
    y = x * 2
    b = np.atleast_2d(y)
    b += x[0]
    b[0, 1] = x[2] ** 2
    same = np.atleast_1d(y)
    same *= x
    return np.sum(y * W)


@case()
def split_into_parts(x):
    y = x * 2
    a, b, c = np.split(y, 3)
    a += b
    c[:] = a * x[:2]
    np.array_split(y, 4)[0][1] *= x[0]
    return np.sum(y * W)


@case((3, 4))
def split_into_columns(a):
    b = a * 2
    left, right = np.hsplit(b, 2)
    left *= right
    right[1] = left[0] * a[2, 2:]
    return np.sum(b * M)


@case()
def broadcast_sees_its_base(x):
    y = x[:4] * 2
    b = np.broadcast_to(y, (3, 4))
    y[1] = x[4] * x[5]
    return np.sum(b * M)


@case((3, 3))
def diagonal_sees_its_base(a):
    b = a * 2
    d = b.diagonal()
    b[1, 1] = a[0, 2] ** 2
    np.fill_diagonal(b[:2, 1:], a[2, 2])
    return np.sum(d**2) + np.sum(b * a)


@case((3, 3))
def diagonal_through_einsum(a):
    b = a * 2
    d = np.einsum("ii->i", b)
    d -= a[0]
    return np.sum(b**2 * a)


@case()
def real_part_is_the_array(x):
    y = x * 2
    np.real(y)[1] = x[0] ** 2
    y.real[2:4] *= x[5]
    return np.sum(y * W)


@case()
def asarray_is_the_array(x):
    y = x * 2
    z = np.asarray(y)
    z[1:] -= x[:-1] ** 2
    w = np.asanyarray(z, dtype=float)
    w[0] = 1.0
    return np.sum(y * W)


@case()
def astype_without_copy(x):
    y = x * 2
    y.astype(float, copy=False)[1] = x[0] ** 2
    y.astype(float)[2] = 100.0
    return np.sum(y * W)


@case()
def method_view(x):
    y = x * 2
    v = y.view()
    v[1] = x[0] ** 2
    v.shape = (2, 3)
    v[1] *= x[0]
    return np.sum(y * W)


@case()
def shape_of_a_new_array(x):
    y = np.arange(6.0)
    y.shape = (2, 3)
    return np.sum(y * x.reshape(2, 3) ** 2) + np.sum(y[1] * x[:3])


@case()
def shape_of_a_written_array(x):
    y = np.zeros(6)
    y[:] = x * 2
    v = y[1:3]
    y.shape = (2, 3)
    y[1] *= 3
    v += 1
    return np.sum(y.T @ x[:2]) + np.sum(v**2)


@case()
def shape_seen_by_another_name(x):
    y = np.zeros(6)
    w = y
    y.shape = (3, 2)
    y[:, 0] = x[:3]
    w[1, 1] = x[5]
    y.shape = -1
    return np.sum(w**2) + y[3] * x[0]


@case((6,))
def windows_see_their_base(x):
    y = x * 2
    windows = np.lib.stride_tricks.sliding_window_view(y, 3)
    y[2] = x[0] * x[5]
    return np.sum(windows @ W[:3])


# Copies.


@case()
def array_of_array_is_a_copy(x):
    y = x * 2
    z = np.array(y)
    z[0] = x[5] ** 2
    y[1] = 0.0
    return np.sum(z * W) + np.sum(y**2)


@case()
def array_without_copy_is_itself(x):
    y = x * 2
    z = np.array(y, copy=None)
    z[0] = x[5] ** 2
    return np.sum(y * W)


@case()
def copies_by_every_name(x):
    y = x * 2
    copies = [y.copy(), np.copy(y), copy.copy(y), copy.deepcopy(y), y[:].copy(), +y, y + 0]
    y[2] = x[0] ** 2
    copies[3][2] = x[1] ** 3
    return sum(np.sum((k + 1) * each**2 * W) for k, each in enumerate(copies)) + np.sum(y)


@case()
def fancy_index_is_a_copy(x):
    y = x * 2
    z = y[[0, 2, 4]]
    z *= x[1]
    y[2] = 1.0
    return np.sum(z**2) + np.sum(y * W)


@case()
def mask_is_a_copy(x):
    y = x * 2
    z = y[np.array([True, False, True, True, False, False])]
    z[0] = x[5]
    y[3] = x[4] ** 2
    return np.sum(z**2) + np.sum(y * W)


@case()
def take_is_a_copy(x):
    y = x * 2
    z = np.take(y, [1, 1, 3])
    y[1] = x[0] ** 2
    z[0] = 0.0
    return np.sum(z * x[:3]) + np.sum(y * W)


@case()
def joined_arrays_are_copies(x):
    y = x * 2
    joined = np.concatenate([y[:2], y])
    stacked = np.vstack([y, y])
    y[1] = x[0] ** 2
    stacked[0, 0] = x[3] ** 2
    joined[:3] *= x[5]
    return np.sum(joined**2) + np.sum(stacked * W) + np.sum(y)


@case()
def rolled_and_repeated_are_copies(x):
    y = x * 2
    r, t = np.roll(y, 1), np.tile(y[:3], 2)
    y[0] = x[5] ** 2
    t[3:] = r[:3]
    return np.sum(r * W) + np.sum(t**2) + y[0]


@case()
def value_read_before_it_is_overwritten(x):
    y = x * 2
    s = np.sum(y**2)
    e = np.exp(y)
    y[:] = 0.0
    y[1] = x[1]
    return s + np.sum(e * W) + np.sum(y * x)


@case()
def factor_changed_after_its_product(x):
    y = x * 2
    p = y * x[::-1]
    y[2] = x[0] ** 3
    q = y * p
    return np.sum(p * W) + np.sum(q)


@case()
def plain_factor_changed_after_its_product(x):
    a = np.arange(6.0)
    y = x * a
    a[3] = 50.0
    z = x**2 * a
    return np.sum(y * W) + np.sum(z)


@case()
def view_of_plain_factor_changed_after_its_product(x):
    a = np.arange(6.0)
    part = a[1:4]
    y = x[:3] * part
    a[2] = 50.0
    part[0] = -7.0
    return np.sum(y**2) + np.sum(x[:3] * part)


# Writes, by every kind of index.


@case()
def places_in_a_list(x):
    y = x * 2
    y[[4, 0]] = x[:2] * x[2:4]
    y[[1, 2]] += x[5]
    return np.sum(y * W)


@case()
def doubled_places_keep_the_last(x):
    y = x * 2
    y[[1, 3, 1]] = x[:3] ** 2
    return np.sum(y * W)


@case()
def doubled_places_are_added_to_once(x):
    y = x * 2
    y[[1, 3, 1]] += x[:3] ** 2
    return np.sum(y * W)


@case()
def add_at_doubled_places(x):
    y = np.zeros(4)
    np.add.at(y, [1, 3, 1, 0, 0], x[:5] ** 2)
    np.subtract.at(y, [2, 2], x[5])
    np.multiply.at(y, [3], x[0])
    return np.sum(y**2 * x[:4])


@case((3, 4))
def add_at_rows_and_columns(a):
    b = np.zeros((4, 3))
    np.add.at(b, ([0, 0, 3], [1, 1, 2]), a[:, 0])
    np.add.at(b, [1, 1], a[:2, 1:])
    return np.sum(b**2)


@case()
def mask_set_to_numbers(x):
    y = x * 2
    y[y > 2.2] = x[0]
    y[x < 0.8] = 0.0
    return np.sum(y**2 * W)


@case()
def mask_set_to_its_own_change(x):
    y = x * 2
    low = y < 2.0
    y[low] = y[low] ** 2
    y[~low] -= x[0]
    return np.sum(y * W)


@case((3, 4))
def mask_of_rows_and_mask_of_all(a):
    b = a * 2
    b[np.array([True, False, True])] *= a[1]
    b[b > 3.0] = 3.0
    b[M > 0] += a[0, 0]
    return np.sum(b * M)


@case((3, 4))
def where_gives_places(a):
    b = a * 2
    i, j = np.where(M < 0)
    b[i, j] = a[0, 0] * a[i, j]
    b[np.nonzero(M > 1.0)] = 0.0
    return np.sum(b**2 * M)


@case((3, 4))
def rows_swapped_by_places(a):
    b = a * 2
    b[[0, 2]] = b[[2, 0]]
    b[:, [0, 1]] = b[:, [1, 0]] * a[0, 0]
    return np.sum(b**2 * M)


@case((3, 4))
def rows_not_swapped_since_they_are_views(a):
    b = a * 2
    b[0], b[1] = b[1], b[0]
    return np.sum(b**2 * M)


@case((3, 4))
def rows_swapped_with_a_copy(a):
    b = a * 2
    kept = b[0].copy()
    b[0] = b[2]
    b[2] = kept
    return np.sum(b**2 * M)


@case()
def elements_swapped(x):
    y = x * 2
    y[0], y[3] = y[3] * x[1], y[0]
    for k in range(5):
        if y[k] > y[k + 1]:
            y[k], y[k + 1] = y[k + 1], y[k]
    return np.sum(y * W)


@case((3, 4))
def places_in_two_lists(a):
    b = a * 2
    b[[0, 1, 2], [3, 1, 0]] = a[:, 1] ** 2
    b[np.ix_([0, 2], [1, 3])] *= a[1, 1]
    return np.sum(b * M)


@case((3, 4))
def lists_and_slices_mixed(a):
    b = a * 2
    b[1:, [0, 2]] = a[:2, 1:3] ** 2
    b[[2, 0], 1:3] += a[1, :2]
    b[[0, 1], None, 0] = a[2, :2, None]
    return np.sum(b * M)


@case((3, 4))
def list_of_places_on_a_view(a):
    b = a * 2
    part = b[:, ::2].T
    part[[1, 0], [2, 0]] = a[0, :2] * a[1, :2]
    part[part > 2.5] *= a[0, 0]
    return np.sum(b * M)


@case()
def negative_places(x):
    y = x * 2
    y[-1] = y[-5] * x[0]
    y[[-2, 0]] = x[1:3]
    return np.sum(y * W)


@case()
def places_that_are_computed(x):
    y = x * 2
    y[np.argmax(x)] = x[0] ** 2
    y[np.argsort(x)[:2]] *= x[5]
    y[int(np.argmin(y))] += x[1]
    return np.sum(y * W)


@case()
def place_is_a_numpy_integer(x):
    y = np.zeros(6)
    for k in np.arange(6):
        y[k] = x[k - 1] * x[k]
    y[np.int64(2)] = 0.0
    return np.sum(y * W)


@case()
def source_overlaps_its_target(x):
    y = x * 2
    y[1:] = y[:-1]
    y[:-1] += y[1:] * x[0]
    y[:] = y[::-1]
    return np.sum(y**2 * W)


@case()
def source_is_reversed_while_subtracted(x):
    y = x * 2
    y -= y[::-1] * 0.5
    y[1:] *= y[:-1]
    return np.sum(y * W)


@case((3, 4))
def source_is_spread_over_rows(a):
    b = np.zeros((3, 4))
    b[:] = a[0]
    b[:, 1:] += a[:, :1]
    b[1, :] = 2.0
    b[2] = [a[0, 0], 1.0, a[1, 1], 3.0]
    return np.sum(b**2 * M)


@case()
def source_has_axes_of_one_more(x):
    y = x * 2
    y[1:4] = x[None, None, 1:4] ** 2
    return np.sum(y * W)


@case()
def every_augmented_operator(x):
    y = x * 2
    y += x[0]
    y -= x
    y *= x[::-1]
    y /= x[1] + 1
    y **= 2
    y[1:3] **= x[:2]
    y[3:] %= 0.9
    return np.sum(y * W)


@case((3, 3))
def augmented_matrix_product(a):
    b = a * 2
    c = b
    b @= a
    b[0] = a[1]
    return np.sum(c**2)


@case()
def augmented_power_keeps_what_was_read(x):
    y = x * 2
    root = np.sqrt(y)
    y **= 3
    y **= 0.5
    return np.sum(root * y * W)


@case()
def chained_assignment(x):
    y, z = np.zeros(6), np.zeros(6)
    y[1:3] = z[2:4] = x[:2] * x[2:4]
    y[1] = 0.5
    a = b = x * 2
    a[0] = x[5] ** 2
    return np.sum(y * W) + np.sum(z**2) + np.sum(b * W)


@case()
def written_again_and_again(x):
    y = np.zeros(2)
    for k in range(6):
        y[k % 2] = y[(k + 1) % 2] * x[k] + x[5 - k]
    return np.sum(y**2)


# Writes by functions.


@case((3, 3))
def filled_diagonal(a):
    b = a @ a
    np.fill_diagonal(b, 0.0)
    np.fill_diagonal(b, -b.sum(axis=1))
    b[np.diag_indices(3)] += a[0]
    return np.sum(b**2)


@case((4, 2))
def filled_diagonal_that_wraps(a):
    b = a * 2
    np.fill_diagonal(b, [a[0, 0] ** 2, a[3, 1]], wrap=True)
    return np.sum(b * a)


@case()
def filled_and_copied_to(x):
    y = np.empty(6)
    y.fill(x[0])
    z = empty(6)
    np.copyto(z, x**2)
    np.copyto(z, y, where=C > 1.0)
    np.copyto(z[:2], x[4:])
    return np.sum(y * z * W)


@case()
def put_and_place(x):
    y = x * 2
    np.put(y, [0, 4], x[:2] ** 2)
    np.place(y, C > 1.2, [1.0, 2.0])
    np.putmask(y, C < 0.8, x**3)
    y.put([2], x[5])
    return np.sum(y * W)


@case((3, 4))
def put_along_an_axis(a):
    b = a * 2
    order = np.argsort(M, axis=1)[:, :1]
    np.put_along_axis(b, order, a[:, :1] ** 2, axis=1)
    return np.sum(b * M)


@case()
def sorted_in_place(x):
    y = x * 2
    z = y[1:]
    z.sort()
    y[0] = z[0] * x[0]
    return np.sum(y * W)


@case()
def out_of_a_function(x):
    y, z = np.empty(6), np.empty(6)
    np.multiply(x, x[::-1], out=y)
    np.exp(y, out=y)
    np.add(y, 1.0, z)
    np.subtract(z, y, out=z[:])
    return np.sum(y * W) + np.sum(z * x)


@case((3, 4), (4, 3))
def out_of_a_product(a, b):
    c = np.empty((3, 3))
    np.dot(a, b, out=c)
    d = np.matmul(c, c, out=np.empty((3, 3)))
    np.matmul(d, c, out=c)
    return np.sum(c) / np.sum(d)


@case((3, 4))
def out_of_a_reduction(a):
    s, t = np.zeros(4), np.zeros(3)
    np.sum(a**2, axis=0, out=s)
    np.mean(a, axis=1, out=t)
    np.cumsum(s, out=s)
    return np.sum(s * M) * np.sum(t**2)


@case()
def out_where_leaves_the_rest(x):
    y = np.full(6, 0.25)
    np.log(x, out=y, where=C > 1.0)
    np.divide(1.0, x, out=y, where=C < 0.8)
    return np.sum(y**2 * W)


@case()
def out_is_a_view(x):
    y = x * 2
    np.sqrt(y[::2], out=y[1::2])
    np.clip(y, 0.9, 2.5, out=y)
    return np.sum(y * W)


@case()
def result_of_out_is_that_array(x):
    y = x * 2
    z = np.add(y, x, out=y)
    z[0] = x[5] ** 2
    y[1] *= z[2]
    return np.sum(y * W) + np.sum(z)


# Arrays that begin plain, and arrays made of numbers.


@case()
def zeros_filled_by_a_loop(x):
    y = np.zeros(6)
    for k in range(6):
        y[k] = np.sin(x[k]) * (y[k - 1] if k else 1.0)
    return np.sum(y**2 * W)


@case()
def views_of_zeros_taken_before(x):
    y = zeros(6)
    odd, tail = y[1::2], y[3:]
    y[3] = x[0] ** 2
    odd[0] = x[1] * x[2]
    tail += x[:3]
    return np.sum(odd**2) + np.sum(y * W)


@case()
def zeros_like_and_full_like(x):
    a, b, c = np.zeros_like(x), np.ones_like(x), np.full_like(x, 0.5)
    a[1:] = x[:-1] ** 2
    b[0] = a[3]
    c *= x
    d = np.empty_like(a)
    d[...] = a + b
    return np.sum(a * b * W) + np.sum(c * d)


@case()
def full_of_an_element(x):
    y = np.full(6, x[0] * x[1])
    y[2] = x[3]
    return np.sum(y**2 * W)


@case()
def plain_array_read_before_and_after(x):
    y = np.ones(6)
    before = np.sum(y * x)
    y[2] = x[1] ** 2
    y[4] = 7.0
    return before * np.sum(y * x)


@case()
def plain_array_added_to(x):
    y = np.arange(6.0)
    z = y
    y += x
    y[:2] -= x[2:4] ** 2
    return np.sum(z**2 * W)


@case()
def matrix_of_numbers(x):
    r = np.array([[np.cos(x[0]), -np.sin(x[0])], [np.sin(x[0]), np.cos(x[0])]])
    r[0, 1] *= x[1]
    p = r @ np.array([x[2], 1.0])
    p[0] += x[3]
    return p @ p


@case()
def matrix_of_rows(x):
    rows = [x[:3] * k for k in range(1, 4)]
    a = np.array(rows)
    rows[1][0] = 5.0
    a[2, 2] = x[5] ** 2
    return np.sum(a**2) + np.sum(rows[1])


@case()
def array_of_zero_axes_is_shared(x):
    total = np.array(0.0)
    same = total
    total += x[0] * x[1]
    total[...] = total * x[2]
    return same**2 + total[()]


@case()
def list_of_numbers_made_an_array(x):
    values = []
    v = 1.0
    for each in x:
        v = v * 0.5 + each**2
        values.append(v)
    y = np.asarray(values)
    y[1:] -= y[:-1]
    return np.sum(y * W) + values[2]


@case()
def integers_cut_off_what_is_written(x):
    y = np.zeros(6, dtype=int)
    y[:3] = x[:3] * 10
    y[3] = 4
    return np.sum(y * x)


@case()
def single_precision_buffer(x):
    y = np.zeros(6, dtype=np.float32)
    y[2:5] = C[2:5]
    z = x * y
    z[0] = y[3] * x[0]
    return np.sum(z * W)


# Containers and state.


@case()
def list_that_has_one_array_three_times(x):
    y = x * 2
    rows = [y] * 3
    rows[0][1] = x[2] * x[3]
    rows[2] = rows[2] * 2
    rows[1][0] += x[5]
    return sum(np.sum((k + 1) * row * W) for k, row in enumerate(rows))


@case()
def list_of_rows_changed_in_a_loop(x):
    rows = [x * (k + 1) for k in range(3)]
    for i in range(1, 3):
        rows[i] -= rows[i - 1] * rows[i][0]
    rows[0], rows[2] = rows[2], rows[0]
    rows[0][:2] = 1.0
    return np.sum(rows[0] * W) + np.sum(rows[1] * rows[2])


@case()
def history_of_one_array(x):
    u, kept, copied = x * 2, [], []
    for _ in range(3):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
        kept.append(u)
        copied.append(u.copy())
    return sum(np.sum(a * b * W) for a, b in zip(kept, copied, strict=True))


@case()
def history_of_arrays_bound_anew(x):
    u, kept = x * 2, []
    for _ in range(3):
        kept.append(u)
        u = u + 0.1 * np.roll(u, 1)
        u[0] = x[0]
    return sum(np.sum((k + 1) * a * W) for k, a in enumerate(kept))


@case()
def buffers_swapped(x):
    u, new = x * 2, np.zeros(6)
    for _ in range(3):
        new[1:-1] = 0.5 * (u[2:] + u[:-2])
        new[0], new[-1] = new[1], u[-2] * x[0]
        u, new = new, u
    return np.sum(u * W) + np.sum(new**2)


@case()
def old_copy_of_a_buffer_in_a_loop(x):
    u = x * 2
    for _ in range(3):
        un = u.copy()
        u[1:] = un[1:] - 0.3 * un[1:] * (un[1:] - un[:-1])
        u[0] = u[-1]
    return np.sum(u**2 * W)


@case()
def old_name_that_is_no_copy_in_a_loop(x):
    u = x * 2
    for _ in range(3):
        un = u
        u[1:] = un[1:] - 0.3 * un[1:] * (un[1:] - un[:-1])
        u[0] = un[-1]
    return np.sum(u**2 * W)


@case()
def dictionary_of_arrays(x):
    state = {"p": x[:3] * 2, "v": np.zeros(3)}
    seen = state["p"]
    for _ in range(2):
        state["v"] += 0.1 * x[3:] - state["p"]
        state["p"] += 0.2 * state["v"]
    state["v"] = state["v"] * 2
    return np.sum(seen**2) + np.sum(state["v"] * x[:3])


@case()
def queue_of_arrays(x):
    recent = deque([x * 1, x * 2], maxlen=2)
    for k in range(3):
        newest = recent[-1] - 0.5 * recent[0]
        newest[k] = x[k] ** 2
        recent.append(newest)
        recent[0][5] += 1.0
    return np.sum(recent[0] * recent[1] * W)


class Body:
    def __init__(self, position):
        self.position = position
        self.speed = np.zeros_like(position)
        self.path = []

    def step(self, force, dt):
        self.speed += force * dt
        self.position += self.speed * dt
        self.path.append(self.position.copy())
        return self


@case()
def object_that_owns_its_arrays(x):
    body = Body(x[:3] * 1)
    for _ in range(3):
        body.step(-body.position * x[3:], 0.1)
    return np.sum(body.path[0] * body.path[2]) + np.sum(body.speed**2)


@case()
def object_that_writes_to_what_it_was_given(x):
    y = x[:3] * 1
    Body(y).step(x[3:], 0.5).step(y, 0.5)
    return np.sum(y**2 * W[:3])


class Meter:
    seen = np.zeros(6)

    def note(self, value):
        self.seen += value
        return self.seen


@case()
def property_and_setter(x):
    class Grid:
        def __init__(self, values):
            self._values = values

        @property
        def inside(self):
            return self._values[1:-1]

        @inside.setter
        def inside(self, value):
            self._values[1:-1] = value

    grid = Grid(x * 2)
    grid.inside = x[1:-1] ** 2
    grid.inside += x[0]
    grid.inside[0] *= x[5]
    return np.sum(grid._values * W)


@case()
def closure_over_an_array(x):
    y = x * 2

    def bump(k):
        y[k] += x[k] ** 2
        return y

    bump(0)[1] = x[5]
    bump(1)
    return np.sum(y * W)


@case()
def generator_that_gives_one_buffer(x):
    def steps():
        u = x * 2
        for _ in range(3):
            u[1:] += 0.5 * u[:-1]
            yield u

    seen = list(steps())
    return sum(np.sum((k + 1) * u * W) for k, u in enumerate(seen))


@case()
def branch_on_what_was_written(x):
    y = np.zeros(6)
    for k in range(6):
        y[k] = x[k] ** 2
        if y[k] > 1.0:
            y[k] = 1.0 + np.log(y[k])
        elif y[k] < 0.5:
            y[k:] += 0.1 * x[0]
    return np.sum(y * W)


@case()
def loop_until_small(x):
    y, k = x * 2, 0
    while np.max(np.abs(y)) > 0.5 and k < 20:
        y *= 0.7
        y[k % 6] -= 0.05 * x[0]
        k += 1
    return np.sum(y * W)


# Views of plain arrays, taken before anything that is traced is written, and views of views that NumPy copies.


@case()
def plain_transpose_then_filled(x):
    a = np.ones(6)
    t = a.T
    t.fill(np.sin(x[2]))
    return np.sum(np.tanh(a) * W)


@case()
def plain_transpose_sees_its_base(x):
    a = np.ones(6)
    t = a.T
    for k in range(2):
        a[k] = a[k] * np.sin(x[1])
    a[a < 0.9] *= x[2]
    return np.sum(np.tanh(t) * W)


@case()
def plain_view_sees_a_helper_write(x):
    def shift(into, s):
        into += s

    a = np.zeros((3, 4))
    v = a.view()
    shift(a, x[5] * x[4])
    np.fill_diagonal(v, x[0] - x[1])
    return np.sum(np.tanh(v) * M) + a[1, 1]


@case()
def plain_moved_axis_is_a_view(x):
    a = np.ones(6)
    b = np.moveaxis(a, 0, -1)
    np.put(a, [0, 1], x[4])
    b.flat[::3] = 0.4
    b.reshape(-1)[2] += x[3]
    return np.sum(np.tanh(a) * W)


@case()
def plain_moved_axis_sees_division(x):
    a = np.ones(6)
    b = np.moveaxis(a, 0, -1)
    a /= 1.5 + (x[5] - x[0])
    return np.sum(np.tanh(b) * W)


@case()
def plain_ravel_sees_additions_at_places(x):
    a = np.ones(6)
    v = a.ravel()
    np.add.at(a, [2, 1, 2], x[0] * x[1])
    return np.sum(np.tanh(v) * W)


@case()
def plain_ravel_of_transpose_written_by_places(x):
    a = np.ones(6)
    v = a.T.ravel()
    v.flat[2] = np.sin(x[4])
    v.ravel()[4:6] = x[1]
    return np.sum(np.tanh(a) * W)


@case()
def ravel_of_reversed_is_a_copy(x):
    y = x * 1.0
    back = y[::-1]
    back.ravel()[1:3] = np.sin(x[5])
    flat = back.ravel()
    flat[0] = 0.0
    return np.sum(np.tanh(y) * W) + np.sum(flat)


@case((3, 4))
def ravel_of_flipped_is_a_copy(a):
    b = a * 1.0
    flipped = np.flip(b)
    flipped.ravel()[1:3] = a[0, 0]
    flipped.reshape(-1)[5] = a[1, 1] ** 2
    return np.sum(b**2 * M)


@case()
def reversed_twice_then_raveled(x):
    y = x * 1.0
    back = y[1:][::-1]
    flat = back.ravel()
    again = np.flip(back)
    for k in range(2):
        flat[k] = again[k] * (x[1] - x[0])
    return np.sum(np.tanh(again) * W[:5]) + np.sum(flat * y[1:])


@case()
def reversed_onto_itself_after_division(x):
    y = x * 1.0
    y /= 1.5 + x[0]
    y[:] = y[::-1]
    return np.sum(np.tanh(y) * W)


@case((3, 4))
def copied_to_from_an_array_written_later(a):
    b = a * 1.0
    c = np.zeros((3, 4))
    d = c
    d[..., [0, 1]] = a[2, 2]
    np.copyto(b, d)
    c[2] += np.sin(a[1, 1])
    return np.sum(np.tanh(b) * M) + np.sum(c * a)


@case((12,))
def like_copies_of_which_one_is_written(x):
    def shift(into, s):
        into += s

    b = np.reshape(x, (3, 4)) * 1.0
    b.flat[1] = np.sin(x[2])
    view, copied = b.ravel(), b.flatten()
    view **= 2
    shift(copied[1:], 0.2)
    return np.sum(np.tanh(0.5 * b)) if len(copied[copied > 0.22]) else x[0]


# Arrays from outside.


@case()
def outside_array_copied_then_written(x):
    y = np.array(C)
    y[1:3] = x[:2] ** 2
    return np.sum(y * x)


@case()
def outside_array_by_its_own_copy(x):
    y = C.copy()
    y[1] = x[0] ** 2
    return np.sum(y * x)


@case()
def outside_array_times_two(x):
    y = C * 2
    y[2:4] += x[2:4]
    return np.sum(y**2)


@case()
def product_of_an_array_made_by_name(x):
    y = array_by_name([x[0], x[1], 2.0])
    y[2] *= x[2]
    return np.sum(y**2)


@case(outside=True)
def outside_buffer_written(x):
    _buffer[2] = x[0] ** 2
    _buffer[3:] = x[:3]
    return np.sum(_buffer * x)


@case(outside=True)
def outside_buffer_added_to(x):
    y = _buffer
    y += x
    y *= x
    return np.sum(y * W)


@case(outside=True)
def outside_buffer_added_to_by_a_plain_number(x):
    y = _buffer[1:4]
    y += 2.0
    z = x[1:4] * _buffer[1:4]
    _buffer[2] = 5.0
    return np.sum(z) + np.sum(_buffer * x)


@case(outside=True)
def outside_view_changed_after_its_product(x):
    part = _rows[1][2:]
    y = x[2:] * part
    _rows[1][3] = 9.0
    return np.sum(y) + np.sum(part * x[:4] ** 2)


@case(outside=True)
def outside_list_of_rows(x):
    for k, row in enumerate(_rows):
        row *= x[k]
        row[k] = x[5] ** 2
    return np.sum(_rows[0] * _rows[1])


@case(outside=True)
def outside_state_of_a_class(x):
    Meter().note(x)
    return np.sum(Meter().note(x**2) * W)


@case(outside=True)
def outside_number_summed_up(x):
    for each in x:
        _total[...] += each**2
    return _total * x[0]
