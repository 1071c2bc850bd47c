"""What a network's examples are: `Schema`, its `Inputs` and `Outputs`, found in the data and kept in the network's file.

`given.py` sees whatever users give as rows, `inputs.py` and `outputs.py` turn them into numbers and back, `schema.py` joins both.
"""
