"""The article, alive: its steps in its order, in our words; and openly where what stands here departs from it.

Each departure says what the article says, what is done here, and why. Its words are quoted as they stand, in English
translated.
"""

from . import Texts

TEXTS: Texts = {
    "kind": ("article", "文章"),
    "title": ("How a neural network works", "神经网络\u200b是如何工作的"),
    "lead": (
        "A neural network learns by repeating five steps, called backpropagation, and an update that uses their "
        "result. Here they are in the order of the article “How a Neural Network Works”, on a real digit and a real "
        "network of {sizes} neurons: first the article’s code, with every dimension, then the equations that the "
        "program derived by itself, with this digit’s numbers. Both compute the same thing. (BP1) to (BP4) number the "
        "equations in Nielsen’s book.",
        "神经网络就是一遍又一遍地重复五个步骤（叫做反向传播）和一次更新来学习的。这里按《神经网络是如何工作的》一文的顺"
        "序，用一个真实的数字和一个神经元数为 {sizes} 的真实网络来讲：先是文章的代码，标明每个维度；再是程序自己推导出"
        "的方程，代入这个数字的数值。两者算的是同一件事。(BP1) 到 (BP4) 是 Nielsen 书中方程的编号。",
    ),
    "departures": (
        "▲ marks where this departs from the article: what the article says, what is done here, and why. Its words are "
        "translated from Chinese.",
        "▲ 标出与文章不同的地方：文章怎么说，这里怎么做，为什么。",
    ),
    "key point": (
        "One thing to hold on to: know the dimensions of every symbol. Then you can read every line.",
        "抓住一个关键点：知道每个符号的维度。这样每一行就都读得懂了。",
    ),
    "code": ("the article’s code", "文章的代码"),
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
        "The article says “give the first layer a bias”; here every neuron after the first layer has a bias and the "
        "first layer has none, because a bias belongs to the neuron that adds it. The article’s code does the same: "
        "sizes[1:].",
        "文章说“给第一层一个偏置”；这里第一层之后的每个神经元各有一个偏置，第一层没有，因为偏置属于把它加进去的那个神经元。"
        "文章的代码也是这样：sizes[1:]。",
    ),
    "note layers": (
        "The article says “we have 784*10 weights and 10 biases”; here a hidden layer lies between input and output, "
        "because without one, step 4 would have nothing to do.",
        "文章说“我们有784*10个权重和10个偏置”；这里输入与输出之间还有一个隐藏层，因为没有隐藏层，第 4 步就无事可做。",
    ),
    "note count": (
        "The article says “the first neuron of the second layer”, counting from 1; here that is neuron 0, because "
        "Python counts from 0, and output 3 is then the digit 3.",
        "文章说“第二层的第一个神经元”，从 1 数起；这里它是 0 号，因为 Python 这样数，而且输出 3 正好是数字 3。",
    ),
    "input": ("Input", "输入"),
    "input text": (
        "The digit is a picture of 28 × 28 = 784 pixels, each a gray value from 0 to 255. Divided by 255 and stacked "
        "in one column, they are the first activations, a¹.",
        "这个数字是 28 × 28 = 784 个像素的图，每个像素是 0 到 255 的灰度值。除以 255，再逐行排成一列，就是第一层的激活值 a¹。",
    ),
    "walk input": (
        "In this digit, {ink} pixels have ink. The other {blank} are 0: whatever their weights, they add nothing.",
        "这个数字有 {ink} 个像素有墨迹；其余 {blank} 个是 0，不管乘上什么权重，都没有贡献。",
    ),
    "note scaled": (
        "The article says “we use the sigmoid function to activate the first layer, too”; here gray values are divided "
        "by 255, because σ of a gray value is 0.5 for paper and 1 for nearly everything else. The network would then "
        "learn far worse: it would read {squashed} of the test digits correctly instead of {scaled} (mean of {seeds} "
        "seeds, {epochs} epochs).",
        "文章说“我们也使用sigmoid函数来激活第一层”；这里把灰度值除以 255，因为灰度值的 σ 在白纸处是 0.5，其余几乎都是 1，"
        "网络会学得差得多：只认对 {squashed} 的测试数字，而除以 255 时认对 {scaled}（{seeds} 个种子的平均，各 {epochs} "
        "轮）。",
    ),
    "feedforward": ("Feedforward", "前馈"),
    "feedforward text": (
        "Layer by layer: the activations of the layer before, times the weights, plus the biases, give z; σ squashes z "
        "to between 0 and 1 and gives a, the activations of this layer. The last a are ten independent confidences: "
        "they need not add up to 1.",
        "一层接一层：前一层的激活值乘以权重，加上偏置，得到 z；σ 把 z 压到 0…1，得到这一层的激活值 a。"
        "最后一层的 a 是十份各自独立的信心，加起来不必等于 1。",
    ),
    "walk feedforward": (
        "Take neuron {neuron} of layer {layer}: its {count} products w a add up to {total}, its bias is {bias}, so z = "
        "{z} and a = σ(z) = {a}. At the end, output {answer} is the largest, {value}, and the network reads a "
        "{answer}. The digit is a {label}, whose output is only {truth}.",
        "以第 {layer} 层的第 {neuron} 号神经元为例：{count} 个乘积 w a 加起来是 {total}，偏置是 {bias}，所以 z = {z}，"
        "a = σ(z) = {a}。最后，输出 {answer} 最大，是 {value}，网络就认作 {answer}。其实这是 {label}，而输出 {label} "
        "是 {truth}。",
    ),
    "walk feedforward right": (
        "Take neuron {neuron} of layer {layer}: its {count} products w a add up to {total}, its bias is {bias}, so z = "
        "{z} and a = σ(z) = {a}. At the end, output {answer} is the largest, {value}, and the network correctly reads "
        "a {answer}.",
        "以第 {layer} 层的第 {neuron} 号神经元为例：{count} 个乘积 w a 加起来是 {total}，偏置是 {bias}，所以 z = {z}，"
        "a = σ(z) = {a}。最后，输出 {answer} 最大，是 {value}，网络就认作 {answer}，认对了。",
    ),
    "note before": (
        "The article says “we use the value of the last layer”; here a of layer l − 1 is that of the layer before, because the "
        "last layer is L, the output.",
        "文章说“我们使用最后一层的值”；这里第 l − 1 层的 a 是前一层的值，因为最后一层是 L，即输出层。",
    ),
    "note index": (
        "The article writes “Σ_j w_j x_j”; here it is Σ_k w_jk a_k, because a weight has two indices, and step 5 needs both: j "
        "is the neuron that it leads to, k the one that it comes from.",
        "文章写的是“Σ_j w_j x_j”；这里是 Σ_k w_jk a_k，因为一个权重有两个下标，第 5 步两个都要用：j 是它通往的神经元，"
        "k 是它来自的神经元。",
    ),
    "note batch": (
        "The article says “the result of training on a batch shows in 10 neurons”; here the 10 outputs are the answer to one "
        "image, because what training leaves behind is in the weights and biases.",
        "文章说“一个批次的训练结果将反映在10个神经元中”；这里 10 个输出是对一张图像的回答，因为训练的结果留在权重和偏置里。",
    ),
    "error": ("Output error", "输出误差"),
    "error text": (
        "First ∇ₐC: how the cost changes with each answer; for this cost it is simply answer minus truth. Then times σ′: how "
        "strongly each answer still reacts. The product is the error δ of the last layer.",
        "先求 ∇ₐC：每个答案稍微变大，代价变多少；对这个代价函数（又称成本函数），它就是答案减去真值。再乘以 σ′：每个答"
        "案还有多敏感。乘积就是最后一层的误差 δ。",
    ),
    "walk error": (
        "Output {label} should be 1 and is {truth}, so ∇ₐC is {up} there: it is too low. Output {answer} should be 0 "
        "and is {value}, so ∇ₐC is {down}: it is too high. The slopes σ′ are {slope_up} and {slope_down}, and the "
        "products are the errors δ: {delta_up} and {delta_down}. A δ below 0 says push z up; above 0, push it down.",
        "输出 {label} 应该是 1，实际是 {truth}，所以那里的 ∇ₐC 是 {up}：太低了。输出 {answer} 应该是 0，实际是 {value}，"
        "所以 ∇ₐC 是 {down}：太高了。两处的斜率 σ′ 是 {slope_up} 和 {slope_down}，乘积就是误差 δ：{delta_up} 和 {delta_down}。"
        "小于 0 就把 z 往上推，大于 0 就往下推。",
    ),
    "note cost": (
        "The article does not say what C is; here C = 0.5 Σ (a − y)², because the derivative of that is a − y, which is what "
        "its cost_derivative returns.",
        "文章没有说 C 是什么；这里 C = 0.5 Σ (a − y)²，因为它的导数正是 a − y，也就是文章的 cost_derivative 返回的值。",
    ),
    "note slope": (
        "The article says of the derivatives of C with respect to weights and biases “that is the sigmoid_prime "
        "below”; here σ′ is one factor of them, because ∂C/∂w is the product of all links from the weight to the cost, "
        "and step 5 adds the last one.",
        "文章说 C 对权重和偏置的导数“就是下面的sigmoid_prime”；这里 σ′ 只是其中一个因子，因为 ∂C/∂w 是从权重到代价的所有环节的"
        "乘积，第 5 步才接上最后一环。",
    ),
    "backwards": ("Error, backwards", "反向传播误差"),
    "backwards text": (
        "The error flows back through the same weights, transposed: each neuron that sent its activation forward gets "
        "its share of the blame. Times σ′ again, that is the error of the layer before.",
        "误差沿同样的权重（转置后）流回来：当初送出激活值的神经元，现在各分到一份责任。再乘以 σ′，就是前一层的误差。",
    ),
    "walk backwards up": (
        "Neuron {neuron} of layer {layer} again: its largest share comes from neuron {from} of layer {after}, whose "
        "error {error} "
        "times the weight {w} = {weight} is {product}. All shares add up to {total}; times the neuron’s own slope {slope} "
        "that is δ = {delta}, below 0: this neuron should fire more.",
        "再看第 {layer} 层的第 {neuron} 号神经元：最大的一份来自第 {after} 层的第 {from} 号神经元，它的误差 {error} "
        "乘以权重 {w} = {weight}，"
        "得 {product}。所有各份加起来是 {total}，再乘以这个神经元自己的斜率 {slope}，得 δ = {delta}，小于 0：它应该更活跃。",
    ),
    "walk backwards down": (
        "Neuron {neuron} of layer {layer} again: its largest share comes from neuron {from} of layer {after}, whose "
        "error {error} "
        "times the weight {w} = {weight} is {product}. All shares add up to {total}; times the neuron’s own slope {slope} "
        "that is δ = {delta}, above 0: this neuron should fire less.",
        "再看第 {layer} 层的第 {neuron} 号神经元：最大的一份来自第 {after} 层的第 {from} 号神经元，它的误差 {error} "
        "乘以权重 {w} = {weight}，"
        "得 {product}。所有各份加起来是 {total}，再乘以这个神经元自己的斜率 {slope}，得 δ = {delta}，大于 0：它不该这么活跃。",
    ),
    "note loop": (
        "The article’s code says “for l in range(2, self.num_layers)”; here the loop counts with back, because l is the number "
        "of a layer from the input, and this counts from the end: [-back] is layer L − back + 1, so back = 2 is the last "
        "hidden layer.",
        "文章的代码写的是“for l in range(2, self.num_layers)”；这里循环变量叫 back，因为 l 是从输入数起的层号，"
        "而循环是从末尾数起："
        "[-back] 是第 L − back + 1 层，所以 back = 2 是最后一个隐藏层。",
    ),
    "gradients": ("Output: the gradients", "输出：梯度"),
    "gradients text": (
        "How much does the cost change with one weight? By the error after it, times the activation before it. A "
        "column times a row gives all gradients at once, in the shape of the weights.",
        "一个权重稍微变大，代价变多少？它后面的误差，乘以它前面的激活值。一列乘以一行，就一次得到全部梯度，形状与权重相"
        "同。",
    ),
    "walk gradients rises": (
        "For example, {w} has the error {delta} after it and the activation {a} before it; their product is "
        "{gradient}. Make this weight larger by 0.01, and the cost rises by about {change}: so it should become "
        "smaller.",
        "举其中一个：{w} 后面的误差是 {delta}，前面的激活值是 {a}，乘积是 {gradient}。把这个权重增大 0.01，"
        "代价大约上升 {change}："
        "所以它该变小。",
    ),
    "walk gradients falls": (
        "For example, {w} has the error {delta} after it and the activation {a} before it; their product is "
        "{gradient}. Make this weight larger by 0.01, and the cost falls by about {change}: so it should become larger.",
        "举其中一个：{w} 后面的误差是 {delta}，前面的激活值是 {a}，乘积是 {gradient}。把这个权重增大 0.01，"
        "代价大约下降 {change}："
        "所以它该变大。",
    ),
    "note place": (
        "The article has these lines in steps 3 and 4; here they are in step 5, because they are its equations. The "
        "code computes them earlier because the loop has δ at hand.",
        "文章把这几行放在第 3、4 步；这里放在第 5 步，因为它们正是第 5 步的方程。代码里它们夹在前两步中间，是因为那时 "
        "δ 正好已经算出。",
    ),
    "update": ("The update", "更新"),
    "update text": (
        "The five steps give the gradients; the update learns from them. Take the mean of the gradients over a "
        "mini-batch (batch for short), and move every weight and bias a small step against it. The learning rate η "
        "says how small.",
        "五个步骤给出梯度，更新才是学习。把一个小批量（即批次）的梯度取平均，让每个权重和偏置逆着它走一小步；步子多小，"
        "由学习率 η 决定。",
    ),
    "note mean": (
        "The article writes “b_l → b_l' = b_l − η ∂C/∂b_l” in step 3; here the update comes last and is b ← b − (η/m) "
        "Σ ∂C/∂b, because the gradients are known only after step 5, because a batch of m images takes their mean, as "
        "in the article’s code, and because l is a layer, not the number of a bias.",
        "文章在第 3 步写“b_l → b_l' = b_l − η ∂C/∂b_l”；这里更新放在最后，写作 b ← b − (η/m) Σ ∂C/∂b，因为梯度到第 5 步之后才有，"
        "一个批次有 m 张图像，要取平均（文章的代码也是这样），而且 l 是层号，不是偏置的编号。",
    ),
    "note average": (
        "The article says “we make the weights and biases more right” with each new image; here that holds on average "
        "only, because a step for one image can spoil another. That is why steps are small and taken on batches.",
        "文章说每给一张新图片，“我们就会使权重和偏置更加正确”；这里说只是平均而言，因为为一张图像走的一步，可能妨碍另一"
        "张：所以步子要小，还要用小批量。",
    ),
    "end": ("In the end", "最后"),
    "end text": (
        "Nothing here is neural and nothing is deep: it is the chain rule, applied to composed functions. A line is "
        "fitted to points in the same way, with one weight and one bias; a wave takes {wave} numbers, and digits take "
        "{parameters}. The rest is knowing the dimensions.",
        "这里没有什么“神经”，也没有什么“深度”：只是复合函数的链式法则。用一条直线拟合几个点，办法完全一样，"
        "只有一个权重和一个偏置；"
        "一条波浪线用 {wave} 个数，认数字用 {parameters} 个。剩下的，就是知道维度。",
    ),
    "fit": (
        "A line: the same calculus on {points} points. w and b step against their gradients with η = {rate}.",
        "直线：同样的微积分，用在 {points} 个点上：让 w 和 b 逆着梯度走，η = {rate}。",
    ),
    "fit wave": (
        "A wave: {points} points of a sine curve, and a network of 1, {hidden} and 1 neurons; its {parameters} numbers "
        "step against their gradients with η = {rate}.",
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
        "Machine learning basically means taking derivatives to fit functions; deep learning means fitting more "
        "complicated functions. … That is why I would rather call this field differentiable computing, and building "
        "models differentiable programming.",
        "机器学习基本就是利用微积分求导，拟合一些函数，深度学习就是拟合更加复杂的函数。……"
        "所以我宁愿把这个领域叫做“可求导计算”，构建模型的过程叫做“可求导编程”。",
    ),
    "quoted": (
        "Wang Yin, quoted at the end of the article; translated from Chinese",
        "王垠，《神经网络是如何工作的》一文以他的这段话结尾",
    ),
}

