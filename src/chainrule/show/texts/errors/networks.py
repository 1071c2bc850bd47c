"""What is wrong with a network that is asked for, with settings of training, and with questions to a network."""

SENTENCES: dict[str, str] = {
    # ---- what there is
    "There is no initializer {name}; choose one of {listed}.": "没有初始化方法 {name}；可用的有 {listed}。",
    "There is no activation {name}; choose one of {listed}.": "没有激活函数 {name}；可用的有 {listed}。",
    "There is no normalization {name}; choose one of {listed}.": "没有归一化方法 {name}；可用的有 {listed}。",
    "There is no cost {name}; choose one of {listed}.": "没有代价函数 {name}；可用的有 {listed}。",
    "There is no optimizer {name}; choose one of {listed}.": "没有优化器 {name}；可用的有 {listed}。",
    "There is no schedule {name}; choose one of {listed}.": "没有学习率调度 {name}；可用的有 {listed}。",
    "There is no augmentation {name}; choose one of {listed}.": "没有数据增强方式 {name}；可用的有 {listed}。",
    "There is no executor {name}; choose one of auto, numpy, native.": "没有执行方式 {name}；可用的有 auto、numpy 和 native。",
    # ---- architecture
    "The layers are {sizes}; they must be whole numbers, from the input to the output: [784, 30, 10].": (
        "各层是 {sizes}；应为从输入到输出的整数：[784, 30, 10]。"
    ),
    "The layers are {sizes}; a network needs at least two, an input and an output layer: [784, 10].": (
        "各层是 {sizes}；网络至少要有输入层和输出层两层：[784, 10]。"
    ),
    "Layer {layer} has {size} neurons; every layer needs at least 1.": "第 {layer} 层有 {size} 个神经元；每层至少要有 1 个。",
    "There are {count} {parts} for {hidden} hidden layers; give one for each, or one.": (
        "{hidden} 个隐藏层却给了 {count} 个{parts}；请每层给一个，或只给一个。"
    ),
    "The layers {sizes} make {count} parameters; at most {most} are allowed.": (
        "各层 {sizes} 共有 {count} 个参数；最多允许 {most} 个。"
    ),
    "There are {count} activations; the layers {sizes} have {wanted}, one for each but the input.": (
        "给了 {count} 个激活函数；各层 {sizes} 需要 {wanted} 个，除输入层外每层一个。"
    ),
    "There are {count} parameters; the network has {wanted}: {names}.": "给了 {count} 个参数；网络有 {wanted} 个：{names}。",
    "The outputs are no probabilities of classes; take the output activations, net(x).": (
        "输出不是各类的概率；请用输出激活值 net(x)。"
    ),
    "A dropout is {share}; it must be a share of activations, from 0 to below 1: 0.5.": (
        "有一个随机丢弃比例是 {share}；应为激活值中的一个比例，从 0 起且小于 1：0.5。"
    ),
    "There are {normalizations} normalizations and {dropouts} dropouts for {hidden} hidden layers; give one for each, or none.": (
        "{hidden} 个隐藏层却给了 {normalizations} 个归一化和 {dropouts} 个随机丢弃比例；请每层给一个，或都不给。"
    ),
    "The cost {cost} needs {output} as output activation, not {given}.": (
        "代价函数 {cost} 的输出激活函数应为 {output}，而不是 {given}。"
    ),
    "The cost does not depend on the output activations; it must measure them by the desired ones.": (
        "代价函数不依赖于输出激活值；它应衡量输出激活值与期望输出的差别。"
    ),
    "A function of your own fits a batch of {m}, but not one of {other}; it must fit any number of examples, which are the "
    "columns.": "自定义函数适用于 {m} 个样本的小批量，却不适用于 {other} 个样本的；每列是一个样本，它应适用于任意多个样本。",
    "The cost gives an array of {size}; it must give one number, summed over the examples: np.sum(…).": (
        "代价函数给出的是 {size} 的数组；它应给出一个数，即对所有样本求和：np.sum(…)。"
    ),
    "The cost gives several results; it must give one number, summed over the examples: np.sum(…).": (
        "代价函数给出了几个结果；它应给出一个数，即对所有样本求和：np.sum(…)。"
    ),
    "A network computes in float32 or float64, not in {dtype}.": "网络用 float32 或 float64 计算，不能用 {dtype}。",
    "The classes are {classes}; they must be {count} names, one for each output.": (
        "类别名是 {classes}；应为 {count} 个名称，每个输出一个。"
    ),
    "progress is {progress}; it must be True, or an object with the methods progressed and finished; a function to be called "
    "after each epoch belongs in callbacks=[…].": (
        "progress 是 {progress}；应为 True，或带有 progressed 和 finished 方法的对象；每轮后要调用的函数请写进 callbacks=[…]。"
    ),
    "The seed is {seed}; it must be a whole number from 0.": "种子是 {seed}；应为从 0 起的整数。",
    "A network with a function of your own cannot be saved; keep its `parameters` with np.savez.": (
        "含有自定义函数的网络无法保存；请用 np.savez 保存它的 `parameters`。"
    ),
    # ---- settings
    "{setting} is {value}; it must be a whole number from 1.": "{setting} 是 {value}；应为从 1 起的整数。",
    "{setting} is {value}; it must be a number {must}.": "{setting} 是 {value}；应为{must}。",
    "{setting} needs evaluation_data=[(x, digit), …], by which it is measured.": (
        "{setting} 需要 evaluation_data=[(x, digit), …]，它要用这些数据来衡量。"
    ),
    "metrics need validation=(images, labels), by which it sees what becomes better.": (
        "metrics 需要 validation=(images, labels)，才能看出是否在变好。"
    ),
    "patience needs validation=(images, labels), by which it sees what becomes better.": (
        "patience 需要 validation=(images, labels)，才能看出是否在变好。"
    ),
    "The schedule 'plateau' needs validation=(images, labels), by which it sees what becomes better.": (
        "学习率调度 'plateau' 需要 validation=(images, labels)，才能看出是否在变好。"
    ),
    "batch_size is {size}, which leaves a batch of one of {count} examples; batch normalization needs at least two in each.": (
        "batch_size 是 {size}，{count} 个样本会剩下只有一个的一批；批归一化要求每批至少两个。"
    ),
    "The schedule {schedule} ends with its run, so that it cannot have more epochs; begin one with more.": (
        "学习率调度 {schedule} 随训练结束，所以不能再加轮数；请重新开始，把轮数设多些。"
    ),
    "There are no examples to learn from.": "没有可供学习的样本。",
    "There are no examples to measure the cost of.": "没有可以计算代价的样本。",
    "There are no images to learn from.": "没有可供学习的图像。",
    "There are no images to score.": "没有可以评分的图像。",
    "There are no images to explain.": "没有可以解释的图像。",
    "{name} is {value}; give a group of settings, such as chainrule.{such}.": (
        "{name} 是 {value}；请给一组设置，例如 chainrule.{such}。"
    ),
    "label_smoothing is {share}; it must be below 1, and labels must be classes.": (
        "label_smoothing 是 {share}；应小于 1，而且标签必须是类别。"
    ),
    "augment needs images as n × rows × columns; they are {shape}.": "augment 需要 n × 行 × 列 的图像；现在的形状是 {shape}。",
    "The executor 'native' needs Numba; install it with {command}.": "执行方式 'native' 需要 Numba；请用 {command} 安装。",
    "JAX has no scipy.special.{name}; choose executor='numpy'.": (
        "JAX 没有 scipy.special.{name}；请选用 executor='numpy'。"
    ),
    "executor='jax' needs JAX; install it with: {command}.": "executor='jax' 需要 JAX；请这样安装：{command}。",
    "The rates go from {lowest} to {highest}; they must rise, from above 0.": (
        "学习率从 {lowest} 到 {highest}；应由大于 0 的数起递增。"
    ),
    "The cost falls at none of these rates; start lower, or choose another initializer.": (
        "在这些学习率下代价都不下降；请从更小的学习率开始，或换一种初始化方法。"
    ),
    "sample_weight has the shape {shape}; it must be one number from 0 for each of {count} examples, not all 0.": (
        "sample_weight 的形状是 {shape}；应给 {count} 个样本各一个不小于 0 的数，且不全为 0。"
    ),
    "class_weight needs labels that are classes; use sample_weight for numbers.": (
        "class_weight 要求标签是类别；标签是数时请用 sample_weight。"
    ),
    "class_weight is {value}; it must be 'balanced' or a dictionary with a number for each class.": (
        "class_weight 是 {value}；应为 'balanced'，或一个给每个类别一个数的字典。"
    ),
    "sample_weight is not an array of numbers; give one for each example.": "sample_weight 不是数的数组；请给每个样本一个数。",
    "sample_weight[{index}] is {weight}; it must be a number from 0.": (
        "sample_weight[{index}] 是 {weight}；应为不小于 0 的数。"
    ),
    "metrics must be a dictionary of functions by name.": "metrics 应为一个字典，从名称到函数。",
    "callbacks must be a list of functions.": "callbacks 应为函数的列表。",
    "validation must be a pair: (images, labels).": "validation 应为一对：(images, labels)。",
    "class_weight[{label}] is {weight}; it must be a number from 0.": "class_weight[{label}] 是 {weight}；应为不小于 0 的数。",
    "class_weight names the class {label}; the labels are 0 to {last}.": "class_weight 里有类别 {label}；标签从 0 到 {last}。",
    "The cost became infinite or NaN at step {step} of epoch {epoch}, with learning rate {rate}; "
    "the last good weights are kept. Try a smaller rate, such as {smaller}.": (
        "第 {epoch} 轮第 {step} 步时，代价变成了无穷大或 NaN，学习率为 {rate}；已保留最后一组正常的权重。"
        "请试试更小的学习率，例如 {smaller}。"
    ),
    # ---- questions to a network
    "{this} and {other} are the same answer; name two that differ.": "{this} 和 {other} 是同一个答案；请给出两个不同的。",
    "Without a desired output there is no cost, and no gradient of it.": "没有期望输出就没有代价，也没有它的梯度。",
    "Without a desired output there is no error; give the label too.": "没有期望输出就没有误差；请同时给出标签。",
    "{name} is a function, and this is asked of a network's neurons.": "{name} 是函数，而这里问的是网络的神经元。",
    "There is no layer {layer} to choose a neuron from; choose from 2 to {last}.": (
        "没有可选神经元的第 {layer} 层；可选第 2 到第 {last} 层。"
    ),
    "Layer {layer} has no neuron {neuron}; it has 0 to {last}.": "第 {layer} 层没有第 {neuron} 个神经元；编号从 0 到 {last}。",
}
