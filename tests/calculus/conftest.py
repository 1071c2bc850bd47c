"""Everything here runs as it comes, and with every backward pass compiled the first time that it is recorded."""

import pytest

from chainrule.calculus import backward_cache

COMPILE_AT = {"as it comes": 2, "compiled at once": 1}


@pytest.fixture(autouse=True, params=COMPILE_AT)
def compiled_at(request, monkeypatch):
    backward_cache.clear()
    monkeypatch.setattr(backward_cache, "COMPILE_AT", COMPILE_AT[request.param])
    yield request.param
    backward_cache.clear()
