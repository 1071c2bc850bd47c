"""Geometry on batches of images: `affine` and `elastic` say where each pixel comes from, `warp` fetches it there.

`thicken` widens and thins strokes. Ink is a float in 0…1 and outside an image is paper, 0. Nothing is random here;
`augmentation.py` draws which distortion an image gets, and how much.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def affine(
    rows: Floats, columns: Floats, rotation: Floats, slant: Floats, height: Floats, width: Floats
) -> NDArray[np.float64]:
    """The matrices for `warp` that slant, scale, rotate and move images, in this order, about their center.

    Args:
        rows: n distances in pixels by which ink moves down.
        columns: n distances in pixels by which ink moves to the right.
        rotation: n angles in degrees, counterclockwise on the screen.
        slant: n angles in degrees by which upright strokes lean to the right.
        height: n factors of the height; 1 leaves it unchanged.
        width: n factors of the width.

    Returns:
        n × 2 × 3. They map positions in the new image to positions in the old one, so they are the inverse of all this.

    Examples:
        >>> zero, one = np.zeros(1), np.ones(1)
        >>> affine(one, one, zero, zero, 2 * one, one)
        array([[[ 0.5,  0. , -0.5],
                [ 0. ,  1. , -1. ]]])
    """
    cos, sin, lean = np.cos(np.radians(rotation)), np.sin(np.radians(rotation)), np.tan(np.radians(slant))
    from_row, from_column = np.stack([cos, sin]) / height, np.stack([-sin, cos]) / width
    linear = np.stack([from_row, from_column + lean * from_row])
    moved = np.stack([rows, columns])
    return np.moveaxis(np.concatenate([linear, -np.sum(linear * moved, axis=1, keepdims=True)], axis=1), -1, 0)


def warp(images: Floats, matrices: NDArray[np.float64], displacements: Floats | None = None) -> Floats:
    """Move the pixels of images: each new pixel is interpolated bilinearly between four pixels of the old image.

    Args:
        images: n × h × w.
        matrices: n × 2 × 3; from row, column and 1 of a new pixel they give the row and the column to take it from, all
            counted from the image's center, ((h − 1)/2, (w − 1)/2).
        displacements: 2 × n × h × w pixels, added to these rows and columns.

    Returns:
        n × h × w, of the images' dtype; 0 where a pixel comes from outside the image.

    Examples:
        >>> image = np.array([[[0.0, 1.0], [0.0, 0.5]]])
        >>> warp(image, np.array([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.5]]]))
        array([[[0.5 , 0.5 ],
                [0.25, 0.25]]])
    """
    n, h, w = images.shape
    # A margin of paper: one pixel before, and two after, so that all four pixels exist for the last place too.
    padded = np.zeros((n, h + 3, w + 3), images.dtype)
    padded[:, 1 : h + 1, 1 : w + 1] = images
    down = np.arange(h, dtype=np.float64)[:, None] - (h - 1) / 2
    right = np.arange(w, dtype=np.float64) - (w - 1) / 2
    index = np.arange(n)[:, None, None] * (h + 3)
    fractions = []
    for axis, size in enumerate((h, w)):
        by_row, by_column, offset = matrices[:, axis, :, None, None].transpose(1, 0, 2, 3)
        # The center's place, and the margin of one pixel.
        offset = offset + (size - 1) / 2 + 1
        places = (by_row * down + offset).astype(images.dtype) + (by_column * right).astype(images.dtype)
        if displacements is not None:
            places += displacements[axis]
        np.clip(places, 0, size + 1, out=places)
        whole = np.floor(places)
        fractions.append(places - whole)
        index = index + whole.astype(np.intp) if axis == 0 else index * (w + 3) + whole.astype(np.intp)
    flat = padded.reshape(-1)
    upper_left, upper_right, lower_left, lower_right = (flat[step:].take(index) for step in (0, 1, w + 3, w + 4))
    below, beside = fractions
    upper = upper_left + beside * (upper_right - upper_left)
    lower = lower_left + beside * (lower_right - lower_left)
    warped: Floats = upper + below * (lower - upper)
    return warped


def elastic(noise: Floats, amplitude: float, sigma: float) -> Floats:
    """Smooth random displacements, as if each image were drawn on rubber: uniform noise smoothed by a Gaussian.

    At every pixel, also at the border, each displacement has mean 0 and standard deviation `amplitude`; two that are d pixels
    apart, vertically or horizontally and away from the border, have the correlation exp(−d²/4σ²).

    Args:
        noise: 2 × n × h × w, `float32`, uniform in 0…1.
        amplitude: The standard deviation, in pixels.
        sigma: σ of the Gaussian, in pixels: small ones make handwriting shaky, large ones only move it.

    Returns:
        2 × n × h × w pixels, `float32`: for rows and for columns.

    References:
        P. Y. Simard, D. Steinkraus, J. C. Platt, *Best Practices for Convolutional Neural Networks Applied to Visual
        Document Analysis*, 2003, section 2. Their α = 34 at σ = 4 is an amplitude of 34/√3 / (2σ√π) = 1.4 here.

    Examples:
        >>> elastic(np.random.default_rng(0).random((2, 5, 28, 28), dtype=np.float32), 1.0, 4.0).shape
        (2, 5, 28, 28)
    """
    # Uniform in 0…1 has variance 1/12, and rows of length 1 keep the variance.
    over_rows, over_columns = (_gaussian(size, sigma) for size in noise.shape[2:])
    smooth: Floats = (over_rows * np.float32(amplitude * math.sqrt(12))) @ (noise - np.float32(0.5)) @ over_columns.T
    return smooth


def thicken(images: Floats, pixels: Floats) -> Floats:
    """Widen or thin strokes: every edge of ink moves outward or inward by half the given amount.

    This is gray dilation or erosion by a disk that grows continuously, ∂I/∂t = ±|∇I|, in steps of at most half a pixel, so
    that no value exceeds its neighbors'. Thinning never adds ink, and strokes thinner than the amount fade.

    Args:
        images: n × h × w.
        pixels: n amounts, added to the width of each image's strokes; negative ones thin them.

    Returns:
        n × h × w, of the images' dtype.

    References:
        R. W. Brockett, P. Maragos, *Evolution Equations for Continuous-Scale Morphological Filtering*, 1994; the
        differences are those of E. Rouy, A. Tourin, *A Viscosity Solutions Approach to Shape-from-Shading*, 1992.

    Examples:
        >>> image = np.array([[[0.0, 0.0, 1.0, 1.0, 0.0, 0.0]]]).repeat(5, axis=1)
        >>> thicken(image, np.array([1.0]))[0, 2]
        array([0. , 0.5, 1. , 1. , 0.5, 0. ])
    """
    n, h, w = images.shape
    # Thinning ink is widening its negative; paper, 0, is then higher than all ink.
    sign = np.where(pixels < 0, -1, 1).astype(images.dtype)[:, None, None]
    padded = np.zeros((n, h + 2, w + 2), images.dtype)
    raised = padded[:, 1:-1, 1:-1]
    raised[...] = sign * images
    left = np.abs(pixels).astype(images.dtype)[:, None, None]
    for _ in range(math.ceil(left.max(initial=0))):
        vertical = np.maximum(np.maximum(padded[:, :-2, 1:-1], padded[:, 2:, 1:-1]) - raised, 0)
        horizontal = np.maximum(np.maximum(padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]) - raised, 0)
        raised += np.clip(left, 0, 1) / 2 * np.sqrt(vertical * vertical + horizontal * horizontal)
        left = left - 1
    thicker: Floats = sign * raised
    return thicker


def _gaussian(size: int, sigma: float) -> NDArray[np.float32]:
    """The size × size matrix that smooths by a Gaussian, each row scaled to Euclidean length 1."""
    distances = np.subtract.outer(np.arange(size), np.arange(size)) / sigma
    rows = np.exp(-0.5 * distances * distances)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)