COMMENTS = {
    "1 Input: a^1 = x": "1 输入：a^1 = x",
    "z^2, z^3, …, z^L: one fewer, the input has no z": "z^2, z^3, …, z^L：少一个，输入层没有 z",
    "2 Feedforward: z^l = w^l a^(l−1) + b^l and a^l = σ(z^l), for l = 2, 3, …, L": (
        "2 前馈：z^l = w^l a^(l−1) + b^l，a^l = σ(z^l)，l = 2, 3, …, L"
    ),
    "3 Output error: δ^L = ∇_a C ⊙ σ'(z^L)  (BP1)": "3 输出误差：δ^L = ∇_a C ⊙ σ'(z^L)  (BP1)",
    "4 Backpropagated error: δ^l = ((w^(l+1))ᵀ δ^(l+1)) ⊙ σ'(z^l), for l = L − 1, L − 2, …, 2  (BP2)": (
        "4 反向传播误差：δ^l = ((w^(l+1))ᵀ δ^(l+1)) ⊙ σ'(z^l)，l = L − 1, L − 2, …, 2  (BP2)"
    ),
    "5 Output, for layer L: ∂C/∂b^L_j = δ^L_j  (BP3)  and  ∂C/∂w^L_jk = a^(L−1)_k δ^L_j  (BP4)": (
        "5 输出，第 L 层：∂C/∂b^L_j = δ^L_j  (BP3)，∂C/∂w^L_jk = a^(L−1)_k δ^L_j  (BP4)"
    ),
    "5 Output, for this layer: ∂C/∂b^l_j = δ^l_j  (BP3)  and  ∂C/∂w^l_jk = a^(l−1)_k δ^l_j  (BP4)": (
        "5 输出，这一层：∂C/∂b^l_j = δ^l_j  (BP3)，∂C/∂w^l_jk = a^(l−1)_k δ^l_j  (BP4)"
    ),
    "30×1 and 10×1": "30×1 和 10×1",
    "30×784 and 10×30": "30×784 和 10×30",
}
"""The comments of the article's code that have words in them, and their Chinese."""
