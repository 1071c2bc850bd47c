"""Augmentation against oracles: NumPy's roll and rot90, a bilinear interpolation pixel by pixel, and what theory says.

`warp` is also tested with planted mistakes: the check against the oracle must catch each of them.
"""

import inspect
import math

import numpy as np
import pytest

import chainrule.data.augmentation as augmentation_module
import chainrule.data.warp as warp_module
from chainrule.data.augmentation import AUGMENTATIONS, Augmentation, expand
from chainrule.data.datasets import Dataset, mnist
from chainrule.data.errors import DataError
from chainrule.data.warp import affine, elastic, thicken, warp

# Of each setting, one value that changes every image.
SETTINGS = {
    "shift": 2.0,
    "rotation": 20.0,
    "slant": 20.0,
    "scale": 0.2,
    "stroke": 1.0,
    "elastic": 1.4,
    "contrast": 0.3,
    "noise": 0.1,
}
SIZES = [(28, 28), (9, 14), (1, 6), (5, 1), (1, 1)]


@pytest.fixture(scope="module")
def digits():
    _, _, test = mnist()
    return test.images[:60]


def generator(seed=0):
    return np.random.default_rng(seed)


def uniform(*shape):
    return generator().random((2, *shape), dtype=np.float32)


def matrices(n=1, **given):
    """`affine` for n images with the same values, doing nothing but what is given."""
    values = {"rows": 0, "columns": 0, "rotation": 0, "slant": 0, "height": 1, "width": 1} | given
    return affine(**{name: np.full(n, float(value)) for name, value in values.items()})


def moved(images, down, right):
    """`np.roll`, with 0 where it would wrap around."""
    rolled = np.roll(images, (down, right), axis=(1, 2))
    h, w = images.shape[1:]
    i, j = np.arange(h)[:, None] - down, np.arange(w) - right
    return np.where((i >= 0) & (i < h) & (j >= 0) & (j < w), rolled, 0)


def blob(row, column, size=41, sigma=2.0):
    """An image of one Gaussian blob."""
    i, j = np.indices((size, size))
    return np.exp(-((i - row) ** 2 + (j - column) ** 2) / (2 * sigma**2))[None]


def center_of_mass(image):
    i, j = np.indices(image.shape)
    return np.array([np.sum(i * image), np.sum(j * image)]) / np.sum(image)


# expand


def test_expand_makes_five_of_each_in_the_books_order_before_it_shuffles():
    images = generator().integers(0, 256, (4, 6, 5), np.uint8)
    expanded, labels = expand(images, [3, 1, 4, 1])
    assert labels.tolist() == [3] * 5 + [1] * 5 + [4] * 5 + [1] * 5
    for number, (down, right) in enumerate([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]):
        np.testing.assert_array_equal(expanded[number::5], moved(images, down, right))


def test_expand_makes_250_000_of_the_training_images():
    train, _, _ = mnist()
    expanded = expand(*train)
    assert isinstance(expanded, Dataset)
    assert repr(expanded) == "Dataset(images: uint8 250,000 × 28 × 28, labels: int64 250,000)"
    assert not expanded.images.flags.writeable
    assert not expanded.labels.flags.writeable
    np.testing.assert_array_equal(expanded.images[::5], train.images)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (
            np.zeros((2, 784), np.uint8),
            [1, 2],
            "images are of shape (2, 784); give n × rows × columns, as images.reshape(-1, 28, 28).",
        ),
        (np.zeros((2, 3, 3)), [1, 2], "images are float64; expand takes grays 0…255 as uint8."),
        (
            np.zeros((2, 3, 3), np.uint8),
            [1, 2, 3],
            "labels are int64 of shape (3,); give one whole number for each of 2 images.",
        ),
        (
            np.zeros((2, 3, 3), np.uint8),
            [1.0, 2.0],
            "labels are float64 of shape (2,); give one whole number for each of 2 images.",
        ),
    ],
)
def test_expand_refuses_what_is_no_data_set(images, labels, message):
    with pytest.raises(DataError) as error:
        expand(images, labels)
    assert str(error.value) == message


# warp and affine


def by_pixel(images, matrices, displacements):
    """Bilinear interpolation from its definition, with four weights, one pixel at a time."""
    n, h, w = images.shape
    result = np.zeros(images.shape)
    for k, i, j in np.ndindex(n, h, w):
        row, column = matrices[k] @ [i - (h - 1) / 2, j - (w - 1) / 2, 1] + displacements[:, k, i, j]
        row, column = row + (h - 1) / 2, column + (w - 1) / 2
        for r in (math.floor(row), math.floor(row) + 1):
            for c in (math.floor(column), math.floor(column) + 1):
                if 0 <= r < h and 0 <= c < w:
                    result[k, i, j] += (1 - abs(row - r)) * (1 - abs(column - c)) * images[k, r, c]
    return result


