"""`chainrule article`: how a neural network works, step by step on real data, on a terminal or as a web page."""

from __future__ import annotations

import numpy as np

from ..data import datasets
from ..data.shipped import shipped
from ..exchange.atomic import write_text
from ..explain.document import article
from ..explain.terminal import draw_article
from ..saved import load
from ..show.language import say
from .arguments import Values
from .destination import require_writable
from .sets import chosen_mistake
from .streams import output


def run(values: Values) -> int:
    """Explain a mistake of the network in the package, in the order and with the code of the article."""
    screen, language = output(values)
    if values.html is not None:
        require_writable(values.html, values.lang)
    test = datasets.mnist_test()
    net = load(shipped("book"))
    wrong = np.flatnonzero(net.predict(test.images) != test.labels)
    index = int(wrong[chosen_mistake(net, test, wrong)])
    made = net.explain(test.images[index], test.labels[index])
    if values.html is not None:
        write_text(values.html, article(made, language=language))
        screen.text(say(language, "written to {file}: open it in any browser", file=values.html))
    else:
        draw_article(made, screen, language, say(language, "test digit {number}", number=index))
    return 0
