"""The same server as in the tests of the page, for whoever throws garbage at it."""

from ..web.conftest import server, site

__all__ = ["server", "site"]
