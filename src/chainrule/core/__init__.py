"""The core: ordinary NumPy code in, its derivative out, as a program that prints and runs.

Read the files in this order; each adds one idea, and imports only from those before it:

- `messages.py`: a text for people keeps its template and values.
- `dims.py`: sizes may have names, and shapes are tuples of sizes.
- `symbols.py`: operations apply to symbols, which have a name, a shape and a dtype, and to constants.
- `template.py`: an operation is written by a template; brackets follow from Python's grammar.
- `primitive.py`: one declaration has everything about an operation: shape, dtype, derivative, text.
- `structure.py`: arguments and results nest, and a tree describes how.
- `errors.py`: the errors.
- `nouns.py`: a program is a list of equations, checked for single assignment and shapes.
- `layout.py`: which equations get lines of their own, and in what order.
- `python.py`: the Python text of a program, which is also what runs.
- `location.py`: errors name the user's line.
- `traced.py`: a traced array stands in for an array, and remembers how it was made.
- `hooks.py`: how the rest of the package takes part in a trace.
- `binding.py`: an operation is computed and recorded.
- `operators.py`: NumPy functions and Python operators work on traced arrays.
- `border.py`: recorded nodes become a program, and a program is replayed on nodes.
- `tracing.py`: a function runs once on traced arrays, and the recording becomes its program.
- `derivative.py`: errors flow back through the recording, by the rule of each operation.
- `rewrite.py`: rules rewrite a program, one equation at a time, until none applies.
- `simplification.py`: the rules that make a derivative readable.

Nothing here imports from elsewhere in the package. The operations, and all that improves tracing and shortens programs,
register in the tables and hooks of these files; `chainrule/program/__init__.py` imports them.
"""
