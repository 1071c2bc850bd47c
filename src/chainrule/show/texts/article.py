"""The article, alive: its steps in its order, in our words, and kind notes in the margin where it is loose."""

from . import Texts

TEXTS: Texts = {
    "kind": ("article", "文章"),
    "title": ("How a neural network works", "神经网络\u200b是如何工作的"),
    "lead": (
        "A neural network learns by five steps, again and again. Here they are on a real digit and a real network of {sizes} "
        "neurons, with the code, every dimension and every number. What the program derived stands under the code that a person "
        "wrote; they compute the same.",
        "神经网络靠五个步骤学习，一遍又一遍。下面用一个真实的数字和一个神经元数为 {sizes} 的真实网络，把代码、每个维度、"
        "每个数值都摆出来。"
        "人写的代码在上，程序推导出的等式在下，两者算的是同一件事。",
    ),
    "key point": (
        "One thing to hold on to: know the dimensions of every symbol. Then each line can be read.",
        "抓住一个关键点：知道每个符号的维度。这样每一行就都读得懂了。",
    ),
    "code": ("the code", "代码"),
    "derived": ("derived by the program, on this digit", "程序推导出的，代入这个数字"),
    # ---- the sections ----
    "network": ("The network", "网络"),
    "network text": (
        "How do 784 pixels become 10 answers? Each neuron of a layer has one weight for each neuron of the layer before it, and "
        "one bias of its own. So a layer with n neurons after one with k has n × k weights and n biases.",
        "784 个像素怎样变成 10 个答案？每一层的每个神经元，对前一层的每个神经元各有一个权重，自己还有一个偏置。"
        "所以前一层有 k 个、这一层有 n 个神经元时，就有 n × k 个权重和 n 个偏置。",
    ),
    "note bias": (
        "The bias belongs to the neuron that adds it, in layer 2, not to layer 1: the input layer has none.",
        "偏置属于把它加进去的那个神经元，在第 2 层，不属于第 1 层：输入层没有偏置。",
    ),
    "note count": (
        "The first neuron is number 0 here, as in Python; then output 3 is the digit 3.",
        "这里第一个神经元是 0 号，与 Python 一致；这样输出 3 就是数字 3。",
    ),
    "input": ("Input", "输入"),
    "input text": (
        "The digit is a picture of 28 × 28 = 784 pixels, each a gray value from 0 to 255. Divided by 255 and put one below the "
        "other they are the first activations, a¹.",
        "这个数字是 28 × 28 = 784 个像素的图，每个像素是 0 到 255 的灰度值。除以 255，再逐行排成一列，就是第一层的激活值 a¹。",
    ),
    "note scaled": (
        "The input is scaled to 0 … 1, not squashed by σ: σ of a gray value is 0.5 for paper and 1 for nearly all else, and the "
        "network learns far worse. Measured: {squashed} of the test digits read right, where scaled input reads {scaled} (mean "
        "of {seeds} seeds, {epochs} epochs).",
        "输入是缩放到 0…1，而不是用 σ 压缩：灰度值的 σ 在白纸处是 0.5，其余几乎都是 1，网络学得差得多。实测：读对 {squashed} 的"
        "测试数字，而缩放的输入读对 {scaled}（{seeds} 个种子的平均，各 {epochs} 轮）。",
    ),
    "feedforward": ("Feedforward", "前馈"),
    "feedforward text": (
        "Layer by layer: the activations of the layer before, times the weights, plus the biases, give z; σ squashes z into "
        "0 … 1 and gives a, the activations of this layer.",
        "一层接一层：前一层的激活值乘以权重，加上偏置，得到 z；σ 把 z 压到 0…1，得到这一层的激活值 a。",
    ),
    "note confidence": (
        "Ten outputs between 0 and 1 are ten confidences, each for itself. They need not add up to 1.",
        "十个 0 到 1 的输出是十份各自独立的信心，加起来不必等于 1。",
    ),
    "error": ("Output error", "输出误差"),
    "error text": (
        "First ∇ₐC: how the cost changes with each answer; for this cost it is simply answer minus truth. Then times σ′: how "
        "strongly each answer still reacts. The product is the error δ of the last layer.",
        "先是 ∇ₐC：每个答案稍微变大，代价变多少；对这个代价函数（又称成本函数），它就是答案减去真值。"
        "再乘以 σ′：每个答案还有多敏感。乘积就是最后一层的误差 δ。",
    ),
    "note slope": (
        "σ′ is one link of the chain, not the whole: ∂C/∂w is the product of all links, and step 5 puts the last one on.",
        "σ′ 只是链条的一环，不是全部：∂C/∂w 是所有环节的乘积，第 5 步才接上最后一环。",
    ),
    "backwards": ("Error, backwards", "反向传播误差"),
    "backwards text": (
        "The error flows back through the same weights, transposed: what had sent its activation forward gets its share of the "
        "blame. Times σ′ again, and it is the error of the layer before.",
        "误差沿同样的权重（转置后）流回来：当初把激活值送出去的，现在分到一份责任。再乘以 σ′，就是前一层的误差。",
    ),
    "note minus l": (
        "In the code −l counts layers from the end: [-l] is layer L − l + 1, so l = 2 is the last hidden layer.",
        "代码里的 −l 是从末尾数层：[-l] 是第 L − l + 1 层，所以 l = 2 是最后一个隐藏层。",
    ),
    "note two layers": (
        "With two layers there is no hidden layer, and no step 4.",
        "只有两层时没有隐藏层，也就没有第 4 步。",
    ),
    "gradients": ("Output: the gradients", "输出：梯度"),
    "gradients text": (
        "What does one weight do to the cost? The error after it times the activation before it. A column times a row gives all "
        "of them at once, in the shape of the weights.",
        "一个权重对代价有什么影响？它后面的误差，乘以它前面的激活值。一列乘以一行，一次得到全部，形状与权重相同。",
    ),
    "update": ("Learning", "学习"),
    "update text": (
        "Add up the gradients of a mini-batch, or batch for short, take their mean, and step every weight and bias against "
        "it, a little: η, the learning rate, says how little.",
        "把一个小批量（即批次）的梯度加起来取平均，让每个权重和偏置逆着它走一小步；步子多小，由学习率 η 决定。",
    ),
    "note average": (
        "A new image makes the weights more right on average, not every time: hence small steps, and batches.",
        "每张新图像让权重平均而言更正确，并非每次如此：所以步子要小，还要用小批量。",
    ),
    "end": ("In the end", "最后"),
    "end text": (
        "Nothing here is neural and nothing is deep: it is the chain rule, on functions that are composed. A line through points "
        "is fitted in the same way, with one weight and one bias; a wave takes {wave} numbers, and digits take {parameters}. The "
        "rest is knowing the dimensions.",
        "这里没有什么“神经”，也没有什么“深度”：只是复合函数的链式法则。用一条直线拟合几个点，办法完全一样，只有一个权重和一个偏置；"
        "一条波浪线用 {wave} 个数，认数字用 {parameters} 个。剩下的，就是知道维度。",
    ),
    "fit": (
        "A line: the same calculus on {points} points. Step w and b against their gradients with η = {rate}.",
        "直线：还是那几行微积分，换成 {points} 个点：让 w 和 b 逆着梯度走，η = {rate}。",
    ),
    "fit wave": (
        "A wave: {points} points of a sine, and a network of 1, {hidden} and 1 neurons; its {parameters} numbers step against "
        "their gradients with η = {rate}.",
        "波浪线：正弦曲线上的 {points} 个点，一个神经元数为 1、{hidden} 和 1 的网络；它的 {parameters} 个数逆着梯度走，"
        "η = {rate}。",
    ),
    "derived line": ("derived by the program, of a line’s cost", "程序推导出的：直线的代价的导数"),
    "fit steps": ("steps", "步数"),
    "fit beside": (
        "The number beside a line says after how many steps it was there.",
        "线旁的数：走了多少步之后的样子。",
    ),
    "fit digits": (
        "A line: 2 numbers are fitted. A wave: {wave}. Digits: {parameters}, by the same chain rule and the same step.",
        "直线：拟合 2 个数；波浪线：{wave} 个；手写数字：{parameters} 个。同一条链式法则，同样的一步。",
    ),
    # ---- the sentence that the article ends with, Wang Yin's; the English is a translation ----
    "quote": (
        "Machine learning is, at bottom, taking derivatives to fit some functions; deep learning is fitting more complicated "
        "functions. … I would rather call this field differentiable computing, and the building of its models differentiable "
        "programming.",
        "机器学习基本就是利用微积分求导，拟合一些函数，深度学习就是拟合更加复杂的函数。……"
        "所以我宁愿把这个领域叫做“可求导计算”，构建模型的过程叫做“可求导编程”。",
    ),
    "quoted": (
        "Wang Yin, as the article quotes him at its end; translated from Chinese",
        "王垠，《神经网络是如何工作的》一文以他的这段话结尾",
    ),
}