def check_against_pixels(warp, size):
    random = generator(3)
    images = random.random((4, *size))
    places = random.normal(0, 1, (4, 2, 3))
    places[0, :, :2] = np.eye(2)
    displacements = random.normal(0, 2, (2, 4, *size))
    expected = by_pixel(images, places, displacements)
    np.testing.assert_allclose(warp(images, places, displacements), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", SIZES)
def test_warp_equals_interpolation_pixel_by_pixel(size):
    check_against_pixels(warp, size)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("fractions.append(places - whole)", "fractions.append(np.round(places - whole))"),  # the nearest pixel
        ("fractions.append(places - whole)", "fractions.append(whole + 1 - places)"),
        ("np.floor(places)", "np.rint(places)"),
        ("below, beside = fractions", "beside, below = fractions"),
        ("(0, 1, w + 3, w + 4)", "(0, w + 3, 1, w + 4)"),
        ("(0, 1, w + 3, w + 4)", "(0, 1, w + 2, w + 3)"),
        ("(size - 1) / 2 + 1", "size / 2 + 1"),
        ("places += displacements[axis]", "places += displacements[1 - axis]"),
        ("np.clip(places, 0, size + 1, out=places)", "np.clip(places, 1, size, out=places)"),  # the border repeated
        ("matrices[:, axis, :, None, None]", "matrices[:, 1 - axis, :, None, None]"),
        ("np.arange(n)[:, None, None] * (h + 3)", "np.arange(n)[:, None, None] * (h + 2)"),
    ],
)
def test_a_wrong_interpolation_is_caught(right, wrong):
    source = inspect.getsource(warp)
    assert source.count(right) == 1
    planted = dict(vars(warp_module))
    exec(source.replace(right, wrong), planted)
    with pytest.raises(AssertionError):
        check_against_pixels(planted["warp"], (9, 14))


@pytest.mark.parametrize(("down", "right"), [(0, 0), (1, 0), (-3, 2), (0, -5), (30, 0)])
def test_a_shift_by_whole_pixels_is_a_roll_filled_with_zeros(digits, down, right):
    images = digits / 255
    np.testing.assert_array_equal(warp(images, matrices(60, rows=down, columns=right)), moved(images, down, right))


@pytest.mark.parametrize("quarters", [-1, 1, 2, 3])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-13)])
def test_rotation_by_quarters_is_rot90(digits, quarters, dtype, tolerance):
    for images in (digits, digits[:, :27, :27]):
        images = (images / 255).astype(dtype)
        rotated = warp(images, matrices(60, rotation=90 * quarters))
        assert rotated.dtype == dtype
        np.testing.assert_allclose(rotated, np.rot90(images, quarters, axes=(1, 2)), rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("setting", "start", "end"),
    [
        # Rows and columns from the center; rows count downward.
        ({"rows": 2.5, "columns": -1.25}, (3, 4), (5.5, 2.75)),
        ({"rotation": 30}, (0, 8), (-8 * math.sin(math.radians(30)), 8 * math.cos(math.radians(30)))),
        ({"slant": 45}, (-6, 0), (-6, 6)),
        ({"slant": 20}, (6, 1), (6, 1 - 6 * math.tan(math.radians(20)))),
        ({"height": 1.5}, (4, -6), (6, -6)),
        ({"width": 0.5}, (4, -6), (4, -3)),
        # Slant first, then size, then rotation, then shift.
        ({"slant": 45, "height": 1.5, "rotation": 90, "rows": 1}, (-4, 0), (-4 + 1, -6)),
    ],
)
def test_the_center_of_mass_moves_as_asked(setting, start, end):
    warped = warp(blob(20 + start[0], 20 + start[1]), matrices(**setting))[0]
    np.testing.assert_allclose(center_of_mass(warped) - 20, end, atol=0.01)


def test_scale_changes_the_size_and_keeps_the_ink_full():
    square = np.zeros((1, 40, 40))
    square[0, 10:30, 10:30] = 1
    warped = warp(square, matrices(height=1.2, width=0.8))
    assert warped[0, 20].sum() == pytest.approx(20 * 0.8, abs=0.1)
    assert warped[0, :, 20].sum() == pytest.approx(20 * 1.2, abs=0.1)
    assert warped.max() == 1


# elastic


