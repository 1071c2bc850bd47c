"""Help for people who learn: the overview that a bare `chainrule` prints, and what each command says of itself."""

from __future__ import annotations

from collections.abc import Sequence

from ..show.screen import Screen
from .arguments import FLAG, Argument, Command, Heading
from .commands import COMMANDS
from .setting import hanging, with_words

_WELCOME = (
    "chainrule trains networks by backpropagation, and shows the derivative that trains them: every line of it, "
    "and the dimensions of every symbol."
)
_FIRST_STEPS = (
    ("chainrule train", "teach a network to read digits"),
    ("chainrule predict photo.png", "let it read yours"),
    ("chainrule shapes 784,30,10", "what is multiplied with what"),
    ("chainrule derive net.safetensors", "the derivative that trained it"),
    ("chainrule train --help", "what can be chosen, and what it means"),
)


def overview(screen: Screen) -> None:
    """What chainrule is, what to try first, and the commands."""
    screen.text(_WELCOME)
    screen.line()
    screen.line(("try", "ink3"))
    with_words(screen, _FIRST_STEPS)
    screen.line()
    screen.line(("commands", "ink3"))
    _terms(screen, [(command.name, command.purpose) for command in COMMANDS.values()])
    screen.line()
    screen.text(("chainrule COMMAND --help says more; --version and --debug work everywhere.", "ink3"))


def command_help(command: Command, screen: Screen) -> None:
    """What a command does, its arguments with their defaults, words to know, and examples."""
    screen.line((command.usage, "bold"))
    screen.line()
    screen.text(command.purpose)
    screen.line()
    width = max(screen.measure(_typed(argument)) for argument in command.arguments) + 4
    for each in command.listed:
        if isinstance(each, Heading):
            screen.line()
            screen.line((each.words, "ink3"))
        else:
            _term(screen, _typed(each), each.words, width)
    if any(argument.default is not None and argument.flags for argument in command.arguments):
        screen.line()
        screen.text(
            ("Values beside options are their defaults; what is in capitals is yours to give.", "ink3"), indent=2
        )
    if command.words:
        screen.line()
        screen.line(("words", "ink3"))
        _terms(screen, command.words)
    screen.line()
    screen.line(("examples", "ink3"))
    with_words(screen, command.examples)


def _typed(argument: Argument) -> str:
    if not argument.flags:
        return argument.name
    return argument.flags[0] + (f" {argument.shown}" if argument.shown != FLAG else "")


def _terms(screen: Screen, terms: Sequence[tuple[str, str]]) -> None:
    """Terms in one column, what they mean in the next."""
    width = max(screen.measure(term) for term, _ in terms) + 4
    for term, words in terms:
        _term(screen, term, words, width)


def _term(screen: Screen, term: str, words: str, width: int) -> None:
    hanging(screen, ["  ", (term, "bold")], width, words, "ink2")
