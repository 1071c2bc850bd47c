"""What `chainrule reproduce` says: the names of statistics and settings, verdicts, and what is to know of single rows."""

from . import Texts

TEXTS: Texts = {
    "about": (
        "The figures of Nielsen's book beside ours, in % of images read correctly unless stated otherwise. A figure "
        "holds if it lies within the range of our seeds, or within 0.2 points of it.",
        "Nielsen 一书中的数字与本程序结果的对照；除另有说明外，均为准确率（%）。"
        "书中的数字落在各随机种子结果的范围之内，或与其相差不超过 0.2 个百分点，即为相符。",
    ),
    "chapter": ("chapter {number}", "第 {number} 章"),
    "book": ("book", "书中"),
    "ours": ("ours", "本程序"),
    "range": ("least … most", "最低 … 最高"),
    # ---- statistics
    "best": ("best epoch", "最好的一轮"),
    "best epoch": ("which epoch is best, from 0", "最好的是第几轮（从 0 数）"),
    "last": ("last epoch", "最后一轮"),
    "epoch": ("epoch {at}", "第 {at} 轮"),
    "best on training": ("best epoch, training images", "最好的一轮，训练图像"),
    "last on training": ("last epoch, training images", "最后一轮，训练图像"),
    "gap": ("training minus test, best of each", "训练减测试，各取最好的一轮"),
    "length": ("length of δ{layer}", "δ{layer} 的长度"),
    "read right": ("accuracy", "准确率"),
    # ---- verdicts
    "holds": ("holds", "相符"),
    "missed": ("missed", "不符"),
    "not run": ("not run", "未运行"),
    "too few": ("few runs", "次数不足"),
    "near": ("near", "接近"),
    "off": ("{by} off", "差 {by}"),
    # ---- experiments
    "guess": ("answers drawn at random", "随机作答"),
    "darkness": (
        "the digit whose images have, on average, as much ink",
        "平均墨迹量与之最接近的数字",
    ),
    "lengths": ("{sizes}, before training", "{sizes}，训练之前"),
    "others": ("reached by others", "他人的结果"),
    "quadratic": ("quadratic cost", "二次代价"),
    "cross-entropy": ("cross-entropy", "交叉熵"),
    "large": ("large weights", "较大的初始权重"),
    "default": ("small weights", "较小的初始权重"),
    "images": ("{count} images", "{count} 幅图像"),
    "epochs": ("{count} epochs", "{count} 轮"),
    "on test": ("test", "测试集"),
    "on valid": ("validation", "验证集"),
    "best of": ("best of {count} runs", "{count} 次运行中最好的一次"),
    "svm": ("support vector machine", "支持向量机"),
    "tuned svm": ("the same, tuned: more than", "调整参数后，高于"),
    "record": ("the record then", "当时的纪录"),
    # ---- beside rows
    "comma": (", ", "，"),
    "apart": (
        "runs set apart, in which a digit is never learned: {count} of {total}: {runs}",
        "{total} 次运行中有 {count} 次始终没有学会某个数字，另列于此：{runs}",
    ),
    "lost": ("seed {seed} ({digits}) {best}", "种子 {seed}（{digits}）{best}"),
    "diverged": (
        "weights become infinite in epoch {epoch}; from then on every output is NaN, which counts as the answer 0",
        "第 {epoch} 轮中权重变为无穷大；此后每个输出都是 NaN，按答 0 计",
    ),
    "rate": (
        "η is not printed in the book; with 0.1 the book's own run comes out to the digit",
        "书中未给出 η；取 0.1 时，书中的那次运行可以逐位重现",
    ),
    # ---- the run
    "progress": ("{row}, seed {seed}", "{row}，种子 {seed}"),
    "summary": (
        "rows that hold: {held} of {judged}",
        "{judged} 行中有 {held} 行相符",
    ),
    "missed rows": ("missed: {rows}", "不符：{rows}"),
    "unjudged": (
        "figures near the book's with few runs: {near} of {count}; whether they hold takes {enough} runs, or as many groups "
        "where the best of each counts: --seeds {enough} or more, without --quick",
        "运行次数少时已与书中接近的数字：{count} 个中有 {near} 个；要判断是否相符，需要 {enough} 次运行，取每组最好的一次时需要 "
        "{enough} 组：不加 --quick，用 --seeds {enough} 或更多",
    ),
    "kept": (
        "runs are kept in {path}; the same command continues from there",
        "运行结果保存在 {path}，再次执行同一命令即可接着运行",
    ),
}