def test_elastic_displacements_have_mean_0_and_the_same_standard_deviation_everywhere():
    field = elastic(uniform(4000, 20, 28), 1.5, 3.0)
    assert field.shape == (2, 4000, 20, 28)
    # Of 4,000 draws: the standard errors are 0.024 and 0.017.
    assert np.abs(field.mean(axis=1)).max() < 5 * 0.024
    np.testing.assert_allclose(field.std(axis=1), 1.5, atol=5 * 0.017)
    assert abs(np.mean(field[0] * field[1])) < 0.02


@pytest.mark.parametrize("sigma", [1.0, 4.0])
def test_elastic_displacements_are_as_smooth_as_their_gaussian(sigma):
    field = elastic(uniform(3000, 48, 48), 1.0, sigma)[0]
    center = field[:, 24, 24]
    for distance in (1, 2, 4, 8):
        expected = math.exp(-(distance**2) / (4 * sigma**2))
        for neighbor in (field[:, 24 + distance, 24], field[:, 24, 24 - distance]):
            assert np.corrcoef(center, neighbor)[0, 1] == pytest.approx(expected, abs=0.07)


def test_elastic_displacements_are_proportional_to_their_amplitude():
    one, three = (elastic(uniform(5, 28, 28), amplitude, 4.0) for amplitude in (1.0, 3.0))
    np.testing.assert_allclose(three, 3 * one, rtol=0, atol=1e-5)


# thicken


def bar(width=10):
    """An upright bar in the middle, from top to bottom."""
    image = np.zeros((1, 24, 24))
    image[:, :, 12 - width // 2 : 12 + width // 2] = 1
    return image


@pytest.mark.parametrize("pixels", [-4.0, -2.0, -1.0, -0.3, 0.0, 0.4, 1.0, 2.5, 4.0])
@pytest.mark.parametrize("upright", [True, False])
def test_a_bars_width_changes_by_what_is_asked(pixels, upright):
    image = bar() if upright else bar().swapaxes(1, 2)
    changed = thicken(image, np.array([pixels]))
    assert changed[0].sum(axis=1 if upright else 0)[12] == pytest.approx(10 + pixels, abs=1e-12)


@pytest.mark.parametrize(("pixels", "tolerance"), [(-3.0, 0.02), (-1.0, 0.02), (1.0, 0.02), (3.0, 0.02)])
def test_a_disk_stays_round_and_its_diameter_changes_by_what_is_asked(pixels, tolerance):
    i, j = np.indices((61, 61)) - 30
    disk = np.clip(15.5 - np.hypot(i, j), 0, 1)[None]
    changed = thicken(disk, np.array([pixels]))[0]
    assert 2 * math.sqrt(changed.sum() / math.pi) == pytest.approx(30 + pixels, rel=tolerance)
    across, diagonal = changed[30].sum(), np.diag(changed).sum() * math.sqrt(2)
    assert across == pytest.approx(diagonal, rel=tolerance)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_stroke_lies_between_the_image_and_its_gray_dilation_and_erosion(size, dtype):
    images = generator().random((5, *size), dtype=dtype)
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    near = np.stack([padded[:, i : i + size[0], j : j + size[1]] for i, j in [(0, 1), (1, 0), (1, 1), (1, 2), (2, 1)]])
    thicker, thinner = thicken(images, np.ones(5)), thicken(images, -np.ones(5))
    assert thicker.dtype == thinner.dtype == dtype
    assert np.all((images <= thicker) & (thicker <= near.max(axis=0)))
    assert np.all((images >= thinner) & (thinner >= near.min(axis=0)))


def test_thicker_strokes_have_more_ink_and_thinner_ones_less(digits):
    ink = [thicken(digits / 255, np.full(60, pixels)).sum(axis=(1, 2)) for pixels in (-2, -1, -0.5, 0, 0.5, 1, 2)]
    assert np.all(np.diff(ink, axis=0) > 0)
    np.testing.assert_array_equal(thicken(digits / 255, np.zeros(60)), digits / 255)


def test_each_image_gets_its_own_change(digits):
    images, pixels = digits / 255, np.linspace(-2, 2, 60)
    one_by_one = [thicken(images[k : k + 1], pixels[k : k + 1])[0] for k in range(60)]
    np.testing.assert_array_equal(thicken(images, pixels), one_by_one)


# Augmentation


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "float64", ">f4"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("setting", [*({name: value} for name, value in SETTINGS.items()), SETTINGS])
def test_shape_dtype_and_range_are_kept_and_the_seed_decides(dtype, size, setting):
    setting = {name: min(value, min(size) / 2) if name == "shift" else value for name, value in setting.items()}
    augmentation = Augmentation(**setting)
    images = generator().integers(0, 256, (7, *size), np.uint8)
    images[0], images[1] = 0, 255
    if dtype != "uint8":
        images = (images / 255).astype(dtype)
    before = images.copy()
    images.flags.writeable = False
    varied, again, other = (augmentation.apply(images, generator(seed)) for seed in (1, 1, 2))
    assert varied.dtype == images.dtype
    assert varied.shape == images.shape
    assert varied.min() >= 0  # NaN fails it too
    assert varied.max() <= (255 if dtype == "uint8" else 1)
    assert varied.flags.writeable
    np.testing.assert_array_equal(varied, again)
    np.testing.assert_array_equal(images, before)
    if min(size) > 5:
        assert np.any(varied != other)


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "float64"])
def test_without_a_setting_images_are_copied_bit_for_bit(dtype):
    images = generator().integers(0, 256, (70, 28, 28), np.uint8)
    if dtype != "uint8":
        images = (images / 255).astype(dtype)
    random = generator()
    for augmentation in (Augmentation(), AUGMENTATIONS["none"], Augmentation(elastic_sigma=7)):
        same = augmentation.apply(images, random)
        assert same.tobytes() == images.tobytes()
        assert not np.shares_memory(same, images)
    assert random.random() == generator().random()


