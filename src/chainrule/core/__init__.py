"""The core: ordinary NumPy code in, its derivative out, as a program that is printed and run.

To be read in this order; each file adds one idea, and imports only from those before it:

- `messages.py`: a text for people remembers its template and values.
- `dims.py`: sizes may carry names, and shapes are tuples of sizes.
- `symbols.py`: an operation is applied to symbols, which have a name, a shape and a number type, and to constants.
- `template.py`: how an operation is written is a template; brackets follow from Python's own grammar.
- `primitive.py`: all that is known of an operation is one declaration: shape, number type, derivative, text.
- `structure.py`: arguments and results nest, and a tree says how.
- `errors.py`: what can go wrong.
- `nouns.py`: a program is a list of equations, checked for single assignment and shapes.
- `layout.py`: which equations are lines of their own, and in what order.
- `python.py`: a program's text in Python, which is also what runs.
- `location.py`: an error names the user's own line.
- `traced.py`: a traced array stands in for an array, and remembers what made it.
- `hooks.py`: where the rest of the package takes part in a trace.
- `binding.py`: an operation is done, and recorded.
- `operators.py`: NumPy's functions and Python's operators reach traced arrays.
- `border.py`: what was recorded becomes a program, and a program is played again.
- `tracing.py`: a function runs once on traced arrays, and its program is what they remember.
- `derivative.py`: errors flow back through what was recorded, by the rule of each operation.
- `rewrite.py`: a program is rewritten by rules, one equation at a time, until none applies.
- `simplification.py`: the rules that make a derivative readable.

Nothing here imports from elsewhere in the package. The operations themselves, and all that makes tracing kinder and
programs shorter, enter themselves in the tables and hooks of these files; `chainrule/program/__init__.py` brings them.
"""
