"""What is wrong with a traced function: shapes that do not fit, branches, gradients; and refusals.

A refusal names a line, what is wrong there, and what to write instead; those two are phrases, in `refusals.py`.
"""

SENTENCES: dict[str, str] = {
    "{line}: {function} has no derivative here; it would overwrite an array; write {code}, which makes a new one.": (
        "{line}：{function} 在这里没有导数；它会改写数组；请写 {code}，它生成新的数组。"
    ),
    "{line}: {refused}; {instead}.": "{line}：{refused}；{instead}。",
    "{refused}; {instead}.": "{refused}；{instead}。",
    "{name} was traced where {truth}, and on these values that is false; trace it on them again.": (
        "跟踪 {name} 时 {truth} 成立，而在这些数值上不成立；请用它们重新跟踪。"
    ),
    "The derivative with respect to {place_of} is {derivative}, and finite differences give {difference}: "
    "a relative error of {error_of}, where {allowed} is allowed.": (
        "对 {place_of} 的导数是 {derivative}，而有限差分给出 {difference}：相对误差 {error_of}，只允许 {allowed}。"
    ),
    # ---- shapes that do not fit: the lines under the equation
    "  {operation}: {reason}": "  {operation}：{reason}",
    "  {reason}": "  {reason}",
    "{operation}: {reason} ({listed}).": "{operation}：{reason}（{listed}）。",
    "{operation}: {reason} ({listed}). {advice}": "{operation}：{reason}（{listed}）。{advice}",
    "  {advice}": "  {advice}",
    "  A column of shape ({rows}, 1) meets a row of shape ({columns},), and NumPy makes {made_rows}×{made_columns} of them; "
    "give both the same number of axes.": (
        "  形状为 ({rows}, 1) 的列遇到形状为 ({columns},) 的行，NumPy 会得到 "
        "{made_rows}×{made_columns} 个数；请让两者的轴数相同。"
    ),
}

PHRASES: dict[str, dict[str, str]] = {
    "reason": {
        "the sizes differ": "大小不同",
        "the shapes differ": "形状不同",
        "the inner dimensions differ": "内侧的维度不同",
        "the numbers of axes differ": "轴数不同",
        "{one} meets {other}: the numbers of axes differ": "{one} 遇到 {other}：轴数不同",
        "the sizes along {label} differ": "沿 {label} 的大小不同",
        "{labels} names {count} axes, and there are {axes}": "{labels} 写了 {count} 个轴，实际有 {axes} 个",
        "a matrix needs two axes": "矩阵需要两个轴",
        "the matrix is not square": "矩阵不是方阵",
        "a convolution needs two vectors": "卷积需要两个向量",
        "a matrix product needs at least one axis on each side": "矩阵乘积的两边至少各要有一个轴",
        "{old} cannot be reshaped to {new}": "{old} 无法变形为 {new}",
        "{old} cannot be broadcast to {new}": "{old} 无法广播为 {new}",
    },
    "advice": {
        "{written} would fit: {one} · {other}.": "{written} 就能相配：{one} · {other}。",
        "{written} expects {inputs} inputs and gets {given}.": "{written} 需要 {inputs} 个输入，却得到 {given} 个。",
        "{written} would fit: one column.": "{written} 就能相配：一列。",
        "{written} would fit: {fitting}.": "{written} 就能相配：{fitting}。",
        "Both need the same size there, or one of them 1.": "两者在那里的大小应相同，或其中一个为 1。",
        "In a network every array is features × examples: give both two axes.": (
            "网络里的数组都是 特征 × 样本：请让两者都有两个轴。"
        ),
    },
    "made": {"given": "给定", "made here": "在这一行得到", "made at {line}": "得自 {line}", "1 number": "1 个数"},
}