def test_images_differ_from_each_other_and_from_call_to_call(digits):
    random = generator()
    same = digits[:1].repeat(50, axis=0)
    first, second = (AUGMENTATIONS["light"].apply(same, random) for _ in range(2))
    assert len(np.unique(np.concatenate([first, second]).reshape(100, -1), axis=0)) == 100


def test_no_images_give_no_images():
    assert AUGMENTATIONS["strong"].apply(np.zeros((0, 28, 28), np.uint8), generator()).shape == (0, 28, 28)


def test_grays_and_floats_are_augmented_alike(digits):
    augmentation = Augmentation(**SETTINGS)
    grays = augmentation.apply(digits, generator())
    floats = augmentation.apply(digits / np.float32(255), generator())
    np.testing.assert_array_equal(grays, np.rint(floats * 255))


def test_another_setting_does_not_change_the_draws_of_the_first(digits):
    """So that two mixes with one seed differ by their settings alone."""
    rotated = Augmentation(rotation=20).apply(digits / 255, generator())
    darker = Augmentation(rotation=20, contrast=1e-9).apply(digits / 255, generator())
    np.testing.assert_allclose(darker, rotated, atol=1e-8)


def test_shifts_are_uniform_and_as_wide_as_said():
    places = np.array(
        [center_of_mass(image) for image in Augmentation(shift=3).apply(blob(20, 20).repeat(2000, 0), generator())]
    )
    assert 2.95 < np.abs(places - 20).max() < 3.01
    # A uniform distribution's quartiles are at ±1.5; the standard error is 0.06.
    np.testing.assert_allclose(
        np.quantile(places - 20, [0.25, 0.5, 0.75], axis=0), [[-1.5] * 2, [0] * 2, [1.5] * 2], atol=0.25
    )
    assert abs(np.corrcoef(places.T)[0, 1]) < 0.1


def test_contrast_multiplies_the_ink_and_leaves_the_paper():
    images = np.zeros((2000, 2, 2))
    images[:, 0] = 0.5
    varied = Augmentation(contrast=0.2).apply(images, generator())
    assert np.all(varied[:, 1] == 0)
    assert 0.4 <= varied[:, 0].min() < 0.401
    assert 0.599 < varied[:, 0].max() <= 0.6
    assert Augmentation(contrast=0.2).apply(np.ones((50, 2, 2)), generator()).max() == 1


def test_noise_is_uniform_in_every_pixel():
    noise = Augmentation(noise=0.1).apply(np.full((100, 28, 28), 0.5), generator()) - 0.5
    assert np.abs(noise).max() <= 0.1 + 1e-6
    assert abs(noise.mean()) < 0.001
    assert noise.std() == pytest.approx(0.1 / math.sqrt(3), rel=0.01)
    assert len(np.unique(noise)) > 70_000


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_images_do_not_depend_on_the_number_of_threads(monkeypatch, digits, dtype):
    images = digits if dtype == np.uint8 else (digits / 255).astype(dtype)
    monkeypatch.setattr(augmentation_module, "_PIXELS_AT_ONCE", 2 * 28 * 28)
    found = []
    for threads in (1, 2, 7):
        monkeypatch.setattr(augmentation_module, "cores", lambda threads=threads: threads)
        random = generator()
        found.append((Augmentation(**SETTINGS).apply(images, random), random.random()))
    for varied, drawn in found[1:]:
        np.testing.assert_array_equal(varied, found[0][0], strict=True)
        assert drawn == found[0][1]


