"""The help: the overview that `chainrule` alone prints, and the help of each command.

Its English is here and in the tables of commands; the catalog has the Chinese of each text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..show.language import Language, say
from ..show.screen import Screen
from .arguments import Argument, Command, Heading
from .commands import COMMANDS
from .entries import asked_in, hanging, with_words

WELCOME = (
    "chainrule trains networks by backpropagation, and shows the derivative that trains them: every line of it, "
    "and the dimensions of every symbol."
)
_FIRST_STEPS = (
    ("chainrule train", "teach a network to read digits"),
    ("chainrule predict photo.png", "let it read your handwriting"),
    ("chainrule shapes 784,30,10", "what is multiplied with what"),
    ("chainrule derive net.safetensors", "the derivative that trained it"),
    ("chainrule train --help", "all options, and what they mean"),
)
_TRY, _COMMANDS, _WORDS, _EXAMPLES, _OPTIONS = "try", "commands", "words", "examples", "[options]"
_MORE = "chainrule COMMAND --help says more, with --lang in another language; --version and --debug work everywhere."
_VALUES = "Values shown beside options are defaults; words in CAPITALS stand for values of your own."


def texts() -> Iterator[str]:
    """Every text of the help."""
    yield from (WELCOME, _TRY, _COMMANDS, _WORDS, _EXAMPLES, _OPTIONS, _MORE, _VALUES)
    yield from (words for _, words in _FIRST_STEPS)
    for command in COMMANDS.values():
        yield command.purpose
        yield from (each.words for each in command.listed)
        yield from (text for pair in command.words for text in pair)
        yield from (words for _, words in command.examples)


@dataclass(frozen=True)
class Help:
    """Prints the help on a screen in a language; commands in it keep the language that was `asked` for."""

    screen: Screen
    language: Language = "en"
    asked: str | None = None

    def translated(self, text: str) -> str:
        """A text of the help in the reader's language."""
        return say(self.language, text)

    def overview(self) -> None:
        """What chainrule is, what to try first, and the commands."""
        screen = self.screen
        screen.text(self.translated(WELCOME))
        screen.line()
        screen.line((self.translated(_TRY), "ink3"))
        self._commands(_FIRST_STEPS)
        screen.line()
        screen.line((self.translated(_COMMANDS), "ink3"))
        self._terms([(command.name, self.translated(command.purpose)) for command in COMMANDS.values()])
        screen.line()
        screen.text((self.translated(_MORE), "ink3"))

    def command(self, command: Command) -> None:
        """What a command does, its arguments with their defaults, a glossary, and examples."""
        screen = self.screen
        screen.line((command.usage.replace(_OPTIONS, self.translated(_OPTIONS)), "bold"))
        screen.line()
        screen.text(self.translated(command.purpose))
        screen.line()
        width = max(screen.measure(_typed(argument)) for argument in command.arguments) + 4
        for each in command.listed:
            if isinstance(each, Heading):
                screen.line()
                screen.line((self.translated(each.words), "ink3"))
            else:
                self._term(_typed(each), self.translated(each.words), width)
        if any(argument.defaulted and argument.flags for argument in command.arguments):
            screen.line()
            screen.text((self.translated(_VALUES), "ink3"), indent=2)
        if command.words:
            screen.line()
            screen.line((self.translated(_WORDS), "ink3"))
            self._terms([(self.translated(term), self.translated(words)) for term, words in command.words])
        screen.line()
        screen.line((self.translated(_EXAMPLES), "ink3"))
        self._commands(command.examples)

    def _commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """Commands beside what they do."""
        with_words(self.screen, [(asked_in(typed, self.asked), self.translated(words)) for typed, words in commands])

    def _terms(self, terms: Sequence[tuple[str, str]]) -> None:
        """Terms in one column, what they mean in the next."""
        width = max(self.screen.measure(term) for term, _ in terms) + 4
        for term, words in terms:
            self._term(term, words, width)

    def _term(self, term: str, words: str, width: int) -> None:
        hanging(self.screen, ["  ", (term, "bold")], width, words, "ink2")


def _typed(argument: Argument) -> str:
    return f"{argument.flags[0]} {argument.shown}".rstrip() if argument.flags else argument.name
