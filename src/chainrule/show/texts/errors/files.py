"""What is wrong with files of networks, checkpoints, and safetensors in general."""

SENTENCES: dict[str, str] = {
    # ---- any file
    "{path} is not a regular file; give the path of a network in the book's JSON.": (
        "{path} 不是普通文件；请给出原书 JSON 格式的网络文件的路径。"
    ),
    "{path} does not exist; give the path of a network in the book's JSON.": (
        "{path} 不存在；请给出原书 JSON 格式的网络文件的路径。"
    ),
    "{path} is {looks}, where a network in the book's JSON is expected.": "{path} 是{looks}，应为原书 JSON 格式的网络文件。",
    "{path} has {size} bytes, where at most {most} are accepted.": "{path} 有 {size} 字节，最多接受 {most} 字节。",
    "{path} is a folder, where a safetensors file is expected.": "{path} 是文件夹，应为 safetensors 文件。",
    "{path} is not a regular file; give the path of a safetensors file.": "{path} 不是普通文件；请给出 safetensors 文件的路径。",
    "{path} does not exist; give the path of a safetensors file.": "{path} 不存在；请给出 safetensors 文件的路径。",
    "{path} is {looks}, where a safetensors file is expected.": "{path} 是{looks}，应为 safetensors 文件。",
    "{path} is a {format}, where a checkpoint of chainrule is expected.": "{path} 是 {format}，应为 chainrule 的检查点。",
    "{path} is another safetensors file, where a checkpoint of chainrule is expected.": (
        "{path} 是别的 safetensors 文件，应为 chainrule 的检查点。"
    ),
    "{path} {foreign}, where a network saved by chainrule is expected.": "{path} {foreign}，应为 chainrule 保存的网络。",
    "{path} was made by another chainrule (format version {version}, and this one reads {own}).": (
        "{path} 由另一版本的 chainrule 生成（格式版本 {version}，当前版本读取 {own}）。"
    ),
    "{path} was made by a newer chainrule (format version {version}, and this one reads {own}); upgrade chainrule.": (
        "{path} 由更新的 chainrule 生成（格式版本 {version}，当前版本读取 {own}）；请升级 chainrule。"
    ),
    "{path} has the format version {version}, where {own} is expected.": "{path} 的格式版本是 {version}，应为 {own}。",
    # ---- the frame of a safetensors file
    "{name} is truncated: its header declares {size} bytes of numbers, and only {count} follow.": (
        "{name} 不完整：文件头声明有 {size} 字节的数，后面却只有 {count} 字节。"
    ),
    "{name} goes on after the {size} bytes of numbers that its header declares.": (
        "{name} 在文件头声明的 {size} 字节的数之后还有内容。"
    ),
    "{name} is truncated: it ends after {count} bytes, before its header.": (
        "{name} 不完整：它在 {count} 字节后就结束了，还没到文件头。"
    ),
    "{name} declares a header of {size} bytes, where at most {most} are accepted.": (
        "{name} 声明的文件头有 {size} 字节，最多接受 {most} 字节。"
    ),
    "{name} is truncated: its header should have {size} bytes, and only {count} follow.": (
        "{name} 不完整：文件头应有 {size} 字节，后面却只有 {count} 字节。"
    ),
    "{about}: its header is not UTF-8 text (byte {position}).": "{about}：文件头不是 UTF-8 文字（第 {position} 字节）。",
    "{about}: its header {problem}.": "{about}：文件头{problem}。",
    "{about}: its header is {found}, where an object is expected.": "{about}：文件头是 {found}，应为一个对象。",
    "{about}: its header would have {size} bytes, where at most {most} are accepted.": (
        "{about}：文件头会有 {size} 字节，最多接受 {most} 字节。"
    ),
    "{about}: its __metadata__ is {found}, where an object is expected.": "{about}：__metadata__ 是 {found}，应为一个对象。",
    "{about}: its __metadata__ has {value} at {name}, where text is expected.": (
        "{about}：__metadata__ 中 {name} 的值是 {value}，应为文字。"
    ),
    "{about}: a tensor is named __metadata__, where the texts belong.": "{about}：有张量名为 __metadata__，而那里应放文字。",
    "{about}: it would hold {text}, where text is expected.": "{about}：其中会有 {text}，应为文字。",
    "{about}: {text} holds half a character.": "{about}：{text} 里有半个字符。",
    "{about}: the safetensors package refuses it ({error}); save or fetch it again.": (
        "{about}：safetensors 包拒绝读取（{error}）；请重新保存或获取。"
    ),
    # ---- tensors
    "{about} is described by {found}, where dtype, shape and data_offsets are expected.": (
        "{about} 的描述是 {found}，应有 dtype、shape 和 data_offsets。"
    ),
    "{about} is of type {found}, where one of {listed} is expected.": "{about} 的类型是 {found}，应为 {listed} 之一。",
    "{about} has the shape {shape}, where at most {axes} axes and {most} numbers are accepted.": (
        "{about} 的形状是 {shape}，最多接受 {axes} 个轴和 {most} 个数。"
    ),
    "{about}: {name} is {value}, where finite numbers are expected.": "{about}：{name} 是 {value}，应为有限的数。",
    "{about}: {name} is {type}, where one of {listed} is expected.": "{about}：{name} 是 {type}，应为 {listed} 之一。",
    # ---- networks
    "{about}: its architecture has sizes, where only the file's own sizes are expected.": (
        "{about}：它的结构里写有 sizes，而各层大小只应由文件自己给出。"
    ),
    "{about}: its {name} {problem}.": "{about}：它的 {name} {problem}。",
    "{about}: {name} is {sized}, {asked} {wanted}.": "{about}：{name} 是{sized}，{asked}{wanted}。",
    "{about}: {name} has a number below 0, where variances are expected.": "{about}：{name} 里有小于 0 的数，应为方差。",
    "{about}: it has no {name}, where a JSON object is expected.": "{about}：其中没有 {name}，应有一个 JSON 对象。",
    "{about}: its {name} is {found}, where a JSON object is expected.": "{about}：它的 {name} 是 {found}，应为 JSON 对象。",
    "{about}: its architecture has the sizes {count} of them, where 2 to {most} whole numbers from 1 are expected.": (
        "{about}：它的结构有 {count} 个层大小，应为 2 到 {most} 个从 1 起的整数。"
    ),
    "{about}: its architecture has the sizes {found}, where 2 to {most} whole numbers from 1 are expected.": (
        "{about}：它的各层大小是 {found}，应为 2 到 {most} 个从 1 起的整数。"
    ),
    "{about}: its architecture has the normalizations {found}, where one of {listed} is expected for each hidden layer.": (
        "{about}：它的归一化是 {found}，每个隐藏层应为 {listed} 之一。"
    ),
    "{about}: {name} is missing, {layers}.": "{about}：缺少 {name}，{layers}。",
    "{about}: it holds {name} too, {layers}.": "{about}：其中还有 {name}，{layers}。",
    "{about}: {name} is {type}, where {listed} is expected.": "{about}：{name} 是 {type}，应为 {listed}。",
    "{about}: {name} is {type} and w2 is {other}, where one type is expected.": (
        "{about}：{name} 是 {type}，w2 是 {other}，两者应为同一类型。"
    ),
    "{about}: w2 is {type}, where its architecture says {said}.": "{about}：w2 是 {type}，而它的结构里写的是 {said}。",
    "{path} does not say its activations and its cost; save it with chainrule again.": (
        "{path} 没有写明激活函数和代价函数；请用 chainrule 重新保存。"
    ),
    "{path} does not say its normalizations and dropouts; save it with chainrule again.": (
        "{path} 没有写明归一化和随机丢弃；请用 chainrule 重新保存。"
    ),
    "{path} cannot be used: {error}": "{path} 无法使用：{error}",
    "{path} cannot be used: its arrays are not those of the layers {sizes}.": "{path} 无法使用：它的数组与各层 {sizes} 不符。",
    # ---- the book's JSON
    "{about}: it {problem}.": "{about}：它{problem}。",
    "{about}: it is not a JSON object, where one with {listed} is expected.": (
        "{about}：它不是 JSON 对象，应为含有 {listed} 的对象。"
    ),
    "{about}: it has no {key}, where {listed} are expected.": "{about}：其中没有 {key}，应有 {listed}。",
    "{about}: its cost is {cost}, where {listed} is expected.": "{about}：它的代价函数是 {cost}，应为 {listed}。",
    "{about}: its sizes are {found}, where two or more whole numbers from 1 are expected.": (
        "{about}：它的 sizes 是 {found}，应为两个或更多从 1 起的整数。"
    ),
    "{about} is not a table of numbers, {asked} {wanted}.": "{about} 不是数表，{asked}{wanted}。",
    "{about} is {sized}, {asked} {wanted}.": "{about} 是{sized}，{asked}{wanted}。",
    "{about} holds a value that is not a number.": "{about} 里有不是数的值。",
    "{about} holds a number that no float64 can hold.": "{about} 里有 float64 放不下的数。",
    "{about}: it has no list of {key}, {asked} {count}.": "{about}：其中没有 {key} 的列表，{asked} {count} 个。",
    "{about}: it has {found} {key}, {asked} {count}.": "{about}：其中有 {found} 个 {key}，{asked} {count} 个。",
    # ---- checkpoints
    "{about}: its description {problem}.": "{about}：它的说明{problem}。",
    "{about}: its description is not a JSON object.": "{about}：它的说明不是 JSON 对象。",
    "{path} is damaged: it does not say what was learned, and how; take an older one.": (
        "{path} 已损坏：其中没有写明学到了什么、怎样学到的；请用较早的一个。"
    ),
    "The checkpoint is damaged: {name} is missing or makes no sense; take an older one.": (
        "检查点已损坏：{name} 缺失或没有意义；请用较早的一个。"
    ),
    "The checkpoint was made on other images or labels; resume it on the same.": (
        "这个检查点是用别的图像或标签生成的；请用相同的数据继续训练。"
    ),
    "A checkpoint needs the optimizer and the schedule by their names.": "要保存检查点，优化器和学习率调度都必须用名称给出。",
}