def test_what_goes_wrong_in_a_thread_is_raised(monkeypatch, digits):
    def wrong(*_):
        raise MemoryError

    monkeypatch.setattr(augmentation_module, "_PIXELS_AT_ONCE", 2 * 28 * 28)
    monkeypatch.setattr(augmentation_module, "cores", lambda: 3)
    monkeypatch.setattr(augmentation_module, "warp", wrong)
    with pytest.raises(MemoryError):
        Augmentation(shift=1).apply(digits, generator())


def test_a_batch_longer_than_is_augmented_at_once_has_new_draws_throughout(monkeypatch, digits):
    monkeypatch.setattr(augmentation_module, "_PIXELS_AT_ONCE", 28 * 28 * 3)
    varied = Augmentation(rotation=20).apply(digits[:1].repeat(8, axis=0), generator())
    assert len(np.unique(varied.reshape(8, -1), axis=0)) == 8


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"shift": -1}, "shift=-1 is out of range; give 0 to 100 pixels."),
        ({"shift": 101}, "shift=101 is out of range; give 0 to 100 pixels."),
        ({"rotation": math.nan}, "rotation=nan is out of range; give 0 to 180 degrees."),
        ({"rotation": 180.5}, "rotation=180.5 is out of range; give 0 to 180 degrees."),
        ({"slant": 61}, "slant=61 is out of range; give 0 to 60 degrees."),
        ({"scale": 10}, "scale=10 is out of range; give 0 to 0.5 as a fraction."),
        ({"stroke": math.inf}, "stroke=inf is out of range; give 0 to 5 pixels."),
        ({"elastic": 34.0}, "elastic=34.0 is out of range; give 0 to 10 pixels."),
        ({"elastic_sigma": 0}, "elastic_sigma=0 is out of range; give 0.5 to 100 pixels."),
        ({"contrast": 1.1}, "contrast=1.1 is out of range; give 0 to 1 as a fraction."),
        ({"noise": -0.5}, "noise=-0.5 is out of range; give 0 to 1 as a fraction."),
        ({"noise": "much"}, "noise=much is out of range; give 0 to 1 as a fraction."),
    ],
)
def test_settings_that_make_no_sense_are_refused(setting, message):
    with pytest.raises(DataError) as error:
        Augmentation(**setting)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (
            np.zeros((10, 784)),
            "images are of shape (10, 784); give n × rows × columns, as images.reshape(-1, 28, 28).",
        ),
        (
            np.zeros((3, 0, 28)),
            "images are of shape (3, 0, 28); give n × rows × columns, as images.reshape(-1, 28, 28).",
        ),
        (np.zeros((2, 28, 28), complex), "images are complex128; give grays 0…255 as uint8, or numbers in 0…1."),
        (np.full((2, 8, 8), 200.0), "images[0, 0, 0] is 200.0; divide grays by 255, or give them as uint8."),
        (np.full((2, 8, 8), np.nan), "images[0, 0, 0] is nan; activations must be in 0…1."),
        (np.zeros((2, 8, 3)), "shift=2 is too much for images of 8 × 3; give at most 1.5 pixels."),
    ],
)
def test_images_that_cannot_be_augmented_are_refused(images, message):
    with pytest.raises(DataError) as error:
        Augmentation(shift=2).apply(images, generator())
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("augmentation", "at_least"),
    [(AUGMENTATIONS["none"], 0.92), (AUGMENTATIONS["light"], 0.85), (AUGMENTATIONS["strong"], 0.6)],
)
def test_digits_stay_what_they_are(augmentation, at_least):
    """The nearest of 5,000 training images, which knows nothing of distortions, still tells the digit."""
    train, _, test = mnist()
    known = train.images[:5000].reshape(5000, -1) / np.float32(255)
    varied = augmentation.apply(test.images[:500], generator()).reshape(500, -1) / np.float32(255)
    nearest = np.argmax(varied @ (known / np.linalg.norm(known, axis=1, keepdims=True)).T, axis=1)
    assert np.mean(train.labels[nearest] == test.labels[:500]) >= at_least


def test_the_mixes_have_these_names_and_none_changes_nothing():
    assert list(AUGMENTATIONS) == ["none", "light", "elastic", "strong"]
    assert AUGMENTATIONS["none"] == Augmentation()
