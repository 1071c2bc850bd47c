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
        "Each row shows the worst number measured in a parameter. It is moved a little up and a little down, and the "
        "cost is computed each time.",
        "每组参数只列实测中误差最大的一个数：把它向两边各移动一点，各算一次代价。",
    ),
    "rises": (
        "Does the cost fit its gradient? Along the gradient, C rises with a measured slope of ",
        "代价与梯度是否相配：沿梯度方向，C 上升的斜率实测为 ",
    ),
    "promises": ("; the length of the gradient is ", "；按梯度的长度应为 "),
    # ---- the verdict ----
    "right": ("All gradients are right ✓", "所有梯度都正确 ✓"),
    "wrong": ("The gradient of {place} is wrong: ", "{place} 的梯度不对："),
    "off": ("it is off by {error}, where {allowed} is allowed.", "相差 {error}，只允许 {allowed}。"),
    "unmeasured": (
        "The cost is infinite here, because outputs are rounded to 0 or 1: no slope can be measured.",
        "这里的代价是无穷大，因为输出被舍入成了 0 或 1：斜率无法实测。",
    ),
    "apart": ("The cost does not fit its gradient.", "代价与梯度不相配。"),
}
