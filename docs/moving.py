"""Make the moving pictures of README and site from the real page: play it in a browser, and keep what it shows as animated WebP.

`python docs/moving.py [error] [train] [derive]` writes docs/pictures/moving-*.webp, in English and Chinese, with Playwright and
Chromium (`pip install -e ".[browser]"`). The browser's clock stands still but for what is asked for here, so no frame depends on
the machine.
"""

from __future__ import annotations

import io
import math
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

import chainrule as cr
from chainrule.data.shipped import shipped

HERE = Path(__file__).parent / "pictures"
LANGUAGES = ("en", "zh")
WIDTH = 840
"""How wide a README shows pictures, in px; they are kept in a quarter more, for screens with fine pixels."""
FINE = 1.25
MOST = 500_000
"""Bytes of a moving picture."""
QUALITY = 55
DIGIT = 4
"""The test digit that is followed while the network learns."""
TICK = 100
"""Milliseconds of a frame while something moves."""

Frame = tuple[bytes, int]
"""A picture as PNG, and for how many milliseconds it stands."""


class Player:
    """The page in a browser, whose time goes on only when it is told to.

    Args:
        page: The page, at rest.
        parts: What is shown of it: from the top of the first of these on, as high as said.
        height: In px of the page.
    """

    def __init__(self, page: Any, parts: str, height: int):
        self.page, self.parts, self.height = page, parts, height

    def frame(self, milliseconds: int) -> Frame:
        """What is seen now, for so long."""
        box = self.page.locator(self.parts).first.bounding_box()
        clip = {"x": 0, "y": max(0, box["y"]), "width": self.page.viewport_size["width"], "height": self.height}
        return self.page.screenshot(clip=clip, animations="allow"), milliseconds

    def moving(self, length: int) -> Iterator[Frame]:
        """The frames of what has just begun to move, until it is at rest."""
        for at in range(0, length, TICK):
            self.page.evaluate(
                "(at) => { for (const each of document.getAnimations()) { each.pause(); each.currentTime = at; } }", at
            )
            yield self.frame(TICK)
            self.page.clock.run_for(TICK)

    def rest(self) -> None:
        """Let all that moves come to its end."""
        self.page.clock.run_for(5000)


def error(page: Any) -> Iterator[Frame]:
    """A digit that is read wrongly, its error, how it flows back, and one step of learning."""
    player = Player(page, ".look .stick", 482)

    def step(number: int) -> None:
        page.evaluate("(step) => document.querySelector(`.track [data-step='${step}']`).click()", number)

    yield from player.moving(1700)
    player.rest()
    yield player.frame(2000)
    step(3)
    yield player.frame(3000)
    step(4)
    yield from player.moving(2100)
    yield player.frame(3000)
    player.rest()
    step(6)
    player.rest()
    yield player.frame(1600)
    page.locator("[data-key=teach]").click()
    page.wait_for_function("document.querySelector('.look .stage').dataset.motion === 'step'")
    yield from player.moving(600)
    player.rest()
    yield player.frame(5000)


def train(page: Any) -> Iterator[Frame]:
    """A network that learns, epoch by epoch."""
    player = Player(page, ".train .charthead", 620)
    page.evaluate("(digit) => chainrule.route.go('train', { digit })", DIGIT)
    page.locator(".train .headline button").click()
    head = page.get_by_role("slider").first
    head.wait_for()
    page.wait_for_function("!document.querySelector('.train .told').textContent.includes('…')", timeout=120_000)
    head.focus()
    page.keyboard.press("Home")
    page.evaluate("scrollTo(0, 0)")
    yield player.frame(900)
    for _ in range(30):
        page.keyboard.press("ArrowRight")
        yield player.frame(160)
    yield player.frame(4000)


def derive(page: Any) -> Iterator[Frame]:
    """x is dragged, and the derivative follows."""
    player = Player(page, ".derive .headline", 570)
    page.evaluate("chainrule.route.go('derive')")
    page.locator(".derive .tangent svg").wait_for()
    turns = 40
    for turn in range(turns):
        page.evaluate(
            "(at) => chainrule.route.go('derive', { program: 'paths', at })",
            f"{1.1 + 1.5 * math.cos(2 * math.pi * turn / turns):.3f}",
        )
        yield player.frame(140)


FILMS = {"error": (error, 1024, 660), "train": (train, 1280, 900), "derive": (derive, 1280, 800)}
"""What is played by name, with the width and height of the window in px."""


def written(name: str, frames: list[Frame]) -> str:
    """Write a moving picture, in which frames that are alike are one, and say how large it is."""
    joined: list[Frame] = []
    for picture, milliseconds in frames:
        if joined and joined[-1][0] == picture:
            joined[-1] = picture, joined[-1][1] + milliseconds
        else:
            joined.append((picture, milliseconds))
    first, *rest = (Image.open(io.BytesIO(picture)).convert("RGB") for picture, _ in joined)
    lengths = [milliseconds for _, milliseconds in joined]
    path = HERE / name
    first.save(
        path, save_all=True, append_images=rest, duration=lengths, loop=0, quality=QUALITY, method=6, allow_mixed=True
    )
    size = path.stat().st_size
    if size > MOST:
        raise SystemExit(f"{name} has {size:,} bytes, more than {MOST:,}.")
    return f"{name}: {size:,} bytes, {len(joined)} frames, {sum(lengths) / 1000:.1f} s"


def main(names: list[str]) -> None:
    """Play the films that are asked for, in each language, and write them."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        file = Path(folder) / "page.html"
        cr.load(shipped("book")).export(file, training=5000)
        path = shutil.which("chromium") or shutil.which("chromium-browser")  # else Playwright's own
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for name in names:
            for language in LANGUAGES:
                play, width, height = FILMS[name]
                page = browser.new_page(
                    viewport={"width": width, "height": height}, device_scale_factor=FINE * WIDTH / width
                )
                page.clock.install(time=0)
                page.clock.pause_at(1000)
                page.goto(f"{file.as_uri()}#inside?lang={language}")
                page.wait_for_selector("html[data-ready]", timeout=60_000)
                frames = list(play(page))
                page.close()
                print(written(f"moving-{name}-{language}.webp", frames))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:] or list(FILMS))
