"""What is wrong with a network or its run, in words: what is seen and the measured reason; then what repairs it.

A finding's sentence stands under its name in `training/diagnosis.py`; with `.many` under it, for several classes.
`to.SETTING` is what it means to change a setting of `Network` or `fit`.
"""

from . import Texts

TEXTS: Texts = {
    # ---- the input
    "faint-inputs": (
        "The inputs end at {largest:.2g}, where 1 is full ink, and every gradient ∂C/∂w² is as much too small.",
        "输入最大只有 {largest:.2g}，而 1 才是最深的墨迹；每个梯度 ∂C/∂w² 都跟着小了这么多。",
    ),
    "far-inputs": (
        "The inputs are {size:.3g} in size (root mean square), where 1 is right: steps that suit the biases do not suit the "
        "weights.",
        "输入的大小（均方根）是 {size:.3g}，而合适的大小是 1：适合偏置的步子，不适合权重。",
    ),
    # ---- the learning rate
    "rate-too-large": (
        "The learning rate is too large: with η = {rate:g} the cost came to {cost:.3f}, and answering every image alike "
        "costs {nothing:.3f}. {stuck} of {neurons} neurons of layer {layer} were thrown to where nothing moves them any "
        "more.",
        "学习率太大：η = {rate:g} 时代价是 {cost:.3f}，而对每张图像都给同样的答案，代价也只有 {nothing:.3f}。第 {layer} 层的 "
        "{neurons} 个神经元中有 {stuck} 个被甩到了再也推不动的地方。",
    ),
    "rate-too-small": (
        "The learning rate is too small: with η = {rate:g}, ten steps on one batch lower the cost of that very batch by "
        "{gain:.2g} %, and longer steps lower it more.",
        "学习率太小：η = {rate:g} 时，在同一个小批量上连走十步，这个小批量的代价只降低 {gain:.2g}%；步子再大，降得更多。",
    ),
    # ---- the layers
    "exploding": (
        "The error δ explodes on its way back: in layer 2 it is {ratio:,.0f} times as large as in layer {last}.",
        "误差 δ 在往回传时爆炸：第 2 层的误差是第 {last} 层的 {ratio:,.0f} 倍。",
    ),
    "vanishing": (
        "The error δ vanishes on its way back: in layer 2 it is {ratio:,.0f} times as small as in layer {last}, and the "
        "weights there hardly learn.",
        "误差 δ 在往回传时消失：第 2 层的误差只有第 {last} 层的 1/{ratio:,.0f}，那里的权重几乎学不到东西。",
    ),
    "saturated": (
        "{flat} of {neurons} neurons of layer {layer} sit on the flat ends, so hardly any error passes.",
        "第 {layer} 层的 {neurons} 个神经元中有 {flat} 个在平坦的两端，误差几乎传不过去。",
    ),
    "dead": (
        "{dead} of {neurons} neurons of layer {layer} are dead: they answer 0 to every image, and no error passes them.",
        "第 {layer} 层的 {neurons} 个神经元中有 {dead} 个已经死了：对每张图像都输出 0，误差也传不过去。",
    ),
    # ---- the answers
    "unbalanced": (
        "{rare:,} of the images learnt from show {label}, and {count:,} show {frequent}: of those with {label}, "
        "{right:.1f} % are read right, of all {mean:.1f} %.",
        "学习用的图像中只有 {rare:,} 张是 {label}，却有 {count:,} 张是 {frequent}：{label} 只读对了 {right:.1f}%，全部平均是 "
        "{mean:.1f}%。",
    ),
    "lost": (
        "{labels} is not learnt: of {shown:,} images that show it, {right:,} are read right.",
        "{labels} 没有学会：{shown:,} 张 {labels} 中读对了 {right:,} 张。",
    ),
    "lost.many": (
        "{labels} are not learnt: of {shown:,} images that show them, {right:,} are read right.",
        "{labels} 都没有学会：{shown:,} 张这样的图像中读对了 {right:,} 张。",
    ),
    "not-yet": (
        "{labels} is not learnt yet: of {shown:,} images that show it, {right:,} are read right. On them the slope σ′ of "
        "output neuron {labels} is {slopes}, steep enough to learn: more steps are needed.",
        "{labels} 还没有学会：{shown:,} 张 {labels} 中读对了 {right:,} 张。这时输出神经元 {labels} 的斜率 σ′ 为 {slopes}，"
        "还够陡，学得动：只是步数不够。",
    ),
    "not-yet.many": (
        "{labels} are not learnt yet: of {shown:,} images that show them, {right:,} are read right. On them the slopes σ′ "
        "of these output neurons are {slopes}, steep enough to learn: more steps are needed.",
        "{labels} 都还没有学会：{shown:,} 张这样的图像中读对了 {right:,} 张。这时这些输出神经元的斜率 σ′ 为 {slopes}，"
        "还够陡，学得动：只是步数不够。",
    ),
    "lost-flat": (
        "{labels} is never the answer: of {shown:,} images that show it, {right:,} are read right. On them the slope σ′ of "
        "output neuron {labels} is {slopes}: on so flat an end of σ hardly any error passes, and the neuron cannot learn "
        "any more.",
        "{labels} 从来不是答案：{shown:,} 张 {labels} 中读对了 {right:,} 张。这时输出神经元 {labels} 的斜率 σ′ 为 {slopes}："
        "σ 的两端这么平，误差几乎传不过去，这个神经元再也学不动了。",
    ),
    "lost-flat.many": (
        "{labels} are never the answer: of {shown:,} images that show them, {right:,} are read right. On them the slopes "
        "σ′ of these output neurons are {slopes}: on so flat an end of σ hardly any error passes, and these neurons cannot "
        "learn any more.",
        "{labels} 从来不是答案：{shown:,} 张这样的图像中读对了 {right:,} 张。这时这些输出神经元的斜率 σ′ 为 {slopes}："
        "σ 的两端这么平，误差几乎传不过去，这些神经元再也学不动了。",
    ),
    "by-heart": (
        "Learning by heart: training is {ahead:.1f} points ahead. {train:.1f} % of the images learnt from are read right, "
        "and {valid:.1f} % of those that validate.",
        "死记硬背：训练领先 {ahead:.1f} 个百分点。学过的图像读对了 {train:.1f}%，没学过的验证图像只读对了 {valid:.1f}%。",
    ),
    # ---- what repairs it
    "remedy": ("To repair it, {changes}:", "补救办法：{changes}："),
    "to.learning_rate": ("set η to {value:g}", "把学习率 η 设为 {value:g}"),
    "to.initializer": ("let weights start as `{value}` has them", "用 `{value}` 方式初始化权重"),
    "to.seed": ("start from another seed", "换一个随机种子"),
    "to.epochs": ("learn for {value} epochs", "学 {value} 轮"),
    "to.normalization": (
        "bring each hidden layer's weighted inputs to mean 0 and variance 1",
        "让每个隐藏层的加权输入均值为 0、方差为 1（批归一化）",
    ),
    "to.clip_norm": ("shorten gradients longer than {value:g}", "把长度超过 {value:g} 的梯度截短"),
    "to.augment": ("vary all images anew for each epoch", "每一轮都把所有图像重新变一变"),
    "to.l2": ("punish large weights, λ = {value:g}", "惩罚大的权重，λ = {value:g}"),
    "to.class_weight": ("let rare classes count as much as frequent ones", "让少见的类别和常见的同样算数"),
    "at most": ("{value} at most", "{value} 以下"),
    "comma": (", ", "、"),
    "and": (" and ", " 和 "),
    "then": (" and ", "，并"),
}
