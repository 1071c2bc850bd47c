"""What is wrong with pictures, files of images and arrays of labels."""

SENTENCES: dict[str, str] = {
    # ---- folders and files of images
    "{path} does not exist; give a folder with files named like MNIST's, or a file of images.": (
        "{path} 不存在；请给出文件名与 MNIST 相同的文件夹，或一个图像文件。"
    ),
    "{name} has {count} images; at least {least} are needed, to learn from some and test on others.": (
        "{name} 只有 {count} 张图像；至少需要 {least} 张，一部分用于学习，另一部分用于测试。"
    ),
    "{images} is {axes}-dimensional, where images (3-dimensional) are expected.": "{images} 是 {axes} 维的，应为图像（3 维）。",
    "{labels} is {axes}-dimensional, where labels (1-dimensional) are expected.": "{labels} 是 {axes} 维的，应为标签（1 维）。",
    "{images} has {count} images, and {labels} has {other} labels; they must be equally many.": (
        "{images} 有 {count} 张图像，{labels} 有 {other} 个标签；两者的数量必须相同。"
    ),
    "{folder} is not a folder; give one with files named like MNIST's.": (
        "{folder} 不是文件夹；请给出文件名与 MNIST 相同的文件夹。"
    ),
    "{folder} has training images of {train} and test images of {test}; they must be of one size.": (
        "{folder} 的训练图像是 {train}，测试图像是 {test}；两者的大小必须相同。"
    ),
    "{folder} has {count} training images, where at least {least} are expected, since the last sixth is for validation.": (
        "{folder} 只有 {count} 张训练图像，至少应有 {least} 张，因为最后六分之一用于验证。"
    ),
    "{name} is missing from the package; install chainrule again.": "软件包里缺少 {name}；请重新安装 chainrule。",
    "{name} in the package is damaged (its SHA-256 differs); install chainrule again.": (
        "软件包里的 {name} 已损坏（SHA-256 不符）；请重新安装 chainrule。"
    ),
    "The network {name} is missing from the package; install chainrule again.": "软件包里缺少网络 {name}；请重新安装 chainrule。",
    "{folder} has no file {stem} or {other}; give a folder with files named like MNIST's.": (
        "{folder} 里没有文件 {stem} 或 {other}；请给出文件名与 MNIST 相同的文件夹。"
    ),
    "{path} is a folder; give {expected}.": "{path} 是文件夹；请给出{expected}。",
    "{path} is not a regular file; give {expected}.": "{path} 不是普通文件；请给出{expected}。",
    "{path} does not exist; give {expected}.": "{path} 不存在；请给出{expected}。",
    "{path} cannot be read: {error}.": "无法读取 {path}：{error}。",
    # ---- IDX files
    "{name} cannot be expanded: the gzip data end too early; fetch the file again.": (
        "{name} 无法解压：gzip 数据过早结束；请重新获取这个文件。"
    ),
    "{name} cannot be expanded: the gzip data are damaged ({error}); fetch the file again.": (
        "{name} 无法解压：gzip 数据已损坏（{error}）；请重新获取这个文件。"
    ),
    "{name} is truncated: the header declares {sized} bytes, and only {count} follow.": (
        "{name} 不完整：文件头声明有{sized} 字节，后面却只有 {count} 字节。"
    ),
    "{name} goes on after the {sized} bytes that the header declares.": "{name} 在文件头声明的{sized} 字节之后还有内容。",
    "{name} holds {looks}, where an IDX file is expected (it begins 00 00 08).": (
        "{name} 里是{looks}，应为 IDX 文件（以 00 00 08 开头）。"
    ),
    "{name} is {looks}, where an IDX file is expected (it begins 00 00 08).": (
        "{name} 是{looks}，应为 IDX 文件（以 00 00 08 开头）。"
    ),
    "{name} holds {elements} (type {kind}), where unsigned bytes (type 0x08) are expected.": (
        "{name} 里是{elements}（类型 {kind}），应为无符号字节（类型 0x08）。"
    ),
    "{name} has {axes} dimensions, where 1 (labels) to 3 (images) are expected.": (
        "{name} 有 {axes} 维，应为 1 维（标签）到 3 维（图像）。"
    ),
    "{name} is truncated: it ends within the header.": "{name} 不完整：它在文件头之内就结束了。",
    "{name} declares {sized} elements, where at least one is expected.": "{name} 声明有{sized} 个元素，至少应有一个。",
    "{name} declares {sized} bytes, where at most {most} (2 GiB) are accepted.": (
        "{name} 声明有{sized} 字节，最多接受 {most} 字节（2 GiB）。"
    ),
    # ---- pictures
    "the drawing has {axes} dimensions, where rows and columns of gray are expected.": "画出的图有 {axes} 维，应为灰度的行与列。",
    "the drawing must hold ink as finite numbers, 0 where nothing is drawn.": "画出的图必须用有限的数表示墨迹，没画的地方为 0。",
    "the drawing is blank; draw a digit.": "画板是空的；请写一个数字。",
    "{picture} is {looks}, where a PNG, JPEG, GIF, WebP, BMP or TIFF image is expected.": (
        "{picture}是{looks}，应为 PNG、JPEG、GIF、WebP、BMP 或 TIFF 图片。"
    ),
    "{picture} has too many pixels ({error}); scale it down to {most} at most.": (
        "{picture}的像素太多（{error}）；请缩小到至多 {most} 个。"
    ),
    "{picture} is {looks} that is damaged; save it again.": "{picture}是已损坏的{looks}；请重新保存。",
    "{picture} is {looks} that is damaged ({error}); save it again.": "{picture}是已损坏的{looks}（{error}）；请重新保存。",
    "{picture} is {width} × {height} pixels, too small or too narrow to show a digit.": (
        "{picture}是 {width} × {height} 像素，太小或太窄，看不出数字。"
    ),
    "{picture} shows no digit: it is blank, or its ink is too faint.": "{picture}里看不到数字：图片是空白的，或墨迹太淡。",
    "{picture} shows no digit that stands out from its paper; crop it to one digit on plain paper.": (
        "{picture}里没有能从纸面上分辨出来的数字；请裁剪到只剩素色纸上的一个数字。"
    ),
    "{picture} shows specks all over, and no digit; crop it to one digit on plain paper.": (
        "{picture}里到处是斑点，没有数字；请裁剪到只剩素色纸上的一个数字。"
    ),
    "{picture} shows no digit apart from its edges; crop it to one digit with paper all around.": (
        "{picture}里除了边缘处没有数字；请裁剪到只剩一个数字，四周留出纸面。"
    ),
    "{picture} shows {count} digits side by side; crop it to one, or read all with chainrule predict.": (
        "{picture}里并排有 {count} 个数字；请裁剪到只剩一个，或用 chainrule predict 全部读出。"
    ),
    "{picture} shows {count} shapes in a row; crop it to {most} digits at most.": (
        "{picture}里并排有 {count} 个图形；请裁剪到至多 {most} 个数字。"
    ),
    "{picture} shows digits one above another; crop it to one line.": "{picture}里的数字上下叠着；请裁剪到只剩一行。",
    "{picture} shows digits that touch; write them farther apart, or crop it to one digit.": (
        "{picture}里的数字连在一起；请写得分开一些，或裁剪到只剩一个数字。"
    ),
    "{picture} shows no digit but a speck; crop it to one digit, at least {least} pixels high.": (
        "{picture}里没有数字，只有一个斑点；请裁剪到只剩一个数字，高度至少 {least} 像素。"
    ),
    # ---- arrays
    "{name} of example {number} has the shape {shape}; it must be a column, {column}.": (
        "第 {number} 个样本的 {name} 形状是 {shape}；应为一列，即 {column}。"
    ),
    "images are {dtype}; expand takes grays 0…255 as uint8.": "图像的类型是 {dtype}；expand 需要 0…255 的灰度，类型为 uint8。",
    "labels are {dtype} of shape {shape}; give one whole number for each of {count} images.": (
        "标签的类型是 {dtype}，形状是 {shape}；请给 {count} 张图像各一个整数。"
    ),
    "images are of shape {shape}; give n × rows × columns, as images.reshape(-1, 28, 28).": (
        "图像的形状是 {shape}；应为 n × 行 × 列，例如 images.reshape(-1, 28, 28)。"
    ),
    "images are {dtype} of shape {shape} and labels of shape {labels}; give grays as uint8, n × 28 × 28, and n labels.": (
        "图像的类型是 {dtype}，形状是 {shape}，标签的形状是 {labels}；请给出 uint8 灰度，n × 28 × 28，以及 n 个标签。"
    ),
    "activations are of shape {outputs} and the image of shape {shape}; give the 10 outputs for one image of 28 × 28.": (
        "激活值的形状是 {outputs}，图像的形状是 {shape}；请给出一张 28 × 28 图像的 10 个输出。"
    ),
    "{name}={value} is out of range; give {lowest} to {highest} {unit}.": (
        "{name}={value} 超出范围；应为 {lowest} 到 {highest} {unit}。"
    ),
    "shift={shift} is too much for images of {height} × {width}; give at most {most} pixels.": (
        "shift={shift} 对 {height} × {width} 的图像来说太大；至多为 {most} 像素。"
    ),
    "images are {dtype}; give grays 0…255 as uint8, or numbers in 0…1.": (
        "图像的类型是 {dtype}；请给出 0…255 的 uint8 灰度，或 0…1 的数。"
    ),
    "images are uint8, and none is above {most}, where grays are 0…255; give the network their scale, {scale}.": (
        "图像的类型是 uint8，却没有大于 {most} 的值，而灰度应在 0…255；请给网络设定它们的 scale：{scale}。"
    ),
    "images[{index}] is {value}; with scale={scale} it must be in 0…{most}.": (
        "images[{index}] 是 {value}；scale={scale} 时应在 0…{most} 之间。"
    ),
    "labels are {sized}; give one number for each image, 0 to {last}.": (
        "标签的形状是{sized}；请给每张图像一个数，从 0 到 {last}。"
    ),
    "labels are {sized}; give one number for each image, 0 to {last}, as np.argmax(labels, axis=1) makes of one-hot rows.": (
        "标签的形状是{sized}；请给每张图像一个数，从 0 到 {last}，独热编码的行可用 np.argmax(labels, axis=1) 转换。"
    ),
    "labels are {dtype}; give whole numbers, 0 to {last}.": "标签的类型是 {dtype}；请给出整数，从 0 到 {last}。",
    "labels are text; give whole numbers, 0 to {last}, as np.unique(labels, return_inverse=True)[1] makes of names.": (
        "标签是文字；请给出整数，从 0 到 {last}，名称可用 np.unique(labels, return_inverse=True)[1] 转换。"
    ),
    "labels[{index}] is {value}; a network of one output has only class 0. Give it an output for each class, or a cost for "
    "regression.": (
        "labels[{index}] 是 {value}；只有一个输出的网络只有类别 0。请给网络的每个类别一个输出，或改用回归的代价函数。"
    ),
    "{array} are lists of different lengths; give one array, with rows of one length.": (
        "{array} 是长度不同的列表；请给出一个数组，各行长度相同。"
    ),
    "there are {images} images and {labels} labels; they must be equally many.": (
        "有 {images} 张图像和 {labels} 个标签；两者的数量必须相同。"
    ),
    "labels[{index}] is {value}; the network has {count} classes, 0 to {last}.": (
        "labels[{index}] 是 {value}；网络有 {count} 个类别，从 0 到 {last}。"
    ),
    "images are {sized}, one per column; give one per row: images.T.": (
        "图像的形状是{sized}，一列一张；请改成一行一张：images.T。"
    ),
    "images have {count} values each, and the network expects {inputs}; the array is {sized}.": (
        "每张图像有 {count} 个值，而网络需要 {inputs} 个；数组的形状是{sized}。"
    ),
    "images[{index}] is {value}; divide grays by 255, or give them as uint8.": (
        "images[{index}] 是 {value}；请把灰度除以 255，或以 uint8 给出。"
    ),
    "images[{index}] is {value}; activations must be in 0…1.": "images[{index}] 是 {value}；激活值必须在 0…1 之间。",
    "{array}[{index}] is {value}; give finite numbers.": "{array}[{index}] 是 {value}；请给出有限的数。",
}
