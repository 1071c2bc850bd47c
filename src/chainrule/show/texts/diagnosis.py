"""What is wrong with a network or its run, in words: what is seen and the measured reason; what repairs it; how that was tried.

A finding's sentence stands under its name in `training/diagnosis.py`; with `.many` under it, for several classes; `do.NAME`
is what to do to the data, `to.SETTING` what it means to change a setting of `Network` or `fit`.
"""

from . import Texts

TEXTS: Texts = {
    # ---- the inputs
    "rows-alike": (
        "All {rows:,} rows of the inputs are the same: nothing tells one from another.",
        "输入的 {rows:,} 行全都一样，无从区分。",
    ),
    "do.rows-alike": ("Look at how they are read.", "请检查数据是怎样读入的。"),
    "constant-inputs": (
        "{count} of the input columns ({columns}, counted from 0) always have the same value, such as {value:.3g}, and "
        "outweigh all others: they tell nothing, and a step that suits them is too short for the rest.",
        "输入中有 {count} 列（第 {columns} 列，从 0 数起）的值始终不变（如 {value:.3g}），而且盖过了其他各列：它们不含信息，"
        "适合它们的步子对其余各列却太小。",
    ),
    "do.constant-inputs": ("Leave these columns out.", "请去掉这些列。"),
    "units": (
        "The input columns are of very different sizes: column {column} (counted from 0) is about {size:.3g}, column {other} "
        "about {small:.2g}. A step that suits one does not suit the other.",
        "输入各列的大小相差悬殊：第 {column} 列（从 0 数起）约为 {size:.3g}，第 {other} 列约为 {small:.2g}。适合一列的步子不适合"
        "另一列。",
    ),
    "do.units": ("Bring each column to mean 0 and variance 1.", "请把每一列都变成均值 0、方差 1。"),
    "offset-inputs": (
        "The inputs lie far from 0 for how little they vary: column {column} (counted from 0) has mean {mean:.4g} and standard "
        "deviation {spread:.2g}, so the weights act almost like biases.",
        "输入离 0 很远，变化却很小：第 {column} 列（从 0 数起）的均值是 {mean:.4g}，标准差只有 {spread:.2g}，权重几乎只起偏置的"
        "作用。",
    ),
    "do.offset-inputs": (
        "Subtract the mean from each column, and divide it by its standard deviation.",
        "请让每一列减去均值，再除以标准差。",
    ),
    "faint-inputs": (
        "The inputs are tiny: the largest is {largest:.2g}. Every gradient ∂C/∂w² is as much too small.",
        "输入太小：最大的也只有 {largest:.2g}，每个梯度 ∂C/∂w² 都跟着小了这么多。",
    ),
    "do.faint-inputs": (
        "Look whether they were divided twice, and bring each column to a size of about 1.",
        "请检查是否除了两次，并把每一列变到 1 左右的大小。",
    ),
    "far-inputs": (
        "The inputs are {size:.3g} in size (root mean square), where about 1 is right: steps that suit the biases do not suit "
        "the weights.",
        "输入的大小（均方根）是 {size:.3g}，而合适的大小是 1 左右：适合偏置的步子不适合权重。",
    ),
    "do.far-inputs": (
        "Divide images by 255, and bring each column of a table to mean 0 and variance 1.",
        "图像请除以 255，表格请把每一列变成均值 0、方差 1。",
    ),
    # ---- the desired outputs
    "out-of-reach": (
        "{beyond:.0f} % of the desired outputs, which go from about {low:.3g} to {high:.3g}, are out of reach of {output} as "
        "output activation.",
        "期望输出大约从 {low:.3g} 到 {high:.3g}，其中 {beyond:.0f}% 是输出激活函数 {output} 达不到的。",
    ),
    "unscaled-targets": (
        "The desired outputs are of another size than a network's outputs: their mean is {mean:.3g} and their standard "
        "deviation {spread:.3g}, where 0 and 1 are right.",
        "期望输出的大小与网络的输出不合：均值是 {mean:.3g}，标准差是 {spread:.3g}，而合适的是 0 和 1。",
    ),
    "do.unscaled-targets": (
        "Subtract the mean and divide by the standard deviation, and undo it in predictions.",
        "请减去均值、除以标准差，预测时再变换回来。",
    ),
    # ---- the labels
    "shuffled": (
        "Labels have nothing to do with inputs: of {rows:,} rows, those most alike have the same label no more often than any "
        "two. Rows and labels may be in different orders.",
        "标签与输入毫无关系：在 {rows:,} 行中，最相似的行标签相同的机会并不比任意两行更大。行和标签的顺序可能错开了。",
    ),
    "shuffled.numbers": (
        "Desired outputs have nothing to do with inputs: of {rows:,} rows, those most alike do not have more similar ones than "
        "any two. Rows and desired outputs may be in different orders.",
        "期望输出与输入毫无关系：在 {rows:,} 行中，最相似的行的期望输出并不比任意两行更接近。行和期望输出的顺序可能错开了。",
    ),
    "do.shuffled": ("Look at how they are put together.", "请检查二者是怎样配对的。"),
    "label-noise": (
        "About {share:.0f} % of the labels seem to be wrong: rows whose neighbors all agree have another label, and any other. "
        "Such rows are {rows}.",
        "约有 {share:.0f}% 的标签看来是错的：相邻的行标签一致，这些行却是别的标签，而且什么都有。例如第 {rows} 行。",
    ),
    "do.label-noise": ("Look at these labels.", "请检查这些标签。"),
    "leakage": (
        "Input column {column} (counted from 0) alone tells {told:.1f} % of what is to be predicted; the next best tells "
        "{next:.1f} %.",
        "单凭输入的第 {column} 列（从 0 数起）就能得知所要预测的 {told:.1f}%；其次的一列只有 {next:.1f}%。",
    ),
    "do.leakage": (
        "If it is not known yet when the network is used, leave it out.",
        "如果使用网络时还不知道这一列的值，请把它去掉。",
    ),
    "duplicates": (
        "{share:.0f} % of the rows that validate are also learnt from: row {places} is row {learnt} of those. The validation "
        "score is too good.",
        "用来验证的行中有 {share:.0f}% 也在学习的行里：第 {places} 行就是学习数据的第 {learnt} 行。验证成绩因此偏高。",
    ),
    "do.duplicates": ("Take them out of one of the two.", "请从其中一边去掉它们。"),
    "unbalanced": (
        "{rare:,} of the examples learnt from are of class {label}, and {count:,} of class {frequent}: of those of class "
        "{label}, {right:.1f} % are read correctly, of all {mean:.1f} %.",
        "学习用的样本中只有 {rare:,} 个是 {label}，却有 {count:,} 个是 {frequent}：{label} 只认对了 {right:.1f}%，全部平均是 "
        "{mean:.1f}%。",
    ),
    # ---- how it began
    "symmetric": (
        "All {neurons} neurons of layer {layer} are alike, since they began alike: they get the same errors, and stay one "
        "neuron.",
        "第 {layer} 层的 {neurons} 个神经元起步时完全一样，得到的误差也一样，始终等于只有一个神经元。",
    ),
    "dead-from-start": (
        "{dead} of {neurons} neurons of layer {layer} were dead before the first step, with biases of {bias:.2g} on average: "
        "they answer 0 to every example, and no error passes them.",
        "第 {layer} 层的 {neurons} 个神经元中有 {dead} 个在第一步之前就已经死了（偏置平均为 {bias:.2g}）：对每个样本都输出 0，"
        "误差也传不过去。",
    ),
    "saturated": (
        "{flat} of {neurons} neurons of layer {layer} began on the flat ends for most examples, where hardly any error passes.",
        "第 {layer} 层的 {neurons} 个神经元中有 {flat} 个起步时对多数样本都在平坦的两端，误差几乎传不过去。",
    ),
    "exploding": (
        "The error δ explodes on its way back: in layer 2 it is {ratio:,.0f} times as large as in layer {last}.",
        "误差 δ 在往回传时爆炸：第 2 层的误差是第 {last} 层的 {ratio:,.0f} 倍。",
    ),
    "vanishing": (
        "The error δ vanishes on its way back: in layer 2 it is {ratio:,.0f} times as small as in layer {last}, and the "
        "weights there hardly learn.",
        "误差 δ 在往回传时消失：第 2 层的误差只有第 {last} 层的 1/{ratio:,.0f}，那里的权重几乎学不到东西。",
    ),
    "misfit": (
        "The cost {cost} with the output activation {output} does not fit classes.",
        "代价函数 {cost} 配输出激活函数 {output} 不适合分类。",
    ),
    # ---- how it learnt
    "rate-too-large": (
        "The learning rate is too large: η = {rate:g}.",
        "学习率太大：η = {rate:g}。",
    ),
    "rate-too-large.thrown": (
        "The learning rate is too large: with η = {rate:g} the cost came to {cost:.3f}, and answering everything alike costs "
        "{nothing:.3f}. {stuck} of {neurons} neurons of layer {layer} were thrown to where nothing moves them any more.",
        "学习率太大：η = {rate:g} 时代价是 {cost:.3f}，而对一切都给同样的答案，代价也只有 {nothing:.3f}。第 {layer} 层的 "
        "{neurons} 个神经元中有 {stuck} 个被甩到了再也推不动的地方。",
    ),
    "rate-too-small": (
        "The learning rate is too small: with η = {rate:g}, ten steps on one batch lower the cost of that very batch by "
        "{gain:.2g} %.",
        "学习率太小：η = {rate:g} 时，在同一个小批量上连走十步，这个小批量的代价只降低 {gain:.2g}%。",
    ),
    "dead": (
        "{dead} of {neurons} neurons of layer {layer} have died: they answer 0 to every example, and no error passes them.",
        "第 {layer} 层的 {neurons} 个神经元中有 {dead} 个已经死了：对每个样本都输出 0，误差也传不过去。",
    ),
    "regularized": (
        "{setting} = {value:g} holds the network back: without it, it learns more.",
        "{setting} = {value:g} 束缚了网络：去掉它能学到更多。",
    ),
    "too-few-steps": (
        "The run was too short: {steps:,} steps in all, each on {size} examples.",
        "训练太短：一共只有 {steps:,} 步，每步 {size} 个样本。",
    ),
    "too-small": (
        "The network is too small for what is to be learnt: its smallest hidden layer has {neurons} neurons.",
        "网络太小，学不了这些：最小的隐藏层只有 {neurons} 个神经元。",
    ),
    "too-small.none": (
        "The network is too small for what is to be learnt: it has no hidden layer.",
        "网络太小，学不了这些：它没有隐藏层。",
    ),
    # ---- what it knows
    "lost-flat": (
        "{labels} is never the answer: of {shown:,} examples that show it, {right:,} are read correctly. On them the slope σ′ of "
        "output neuron {labels} is {slopes}: on so flat an end of σ hardly any error passes, and the neuron cannot learn "
        "any more.",
        "{labels} 从来不是答案：{shown:,} 个 {labels} 中认对了 {right:,} 个。这时输出神经元 {labels} 的斜率 σ′ 为 {slopes}："
        "σ 的两端这么平，误差几乎传不过去，这个神经元再也学不动了。",
    ),
    "lost-flat.many": (
        "{labels} are never the answer: of {shown:,} examples that show them, {right:,} are read correctly. On them the slopes "
        "σ′ of these output neurons are {slopes}: on so flat an end of σ hardly any error passes, and these neurons cannot "
        "learn any more.",
        "{labels} 从来不是答案：{shown:,} 个这样的样本中认对了 {right:,} 个。这时这些输出神经元的斜率 σ′ 为 {slopes}："
        "σ 的两端这么平，误差几乎传不过去，这些神经元再也学不动了。",
    ),
    "by-heart": (
        "Overfitting: {train:.1f} % of the {examples:,} examples learnt from are read correctly, and {valid:.1f} % of others. "
        "More examples are what helps most.",
        "过拟合：学过的 {examples:,} 个样本认对了 {train:.1f}%，没学过的只认对了 {valid:.1f}%。最有效的是更多的样本。",
    ),
    "by-heart-numbers": (
        "Overfitting: R² is {train:.0f} % on the {examples:,} examples learnt from, and {valid:.0f} % on others. More "
        "examples are what helps most.",
        "过拟合：在学过的 {examples:,} 个样本上 R² 是 {train:.0f}%，在没学过的上是 {valid:.0f}%。最有效的是更多的样本。",
    ),
    "learns-nothing": (
        "Nothing is learnt: the cost is {cost:.3g}, and answering everything alike costs {nothing:.3g}. Why was not found.",
        "什么也没学到：代价是 {cost:.3g}，而对一切都给同样的答案，代价是 {nothing:.3g}。原因没有找到。",
    ),
    # ---- what repairs it
    "remedy": ("To repair it, {changes}", "补救办法：{changes}"),
    "to.learning_rate": ("set η to {value:g}", "把学习率 η 设为 {value:g}"),
    "to.initializer": ("let weights start as `{value}` has them", "用 `{value}` 方式初始化权重"),
    "to.seed": ("start from another seed", "换一个随机种子"),
    "to.epochs": ("learn for {value} epochs", "学 {value} 轮"),
    "to.batch_size": ("learn in batches of {value}", "每批学 {value} 个"),
    "to.sizes": ("make the layers {value}", "把各层大小设为 {value}"),
    "to.activation": ("use {value} in hidden layers", "隐藏层用 {value}"),
    "to.output": ("use {value} as output activation", "输出激活函数用 {value}"),
    "to.cost": ("use the cost {value}", "用代价函数 {value}"),
    "to.normalization": (
        "bring each hidden layer's weighted inputs to mean 0 and variance 1",
        "让每个隐藏层的加权输入均值为 0、方差为 1（批归一化）",
    ),
    "to.dropout": ("drop nothing", "不要随机丢弃"),
    "to.clip_norm": ("shorten gradients longer than {value:g}", "把长度超过 {value:g} 的梯度截短"),
    "to.clip_norm.none": ("leave gradients as long as they are", "不要截短梯度"),
    "to.clip_value.none": ("leave gradients as they are", "不要截断梯度"),
    "to.max_norm.none": ("bound no weights", "不要限制权重的长度"),
    "to.label_smoothing": ("do not smooth the labels", "不要平滑标签"),
    "to.augment": ("vary all images anew for each epoch", "每一轮都把所有图像重新变一变"),
    "to.l1": ("do not punish large weights by their size (λ of L1 = {value:g})", "把 L1 惩罚的 λ 设为 {value:g}"),
    "to.l2": ("punish large weights with λ = {value:g}", "把惩罚大权重的 λ 设为 {value:g}"),
    "to.class_weight": ("let rare classes count as much as frequent ones", "让少见的类别和常见的同样算数"),
    # ---- how it was tried
    "tried": (
        " (tried on a copy: after {examples:,} examples, the {measure} on those kept apart is {after}, and {before} without "
        "the change)",
        "（已在副本上试过：学过 {examples:,} 个样本后，在没学过的样本上，{measure}是 {after}，不改则是 {before}）",
    ),
    "tried.epochs": (
        " (tried: then the {measure} on examples kept apart is {after}, and {before} as it is)",
        "（已试过：这样在没学过的样本上，{measure}是 {after}，现在是 {before}）",
    ),
    "tried.nothing": (
        "{remedies} remedies were tried on copies, and none was better.",
        "在副本上试过 {remedies} 种补救办法，都没有更好。",
    ),
    "tried.nothing.one": (
        "One remedy was tried on a copy, and was no better.",
        "在副本上试过一种补救办法，没有更好。",
    ),
    "untried": (" (not tried, since it changes the data)", "（这要改数据，没有试过）"),
    "measure.cost": ("cost", "代价"),
    "measure.accuracy": ("share read correctly", "认对的比例"),
    "measure.R²": ("R²", "R² "),
    "no number": ("no number", "无穷大"),
    "at most": ("{value} at most", "{value} 以下"),
    "comma": (", ", "、"),
    "and": (" and ", " 和 "),
    "then": (" and ", "，并"),
    "end": (".", "。"),
}
