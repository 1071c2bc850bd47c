"""Names that a stranger may give, each of which ends something in some language, and what each says if it succeeds."""

import unicodedata

NAMES = {
    # comments
    "ends a block comment": "*/PWNED();/*",
    "begins one": "/*/",
    "ends one by a trigraph": "*??/\n/PWNED();/*",
    "ends one by a spliced line": "*\\\n/PWNED();/*",
    "ends a line comment": "\nPWNED()\n#\n//",
    "a carriage return": "\rPWNED()",
    "a line of JavaScript": "\u2028PWNED()//\u2029PWNED()//",
    "a line of Unicode": "\x85PWNED()\x0bPWNED()\x0cPWNED()",
    "a comment of HTML": "<!--\n-->PWNED()",
    # strings
    "three quotation marks": '"""\nPWNED()\n"""',
    "four": '"""";PWNED();r"""',
    "five": '"""""\nPWNED()\n',
    "three apostrophes": "'''\nPWNED()\n'''",
    "a backslash at the end": "PWNED\\",
    "a backslash and a mark": '\\";PWNED();//',
    "a mark": '"+PWNED()+"',
    "an apostrophe": "'+PWNED()+'",
    "an escape": "\\x22;PWNED();\\u0022;\\42",
    "a template": "`+PWNED()+`${PWNED()}",
    "fields of a format": "{PWNED} {0.__class__} {} %s %n %(PWNED)s",
    "JSON": '","PWNED":"',
    "trigraphs": "??/??'??(??)",
    # markup
    "a script's end": "</script><script>PWNED()</script>",
    "a script within a comment": "<!--<script>",
    "an element": "<img src=x onerror=PWNED()>",
    "an attribute": '" onload="PWNED()" x="',
    "a style's end": "</style></title></textarea><svg onload=PWNED()>",
    "an entity": "&lt;script&gt;&#x22;",
    "CDATA": "]]><PWNED/>",
    "LaTeX": "}$\\input{PWNED}%#&_^~",
    "Markdown": "[x](javascript:PWNED())<b>",
    # screens
    "a title of the terminal": "\x1b]0:PWNED\x07",
    "a color": "\x1b[31mPWNED\x1b[0m",
    "C1": "\x9b31mPWNED\x9d0:PWNED\x9c",
    "erases": "PWNED\b\b\b\b\b\x7f",
    "turns what follows": "\u202ePWNED\u202d\u2066\u2067\u2069\u200f\u061c",
    "a line of advice": "x\n  chainrule PWNED\n",
    "NUL": "a\0PWNED",
    # shells and names of other languages
    "a shell": "$(PWNED);`PWNED`;'PWNED'|&",
    "a property": "__proto__",
    "a word of C": "int",
    "a name of ours": "net.w2",
}
"""By what each tries."""


def unsafe(text, keep="\n"):
    """The characters of a text that a terminal obeys, that end a line somewhere, or that turn what follows."""
    turning = {*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}
    ends = ("Cc", "Cs", "Zl", "Zp")
    return {c for c in text if (unicodedata.category(c) in ends and c not in keep) or c in turning}
