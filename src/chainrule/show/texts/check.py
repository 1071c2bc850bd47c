"""What `chainrule check` says of a network's gradients: what was measured, on what, and whether it agrees."""

from . import Texts

TEXTS: Texts = {
    "network": ("network", "网络"),
    "data": ("data", "数据"),
    "digits": ("{count} test digits", "{count} 个测试数字"),
    "images": ("{count} test images", "{count} 张测试图像"),
    "random": ("{count} examples of random numbers", "{count} 个随机数样本"),
    "float64": ("in float64", "以 float64 计算"),
    # ---- the table ----
    "parameter": ("parameter", "参数"),
    "shape": ("shape", "维度"),
    "measured": ("measured", "实测个数"),
    "derivative": ("derivative", "导数"),
    "slope": ("slope", "实测斜率"),
    "relative error": ("relative error", "相对误差"),
    "worst": (
        "Of each parameter the worst of the numbers that were measured: moved a little to both sides, the cost computed twice.",
        "每组参数只列实测中最差的一个：把这个数向两边各挪一点，各算一次代价。",
    ),
    "rises": (
        "Cost and gradient together: along the gradient C rises with a slope of ",
        "代价与梯度是否相配：沿梯度方向，C 上升的斜率实测为 ",
    ),
    "promises": (", measured; the gradient's length says ", "；按梯度的长度应为 "),
    # ---- the verdict ----
    "right": ("All gradients are right ✓", "所有梯度都正确 ✓"),
    "wrong": ("The gradient of {place} is wrong: ", "{place} 的梯度不对："),
    "off": ("it is off by {error}, where {allowed} is allowed.", "相差 {error}，只允许 {allowed}。"),
    "unmeasured": (
        "The cost is infinite here, because outputs are rounded to 0 or 1: no slope can be measured.",
        "这里的代价是无穷大，因为输出被舍入成了 0 或 1：斜率无法实测。",
    ),
    "apart": ("Cost and gradient do not belong together.", "代价与梯度不相配。"),
}
