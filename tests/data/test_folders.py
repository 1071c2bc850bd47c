"""Pictures in folders: their colors as Pillow has them, and whether classes need them, beside leaving each picture out."""

import numpy as np
import pytest
from PIL import Image

from chainrule.data import folders
from chainrule.data.errors import DataError
from chainrule.data.folders import Files, read_picture, read_pictures
from chainrule.data.images import read_colors
from chainrule.show.language import translated


def noise(mode, seed=0):
    shape = (6, 5) if mode == "L" else (6, 5, 3)
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, np.uint8))


@pytest.mark.parametrize("kind", ["gray", "palette", "color", "gif", "sixteen bits", "transparent", "turned"])
def test_colors_are_those_of_pillow(tmp_path, kind):
    path, picture = tmp_path / "picture.png", noise("RGB")
    wanted = np.asarray(picture)
    if kind == "gray":
        noise("L").save(path)
        wanted = np.repeat(np.asarray(noise("L"))[:, :, None], 3, axis=2)
    elif kind == "palette":
        picture.quantize(200).save(path)
        wanted = np.asarray(picture.quantize(200).convert("RGB"))
    elif kind == "gif":
        path = path.with_suffix(".gif")
        picture.save(path)
        with Image.open(path) as opened:
            wanted = np.asarray(opened.convert("RGB"))
    elif kind == "sixteen bits":
        deep = np.random.default_rng(0).integers(0, 65536, (6, 5)).astype(np.uint16)
        Image.fromarray(deep).save(path)
        wanted = np.repeat((deep / 257)[:, :, None], 3, axis=2)
    elif kind == "transparent":
        picture.putalpha(Image.new("L", picture.size, 0))
        picture.save(path)
        wanted = np.full((6, 5, 3), 255)
    elif kind == "turned":
        exif = Image.Exif()
        exif[0x0112] = 6
        picture.save(path, exif=exif)
        wanted = np.rot90(wanted, -1)
    else:
        picture.save(path)
    colors = read_colors(path)
    assert colors.shape == (3, *wanted.shape[:2])
    np.testing.assert_allclose(np.moveaxis(colors, 0, -1), wanted, atol=1e-3)


def test_pictures_of_one_size_are_read_in_grays_or_in_colors(tmp_path):
    paths = tuple(tmp_path / f"{k}.png" for k in range(3))
    for k, path in enumerate(paths):
        noise("RGB", k).save(path)
    files = Files(paths, np.array([0, 1, 1]))
    assert read_pictures(files, False).images.shape == (3, 6, 5)
    colors = read_pictures(files, True)
    assert colors.images.shape == (3, 3, 6, 5) and not colors.images.flags.writeable
    np.testing.assert_array_equal(colors.images[1], read_picture(paths[1], (3, 6, 5)))
    np.testing.assert_array_equal(read_pictures(files, False).images[1], read_picture(paths[1], (6, 5)))
    with pytest.raises(
        DataError, match=r"0\.png is 6 × 5, and the others are 5 × 6; make all pictures of one size\."
    ) as error:
        read_picture(paths[0], (3, 5, 6))
    assert "是 6 × 5，其他是 5 × 6；" in translated(error.value, "zh"), "with one space before each size"


def leaves_out(features, labels, fault=False):
    """Fit ridge regression to all examples but one, for each: what `_tells_class` does in closed form."""
    centered = features - features.mean(axis=0)
    augmented = np.hstack([centered, np.ones((len(centered), 1))])
    penalty = folders._PENALTY * np.trace(augmented @ augmented.T) / len(augmented) + 1e-9
    wanted = (labels[:, None] == np.unique(labels)).astype(float)
    answers = []
    for k in range(len(labels)):
        rest = np.arange(len(labels)) != k if not fault else np.full(len(labels), True)
        a = augmented[rest]
        w = np.linalg.solve(a.T @ a + penalty * np.eye(a.shape[1]), a.T @ wanted[rest])
        answers.append(bool(wanted[k, np.argmax(augmented[k] @ w)]))
    return np.array(answers)


def test_each_picture_is_told_by_the_others_alone():
    random = np.random.default_rng(0)
    features, labels = random.normal(size=(60, 12)), random.integers(0, 3, 60)
    told = folders._tells_class(features, labels)
    np.testing.assert_array_equal(told, leaves_out(features, labels))
    assert (told != leaves_out(features, labels, fault=True)).any()  # a planted fault: it has seen the picture itself


@pytest.mark.parametrize("size", [(1, 1), (3, 20), (8, 8), (9, 31), (64, 5)])
def test_a_thumbnail_has_the_means_of_its_cells(size):
    picture = np.random.default_rng(0).integers(0, 256, (3, *size)).astype(np.uint8)
    thumbnail = folders._thumbnail(picture)
    assert thumbnail.shape == (3, 8, 8)
    bounds = [[k * n // min(8, n) for k in range(min(8, n))] for n in size]
    for i, top in enumerate(bounds[0]):
        for j, left in enumerate(bounds[1]):
            bottom, right = ([*b, n][k + 1] for b, n, k in zip(bounds, size, (i, j), strict=True))
            np.testing.assert_allclose(thumbnail[:, i, j], picture[:, top:bottom, left:right].mean(axis=(1, 2)))
    assert not thumbnail[:, len(bounds[0]) :].any() and not thumbnail[:, :, len(bounds[1]) :].any()
