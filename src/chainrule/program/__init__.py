"""The ground floor: what a computation is, its derivative and its text."""
