"""Text as Markdown that shows it as it is: without formatting, links, HTML or new lines.

Only what would format is escaped, so that `synthetic(n_subjects=6)` and `0.41 [0.40, 0.42]` stay readable in the file.
"""

from __future__ import annotations

import re

SPECIAL = re.compile(
    r"[\\`*~$]"  # code, emphasis, deletion, formulae
    r"|(?<![^\W_])_|_(?![^\W_])"  # underscores at the edge of a word, which may begin or end emphasis
    r"|<(?=[A-Za-z/!?])"  # HTML
    r"|&(?=#?\w+;)"  # entities
    r"|\](?=[(\[:])"  # the end of the text of a link, or of a definition of one
)
IN_CELL = re.compile(rf"\||{SPECIAL.pattern}")
START = re.compile(r"[-+>#=\[]|\d+[.)]")  # a list, a quotation, a heading or a definition, at the start of a line
LINKS = {"://": "&#58;//", "www.": "www&#46;", "@": "&#64;"}  # what GitHub makes links of


def escape(text: str, special: re.Pattern[str] = SPECIAL) -> str:
    """For a line that begins with other text, or for a table or a link with the characters that are special there."""
    line = " ".join(text.split())
    line = "".join(character if character.isprintable() else "?" for character in line)
    escaped = special.sub(lambda match: {"<": "&lt;", "&": "&amp;"}.get(match[0], f"\\{match[0]}"), line)
    for plain, entity in LINKS.items():
        escaped = re.sub(re.escape(plain), entity, escaped, flags=re.IGNORECASE)
    return escaped


def escape_line(text: str) -> str:
    """For the start of a line."""
    escaped = escape(text)
    match = START.match(escaped)
    return f"{escaped[: match.end() - 1]}\\{escaped[match.end() - 1 :]}" if match else escaped
