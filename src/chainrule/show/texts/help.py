"""What `--help` says, in Chinese. The English stands where the commands are described, and is the key here."""

from . import Texts

_CHINESE = {
    # ---- the frame ----
    "chainrule trains networks by backpropagation, and shows the derivative that trains them: every line of it, and the "
    "dimensions of every symbol.": "chainrule 用反向传播训练网络，并把训练它们的导数摆出来：每一行，以及每个符号的维度。",
    "teach a network to read digits": "教网络认数字",
    "let it read your handwriting": "让它认你写的字",
    "what is multiplied with what": "谁和谁相乘",
    "the derivative that trained it": "训练它所用的导数",
    "all options, and what they mean": "有哪些可选，各是什么意思",
    "try": "试试",
    "commands": "命令",
    "chainrule COMMAND --help says more, with --lang zh in Chinese; --version and --debug work everywhere.": (
        "chainrule 命令 --help 有详细说明，加 --lang en 是英文；--version 和 --debug 处处可用。"
    ),
    "[options]": "[选项]",
    "Values shown beside options are defaults; words in CAPITALS stand for values of your own.": (
        "选项旁边的值是默认值；大写的词代表由你填写的值。"
    ),
    "words": "术语",
    "examples": "例子",
    # ---- train ----
    "Train a network to read handwritten digits, test it, and save it.": "训练一个认手写数字的网络，测试并保存。",
    "a folder with files named like MNIST's, and optionally class names in classes.txt, one per line; or a file of "
    "images, with --labels; default: the bundled MNIST digits": (
        "文件夹，其中的文件名与 MNIST 的相同，类别名可写在 classes.txt 里，每行一个；或图像文件，配上 --labels；默认用"
        "随包附带的 MNIST 手写数字"
    ),
    "divide all inputs by N, such as 16 for images with values from 0 to 16; default: grays are divided by 255": (
        "所有输入都除以 N，例如取值 0 到 16 的图像填 16；默认把灰度除以 255"
    ),
    "the labels of a file of images": "图像文件的标签",
    "learn from the first N training images only": "只从前 N 张训练图像学习",
    "test on the first N test images only": "只用前 N 张测试图像测试",
    "turn each image into five: itself, and shifted by one pixel in each direction": (
        "每张图像变成五张：原图，以及向四个方向各平移一个像素"
    ),
    "vary all images again in every epoch: light (shifted, rotated, slanted, scaled), elastic (also bent) or strong "
    "(also thicker or thinner strokes)": (
        "数据增强，每一轮都重新变化所有图像：light（平移、旋转、倾斜、缩放）、elastic（再加弯曲）或 strong（再加笔画粗"
        "细）"
    ),
    "a set of settings: fast, 98 % within seconds, or best, more than 99 % within minutes; options typed beside it "
    "override it": "一套设置：fast，几秒内达到 98 %；best，几分钟内超过 99 %；另外写明的选项优先",
    "the network": "网络",
    "neurons of each layer, from the pixels to the answers": "各层的神经元数，从像素到答案",
    "the activation function of hidden neurons, applied to the weighted input: sigmoid, tanh, relu, leaky-relu, elu, "
    "gelu or softplus": (
        "隐藏神经元的激活函数，作用于加权输入：sigmoid、tanh、relu、leaky-relu、elu、gelu 或 softplus"
    ),
    "the cost function, which training makes small: quadratic, cross-entropy, log-likelihood (with softmax outputs), "
    "hinge and others": (
        "代价函数，又称成本函数，训练让它变小：quadratic、cross-entropy、log-likelihood（配 softmax 输出）、hinge 等"
    ),
    "batch or layer: bring the weighted inputs of hidden neurons to mean 0 and variance 1": (
        "batch 或 layer：把隐藏神经元的加权输入调到均值 0、方差 1"
    ),
    "the share of hidden activations dropped at random in each training step": (
        "训练时每一步随机丢弃的隐藏激活值的比例"
    ),
    "how weights start: default, smaller where a neuron has many inputs; large, all N(0, 1) as in the article, where "
    "some runs never learn one of the digits": (
        "权重的初值：default，输入越多的神经元取值越小；large，与文章相同，全取 N(0, 1)，这样有时会有某个数字始终学不会"
    ),
    "learning": "学习",
    "how many times to go through all training images": "全部训练图像学几轮",
    "how many images each step learns from": "小批量（即批次）的大小：每一步从几张图像学习",
    "η, how large the steps are; default: chosen to suit the activation, the cost and the optimizer; 3.0 for the "
    "default ones": "学习率 η：步子多大；默认按激活函数、代价函数和优化器选取，三者均为默认时是 3.0",
    "do not train; try learning rates in short runs, plot the cost, and suggest one to start with": (
        "不训练，只用各种学习率短时试跑，画出代价，给出建议的学习率"
    ),
    "how a gradient changes the weights: sgd, momentum, nesterov, rmsprop, adam or adamw": (
        "梯度怎样改变权重：sgd、momentum、nesterov、rmsprop、adam 或 adamw"
    ),
    "how η changes over the run: constant, step, linear, cosine, one-cycle or plateau": (
        "训练中 η 怎样变化：constant、step、linear、cosine、one-cycle 或 plateau"
    ),
    "λ: how strongly large weights are penalized": "λ：对大权重的惩罚强度",
    "the same, by absolute value instead of square": "同上，但按绝对值，不按平方",
    "the largest norm that the weights of a neuron may have": "每个神经元的权重向量的范数上限",
    "the largest norm that the gradient of a step may have": "每一步的梯度的范数上限",
    "the share of each desired answer that is spread over all digits": "期望输出中平摊给所有数字的比例",
    "let rare digits count as much as frequent ones": "让少见的数字与常见的数字同等重要",
    "stop after N epochs without progress on the validation images, and keep the best weights": (
        "连续 N 轮在验证图像上没有进步就停止，保留最好的权重"
    ),
    "the seed of the random numbers; the same seed gives the same network": "随机种子；种子相同，网络就相同",
    "what runs the computation: auto, numpy or native": "用什么计算：auto、numpy 或 native",
    "files": "文件",
    "where to save the network; default: net.safetensors, or net-2.safetensors if that exists": (
        "网络保存到哪里；默认是 net.safetensors，已存在时是 net-2.safetensors"
    ),
    "a file, rewritten after each epoch, from which the run can continue": "检查点文件，每轮之后更新，可从它继续训练",
    "continue the run of a checkpoint to its end, with its data and settings": (
        "从检查点继续训练到原定的轮数，数据和设置与原来相同"
    ),
    "with --resume: train N more epochs than planned": "配合 --resume：比原定的轮数多训练 N 轮",
    "the language: en or zh; default: the language of the terminal": "语言：en 或 zh；默认与终端的语言相同",
    "print one JSON object for programs to read": "输出一个 JSON 对象，供程序读取",
    "epoch": "轮",
    "once through all training images, in a new random order": "把全部训练图像学一遍，每次顺序随机",
    "batch": "小批量",
    "the few images that one step learns from": "一步所学的那几张图像，即批次",
    "learning rate": "学习率",
    "η: how far each step goes against the gradient, the slope of the cost": "η：每一步逆着梯度（代价的斜率）走多远",
    "cost C": "代价 C",
    "how far the answers are from the truth, averaged over all images; training makes it small": (
        "答案离真值有多远，取所有图像的平均；训练让它变小"
    ),
    "valid": "验证",
    "images not used for learning; they show how well the network reads what it has not seen": (
        "不用于学习的图像，看网络对没见过的图像认得怎样"
    ),
    "test": "测试",
    "other such images, used only once, at the end": "另一些这样的图像，只在最后用一次",
    "50,000 digits": "50,000 个数字",
    "the article's example": "文章里的例子",
    "100 hidden neurons": "100 个隐藏神经元",
    "the book's chapter 3": "书的第 3 章",
    # ---- evaluate and predict ----
    "Test a saved network: its accuracy, its confusion matrix and its mistakes.": (
        "测试保存的网络：准确率、混淆矩阵和认错的图像。"
    ),
    "a folder with files named like MNIST's, or a file of images, with --labels; default: the data that the network "
    "was trained on": "文件夹，其中的文件名与 MNIST 的相同；或图像文件，配上 --labels；默认用训练这个网络的数据",
    "a network saved by `chainrule train`: net.safetensors": "`chainrule train` 保存的网络：net.safetensors",
    "on the test images of its own data": "用训练它的数据里的测试图像",
    "on the test set of a folder": "用一个文件夹里的测试集",
    "Read a digit or a number in a picture: a photo, a scan or a drawing, dark on light or light on dark.": (
        "认出图片里的一个数字或一串数字：照片、扫描件或手绘都行，深底浅字或浅底深字均可。"
    ),
    "PNG, JPEG, GIF, WebP, BMP or TIFF files, each with a digit or a number; if one of the files is a network "
    "(net.safetensors), it reads the pictures, otherwise the bundled reader does": (
        "PNG、JPEG、GIF、WebP、BMP 或 TIFF 文件，每个文件里是一个或一串数字；若其中一个文件是网络（net.safetensors），"
        "就由它来认，否则用随包附带的识别网络"
    ),
    "unsure": "不确定",
    "the picture may not show a digit: the activation of the bundled reader is too small; for a number, the row is "
    "about its least certain digit": (
        "图片里可能不是数字：随包附带的识别网络给出的激活值太小；若是一串数字，这一行列的是其中最不确定的一个"
    ),
    "activation": "激活值",
    "how strongly the output neuron of a digit answers, from 0 to 1; the strongest one is the answer": (
        "某个数字的输出神经元的反应有多强，从 0 到 1；最强的就是答案"
    ),
    "runner-up": "第二名",
    "the digit with the second strongest activation": "激活值第二强的数字",
    "with the bundled reader": "用识别网络",
    "with your own network": "用你自己的网络",
    # ---- explain ----
    "Show the steps of backpropagation on an image, with every symbol, every dimension and every number.": (
        "用一张图像展示反向传播的各个步骤：每个符号、每个维度、每个数值。"
    ),
    "a network saved by `chainrule train`; default: the bundled network of the book": (
        "`chainrule train` 保存的网络；默认用随包附带的“书中的网络”"
    ),
    "which image": "哪张图像",
    "the K-th test image that it misreads, from 1; default: the first from which one step visibly learns": (
        "它认错的第 K 张测试图像，从 1 数起；默认是学一步就能看出变化的第一张"
    ),
    "test image N, from 0": "第 N 张测试图像，从 0 数起",
    "a picture of a digit of your own: PNG, JPEG, GIF, WebP, BMP or TIFF": "你自己的数字图片：PNG、JPEG、GIF、WebP、BMP 或 TIFF",
    "which digit the picture shows; needed to compute errors": "图片上是哪个数字；计算误差时需要",
    "what is shown": "显示什么",
    "one of the five steps only, or 6, the update": "只看五个步骤之一，或 6，即更新",
    "show the numbers of this neuron: layers count from 1, the input; neurons from 0": (
        "代入这个神经元的数值：层从输入层 1 数起，神经元从 0 数起"
    ),
    "η of the update": "更新所用的 η",
    "questions, each answered alone": "提问，每次只回答所问的",
    "why does the neuron have this value?": "这个神经元为什么是这个值？",
    "why this answer, and not the right one?": "为什么是这个答案，而不是正确的那个？",
    "why the first of these answers, and not the second?": "为什么是前一个答案，而不是后一个？",
    "where does the neuron's error come from?": "这个神经元的误差从哪里来？",
    "what would one step of learning change, here and on all other test digits?": (
        "学一步会改变什么：对这张图像，以及其余所有测试数字？"
    ),
    "is this gradient right? Compare it with a measured slope": "这个梯度对吗？旁边给出实测值",
    "which neurons are saturated, and where does the error fade?": "哪些神经元饱和了，误差在哪里变小？",
    "write everything as a web page that works offline": "把全部内容写成网页，离线可看",
    "δ": "δ",
    "the error of a neuron: how the cost changes with its weighted input": "神经元的误差：它的加权输入稍微变大，代价变多少",
    "∂C/∂w": "∂C/∂w",
    "the gradient: how the cost changes with each weight": "梯度：每个权重稍微变大，代价变多少",
    "saturated": "饱和",
    "on a flat end of its activation, where hardly any error passes": "处在激活函数平坦的一端，误差几乎传不过去",
    "a mistake of the book's network": "书中的网络认错的一个数字",
    "why it was misread": "为什么认错了",
    "one step, one neuron": "一步，一个神经元",
    "on your own handwriting": "用你自己写的数字",
    "on the test images of a folder": "用一个文件夹里的测试图像",
    # ---- shapes, derive and check ----
    "Show the dimensions of every symbol of a network, forward and backward.": "列出网络每个符号的维度，前向和反向。",
    "neurons of each layer, from the input to the output": "各层的神经元数，从输入到输出",
    "how many examples go through at once, one column each": "一次处理多少个样本，每个一列",
    "w, b": "w, b",
    "weights and biases, which are learned; w2 leads into layer 2, and the input is layer 1": (
        "权重和偏置，训练要学的就是它们；w2 通向第 2 层，输入层是第 1 层"
    ),
    "z, a": "z, a",
    "the weighted input of each neuron, and its activation a = σ(z)": "每个神经元的加权输入，和它的激活值 a = σ(z)",
    "the error: how the cost changes with z": "误差：z 稍微变大，代价变多少",
    "2×3 · 3×4": "2×3 · 3×4",
    "a matrix product, @ in Python: the inner sizes must be equal": "矩阵乘法，Python 里写 @：内侧的维度必须相等",
    "2×3 ⊙ 2×3": "2×3 ⊙ 2×3",
    "an elementwise product, * in Python: each number times the one in the same place": (
        "逐元素相乘，即相同位置的数相乘，Python 里写 *"
    ),
    "the article's network": "文章里的网络",
    "one small enough for pencil and paper": "小到可以用纸笔来算",
    "Print the derivative of a network's cost, or of your own NumPy function, as Python.": (
        "把网络代价的导数，或你自己的 NumPy 函数的导数，写成 Python。"
    ),
    "a saved network, or a function in a Python file: model.py:cost": "保存的网络，或 Python 文件里的函数：model.py:cost",
    "the shape of each argument: w=30x784 a matrix, v=30 a row of numbers, t= (nothing) a single number": (
        "每个参数的形状：w=30x784 是矩阵，v=30 是一排数，t=（留空）是一个数"
    ),
    "with respect to these arguments only": "只对这些参数求导",
    "textbook, to read; fast, which reuses what is already computed": (
        "textbook，便于阅读；fast，重复使用已算出的结果"
    ),
    "as mathematics, for LaTeX": "写成数学公式（LaTeX）",
    "derivative": "导数",
    "how the result changes with each number of each argument: dC_dw has the shape of w": (
        "每个参数的每个数稍微变大，结果变多少：dC_dw 的形状与 w 相同"
    ),
    "the error of a symbol, the derivative with respect to it: δ_z or δ3": "某个符号的误差，即对它的导数：δ_z 或 δ3",
    "the derivative that trained a network": "训练一个网络所用的导数",
    "the derivative of your own function": "你自己的函数的导数",
    "its equations, for a paper": "它的公式，可放进论文",
    "Compare a network's gradients with measured slopes, layer by layer, and its cost with its gradient.": (
        "逐层核对网络的梯度与实测的斜率，并核对代价与梯度是否相配。"
    ),
    "how many numbers to measure for each parameter": "每组参数实测几个数",
    "measured slope": "实测斜率",
    "the cost is computed twice, with a weight moved a little up and a little down": (
        "把一个权重向两边各移动一点，各算一次代价"
    ),
    "relative error": "相对误差",
    "how far apart the two slopes are, relative to the largest one of the parameter": (
        "两个斜率相差多少，以该组参数中最大的为尺度"
    ),
    "exit code 1 where they disagree": "不一致时退出码为 1",
    # ---- article, reproduce and app ----
    "Read how a neural network works: the steps of the article on real data, with its code and its dimensions.": (
        "读懂神经网络是如何工作的：用真实数据走完文章的各个步骤，附代码和维度。"
    ),
    "write it as a web page that works offline": "写成网页，离线可看",
    "from top to bottom": "从头读到尾",
    "in Chinese": "用中文读",
    "Rerun the experiments of Nielsen's book, and compare its figures with ours.": (
        "重做 Nielsen 书中的实验，把书里的数字与我们的并列。"
    ),
    "of one chapter only: 1, 3 or 5": "只做一章：1、3 或 5",
    "one row only": "只做一行",
    "one seed, and only experiments that take less than about 10 s": "一个种子，只做约 10 秒内能完成的",
    "how many runs of each experiment; seeds count from 0": "每个实验做几次，种子从 0 起",
    "where runs are stored; stored runs are not repeated": "结果存在哪里；已有的结果不再重做",
    "seed": "种子",
    "the start of the random numbers: initial weights and the order of the images": "随机数的起点：决定权重的初值和图像的顺序",
    "holds": "相符",
    "the book's figure lies within the range of our seeds, or within 0.2 points of it": (
        "书里的数字落在我们各种子的范围内，或相差不超过 0.2 个百分点"
    ),
    "set apart": "另列",
    "runs that never learn a digit, as happens with large weights; they are listed": (
        "始终没学会某个数字的那几次，权重初值大时会出现；单独列出"
    ),
    "best of 3": "三次取最好",
    "where the book chose the best of three runs, our runs are taken in threes too": (
        "书里三次取最好的地方，我们也三次一组取最好"
    ),
    "the quick ones, one seed each": "很快能做完的，各一个种子",
    "how deep networks learn": "深层网络怎样学习",
    "one row, with 15 seeds": "一行，15 个种子",
    "Open the page: draw a digit, watch the network think, see its error, teach it.": (
        "打开网页：写一个数字，看网络怎样思考，看它的误差，教会它。"
    ),
    "a network saved by `chainrule train`; default: the bundled reader and the bundled network of the book": (
        "`chainrule train` 保存的网络；默认用随包附带的识别网络和书中的网络"
    ),
    "a folder of ten classes with files named like MNIST's; default: the data that the network was trained on": (
        "文件夹，共十个类别，其中的文件名与 MNIST 的相同；默认用训练这个网络的数据"
    ),
    "the port of the page": "网页的端口",
    "127.0.0.1: this machine only; 0.0.0.0: everyone who can reach it over the network": (
        "127.0.0.1：只限本机；0.0.0.0：能通过网络连到本机的人都能打开"
    ),
    "serve the page without opening a browser": "只提供网页，不打开浏览器",
    "the error that flows back from a wrong answer": "从错误的答案流回来的误差",
    "η": "η",
    "the learning rate: how far one step goes": "学习率：一步走多远",
    "with the reader and the book's network": "用识别网络和书中的网络",
    "for a network: how many examples, one column each; default: 1, or with batch normalization the batch size of its "
    "training": ("用于网络：多少个样本，每个一列；默认 1 个，有批归一化时是训练时的小批量大小"),
}
TEXTS: Texts = {english: (english, chinese) for english, chinese in _CHINESE.items()}
