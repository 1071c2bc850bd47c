"""`chainrule shell`: completion in the shells that are there, and the manual page, both made of the help's own tables."""

import os
import re
import shutil
import subprocess
import unicodedata

import pytest

from chainrule.cli.commands import COMMANDS
from chainrule.show.language import say

SHELLS = ("bash", "zsh", "fish", "powershell")


def asked(shell, script, program):
    """What a shell prints that has read the script."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run([shell, "-c", f"{script}\n{program}"], capture_output=True, encoding="utf-8")
    assert done.stderr == ""
    return done.stdout.split()


def in_bash(script, *words):
    program = f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; _chainrule; echo ${{COMPREPLY[@]}}"
    return asked("bash", script, program)


def test_bash_completes_commands_and_options(run):
    script = run("shell", "bash").out
    assert in_bash(script, "chainrule", "e") == ["evaluate", "explain", "export"]
    assert in_bash(script, "chainrule", "train", "--ep") == ["--epochs"]
    assert in_bash(script, "chainrule", "explain", "--wh") == ["--why"]
    assert in_bash(script, "chainrule", "train", "my") == []  # files are the shell's own


def test_fish_completes_commands_and_options(run):
    script = run("shell", "fish").out
    assert asked("fish", script, "complete -C 'chainrule ev'")[0] == "evaluate"
    assert asked("fish", script, "complete -C 'chainrule train --epo'")[0] == "--epochs"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_zsh_reads_the_script(run, language):
    script = run("shell", "zsh", "--lang", language).out
    program = "words=(chainrule train --); CURRENT=3; _chainrule; print -l -- $offered"
    found = asked("zsh", f"compdef() {{ }}; _describe() {{ print -l -- ${{(P)2}} }}\n{script}", program)
    assert any(each.startswith("--epochs:") for each in found)


@pytest.mark.parametrize("shell", SHELLS)
def test_every_option_of_every_command_is_offered(run, shell):
    script = run("shell", shell, "--lang", "en").out
    for command in COMMANDS.values():
        for argument in command.arguments:
            for flag in argument.flags:
                name = flag.lstrip("-") if shell == "fish" else flag
                lines = [line for line in script.splitlines() if command.name in line]
                assert any(name in line for line in lines), (command.name, flag)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_manual_page_is_set_without_a_warning(run, language):
    page = run("shell", "man", "--lang", language).out
    assert all(f"\n.SS {name}\n" in page for name in COMMANDS)
    assert not re.search("[\u4e00-\u9fff][,:;.]$", page, re.M)
    about = page.split(".SH NAME\n")[1].splitlines()[0].replace(r"\:", "")
    assert about == r"chainrule \- " + say(language, "neural networks you can see through")
    assert r".B \-\-epochs 30" in page
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    command = ["groff", "-man", "-Tutf8", "-ww", "-Kutf8", "-rLL=80n"]
    wide = {**os.environ, "LC_ALL": "C.UTF-8"}  # in which troff knows that a Chinese character takes two columns
    done = subprocess.run(command, input=page, capture_output=True, encoding="utf-8", env=wide)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--learning-rate" in done.stdout
    plain = re.sub(r"\x1b\[\d+m|.\x08", "", done.stdout)
    assert "\u2010" not in plain  # a hyphen that would be copied with what is typed
    assert (
        max(sum(1 + (unicodedata.east_asian_width(each) in "WF") for each in line) for line in plain.splitlines()) <= 80
    )
    assert not re.search("^ *[，。；：、）”]", plain, re.M)


def test_another_shell_is_refused_with_those_that_are_known(run):
    done = run("shell", "tcsh")
    assert done.code == 2
    assert "bash, zsh, fish, powershell or man" in " ".join(done.err.split())
