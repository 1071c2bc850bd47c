"""The steps of backpropagation on an example: what each is, what each symbol means, what a learner asks of them."""

from . import Texts

TEXTS: Texts = {
    # ---- the steps ----
    "steps": (
        "Here are the five steps of backpropagation and then, as number 6, the update.",
        "下面是反向传播的五个步骤，然后是更新，编号为 6。",
    ),
    "step1": ("Input", "输入"),
    "step2": ("Feedforward", "前馈"),
    "step3": ("Output error", "输出误差"),
    "step4": ("Error, backwards", "反向传播误差"),
    "step5": ("Gradients", "梯度"),
    "step6": ("Update", "更新"),
    "say1": (
        "Each of the {n} pixels becomes one activation between 0 (paper) and 1 (ink).",
        "{n} 个像素各成为一个激活值：0 是白纸，1 是墨迹。",
    ),
    "say1_numbers": (
        "The {n} input numbers are the activations of the first layer.",
        "给定的 {n} 个数就是第一层的激活值。",
    ),
    "say1_function": ("The arguments of the function.", "函数的参数。"),
    "say2": (
        "Each neuron weighs its inputs, adds its bias, and squashes the sum to between 0 and 1.",
        "每个神经元把输入加权求和，加上偏置，再压到 0 与 1 之间。",
    ),
    "say2_other": (
        "Each neuron weighs its inputs, adds its bias, and turns the sum into its activation: {activations}.",
        "每个神经元把输入加权求和，加上偏置，再由激活函数得出激活值：{activations}。",
    ),
    "say2_function": ("Your own lines, with their values.", "你自己写的每一行，和它的值。"),
    "say3": (
        "How far off each answer is, times how strongly it still reacts: that is the error δ.",
        "每个答案差多少，乘以它还有多敏感，就是误差 δ。",
    ),
    "say3_plain": (
        "How far off each answer is: with this cost and this activation, that alone is the error δ.",
        "每个答案差多少，就是误差 δ：用这个代价函数和这个激活函数，别的因子都消去了。",
    ),
    "say3_other": (
        "How does the cost change with the weighted input of each output neuron? That is the error δ.",
        "每个输出神经元的加权输入稍微变大，代价变多少？这就是误差 δ。",
    ),
    "say3_function": (
        "Now backwards. How does the result change with the last named line? That is its error δ.",
        "现在往回走。最后一个有名字的量稍微变大，结果变多少？这就是它的误差 δ。",
    ),
    "say3_function_none": (
        "There is no step 3 here: no named line lies between the arguments and the result.",
        "这里没有第 3 步：参数与结果之间没有有名字的行。",
    ),
    "say4": (
        "Every hidden neuron gets its share of the blame, sent back through the same weights.",
        "每个隐藏神经元分到一份责任：输出误差沿着同样的权重传回来。",
    ),
    "say4_none": (
        "There is no step 4 here: with two layers, nothing lies between input and output, so no error goes further "
        "back.",
        "这里没有第 4 步：只有两层时，输入与输出之间没有别的层，误差不必再往回传。",
    ),
    "say4_function": ("From each error the errors of the lines before it.", "由每个误差，得到它前面各行的误差。"),
    "say4_function_none": (
        "There is no step 4 here: no other named line lies between the arguments and the result.",
        "这里没有第 4 步：参数与结果之间没有别的有名字的行。",
    ),
    "say5": (
        "How much does the cost change with one weight? By the error after it, times the activation before it.",
        "一个权重稍微变大，代价变多少？它后面的误差，乘以它前面的激活值。",
    ),
    "say5_function": (
        "How does the result change with each number of each argument? A gradient has the shape of its argument.",
        "每个参数里的每个数稍微变大，结果变多少？梯度的形状就是参数的形状。",
    ),
    "say6": (
        "Use the gradients of the five steps: move every weight and bias a little against its own gradient. The cost "
        "falls.",
        "用五个步骤得到的梯度，让每个权重和偏置逆着各自的梯度走一小步，代价就下降了。",
    ),
    "say6_rose": (
        "Use the gradients of the five steps: move every weight and bias against its own gradient. This step was too "
        "long, and the cost rose: η is too large.",
        "用五个步骤得到的梯度，让每个权重和偏置逆着各自的梯度走一步。这一步太长，代价反而上升：η 太大。",
    ),
    # ---- what the symbols mean ----
    "input": ("the activations of the input layer, one per pixel", "输入层的激活值，每个像素一个"),
    "input_numbers": ("the activations of the input layer", "输入层的激活值"),
    "desired": ("the desired output: 1 at the right answer, 0 elsewhere", "期望输出：正确答案处是 1，其余是 0"),
    "desired_numbers": ("the desired output", "期望输出"),
    "weighted_input": ("the weighted input of each neuron of layer {layer}", "第 {layer} 层每个神经元的加权输入"),
    "activation": ("the activation of each neuron of layer {layer}", "第 {layer} 层每个神经元的激活值"),
    "answer": ("the answers: how strongly each output neuron says yes", "答案：每个输出神经元有多肯定"),
    "answer_numbers": ("the outputs: the numbers that the network gives", "输出：网络给出的数"),
    "product": ("the weighted sum of layer {layer}, before it is normalized", "第 {layer} 层的加权和，归一化之前"),
    "normalized": ("the same with mean 0 and variance 1", "归一化之后：均值 0，方差 1"),
    "mean": ("its mean", "它的均值"),
    "variance": ("its variance", "它的方差"),
    "cost": (
        ("the cost: one number that says how far off the answers are"),
        ("代价（又称成本）：一个数，表示所有答案一共差多远"),
    ),
    "result": ("the result, one number", "结果，一个数"),
    "slope_of_cost": ("how the cost changes with each answer", "每个答案稍微变大，代价变多少"),
    "output_error": ("the error of each output neuron, ∂C/∂z", "每个输出神经元的误差，∂C/∂z"),
    "hidden_error": ("the error of each neuron of layer {layer}, ∂C/∂z", "第 {layer} 层每个神经元的误差，∂C/∂z"),
    "error": ("the error of {subject}, ∂C/∂{subject}", "{subject} 的误差，∂C/∂{subject}"),
    "gradient_w": (
        "how the cost changes with each weight of layer {layer}",
        "第 {layer} 层每个权重稍微变大，代价变多少",
    ),
    "gradient_b": ("how the cost changes with each bias of layer {layer}", "第 {layer} 层每个偏置稍微变大，代价变多少"),
    "gradient_gamma": (
        "how the cost changes with each scale γ of layer {layer}",
        "第 {layer} 层每个缩放 γ 稍微变大，代价变多少",
    ),
    "gradient": ("how the result changes with each number of {subject}", "{subject} 的每个数稍微变大，结果变多少"),
    "w": ("the weights of layer {layer}", "第 {layer} 层的权重"),
    "b": ("the biases of layer {layer}", "第 {layer} 层的偏置"),
    "gamma": ("the scales γ of layer {layer}", "第 {layer} 层的缩放 γ"),
    "new_w": ("the new weights of layer {layer}", "第 {layer} 层的新权重"),
    "new_b": ("the new biases of layer {layer}", "第 {layer} 层的新偏置"),
    "new_gamma": ("the new scales γ of layer {layer}", "第 {layer} 层的新缩放 γ"),
    "argument": ("given", "给定"),
    "own": ("in between", "中间结果"),
    # ---- the head ----
    "reads": ("It reads {answer}", "它认作 {answer}"),
    "gives_numbers": ("It gives {answer}", "它给出 {answer}"),
    "desired_are": ("desired: {answer}", "期望 {answer}"),
    "is": ("it is {label}", "其实是 {label}"),
    "right": ("and it is {label}", "确实是 {label}"),
    "cost_is": ("cost C = {cost}", "代价 C = {cost}"),
    "truth": ("truth", "真值"),
    "said": ("answer", "回答"),
    "source_test": ("test digit {number}", "测试集第 {number} 张"),
    "source_mistake": (
        "mistake {number} of {total}, test digit {index}",
        "第 {number} 道错题（共 {total} 道），测试集第 {index} 张",
    ),
    "source_test_own": ("test image {number} of {data}", "{data} 测试集第 {number} 张"),
    "source_mistake_own": (
        "mistake {number} of {total}, test image {index} of {data}",
        "第 {number} 个错误（共 {total} 个），{data} 测试集第 {index} 张",
    ),
    "source_file": ("{file}", "{file}"),
    "network": ("network {sizes}", "网络 {sizes}"),
    "source_and_network": ("{source}, network {sizes}", "{source}，网络 {sizes}"),
    "batch": (
        "There are {m} examples, one per column; single numbers belong to example {example}, counted from 0. The cost "
        "C above is the mean over all examples; in the equations, C is their sum.",
        "共有 {m} 个样本，每列一个；单个的数取自第 {example} 个（从 0 数起）。上面的代价 C 是全部样本的平均，方程里的 "
        "C 是它们的总和。",
    ),
    "semicolon": ("; ", "；"),
    "listing": (", ", "、"),
    "legend_a": ("activation", "激活值"),
    "legend_z": ("weighted sum", "加权输入"),
    "legend_w": ("weight", "权重"),
    "legend_b": ("bias", "偏置"),
    "legend_d": ("error", "误差"),
    "legend_g": ("gradient", "梯度"),
    "legend_y": ("truth", "真值"),
    "counting": (
        "Layers are counted from 1, the input, and neurons from 0: {output}. Below each symbol are its dimensions, "
        "rows × columns. z{raised}[{neuron}] belongs to neuron {neuron} of layer {layer}; w{raised}[{neuron},0] is the "
        "weight that leads to it from neuron 0 of layer {before}. Neuron {neuron} is followed here because {why}. "
        "Numbers are rounded for display, and computed in full.",
        "层从 1 数起，第 1 层是输入层；神经元从 0 数起，所以{output}。每个符号下面是它的维度：行 × 列。"
        "z{raised}[{neuron}] 属于第 {layer} 层第 {neuron} 号神经元；w{raised}[{neuron},0] 是从第 {before} 层第 0 号神经"
        "元通到它的权重。下面以第 {neuron} 号神经元为例，因为{why}。数值显示时四舍五入，计算时用完整的数。",
    ),
    "output_digit": ("output 3 is the digit 3", "输出神经元 3 就是数字 3"),
    "output_number": ("output 0 is the first number that it gives", "输出神经元 0 给出第一个数"),
    "output_class": ("output 1 is class 1", "输出神经元 1 就是第 1 类"),
    "followed_error": ("its error δ is the largest of its layer", "它的误差 δ 在这一层里最大"),
    "followed_activation": ("its activation is the largest of its layer", "它的激活值在这一层里最大"),
    "followed_chosen": ("you asked for it", "你指定了它"),
    # ---- signs, where they stand first ----
    "sign_reshape": (
        "reshape arranges the same numbers in another shape, row by row",
        "reshape 把同样的数逐行排成另一种形状",
    ),
    "sign_sigmoid": (
        "σ(z) = 1 / (1 + exp(−z)), always between 0 and 1",
        "σ(z) = 1 / (1 + exp(−z))，总在 0 与 1 之间",
    ),
    "sign_sigmoid_slope": (
        "σ′(z) = σ(z) (1 − σ(z)), the slope of σ",
        "σ′(z) = σ(z) (1 − σ(z))，是 σ 的斜率",
    ),
    "sign_relu": ("relu(z) is z where z is above 0, and 0 elsewhere", "relu(z)：z 大于 0 时是 z，否则是 0"),
    "sign_relu_slope": (
        "relu′(z), its slope, is 1 where z is above 0, and 0 elsewhere",
        "relu′(z) 是它的斜率：z 大于 0 时是 1，否则是 0",
    ),
    "sign_softmax": (
        "softmax(z) = exp(z) / Σ exp(z): its results add up to 1",
        "softmax(z) = exp(z) / Σ exp(z)，得到的各个数加起来是 1",
    ),
    "sign_times": ("⊙ multiplies element by element", "⊙ 表示逐个元素相乘"),
    "sign_transposed": ("ᵀ exchanges rows and columns", "ᵀ 表示行与列互换，即转置"),
    "sign_saturated": (
        "a saturated neuron sits on a flat end of its activation: the slope there is below 0.01, and hardly any error gets "
        "back through it",
        "饱和的神经元处在激活函数平坦的一端，那里的斜率小于 0.01，误差几乎传不回去",
    ),
    "sign_rate": ("η, the learning rate, says how far a step goes", "η 是学习率，决定一步走多远"),
    # ---- beside the lines ----
    "blank": ("{share} of the pixels are blank", "{share} 的像素是空白"),
    "range": ("{low} to {high}, mean {mean}", "{low} 到 {high}，平均 {mean}"),
    "zeros": ("{share} are 0", "{share} 为 0"),
    "zeros_blank": ("{share} are 0, those of the blank pixels", "{share} 为 0，即空白像素的那些"),
    "saturated": ("{count} of {total} neurons saturated", "{total} 个神经元中有 {count} 个饱和"),
    "derivative_of": ("the derivative of", "求导的对象"),
    "products": ("⋯ is the rest of {count}", "⋯ 是其余部分，共 {count} 项"),
    "too_low": ("too low: push it up", "太低：往上推"),
    "too_high": ("too high: push it down", "太高：往下推"),
    "proved": (
        "Proof: move {parameter} alone by ±0.00001 and measure C twice. Slope {measured}, backpropagation {derived}",
        "验证：只把 {parameter} 移动 ±0.00001，量两次 C。测得斜率 {measured}，反向传播得 {derived}",
    ),
    "likewise": ("likewise", "同样"),
    # ---- what a learner asks ----
    "ask": ("now ask", "接着问"),
    "ask_value": ("why does this neuron have this value?", "这个神经元为什么是这个值？"),
    "ask_why": ("why {this}, and not {other}?", "为什么是 {this}，而不是 {other}？"),
    "ask_blame": ("where does its error come from?", "它的误差从哪里来？"),
    "ask_one_step": ("what would one step of learning change?", "学一步会改变什么？"),
    "ask_proof": ("is this gradient right?", "这个梯度对吗？"),
    "ask_layers": ("which neurons are saturated?", "哪些神经元饱和了？误差在哪里变小？"),
    "value_title": ("Why is {symbol} = {value}?", "为什么 {symbol} = {value}？"),
    "value_say": (
        "Neuron {neuron} of layer {layer} adds up {count} products w × a and its bias. The largest are:",
        "第 {layer} 层第 {neuron} 号神经元把 {count} 个乘积 w × a 加起来，再加偏置。最大的几个是：",
    ),
    "value_pixel": ("pixel, row {row}, column {column}", "像素：第 {row} 行，第 {column} 列"),
    "value_neuron": ("neuron {neuron} of layer {layer}", "第 {layer} 层第 {neuron} 号神经元"),
    "others": ("{count} others", "其余 {count} 个"),
    "sum": ("sum", "合计"),
    "why_title": ("Why {this}, and not {other}?", "为什么是 {this}，而不是 {other}？"),
    "why_say": (
        "Each neuron of layer {layer} argues for {this} and for {other}: its activation times the weight that leads "
        "there. The difference between the two decides.",
        "第 {layer} 层的每个神经元都分别支持 {this} 和 {other}：支持多少，是它的激活值乘以通向那里的权重。起决定作用的"
        "是两者之差。",
    ),
    "why_neuron": ("neuron", "神经元"),
    "why_pixel": ("pixel", "像素"),
    "why_for": ("for {digit}", "支持 {digit}"),
    "why_difference": ("difference", "相差"),
    "why_bias": ("bias", "偏置"),
    "why_pixels": (
        "Evidence per pixel: + is for {this}, − is for {other}. It is input times slope, {exact}.",
        "逐个像素的证据：+ 支持 {this}，− 支持 {other}；即输入乘以斜率，{exact}。",
    ),
    "why_exact": ("exact here, where pixels and answers meet directly", "这里像素直接连到答案，所以是精确的"),
    "why_first_order": ("a first estimate of what each pixel does", "这是对每个像素所起作用的粗略估计（一阶近似）"),
    "blame_title": ("Where does {symbol} = {value} come from?", "{symbol} = {value} 从哪里来？"),
    "blame_say": (
        "The errors of layer {after} flow back to it, each through the weight that had carried its activation forward:",
        "第 {after} 层的误差流回来，各自沿着当初把激活值传过去的那个权重：",
    ),
    "blame_output": (
        "It is an output neuron. How the cost changes with its answer, times how strongly the answer still reacts:",
        "这是输出神经元：它的答案稍微变大时代价变多少，乘以这个答案还有多敏感：",
    ),
    "blame_direct": (
        "It is an output neuron, and with this cost its error is simply how far off its answer is.",
        "这是输出神经元；用这个代价函数，它的误差就是答案差的那么多。",
    ),
    "blame_slope": ("times the slope", "乘以斜率"),
    "step_title": ("What does one step of learning with η = {rate} change?", "用 η = {rate} 学一步，会改变什么？"),
    "step_changes": ("What this one step with η = {rate} changes:", "用 η = {rate} 走这一步，改变了什么："),
    "step_before": ("before", "之前"),
    "step_after": ("after", "之后"),
    "step_cost": ("cost C", "代价 C"),
    "step_answer": ("it reads", "认作"),
    "against_fell": (
        "{neuron} fell, although {delta} pushes it up. By its own weights and bias alone, {z} would have moved by {own}; but "
        "the step also moved the hidden neurons, which all outputs share{leading}, and that moved {z} by {shared}: together "
        "from {before} to {after}.",
        "{delta} 要把 {neuron} 往上推，它却降了。只改它自己的权重和偏置，{z} 会变化 {own}；但这一步也改动了各个输出共用的隐藏"
        "神经元{leading}，这又使 {z} 变化 {shared}：合起来从 {before} 到 {after}。",
    ),
    "against_rose": (
        "{neuron} rose, although {delta} pushes it down. By its own weights and bias alone, {z} would have moved by {own}; but "
        "the step also moved the hidden neurons, which all outputs share{leading}, and that moved {z} by {shared}: together "
        "from {before} to {after}.",
        "{delta} 要把 {neuron} 往下推，它却升了。只改它自己的权重和偏置，{z} 会变化 {own}；但这一步也改动了各个输出共用的隐藏"
        "神经元{leading}，这又使 {z} 变化 {shared}：合起来从 {before} 到 {after}。",
    ),
    "against_leading": (
        ", mostly for output {leader}, whose error is {times} times as large",
        "（主要是为了输出 {leader}，它的误差是这里的 {times} 倍）",
    ),
    "against_most": (
        "The largest part came through neuron {neuron} of layer {layer}: {a} went from {before} to {after}, and that change "
        "times {w} = {weight} is {product}.",
        "其中最大的一份来自第 {layer} 层的第 {neuron} 号神经元：{a} 从 {before} 变到 {after}，这个变化乘以 {w} = {weight}，"
        "得 {product}。",
    ),
    "step_others": (
        "Of the other {total} test digits, {before} were read correctly before and {after} after: {gained} became "
        "right, {lost} became wrong.",
        "其他 {total} 张测试数字：之前认对 {before} 张，之后 {after} 张；{gained} 张变对了，{lost} 张变错了。",
    ),
    "step_others_own": (
        "Of the other {total} test images, {before} were read correctly before and {after} after: {gained} became "
        "right, {lost} became wrong.",
        "其他 {total} 张测试图像：之前认对 {before} 张，之后 {after} 张；{gained} 张变对了，{lost} 张变错了。",
    ),
    "moments": (
        "Batch normalization uses its running means and variances here, as it does when the network reads. The "
        "derivative that trained the network uses those of each batch: chainrule derive shows it.",
        "这里的批归一化用累计的均值和方差，与识别时一样。训练所用的导数则用每一批自己的均值和方差：见 chainrule derive。",
    ),
    "step_moral": (
        "A new image improves the weights on average, not every time. That is why steps are small and taken on batches.",
        "新图像只是平均而言让权重变好，并非每次如此：所以步子要小，还要用小批量（即批次）。",
    ),
    "proof_title": ("Is {symbol} right?", "{symbol} 对吗？"),
    "proof_say": (
        "Move {parameter} alone by ±{step}, run the network forward twice, and see how C changes.",
        "只把 {parameter} 移动 ±{step}，向前算两次，看 C 变了多少。",
    ),
    "proof_plus": ("C with +{step}", "加 {step} 时的 C"),
    "proof_minus": ("C with −{step}", "减 {step} 时的 C"),
    "proof_measured": ("measured slope", "测得的斜率"),
    "proof_derived": ("backpropagation", "反向传播"),
    "proof_rounding": ("none: {apart} apart is rounding", "无：相差 {apart}，只是舍入"),
    "proof_error": ("relative error", "相对误差"),
    "layers_title": ("Which neurons are saturated, and how does the error fade?", "哪些神经元饱和了？误差怎样变小？"),
    "layers_say": (
        "A neuron is saturated where its slope is below 0.01: it sits on a flat end of its activation, and hardly any error "
        "passes. ‖δ‖ is the length of a layer's error.",
        "斜率小于 0.01 的神经元是饱和的：它处在激活函数平坦的一端，误差几乎传不过去。‖δ‖ 是一层误差的长度。",
    ),
    "layers_layer": ("layer", "层"),
    "layers_neurons": ("neurons", "神经元"),
    "layers_saturated": ("saturated", "饱和"),
    # ---- where a label is missing ----
    "no_label": (
        "The right answer is not known, so there is no error to compute and the steps end here. Give the answer to see "
        "steps 3 to 5 and the update:",
        "没有给出正确答案，无从计算误差，步骤到此为止。给出之后，就能看到第 3 到第 5 步和更新：",
    ),
    "written": ("written to {file}: open it in any browser", "已写入 {file}：用任何浏览器打开"),
    "shipped": (
        "This is the bundled network of the book (784 → 30 → 10). predict uses another, the reader. To explain your "
        "own: explain NET",
        "这里用的是随包附带的“书中的网络”（784 → 30 → 10）。predict 用的是另一个，即“识别网络”。用你自己的：explain NET",
    ),
    "no_mistake": ("The network reads all {total} test images correctly.", "这个网络把 {total} 张测试图像都认对了。"),
}
