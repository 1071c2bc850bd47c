"""What the command line says when it cannot go on: how it was used, and what failed."""

SENTENCES: dict[str, str] = {
    # ---- words that were typed
    "{option} must come after the command:": "{option} 应写在命令之后：",
    "There is no command {name}; did you mean this one?": "没有命令 {name}；是不是想用这个？",
    "There is no command {name}; the commands are {listed}.": "没有命令 {name}；可用的有 {listed}。",
    "{name} is {text}; it must be {right}.": "{name} 是 {text}；应为{right}。",
    "{name} is {text}; did you mean {near}? It must be {right}.": "{name} 是 {text}；是不是想用 {near}？应为{right}。",
    # ---- options that would change nothing
    "{flag} has no effect beside --image; leave it out.": "有 --image 时 {flag} 不起作用；请去掉。",
    "{flag} has no effect on {listed}; leave it out.": "{flag} 对 {listed} 不起作用；请去掉。",
    "--learning-rate has no effect on step {step}; leave it out.": "--learning-rate 对第 {step} 步不起作用；请去掉。",
    "--html writes all steps and answers; leave out {flag}.": "--html 会写出所有步骤和回答；请去掉 {flag}。",
    "--step shows a step, and {question} answers a question; leave one of them out.": (
        "--step 显示一步，{question} 回答一个问题；请去掉其中一个。"
    ),
    "--json gives the numbers of all neurons; leave out --neuron.": "--json 会给出所有神经元的数；请去掉 --neuron。",
    "--quick runs one seed; leave out --seeds.": "--quick 只用一个种子；请去掉 --seeds。",
    "No rows of chapter {chapter} are quick; leave out --quick.": "第 {chapter} 章没有很快的行；请去掉 --quick。",
    "{row} belongs to chapter {chapter}; leave out --chapter.": "{row} 属于第 {chapter} 章；请去掉 --chapter。",
    "{row} takes longer than --quick allows; leave out --quick.": "{row} 超出了 --quick 允许的时间；请去掉 --quick。",
    "--find-rate looks for the learning rate; leave out --learning-rate.": "--find-rate 会寻找学习率；请去掉 --learning-rate。",
    "--batch belongs to a network, and {target} is a function: give its sizes in --shapes.": (
        "--batch 用于网络，而 {target} 是函数；请在 --shapes 里给出大小。"
    ),
    "--batch is 1, and {target} normalizes each batch: the variance of one example is 0; give 2 or more.": (
        "--batch 是 1，而 {target} 对每一批做归一化：一个样本的方差是 0；请给 2 或更大的数。"
    ),
    "--more-epochs continues from a checkpoint, and needs --resume:": "--more-epochs 从检查点继续训练，需要 --resume：",
    # ---- a network's own data
    "{file} does not say which data it was trained on; name them:": "{file} 没有说明是用什么数据训练的；请指出：",
    "The data that {file} was trained on are no longer at {path}; if they have moved, name them:": (
        "训练 {file} 的数据已不在 {path}；如果移到了别处，请指出："
    ),
    "The data at {path} are no longer those that {file} was trained on; to use them all the same, name them:": (
        "{path} 的数据已不是训练 {file} 的那些；如果仍要用，请指出："
    ),
    "{path} names {count} classes, and there are labels 0 to {last}; give a name for each, one per line.": (
        "{path} 里有 {count} 个类别名，而标签从 0 到 {last}；请给每个标签一个名称，每行一个。"
    ),
    "{path} is not UTF-8 text; it must have the names of the classes, one per line.": (
        "{path} 不是 UTF-8 文本；其中应写类别名，每行一个。"
    ),
    "No image of {data} has a value above {most}, where grays are 0…255; say what they are divided by:": (
        "{data} 的图像里没有大于 {most} 的值，而灰度应在 0…255；请指出要除以多少："
    ),
    "{file} is a regression: it answers with numbers, and {command} is about classes; in Python, load it with chainrule.load.": (
        "{file} 是回归网络：它的答案是数，而 {command} 处理的是类别；请在 Python 里用 chainrule.load 载入。"
    ),
    "-o and {flag} are the same file, {path}; give the network a name of its own.": (
        "-o 和 {flag} 是同一个文件 {path}；请给网络另起一个名字。"
    ),
    "DATA belongs to a network of your own, which is missing:": "DATA 要和你自己的网络一起用，这里缺少网络：",
    "{path} divides its inputs by {scale}, and the page draws grays of 0 to 255.": (
        "{path} 把输入除以 {scale}，而网页画的是 0 到 255 的灰度。"
    ),
    "{command} does not take {typed}:": "{command} 不接受参数 {typed}：",
    "{command} has no option {flag}; {listed} has it.": "{command} 没有选项 {flag}；{listed} 有这个选项。",
    "{command} has no option {flag}; {listed} have it.": "{command} 没有选项 {flag}；{listed} 有这个选项。",
    "{command} has no option {flag}; did you mean {nearest}?": "{command} 没有选项 {flag}；是不是想用 {nearest}？",
    "{command} has no option {flag}; see chainrule {again} --help.": "{command} 没有选项 {flag}；请看 chainrule {again} --help。",
    "{command} needs a {name}:": "{command} 还需要 {name}：",
    "{command} needs an {name}:": "{command} 还需要 {name}：",
    "{flag} needs a value: {example}": "{flag} 需要一个值：{example}",
    "{flag} takes no value, and {given} was given.": "{flag} 不带值，却给了 {given}。",
    "There is no row {row}; the rows are {listed}.": "没有 {row} 这一行；可用的有 {listed}。",
    # ---- images and labels
    "{listed} name two images; explain shows one.": "{listed} 指定了两张图片；explain 只显示一张。",
    "--label belongs to a picture of your own:": "--label 只用于你自己的图片：",
    "--label is {label}; it must be an answer of the network, from 0 to {last}.": (
        "--label 是 {label}；应为网络的答案之一，从 0 到 {last}。"
    ),
    "--example is {example}; the test images count from 0 to {last}.": "--example 是 {example}；测试图像的编号从 0 到 {last}。",
    "--mistake is {number}; the network makes {count} of {total}.": (
        "--mistake 是 {number}；这个网络在 {total} 张中只认错 {count} 张。"
    ),
    "--labels belongs to a file of images, which is missing:": "--labels 要和图像文件一起用，这里缺少图像文件：",
    "{file} is a file; if it holds images, give their labels too:": "{file} 是一个文件；如果其中是图像，请同时给出它们的标签：",
    "{folder} is a folder, which has its labels in it; leave out --labels.": "{folder} 是文件夹，标签就在其中；请去掉 --labels。",
    "{option} is {size}, and there are {count} training images.": "{option} 是 {size}，而训练图像只有 {count} 张。",
    "{option} is {size}, and there are {count} test images.": "{option} 是 {size}，而测试图像只有 {count} 张。",
    "predict needs a picture too:": "predict 还需要一张图片：",
    "predict takes one network, and {other} is another:": "predict 只用一个网络，而 {other} 是另一个：",
    # ---- networks
    "{path} has the layers {layers}, and the page draws digits: 784 pixels in, 10 answers out.": (
        "{path} 的各层是 {layers}，而网页画的是数字：输入 784 个像素，输出 10 个答案。"
    ),
    "{net} has {inputs} inputs, and a picture of a digit has 28 × 28 = 784 pixels.": (
        "{net} 有 {inputs} 个输入，而一张数字图片有 28 × 28 = 784 个像素。"
    ),
    "--layers begins with {given}, and the images have {pixels} pixels:": "--layers 以 {given} 开头，而图像有 {pixels} 个像素：",
    "--layers ends with {given}, and there are labels 0 to {last}, a neuron for each:": (
        "--layers 以 {given} 结尾，而标签从 0 到 {last}，每个标签要有一个神经元："
    ),
    "The cost became infinite or NaN at step {step} of epoch {epoch}, with learning rate {rate}; "
    "the last good weights are kept. Try a smaller rate, such as {smaller}. They are saved in {path}.": (
        "第 {epoch} 轮第 {step} 步时，代价变成了无穷大或 NaN，学习率为 {rate}；最后一组正常的权重已保存在 {path}。"
        "请试试更小的学习率，例如 {smaller}。"
    ),
    # ---- functions
    "{flag} belongs to a function, FILE.py:FUNCTION, and {target} is a network.": (
        "{flag} 用于函数，即 FILE.py:FUNCTION，而 {target} 是网络。"
    ),
    "{file} does not exist; give the path of a Python file, and a function in it: model.py:cost": (
        "{file} 不存在；请给出 Python 文件的路径和其中的函数：model.py:cost"
    ),
    "{file} is a Python file; name a function in it:": "{file} 是 Python 文件；请指出其中的一个函数：",
    "{name} in {file} is not a function; did you mean {near}?": "{file} 里的 {name} 不是函数；是不是想用 {near}？",
    "{name} in {file} is not a function; it has {listed}.": "{file} 里的 {name} 不是函数；其中的函数有 {listed}。",
    "{name} in {file} is not a function; it defines none.": "{file} 里的 {name} 不是函数；其中没有函数。",
    "{file} has no function {name}; did you mean {near}?": "{file} 里没有函数 {name}；是不是想用 {near}？",
    "{file} has no function {name}; it has {listed}.": "{file} 里没有函数 {name}；其中的函数有 {listed}。",
    "{file} has no function {name}; it defines none.": "{file} 里没有函数 {name}；其中没有函数。",
    "{function} takes the *{argument}, which --shapes cannot give; give it one plain argument for each array.": (
        "{function} 带有 *{argument}，--shapes 无法给出；请让它的每个数组各用一个普通参数。"
    ),
    "{function} takes the keyword-only {argument}, which --shapes cannot give; give it one plain argument for each array.": (
        "{function} 带有仅限关键字的参数 {argument}，--shapes 无法给出；请让它的每个数组各用一个普通参数。"
    ),
    "--shapes: {function} has no argument {name}; it takes {listed}.": (
        "--shapes：{function} 没有参数 {name}；它的参数有 {listed}。"
    ),
    "--shapes: {function} has no argument {name}; it takes no arguments.": "--shapes：{function} 没有参数 {name}；它不带参数。",
    "--shapes lacks {listed}; {function} takes a shape for each argument:": (
        "--shapes 缺少 {listed}；{function} 的每个参数都要有形状："
    ),
    "--shapes is needed; {function} takes a shape for each argument:": "需要 --shapes；{function} 的每个参数都要有形状：",
    "{function} raises {error} at {file}:{line}, called on shapes without values.": (
        "{function} 在 {file}:{line} 抛出 {error}；调用时只有形状，没有数值。"
    ),
    "--shapes has {part}; write name=sizes with commas between: w=30x784 a matrix, v=30 a row of numbers, "
    "t= (nothing) a single number.": (
        "--shapes 里有 {part}；请写成 名称=大小，用逗号隔开：w=30x784 是矩阵，v=30 是一行数，t=（留空）是单个数。"
    ),
    "--shapes has {name} twice.": "--shapes 里 {name} 出现了两次。",
    "{file} cannot be imported.": "无法导入 {file}。",
    "{file} cannot be imported: {message}, at {where}.": "无法导入 {file}：{message}，位于 {where}。",
    "{file} cannot be imported: line {line} raises {error}.": "无法导入 {file}：第 {line} 行抛出 {error}。",
    # ---- places to write to, and the rest
    "{flag} is not as the run in {path} has it; a run that goes on keeps its settings, so leave {flag_again} out.": (
        "{flag} 与 {path} 中那次运行的设置不同；继续的运行沿用原来的设置，请去掉 {flag_again}。"
    ),
    "{flag} {output} is a folder; give the name of a file in it: {flag_again} {path}": (
        "{flag} {output} 是文件夹；请给出其中的文件名：{flag_again} {path}"
    ),
    "{flag} {output}: there is no folder {folder}; make it first.": "{flag} {output}：没有文件夹 {folder}；请先建立它。",
    "{flag} {output} may not be written over; give another name.": "{flag} {output} 不允许覆盖；请换一个名称。",
    "{path} could not be written ({error}); the network is saved in {other}.": (
        "无法写入 {path}（{error}）；网络已保存在 {other}。"
    ),
    "{path} could not be written ({error}), nor could any other folder; the network is lost.": (
        "无法写入 {path}（{error}），其他文件夹也无法写入；网络没能保存下来。"
    ),
    "Compiled code is not kept in {folder}, because others can write to that folder; remove their write permission, or "
    "choose another folder with CHAINRULE_CACHE.": (
        "编译好的代码没有保存在 {folder}，因为别人也能写这个文件夹；请取消他们的写权限，或用 CHAINRULE_CACHE 另选一个文件夹。"
    ),
    "The output could not be written ({error}); the network is saved in {path}.": (
        "无法写出结果（{error}）；网络已保存在 {path}。"
    ),
    "The checkpoint {checkpoint} could not be written ({error}); the run goes on without it.": (
        "无法写入检查点 {checkpoint}（{error}）；训练会继续，只是没有检查点。"
    ),
    "The network could not be saved: the current folder cannot be written to ({error}); use {flag} FILE.": (
        "网络无法保存：当前文件夹不可写（{error}）；请用 {flag} FILE。"
    ),
    "The network could not be saved: the folder {folder} cannot be written to ({error}); use {flag} FILE.": (
        "网络无法保存：文件夹 {folder} 不可写（{error}）；请用 {flag} FILE。"
    ),
    "{host}:{port} cannot be used ({error}); try another with --port.": (
        "无法使用 {host}:{port}（{error}）；请用 --port 换一个端口。"
    ),
    "{path} cannot be read as the results of a reproduction; give another name, or move it away.": (
        "{path} 无法作为复现结果读取；请换一个名称，或把它移走。"
    ),
    # ---- what the operating system says
    "{file}: {system}.": "{file}：{system}。",
    "{system}.": "{system}。",
    # ---- anything
    "stopped.": "已停止。",
    "there is not enough memory for this.": "内存不足。",
    "something is wrong in chainrule itself ({error}). Please report it, with what the same command prints with --debug.": (
        "chainrule 自身出了错（{error}）。请报告这个问题，并附上同一命令加 --debug 后的输出。"
    ),
}
