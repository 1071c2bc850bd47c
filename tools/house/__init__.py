"""The budget of the package: `python -m tools.house` lowers `house.toml` to what there is now; `raise` raises it, with a reason.

- `measure.py`: counts what a room and a file have.
- `budget.py`: reads and writes `house.toml`, and compares it with what is counted.
- `__main__.py`: the command.
"""
