"""Everything here runs twice: as it comes, and with every backward pass compiled at the first sighting of its structure."""

import pytest

from chainrule.calculus import sightings


@pytest.fixture(autouse=True, params=["as it comes", "compiled at once"])
def sighting(request, monkeypatch):
    sightings.forget()
    monkeypatch.setattr(sightings, "FROM", 1 if request.param == "compiled at once" else 2)
    yield request.param
    sightings.forget()
