"""The tables of `chainrule shapes`, `evaluate` and `predict`."""

from . import Texts

TEXTS: Texts = {
    # ---- the dimensions of a network
    "forward": ("forward", "前向"),
    "backward": ("backward", "反向"),
    "parameters": ("parameters", "参数"),
    "shape": ("shape", "维度"),
    "equation": ("equation", "方程"),
    "with dimensions": ("with dimensions", "代入维度"),
    "count": ("count", "个数"),
    "in all": ("total", "合计"),
    "batch": ("the batch, one column each", "一批样本，每列一个"),
    "one": ("one example, as a column", "一个样本，写成一列"),
    "memory": ("{size} as {dtype}, as much again for the gradients", "以 {dtype} 存放占 {size}，梯度再占同样多"),
    "meet": (
        "A gradient has the shape of its parameter. In a product the inner sizes match:",
        "梯度与它的参数维度相同。矩阵相乘时，内侧的两个维度相等：",
    ),
    "end": (".", "。"),
    "kept": (
        "For the backward pass, {size} of values are kept for {count:,} examples.",
        "为了反向传播，要为 {count:,} 个样本保留中间值，占 {size}。",
    ),
    "kept one": (
        "For the backward pass, {size} of values are kept for one example.",
        "为了反向传播，要为一个样本保留中间值，占 {size}。",
    ),
    "columns": (
        "Your arrays have one example per row, the equations one per column: a1 = x.T.",
        "数组里一行是一个样本，方程里一列是一个样本：a1 = x.T。",
    ),
    "bytes": ("{count} bytes", "{count} 字节"),
    "rows × columns": (" A shape is rows × columns.", "维度写作 行 × 列。"),
    # ---- evaluate
    "to test": ("{count:,} to test", "测试 {count:,} 张"),
    "confusion": (
        "Confusion matrix: rows are true classes, columns the answers of the network:",
        "混淆矩阵：每行是真正的类别，每列是网络的答案：",
    ),
    "confusions": ("The most frequent confusions:", "最常见的混淆："),
    "truth": ("it is", "其实是"),
    "answer": ("it reads", "认作"),
    "times": ("times", "次数"),
    "image": ("image", "图像"),
    "mistakes": (
        "{count:,} mistakes; the {shown} it was most confident about:",
        "认错 {count:,} 张；其中它最有把握的 {shown} 张：",
    ),
    "look": ("how it came to misread the first one", "第一张是怎样认错的"),
    # ---- predict
    "file": ("file", "文件"),
    "digit": ("digit", "数字"),
    "activation": ("activation", "激活值"),
    "runner-up": ("runner-up", "第二名"),
    "unsure": ("unsure: {second:.2f}, sure from {least:.2f}", "不确定：{second:.2f}，{least:.2f} 起才算确定"),
    "shipped": (
        "Read by the bundled reader, a network trained on augmented digits. explain shows another, the book's network. "
        "To use your own: predict NET IMAGE...",
        "由随包附带的“识别网络”识别，它的训练用了数据增强。explain 用的是另一个，即“书中的网络”。用你自己的：predict "
        "NET IMAGE...",
    ),
}
