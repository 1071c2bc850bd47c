"""What is said of a picture of numbers: summaries for those who do not see it, captions, and the table of its numbers."""

from . import Texts

TEXTS: Texts = {
    "summary": (
        "{shape} numbers from {low} to {high}, mean {mean}; {zeros} of them are 0.",
        "{shape} 个数，从 {low} 到 {high}，平均 {mean}，其中 {zeros} 是 0。",
    ),
    "row of": ("1 of {count}: row {row}", "{count} 行之一：第 {row} 行"),
    "column of": ("1 of {count}: column {column}", "{count} 列之一：第 {column} 列"),
    "matrix of": ("1 of {count}: matrix {place}", "{count} 个矩阵之一：第 {place} 个"),
    "numbers": ("The numbers", "具体数值"),
    "listed": ("{shape}, of which this table has {part}", "{shape}，表中是{part}"),
    "shown": ("{shape}, of which the picture shows {part}", "{shape}，图中是{part}"),
}
