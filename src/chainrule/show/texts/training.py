"""The screen of a training run: what is trained on what, the table of epochs, the live line, and how it ended."""

from . import Texts

TEXTS: Texts = {
    # ---- keys, at most nine columns wide
    "key.network": ("network", "网络"),
    "key.data": ("data", "数据"),
    "key.learning": ("learning", "学习"),
    "key.test": ("test", "测试"),
    "key.valid": ("valid", "验证"),
    "key.time": ("time", "用时"),
    "key.saved": ("saved", "已保存"),
    "key.stopped": ("stopped", "已停止"),
    "key.executor": ("executor", "执行方式"),
    "key.found": ("diagnosis", "诊断"),
    "key.now": ("now try", "接下来"),
    # ---- what is trained, on what, and how
    "mnist": ("MNIST, bundled", "MNIST（随包附带）"),
    "sets": (
        "{train:,} to train, {valid:,} to validate, {test:,} to test",
        "训练 {train:,} 张，验证 {valid:,} 张，测试 {test:,} 张",
    ),
    "no rate": ("η to be found", "η 待定"),
    "batches": ("batches of {size:,}", "每批 {size:,} 张"),
    "one": ("one image at a time", "每次一张"),
    "schedule.step": ("step η", "η 分段下降"),
    "schedule.linear": ("linear η", "η 线性下降"),
    "schedule.cosine": ("cosine η", "η 余弦下降"),
    "schedule.one-cycle": ("one-cycle η", "η 单周期"),
    "schedule.plateau": ("plateau η", "η 遇停滞下降"),
    "max_norm": ("weights at most {longest:g} long", "权重最长 {longest:g}"),
    "clip_norm": ("gradients at most {longest:g} long", "梯度最长 {longest:g}"),
    "smoothed": ("labels smoothed by {share:g}", "标签平滑 {share:g}"),
    "balanced": ("digits balanced", "各类别同样算数"),
    "varied": ("images varied", "图像多变"),
    "seed": ("seed {seed}", "种子 {seed}"),
    "weights": ("{initializer} weights", "{initializer} 初始权重"),
    "native": ("native", "本机代码"),
    "compiling": ("compiling native loops for this network, once", "正在为这个网络编译本机代码，只需一次"),
    "executor.install": (
        "Native loops would be faster; install Numba for them with {command}.",
        "本机代码会更快；为此请安装 Numba：{command}。",
    ),
    "executor.unusable": (
        "Training runs on NumPy: this Numba cannot be used ({error}).",
        "训练由 NumPy 执行：这个版本的 Numba 无法使用（{error}）。",
    ),
    "executor.unknown": (
        "Training runs on NumPy: native loops cannot compute {what}.",
        "训练由 NumPy 执行：本机代码无法计算 {what}。",
    ),
    "executor.plain": (
        "Native loops are plain ones, without vectors ({reason}): slower, with the same results.",
        "本机代码是普通循环，不用向量（{reason}）：慢一些，结果相同。",
    ),
    "executor.blas": (
        "Training runs on NumPy, which is faster here than native loops without vectors ({reason}).",
        "训练由 NumPy 执行：在这里它比不用向量的本机代码更快（{reason}）。",
    ),
    "and": (" and ", " 与 "),
    "cost": ("{name} cost", "{name} 代价"),
    "normalization": ("{name} normalization", "{name} 归一化"),
    "dropout": ("dropout {share}", "随机丢弃 {share}"),
    "parameters": ("{count:,} parameters", "{count:,} 个参数"),
    # ---- the table; each head stands over columns of a fixed width
    "epoch": ("epoch", "轮"),
    "cost C": ("cost C", "代价 C"),
    "read right": ("read right", "读对"),
    "train": ("train", "训练"),
    "bars": ("bars run from {begin:.0f} to 100 %", "横条从 {begin:.0f}% 画到 100%"),
    "live": ("epoch {epoch} of {epochs} ", "第 {epoch} 轮，共 {epochs} 轮 "),
    "left": ("  {each} each, {left} left", "  每轮 {each}，还剩 {left}"),
    # ---- how it ended
    "read": (
        "{right:,} of {total:,} read right, {wrong:,} wrong",
        "{total:,} 张中读对 {right:,} 张，读错 {wrong:,} 张",
    ),
    "numbers": ("{total:,} examples", "{total:,} 个例子"),
    "training": ("training {share}", "训练 {share}"),
    "by heart": (
        "training {share}: {points:.1f} points of it learnt by heart",
        "训练 {share}：其中 {points:.1f} 个百分点是死记硬背",
    ),
    "each": ("{each} an epoch", "每轮 {each}"),
    "in epoch": ("in epoch {epoch} of {epochs}", "第 {epoch} 轮，共 {epochs} 轮"),
    "kept": ("what was learnt until then is kept", "已学到的都保留了"),
    "seen early": ("after epoch {epoch}: ", "第 {epoch} 轮之后："),
    "stop": ("Ctrl-C ends the run and keeps what was learnt", "按 Ctrl-C 结束，已学到的会保留"),
    # ---- what to do next
    "explain": ("its first mistake", "它的第一道错题"),
    "app": ("draw for it", "写给它看"),
    "derive": ("the derivative that trained it", "训练它的那个导数"),
    "begin": ("learning rate η; begin with {rate:g}", "学习率 η；建议从 {rate:g} 开始"),
    "with it": ("train with it", "用它训练"),
}
