"""What the explanation says as a document, beside the words of its steps: title, introduction, headings, captions.

A zero-width space stands where a Chinese heading may break.
"""

from . import Texts

TEXTS: Texts = {
    # ---- the top
    "kind": ("explain", "解释"),
    "wrong": (
        "Why did the network read this {label} as {answer}?",
        "网络为什么\u200b把这个 {label} \u200b认成了 {answer}？",
    ),
    "right": ("How did the network read this {label}?", "网络是怎样\u200b认出这个 {label} \u200b的？"),
    "unknown": ("What does the network read here?", "网络认为\u200b这是什么？"),
    "regression": ("How does the network come to its answer?", "网络是怎样\u200b得出答案的？"),
    "function": ("The derivative of {name}, line by line", "{name} 的导数，\u200b一行一行看"),
    "network": ("A network of {sizes} neurons.", "这是一个神经元数为 {sizes} 的网络。"),
    "gives": (
        "It gives {answer} an activation of {activation}.",
        "它给 {answer} 的激活值是 {activation}。",
    ),
    "gives truth": (
        "It gives {answer} an activation of {activation}, and {label}, the truth, {truth}.",
        "它给 {answer} 的激活值是 {activation}，给正确答案 {label} 的是 {truth}。",
    ),
    "costs": ("The cost of this answer is {cost}.", "这个答案的代价是 {cost}。"),
    "batch": (
        "There are {m} examples, one per column; pictures and numbers of a single one belong to example {example}, "
        "counted from 0. This C is the mean over all examples; in the equations, C is their sum.",
        "这里同时有 {m} 个样本，各占一列；凡是单个样本的图和数值，都取自第 {example} 个（从 0 数起）。这里的 C 是全部样"
        "本的平均，方程里的 C 是它们的总和。",
    ),
    "below": (
        "Below is everything that happened, in the five steps of backpropagation and one update. Each symbol keeps its "
        "color; its dimensions are written below it.",
        "下面是全过程：反向传播的五个步骤，加上一次更新。每个符号始终是同一种颜色，下面写着它的维度。",
    ),
    "below forward": (
        "Below is everything that happened on the way to this answer. Each symbol keeps its color; its dimensions are "
        "written below it. To see what the network would learn from it, say what it should have read.",
        "下面是得出这个答案的全过程。每个符号始终是同一种颜色，下面写着它的维度。要看网络能从中学到什么，还得给出正确答"
        "案。",
    ),
    "below function": (
        "Below is every line of the function and of its derivative, on the given values. Each symbol keeps its color; "
        "its dimensions are written below it.",
        "下面是这个函数和它的导数的每一行，用的是给定的值。每个符号始终是同一种颜色，下面写着它的维度。",
    ),
    "colors": ("In the pictures:", "图中颜色："),
    "colors activation": ("activation", "激活值"),
    "colors signed": ("below zero, zero, above zero", "负、零、正"),
    "it is": ("it is", "正确"),
    "it reads": ("it reads", "认作"),
    "counted": (
        "Neurons are counted from 0, as in Python, so output 3 is the answer 3; layers are counted from 1, the input. "
        "A weight has two indices: first the neuron that it leads to, then the one that it comes from. Numbers are "
        "rounded for display, and computed in full.",
        "神经元从 0 数起，与 Python 一致，所以输出 3 就是答案 3；层从 1 数起，第 1 层是输入。"
        "权重的两个下标，前一个是它通往的神经元，后一个是它来自的神经元。"
        "数值只在显示时取近似，计算用的是完整的数。",
    ),
    # ---- lines
    "chosen": ("with numbers, neuron {neuron} of layer {layer}", "代入数值：第 {layer} 层的神经元 {neuron}"),
    "chosen because": ("{head}, followed here because {why}", "{head}（跟着看它，因为{why}）"),
    "with numbers": ("with numbers", "代入数值"),
    "derivative of": ("derivative of", "求导自"),
    "minimum": ("min", "最小"),
    "maximum": ("max", "最大"),
    "mean": ("mean", "平均"),
    "zeros": ("zeros", "为零"),
    "zeros blank": ("zeros, from blank pixels,", "为零（来自空白像素）"),
    "saturated": ("saturated", "饱和"),
    "layer": ("Layer {layer}", "第 {layer} 层"),
    "flat": (
        "{count} of {total} neurons of layer {layer} are saturated (gray): {slope} is below 0.01 there, so hardly any error "
        "passes.",
        "第 {layer} 层的 {total} 个神经元中有 {count} 个饱和（灰色）：那里 {slope} 小于 0.01，误差几乎传不过去。",
    ),
    "none saturated": (
        "None of the {total} neurons of layer {layer} is saturated: {slope} is at least 0.01 everywhere, and errors can pass.",
        "第 {layer} 层的 {total} 个神经元都没有饱和：{slope} 处处不小于 0.01，误差可以传过去。",
    ),
    "saturated neurons": (
        "{count} of {total} neurons of layer {layer} are saturated: they sit on the flat parts of the curve (gray), where its "
        "slope {slope} is below 0.01. Hardly any error will get back through them.",
        "第 {layer} 层的 {total} 个神经元中有 {count} 个饱和：它们在曲线平坦的部分（灰色），那里的斜率 {slope} 小于 0.01，"
        "误差几乎传不回去。",
    ),
    "lying": ("row by row, drawn sideways", "逐行排成一列，这里横着画"),
    "card": ("1 of {count}: neuron {neuron}", "{count} 张之一：\u200b神经元 {neuron}"),
    "as row": ("as a row", "作为一行"),
    "this example": ("example {example} of {count}", "{count} 个样本中的第 {example} 个"),
    "after": ("after", "更新后"),
    "before": ("before", "更新前"),
    "rate": ("learning rate", "学习率"),
    # ---- the answer
    "why": ("So why {answer}, and not {other}?", "那么为什么是 {answer}，\u200b不是 {other}？"),
    "why words": (
        "Each line is one neuron of layer {layer}: how strongly it fired, and how much it argued for {answer} and for "
        "{other}. Orange pushes up; blue, hatched, pulls down. The sums are {one} and {two}.",
        "每一行是第 {layer} 层的一个神经元：它有多活跃，对 {answer} 和 {other} 各支持多少。橙色往上推，带斜线的蓝色往下"
        "拉。两个和是 {one} 和 {two}。",
    ),
    "why pixels": (
        "Each line is one pixel: how much ink it has, and how much that argued for {answer} and for {other}. Orange "
        "pushes up; blue, hatched, pulls down. The sums are {one} and {two}.",
        "每一行是一个像素：它有多少墨迹，对 {answer} 和 {other} 各支持多少。橙色往上推，带斜线的蓝色往下拉。两个和是 "
        "{one} 和 {two}。",
    ),
    "for": ("for {answer}", "对 {answer}"),
    "others": ("{count} others", "其余 {count} 个"),
    "bias": ("bias", "偏置"),
    "sum": ("sum", "和"),
    "evidence": (
        "What each pixel contributes: orange supports {answer}, blue supports {other}.",
        "每个像素的贡献：橙色支持 {answer}，蓝色支持 {other}。",
    ),
    "proof title": ("Is this gradient right?", "这个梯度对吗？"),
    "proof": (
        "Move {symbol} by ±0.00001 and measure C twice: its slope is {measured}. Backpropagation says {derivative}. They differ "
        "by {error} of their size.",
        "把 {symbol} 移动 ±0.00001，量两次 C，斜率是 {measured}；反向传播得到 {derivative}。两者只相差自身大小的 {error}。",
    ),
    "fading title": ("How far does the error reach?", "误差能传多远？"),
    "fading": (
        "The length ‖δ‖ of each layer's error, from the last layer back to the first. Saturated neurons let hardly any of it "
        "through.",
        "从最后一层往回，每一层误差的长度 ‖δ‖。饱和的神经元几乎不让误差通过。",
    ),
    "flat of": ("{count} of {total} saturated", "{total} 个中 {count} 个饱和"),
    "change title": ("What does this one step change?", "这一步改变了什么？"),
    "cost change": (
        "The step with η = {rate} changes the cost: C {costs}.",
        "取 η = {rate} 走一步，代价的变化：C {costs}。",
    ),
    "output change": ("Output {neuron}: {values}", "输出 {neuron}：{values}"),
    "output change truth": ("Output {neuron}, the truth: {values}", "输出 {neuron}（真值）：{values}"),
    "stays": (
        "It read {before} before and reads {after} now. Learning goes in small steps, and every other image has a say "
        "in it, too.",
        "之前认作 {before}，现在认作 {after}。学习是一小步一小步的，而且别的图像也都有发言权。",
    ),
    "turns": ("It read {before} before, and reads {after} now.", "之前认作 {before}，现在认作 {after}。"),
    # ---- the end
    "dimensions": ("All dimensions on one page", "一页看完所有维度"),
    "dimensions words": (
        "A gradient has the shape of its parameter or argument; an error has the shape of its layer.",
        "梯度的形状与对应的参数相同；误差的形状与所在的层相同。",
    ),
    "symbol": ("symbol", "符号"),
    "equation": ("equation", "方程"),
    "with dimensions": ("with dimensions", "代入维度"),
    "dimension": ("dimensions", "维度"),
}
