"""`chainrule article`."""


def test_on_a_terminal_in_both_languages(run):
    english = run("article", "--lang", "en")
    assert (english.code, english.err) == (0, "")
    assert english.out.startswith("How a neural network works\n")
    assert english.out.endswith("\n   Wang Yin, quoted at the end of the article; translated from Chinese\n")
    chinese = run("article", "--lang", "zh")
    assert chinese.out.startswith("神经网络是如何工作的\n")
    assert "代价（又称成本）" in chinese.out
    assert "小批量（即批次）" in chinese.out
    assert "It reads 6   it is 4" in english.out
    assert "learns by repeating five steps, called backpropagation, and an update" in " ".join(english.out.split())


def test_as_a_web_page(run, folder):
    done = run("article", "--html", "article.html", "--lang", "zh")
    assert (done.code, done.out) == (0, "已写入 article.html：用任何浏览器打开\n")
    assert "<math" in (folder / "article.html").read_text(encoding="utf-8")
