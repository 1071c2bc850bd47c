"""Parts of sentences that are made apart from them: what a file looks like, what a value must be, what a number is for."""

_LOOKS = {
    "a PNG image": " PNG 图片",
    "a JPEG image": " JPEG 图片",
    "a GIF image": " GIF 图片",
    "a TIFF image": " TIFF 图片",
    "a BMP image": " BMP 图片",
    "a WebP image": " WebP 图片",
    "a HEIC or AVIF image": " HEIC 或 AVIF 图片",
    "a PDF document": " PDF 文档",
    "a NumPy .npy array": " NumPy 的 .npy 数组",
    "a ZIP archive (as are .npz, .keras and PyTorch's .pt)": " ZIP 压缩包（.npz、.keras 和 PyTorch 的 .pt 也是）",
    "an HDF5 file": " HDF5 文件",
    "a Parquet table": " Parquet 表",
    "gzip-compressed data": " gzip 压缩数据",
    "bzip2-compressed data": " bzip2 压缩数据",
    "xz-compressed data": " xz 压缩数据",
    "a 7-Zip archive": " 7-Zip 压缩包",
    "a tar archive": " tar 归档",
    "a Python pickle": " Python 的 pickle",
    "a GGUF model": " GGUF 模型",
    "an IDX file of labels": " IDX 标签文件",
    "an IDX file of images": " IDX 图像文件",
    "a Git LFS pointer": " Git LFS 指针",
    "an HTML page": " HTML 网页",
    "an XML or SVG document": " XML 或 SVG 文档",
    "an empty file": "空文件",
    "text": "文字",
    "unknown data (it begins {bytes})": "未知的数据（以 {bytes} 开头）",
}

_SIZED = {"a single number": "单个数", "{sizes}": " {sizes}"}

PHRASES: dict[str, dict[str, str]] = {
    "looks": _LOOKS,
    "expected": {
        "an IDX file": " IDX 文件",
        "a PNG, JPEG, GIF, WebP, BMP or TIFF image": " PNG、JPEG、GIF、WebP、BMP 或 TIFF 图片",
    },
    "picture": {"the image": "这张图片", "{path}": "{path} "},
    "elements": {
        "signed bytes": "有符号字节",
        "16-bit integers": " 16 位整数",
        "32-bit integers": " 32 位整数",
        "32-bit floats": " 32 位浮点数",
        "64-bit floats": " 64 位浮点数",
        "elements of an unknown type": "类型未知的元素",
    },
    "unit": {"pixels": "像素", "degrees": "度", "as a fraction": "之间的比例"},
    "parts": {"activations": "激活函数", "normalizations": "归一化", "dropouts": "随机丢弃比例"},
    "sized": _SIZED,
    "wanted": _SIZED,
    "system": {
        "No such file or directory": "没有这个文件或文件夹",
        "Permission denied": "没有权限",
        "Operation not permitted": "不允许这样做",
        "Is a directory": "这是文件夹",
        "Not a directory": "这不是文件夹",
        "File exists": "文件已存在",
        "File name too long": "文件名太长",
        "No space left on device": "磁盘空间不足",
        "Read-only file system": "文件系统是只读的",
        "Input/output error": "读写出错",
        "Address already in use": "地址已被占用",
        "Cannot assign requested address": "无法使用这个地址",
    },
    # ---- what a value on the command line, or a setting, must be
    "right": {
        "a whole number from 1": "从 1 起的整数",
        "a whole number from 0": "从 0 起的整数",
        "a whole number from {least} of at most {most} digits": "从 {least} 起、最多 {most} 位的整数",
        "a whole number from 1 to 65535": " 1 到 65535 之间的整数",
        "a number from 0, such as 0.1": "不小于 0 的数，例如 0.1",
        "a number above 0, such as 3.0": "大于 0 的数，例如 3.0",
        "the neurons of two layers or more with commas between them, such as 784,30,10": (
            "两层或更多层的神经元数，用逗号隔开，例如 784,30,10"
        ),
        "names with commas between them, such as w,b": "用逗号隔开的名称，例如 w,b",
        "a share from 0 to below 1, such as 0.2": "从 0 起且小于 1 的比例，例如 0.2",
        "a layer, from 1 at the input, and a neuron, from 0, such as 2:13": (
            "层（输入层为 1）和神经元（从 0 起）的编号，例如 2:13"
        ),
        "two answers with a comma between them, such as 3,8": "用逗号隔开的两个答案，例如 3,8",
        "a step from 1 to 6": "第 1 到第 6 步之一",
        "{listed} or {last}": " {listed} 或 {last}",
    },
    "must": {
        "above 0, such as {example}": "大于 0 的数，例如 {example}",
        "from 0, such as {example}": "不小于 0 的数，例如 {example}",
        "from 0 to below 1, such as {example}": "从 0 起且小于 1 的数，例如 {example}",
    },
    # ---- files of networks
    "about": {
        "{path} cannot be saved": "无法保存 {path}",
        "{path} cannot be loaded": "无法载入 {path}",
        "{path} cannot be saved: tensor {name}": "无法保存 {path}：张量 {name}",
        "{path} cannot be loaded: tensor {name}": "无法载入 {path}：张量 {name}",
        "{path} cannot be saved: {key}[{index}]": "无法保存 {path}：{key}[{index}]",
        "{path} cannot be loaded: {key}[{index}]": "无法载入 {path}：{key}[{index}]",
    },
    "asked": {"where the sizes {sizes} ask for": "而各层大小 {sizes} 要求"},
    "layers": {
        "where the sizes {sizes} ask for {first} to {last} and those of the normalized layers": (
            "而各层大小 {sizes} 要求有 {first} 到 {last}，以及归一化层的数组"
        ),
        "where the sizes {sizes} ask for {first} to {last}": "而各层大小 {sizes} 要求有 {first} 到 {last}",
        "where the sizes {sizes} ask for {first} and those of the normalized layers": (
            "而各层大小 {sizes} 要求有 {first}，以及归一化层的数组"
        ),
        "where the sizes {sizes} ask for {first}": "而各层大小 {sizes} 要求有 {first}",
    },
    "foreign": {
        "is a {format}": "是 {format}",
        "looks like a {maker} model ({holds})": "看起来是 {maker} 的模型（{holds}）",
        "looks like an {maker} model ({holds})": "看起来是 {maker} 的模型（{holds}）",
        "is another safetensors file ({holds})": "是别的 safetensors 文件（{holds}）",
    },
    "holds": {
        "1 tensor: {names}": "1 个张量：{names}",
        "{count} tensors: {names}": "{count} 个张量：{names}",
        "{count} tensors": "{count} 个张量",
    },
    "problem": {
        "is not well-formed JSON (character {position})": "不是合格的 JSON（第 {position} 个字符）",
        "is nested more than {levels} levels deep": "嵌套超过 {levels} 层",
        "holds a number of thousands of digits": "含有数千位的数",
        "names {name} twice, where every name is expected once": "两次用到名称 {name}，每个名称只应出现一次",
        "holds {value}{place}, where finite numbers are expected": "含有 {value}{place}，应为有限的数",
        "holds the name {name}{place}, where text is expected": "含有名称 {name}{place}，应为文字",
        "holds half a character{place}, where Unicode text is expected": "含有半个字符{place}，应为 Unicode 文字",
        "holds {kind}{place}, where plain numbers, texts, lists and dictionaries are expected": (
            "含有 {kind}{place}，应只有普通的数、文字、列表和字典"
        ),
    },
    "place": {" at {name}": "（位于 {name}）", "": ""},
}
