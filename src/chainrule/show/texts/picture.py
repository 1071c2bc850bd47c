"""What is said of a picture of numbers: summaries for those who do not see it, captions, and the table of its numbers."""

from . import Texts

TEXTS: Texts = {
    "summary": "{shape} numbers from {low} to {high}, mean {mean}; {zeros} of them are 0.",
    "row of": "1 of {count}: row {row}",
    "column of": "1 of {count}: column {column}",
    "matrix of": "1 of {count}: matrix {place}",
    "numbers": "The numbers",
    "listed": "{shape}, of which this table has {part}",
    "shown": "{shape}, of which the picture shows {part}",
}
