"""One word for one thing in Chinese: in every text of the catalog, help and errors, and on the screens of whole commands."""

import re

import pytest

import chainrule as cr
from chainrule.cli import main
from chainrule.cli.commands import COMMANDS
from chainrule.network.costs import COSTS
from chainrule.network.kinds import NORMALIZATIONS
from chainrule.show.language import catalog

# What is said → what is not, and stands for the same thing.
GLOSSARY = {
    "跟踪": "追踪",
    "随包附带": "(软件包|包里?)?自带(?!的?数字)",
    "二次代价、交叉熵代价、批归一化等": f"({'|'.join([*COSTS, *NORMALIZATIONS])}) ?(代价|归一化)",
    "代价": "(?<!又称)成本|损失函数",
    "偏置": "偏差|偏移量",
    "权重": "权值",
    "激活值": "激活度",
    "学习率": "学习速率|学习速度|步长",
    "维度": "维数",
    "向量": "矢量",
    "样本": "样例|[个些]例子",
    "隐藏层": "隐层|隐含层",
    "神经元": "神经细胞|节点",
    "反向传播": "反传|后向传播",
    "梯度": "斜度",
    "归一化": "规范化|标准化",
    "随机丢弃": r"(?<![-`*_])dropout(?![-`*_=])(?! 0\.5$)",
    "图像": "影像",
    "方程": "等式",
    "机器码": "本[机地]代码",
    "激活函数": "激励函数",
    "学习率调度": "学习率(安排|计划)",
    "轮": "回合|纪元",
    "小批量": "迷你批|批量归一化",
    "准确率": "正确率|精确率",
    "过拟合": "过度拟合",
    "验证": "校验",
    "检查点": "存档点|检查站",
    "识别网络": "读字的网络|识字网络",
    "认对": "读对|读错",
    "张": "(?<!步)幅(?!度)",
    "第 N 号神经元": "第 [0-9]* ?个神经元",
    "扩展名": "后缀",
    "字符": "(个|下一个|每个)字母(?!后按回车)|支持字母|^字母$",
    "空格和 %，与表格里的数一样": "[0-9}]%",
}
ASIDE = re.compile(r"“[^”]*”|\{\w+\}")  # the article's own words, and places


def texts():
    """Every Chinese text that is written down, and where."""
    yield from catalog("zh").items()


def screens(folder, capsys):
    cr.Network([784, 4, 10], seed=0, normalization="layer", activation="relu").save(folder / "normalized.safetensors")
    cr.Network([784, 4, 10], seed=0, cost="hinge").save(folder / "hinge.safetensors")
    for typed in (
        ["article"],
        ["explain", "--mistake", "1"],
        ["explain", folder / "normalized.safetensors", "--example", "0"],
        ["explain", "--layers"],
        ["explain", "--one-step", "--example", "0"],
        ["check", folder / "normalized.safetensors"],
        ["check", folder / "hinge.safetensors"],
        ["explain", "--help"],
        ["train", "--help"],
    ):
        main([*map(str, typed), "--lang", "zh"])
        said = capsys.readouterr()
        yield " ".join(map(str, typed)), said.out + said.err


@pytest.mark.parametrize("preferred", GLOSSARY)
def test_a_text_says_the_one_word(preferred):
    wrong = {where: text for where, text in texts() if re.search(GLOSSARY[preferred], ASIDE.sub("", text))}
    assert not wrong, f"say {preferred}"


def test_screens_say_the_one_word(tmp_path, capsys):
    for command, screen in screens(tmp_path, capsys):
        text = ASIDE.sub("", re.sub(r"\s*\n\s*", "", screen))
        for preferred, other in GLOSSARY.items():
            found = re.search(other, text)
            assert found is None or found[0].isascii(), (command, found, preferred)  # a name to be typed is ASCII


def test_the_glossary_catches_what_was_once_said():
    for once in (
        "quadratic 代价",
        "layer 归一化",
        "只追踪一次",
        "软件包自带的网络",
        "自带的网络",
        "权值",
        "损失函数",
        "读字的网络",
        "读对",
        "个例子",
        "本机代码",
        "{count:,} 幅图像",
        "第  个神经元",
        "文件后缀为 .h",
        "每个字母是一个词元",
        "{share:.0f}%",
    ):
        assert any(re.search(other, once) for other in GLOSSARY.values()), once


def test_what_is_typed_stands_as_it_is_typed():
    """`dropout 0.5` among the words of the help is no translation, and has no marks of code that English has not."""
    for command in COMMANDS.values():
        for term, _ in command.words:
            shown = catalog("zh").get(("", term), term)
            assert shown == term or re.search(r"[\u4e00-\u9fff]", shown), (command.name, shown)
