"""Files: how a network is written and read."""
