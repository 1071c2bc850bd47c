"""`chainrule shell`: what a shell or a packager asks for, made from the same tables as the help: completion, the manual page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ..show.language import Language, say
from ..version import __version__
from .arguments import Argument, Command, Heading, Values
from .commands import COMMANDS
from .streams import output


def run(values: Values) -> int:
    """Print the script or the page."""
    screen, language = output(values)
    for line in _KINDS[getattr(values, "for")](language):
        screen.line(line)
    return 0


def _options(command: Command) -> list[Argument]:
    return [argument for argument in command.arguments if argument.flags]


def _flags(command: Command) -> str:
    return " ".join(flag for option in _options(command) for flag in option.flags)


# ---- completion ------------------------------------------------------------------------------------------------------


def _bash(language: Language) -> Iterator[str]:
    yield '# eval "$(chainrule shell bash)" in ~/.bashrc'
    yield "_chainrule() {"
    yield '  local word=${COMP_WORDS[COMP_CWORD]} offered=""'
    yield f'  if [ "$COMP_CWORD" = 1 ]; then offered="{" ".join(COMMANDS)}"'
    yield '  elif [ "${word#-}" != "$word" ]; then case ${COMP_WORDS[1]} in'
    for command in COMMANDS.values():
        yield f'    {command.name}) offered="{_flags(command)}" ;;'
    yield "  esac; fi"
    yield '  COMPREPLY=($(compgen -W "$offered" -- "$word"))'
    yield "}"
    yield "complete -o default -F _chainrule chainrule"


def _zsh(language: Language) -> Iterator[str]:
    def described(name: str, words: str) -> str:
        return _quoted(f"{name}:{say(language, words)}")

    yield "#compdef chainrule"
    yield '# eval "$(chainrule shell zsh)" in ~/.zshrc, after compinit'
    yield "_chainrule() {"
    yield "  local -a offered"
    yield "  if (( CURRENT == 2 )); then"
    yield f"    offered=({' '.join(described(each.name, each.purpose) for each in COMMANDS.values())})"
    yield "  elif [[ $words[CURRENT] == -* ]]; then case $words[2] in"
    for command in COMMANDS.values():
        offered = (described(flag, option.words) for option in _options(command) for flag in option.flags)
        yield f"    {command.name}) offered=({' '.join(offered)}) ;;"
    yield "  esac; else _files; return; fi"
    yield "  _describe chainrule offered"
    yield "}"
    yield "compdef _chainrule chainrule"


def _fish(language: Language) -> Iterator[str]:
    yield "# chainrule shell fish > ~/.config/fish/completions/chainrule.fish"
    for command in COMMANDS.values():
        words = _quoted(say(language, command.purpose))
        yield f"complete -c chainrule -f -n __fish_use_subcommand -a {command.name} -d {words}"
        for option in _options(command):
            names = " ".join(f"-l {each[2:]}" if each.startswith("--") else f"-s {each[1:]}" for each in option.flags)
            needs = "" if option.is_flag else " -r"
            words = _quoted(say(language, option.words))
            yield f"complete -c chainrule -n '__fish_seen_subcommand_from {command.name}' {names}{needs} -d {words}"


def _powershell(language: Language) -> Iterator[str]:
    yield "# chainrule shell powershell | Out-String | Invoke-Expression, in $PROFILE"
    yield "Register-ArgumentCompleter -Native -CommandName chainrule -ScriptBlock {"
    yield "  param($word, $line, $cursor)"
    yield "  $options = [ordered]@{"
    for command in COMMANDS.values():
        yield f"    '{command.name}' = '{_flags(command)}'"
    yield "  }"
    yield '  $typed = @($line.CommandElements | ForEach-Object { "$_" })'
    yield "  $offered = if ($typed.Count -gt 1 -and $word -like '-*') { $options[$typed[1]] -split ' ' }"
    yield "    elseif ($typed.Count -eq 1 -or ($typed.Count -eq 2 -and $word)) { $options.Keys }"
    yield '  $offered | Where-Object { $_ -like "$word*" } |'
    yield "    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }"
    yield "}"


def _quoted(text: str) -> str:
    """A text between single quotes, as zsh and fish both read it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "'\\''") + "'"


# ---- the manual page -------------------------------------------------------------------------------------------------


_BREAK = re.compile(r"(?<=[\u3001-\u9fff\uff01-\uffef])(?<![（“])(?=[\u4e00-\u9fff（“\w\\])")
"""Where Chinese goes on in the next line, which troff does only after a space: not before a comma, not within brackets."""


def _man(language: Language) -> Iterator[str]:
    from .help import WELCOME

    yield f'.TH CHAINRULE 1 "" "chainrule {__version__}"'
    yield from (".nh", ".nr HY 0", ".ad l", ".ds AD l")  # nothing that is typed is hyphenated, no space widened
    yield ".SH NAME"
    yield f"chainrule \\- {_troff(say(language, 'neural networks you can see through'))}"
    yield ".SH SYNOPSIS"
    yield ".B chainrule"
    yield ".I COMMAND"
    yield ".SH DESCRIPTION"
    yield _troff(say(language, WELCOME))
    yield f".SH {say(language, 'commands').upper()}"
    for command in COMMANDS.values():
        yield f".SS {command.name}"
        yield _troff(say(language, command.purpose))
        yield ".PP"
        yield f".B {_troff(command.usage.replace('[options]', say(language, '[options]')))}"
        for each in command.listed:
            if isinstance(each, Heading):
                yield ".PP"
                yield f".I {_troff(say(language, each.words))}"
            else:
                typed = f"{', '.join(each.flags)} {each.shown}".strip() or each.name
                yield ".TP"
                yield f".B {_troff(typed)}"
                yield _troff(say(language, each.words))
        yield ".PP"
        yield f".I {_troff(say(language, 'examples'))}"
        for typed, words in command.examples:
            yield ".TP"
            yield f".B {_troff(typed)}"
            yield _troff(say(language, words))


def _troff(text: str) -> str:
    """A text of one line as troff takes it literally."""
    text = _BREAK.sub(r"\\:", text.replace("\\", "\\e").replace("-", "\\-"))
    return "\\&" + text if text.startswith((".", "'")) else text


_KINDS: dict[str, Callable[[Language], Iterator[str]]] = {
    "bash": _bash, "zsh": _zsh, "fish": _fish, "powershell": _powershell, "man": _man,
}  # fmt: skip
