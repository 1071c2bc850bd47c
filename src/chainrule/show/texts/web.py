"""What the page's server says: where it is, and when something that was sent cannot be taken."""

from . import Texts

TEXTS: Texts = {
    # ---- on the terminal
    "page": ("page", "网页"),
    "end": ("Ctrl-C ends it", "按 Ctrl-C 结束"),
    "open to all": (
        "Everyone who can reach this machine over the network can open it.",
        "能通过网络连到这台机器的人都可以打开它。",
    ),
    # ---- to what was sent
    "not_json": ("The body is not JSON; send one object.", "请求的内容不是 JSON；请发送一个对象。"),
    "no_number": ("The body has {text}, which is not a number in JSON.", "请求里有 {text}，它不是 JSON 里的数。"),
    "twice": ("The field {name} appears twice.", "字段 {name} 出现了两次。"),
    "no_object": ("The body must be an object with {names}.", "请求的内容必须是一个对象，字段有 {names}。"),
    "unknown": ("There is no field {name}; the fields are {names}.", "没有字段 {name}；可用的有 {names}。"),
    "missing": ("The field {name} is missing.", "缺少字段 {name}。"),
    "whole": (
        "{name} is {given}; it must be a whole number from {limits[0]} to {limits[1]}.",
        "{name} 是 {given}；应为 {limits[0]} 到 {limits[1]} 之间的整数。",
    ),
    "number": (
        "{name} is {given}; it must be a number from {limits[0]:g} to {limits[1]:g}.",
        "{name} 是 {given}；应为 {limits[0]:g} 到 {limits[1]:g} 之间的数。",
    ),
    "one_of": ("{name} is {given}; it must be one of {limits[0]}.", "{name} 是 {given}；应为其中之一：{limits[0]}。"),
    "flag": ("{name} is {given}; it must be true or false.", "{name} 是 {given}；应为 true 或 false。"),
    "text": (
        "{name} is {given}; it must be text of at most {limits[0]:,} characters.",
        "{name} 是 {given}；应为不超过 {limits[0]:,} 个字符的文字。",
    ),
    "numbers": (
        "{name} is {given}; it must be {limits[0]} numbers from {limits[1]:g} to {limits[2]:g}.",
        "{name} 是 {given}；应为 {limits[0]} 个 {limits[1]:g} 到 {limits[2]:g} 之间的数。",
    ),
    "wholes": (
        "{name} is {given}; it must be up to {limits[0]} whole numbers from {limits[1]} to {limits[2]}.",
        "{name} 是 {given}；应为至多 {limits[0]} 个 {limits[1]} 到 {limits[2]} 之间的整数。",
    ),
    "bytes": (
        "{name} is not base64 of at most {limits[0]:,} bytes.",
        "{name} 不是不超过 {limits[0]:,} 字节的 base64。",
    ),
    "host": (
        "This server does not answer to that host; open it by the address that it printed.",
        "服务器不接受这个主机名；请用启动时显示的地址打开。",
    ),
    "origin": ("Requests from pages of other sites are refused.", "不接受来自其他网站的页面的请求。"),
    "headers": ("The headers are larger than {most} kB.", "请求头超过 {most} kB。"),
    "large": ("The body is larger than {most} MB.", "请求的内容超过 {most} MB。"),
    "slow": ("The request did not arrive completely within {seconds:g} seconds.", "请求在 {seconds:g} 秒内没有发完。"),
    "nothing_here": ("There is nothing at this address.", "这个地址没有内容。"),
    "other_method": ("This address takes {methods} only.", "这个地址只接受 {methods}。"),
    "failed": ("That failed on the server, which is still running.", "服务器处理这个请求时出错，但仍在运行。"),
    "blank": ("The drawing is blank; draw a digit.", "画板是空的；请写一个数字。"),
    "full": (
        "All {most} places are taken: this page waits, and goes on by itself when another one is closed.",
        "{most} 个位置都已占用：本页会等待，有页面关闭后自动继续。",
    ),
    "no_room": ("Too many pages are waiting already; come back later.", "等待的页面已经太多；请稍后再来。"),
    "not_finite": (
        "The numbers of this network overflow here: one is infinite or NaN.",
        "这个网络的数值在这里溢出了：有一个是无穷大或 NaN。",
    ),
    "too_far": (
        "A step with η = {rate:g} goes too far: its numbers overflow. It was taken back; η = {smaller:g} works.",
        "η = {rate:g} 的这一步太大：数值溢出了。这一步已撤销；可改用 η = {smaller:g}。",
    ),
    "long": ("The text is longer than {most:,} characters.", "文字超过 {most:,} 个字符。"),
    "no_expression": (
        "That cannot be read as an expression; write something like x² sin(x) or x**2 * sin(x).",
        "这不能认作一个表达式；请写成 x² sin(x) 或 x**2 * sin(x) 这样的形式。",
    ),
    "no_variable": (
        "There is no variable in it to differentiate by; write x somewhere.",
        "表达式里没有可以求导的变量；请在某处写上 x。",
    ),
    "many_parts": (
        "The expression is too long: it may have {most} numbers, names and signs.",
        "表达式太长：数、名称和符号合计最多 {most} 个。",
    ),
    "deep": (
        "The expression is nested too deeply: at most {most} brackets, powers or functions inside one another.",
        "表达式嵌套过深：括号、乘方和函数最多套 {most} 层。",
    ),
    "no_finite": (
        "{part} is larger than any number a computer can hold, or not a number at all.",
        "{part} 超出了计算机能表示的最大的数，或者根本不是数。",
    ),
    "many_names": ("The expression has more than {most} variables.", "表达式里的变量超过 {most} 个。"),
    "not_on_the_list": ("{part} is not among what can be typed here.", "这里不能写 {part}。"),
    "shape": (
        "{part} is not the shape of a variable; write one as in w=30x784.",
        "{part} 不是变量的形状；请按 w=30x784 的样子写。",
    ),
    "no_such_name": (
        "{name} is not a variable of the expression; the variables are {names}.",
        "表达式里没有变量 {name}；其中的变量有 {names}。",
    ),
    "size": ("An array would have more than {most:,} numbers.", "有一个数组会超过 {most:,} 个数。"),
    "no_scalar": (
        "The result is {shape}, and a derivative is taken of one number; put sum(…) around it.",
        "结果的形状是 {shape}，而求导的对象应是一个数；请在外面套上 sum(…)。",
    ),
    "no_json_type": (
        "Send JSON, with the content type application/json.",
        "请发送 JSON，内容类型为 application/json。",
    ),
    "no_do": ("A message says in `do` what is asked: {names}.", "消息应在 do 里说明要做什么：{names}。"),
    "no_network": ("There is no network {name}; the networks are {names}.", "没有网络 {name}；可用的有 {names}。"),
    "drawing": (
        "The drawing has {given:,} grays; it must have {side} × {side}.",
        "画板上有 {given:,} 个灰度值；应为 {side} × {side} 个。",
    ),
    "side": ("The drawing's side must be a multiple of {side}.", "画板的边长应为 {side} 的倍数。"),
    "no_weight": (
        "A neuron of layer {layer} has the weights 0 to {most}.",
        "第 {layer} 层的神经元只有第 0 到第 {most} 个权重。",
    ),
    "no_truth": ("Say first what the digit really is.", "请先指出这个数字其实是几。"),
    "no_mistake": ("This network reads all test digits correctly.", "这个网络把所有测试数字都认对了。"),
    "one_alone": (
        "A network with batch normalization learns from several digits at a time: one alone has no variance.",
        "带批归一化的网络每次要用几个数字来学习：单独一个没有方差。",
    ),
    "training": ("Pause the training first.", "请先暂停训练。"),
    "settings": ("That cannot be trained: {reason}", "无法这样训练：{reason}"),
    "image": ("The image cannot be read: {reason}", "无法读取这张图片：{reason}"),
    "not_derived": ("That cannot be differentiated: {reason}", "无法求导：{reason}"),
}
