"""Everything here runs as it comes, with every backward pass compiled at the first sighting, and with it as loops at once."""

import pytest

from chainrule.calculus import sightings

AT = {"as it comes": (2, 1000), "compiled at once": (1, 1000), "loops at once": (1, 1)}
"""At which sighting a backward pass is compiled, and at which run it becomes loops."""


@pytest.fixture(autouse=True, params=AT)
def sighting(request, monkeypatch):
    sightings.forget()
    first, often = AT[request.param]
    monkeypatch.setattr(sightings, "FROM", first)
    monkeypatch.setattr(sightings, "OFTEN", often)
    yield request.param
    sightings.forget()
