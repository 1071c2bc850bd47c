"""What training finds wrong, in words: what is seen, the measured reason, the remedy."""

from . import Texts

TEXTS: Texts = {
    "remedy": ("To repair it:", "补救办法："),
}
