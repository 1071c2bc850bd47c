"""What a traced function may not do, and what to write instead: the two phrases of a refusal."""

_REFUSED = {
    # ---- arguments and results of what differentiates
    "{path} is of {dtype}, and derivatives are taken of floats": "{path} 的类型是 {dtype}，而求导的对象应是浮点数",
    "{path} is of type {type}, and derivatives are taken of floats": "{path} 的类型是 {type}，而求导的对象应是浮点数",
    "{path} is {number}, an int, and derivatives are taken of floats": "{path} 是整数 {number}，而求导的对象应是浮点数",
    "{path} is {value}, and derivatives are taken of floats": "{path} 是 {value}，而求导的对象应是浮点数",
    "{path} holds no floats, and derivatives are taken of floats": "{path} 里没有浮点数，而求导的对象应是浮点数",
    "{name} is complex, which is not differentiated": "{name} 是复数，不对复数求导",
    "wrt is {wrt}": "wrt 是 {wrt}",
    "{subject} has no argument {name}": "{subject} 没有参数 {name}",
    "{subject} takes {name} by keyword alone": "{subject} 的 {name} 只能按关键字给出",
    "{subject} is called without a value for {name}": "调用 {subject} 时没有给出 {name} 的值",
    "{subject} is called without an argument number {number}": "调用 {subject} 时没有第 {number} 号参数",
    "{subject} has no float argument to take the derivative of": "{subject} 没有可以求导的浮点数参数",
    "has_aux=True needs a function that returns a pair, and {subject} gives {gives}": (
        "has_aux=True 需要返回一对值的函数，而 {subject} 的结果是{gives}"
    ),
    "{what} needs a function whose result is one number, and {subject} gives {gives}": (
        "{what} 需要结果是一个数的函数，而 {subject} 的结果是{gives}"
    ),
    "{what} needs a function whose result is an array, and {subject} gives {gives}": (
        "{what} 需要结果是数组的函数，而 {subject} 的结果是{gives}"
    ),
    "check_grad needs a float argument, and is given none": "check_grad 需要浮点数参数，却没有得到",
    "there is no executor {name}": "没有执行方式 {name}",
    "there is no form {name}": "没有形式 {name}",
    "{subject} cannot be cached by its argument {name} ({error})": "无法按参数 {name} 缓存 {subject}（{error}）",
    "the tangents of {what} do not nest as its primals do": "{what} 的切向量与原值的嵌套结构不同",
    "{path} is of shape {leaf}, and its tangent of shape {move}": "{path} 的形状是 {leaf}，它的切向量的形状却是 {move}",
    "the error given to a vjp does not nest as the function's result does": "交给 vjp 的误差与函数结果的嵌套结构不同",
    "an error of shape {shape} is given for a result of shape {result}": "结果的形状是 {result}，给出的误差形状却是 {shape}",
    "{subject} returns nothing": "{subject} 没有返回值",
    "{what} takes a function, and is given {gives}": "{what} 需要一个函数，得到的却是{gives}",
    "{what} takes the arguments in a tuple, and is given {gives}": "{what} 需要放在元组里的参数，得到的却是{gives}",
    "{subject} takes {counted}, and {given} is given": "{subject} {counted}，却给了 {given} 个",
    "{subject} takes {counted}, and {given} are given": "{subject} {counted}，却给了 {given} 个",
    "{name} is {gives}, which computes in its own way": "{name} 是{gives}，它有自己的计算方式",
    "{name} is an array of {dtype}": "{name} 是类型为 {dtype} 的数组",
    "an array is changed after the trace has read it": "有数组在跟踪读取之后又被改动",
    "random numbers are drawn, and a program would hold them, the same at every call": (
        "这里抽取了随机数，而程序会把它们固定下来，每次调用都相同"
    ),
    "{name} reads a clock, and a program would hold its time, the same at every call": (
        "{name} 读取时钟，而程序会把这个时间固定下来，每次调用都相同"
    ),
    "{name} uses {value}, which belongs to a trace around it": "{name} 用到了 {value}，它属于外层的跟踪",
    # ---- operations of one's own
    "{subject} takes {parameter}, and an operation takes inputs without defaults and keyword-only params with them": (
        "{subject} 带有 {parameter}，而运算的输入不能有默认值，仅限关键字的参数则必须有"
    ),
    "the source of {subject} cannot be printed": "无法打印 {subject} 的源代码",
    "{subject} uses {name} from outside, which a printed program would lack": (
        "{subject} 用到了外部的 {name}，打印出来的程序里不会有它"
    ),
    "an operation called {name} exists already": "已经有名为 {name} 的运算",
    "{name} is called with other arguments than it takes": "调用 {name} 时的参数与它的参数不符",
    "{name} cannot name a symbol": "{name} 不能用作符号的名称",
    # ---- what has no derivative here
    "{subject} has no derivative here": "{subject} 在这里没有导数",
    "np.bincount of traced places has no derivative here, and how long it is hangs on their values": (
        "对被跟踪位置的 np.bincount 在这里没有导数，而且它的长度取决于这些位置的值"
    ),
    "np.cross of vectors that are not of 3 numbers has no derivative here": "向量不是 3 个数时，np.cross 在这里没有导数",
    "{operator} on {dtype} numbers has no derivative here": "对 {dtype} 数的 {operator} 在这里没有导数",
    "the full U and V of a matrix that is not square have no derivative": "非方阵的完整 U 和 V 没有导数",
    "np.poly of a matrix has no derivative here": "对矩阵的 np.poly 在这里没有导数",
    "an index by a truth value has no derivative here": "用真假值作索引在这里没有导数",
    "an index by a mask needs the values, and here only shapes are known": "用掩码作索引需要数值，而这里只知道形状",
    "method={method} of np.quantile has no derivative here": "np.quantile 的 method={method} 在这里没有导数",
    "{subject} has no derivative with respect to q here": "{subject} 在这里没有对 q 的导数",
    "{subject} has no derivative with respect to n": "{subject} 没有对 n 的导数",
    "{subject} has no derivative with respect to its order": "{subject} 没有对阶数的导数",
    "np.pad with several constant values has no derivative here": "用几个不同常数填充的 np.pad 在这里没有导数",
    "scipy.special.polygamma of several orders at once has no derivative here": (
        "同时取几个阶数的 scipy.special.polygamma 在这里没有导数"
    ),
    "{subject} is not differentiated with these arguments": "{subject} 带有这些参数时不求导",
    "{subject} is not differentiated": "不对 {subject} 求导",
    "complex numbers are not differentiated": "不对复数求导",
    "an array of {dtype} is not differentiated": "不对类型为 {dtype} 的数组求导",
    "{value} is not a number": "{value} 不是数",
    "np.nditer takes plain arrays": "np.nditer 只接受普通数组",
    # ---- what would change an array, or cut a value off
    "{name} would overwrite an array": "{name} 会改写数组",
    "item assignment would overwrite an array": "给元素赋值会改写数组",
    "out=, or an operator like += on a plain array, would overwrite that array": (
        "out= 或对普通数组使用 += 之类的运算会改写那个数组"
    ),
    "an operator like += would change {name} too, which holds the same array": (
        "+= 之类的运算也会改变 {name}，因为它是同一个数组"
    ),
    "an operator like += would change {name} too, which is a part of the same array": (
        "+= 之类的运算也会改变 {name}，因为它是同一个数组的一部分"
    ),
    "np.insert has no derivative here at traced places": "这里不对插入位置被跟踪的 np.insert 求导",
    "np.reciprocal of whole numbers divides without remainder": "对整数使用 np.reciprocal 会做整除",
    "an operator like += on a part of an array would overwrite that array too": (
        "对数组的一部分使用 += 之类的运算也会改写那个数组"
    ),
    "del would take a part out of an array": "del 会从数组中去掉一部分",
    "{name} would cut the value off from its derivative": "{name} 会使数值与它的导数断开",
    "float(), and whatever calls it, would cut the value off from its derivative": (
        "float() 以及调用它的函数会使数值与它的导数断开"
    ),
    "an array from a finished trace is used": "用到了已结束的跟踪里的数组",
    "rows of different lengths are no array": "长度不同的行不能组成数组",
    "a traced value cannot be put into a plain NumPy array": "被跟踪的值不能放进普通的 NumPy 数组",
    "a traced array cannot be made into a plain NumPy array": "被跟踪的数组不能变成普通的 NumPy 数组",
    "{library} makes plain numbers of traced ones": "{library} 会把被跟踪的数变成普通的数",
    "{library} makes plain arrays of traced ones": "{library} 会把被跟踪的数组变成普通数组",
    "a traced value cannot be an index": "被跟踪的值不能作索引",
    "a traced value cannot be an index or a count": "被跟踪的值不能作索引或个数",
    "a plain array cannot be indexed by a traced one": "不能用被跟踪的数组索引普通数组",
    "a shape cannot be traced": "形状不能被跟踪",
    "a traced number has no length": "被跟踪的数没有长度",
    "a traced number cannot be iterated over or unpacked": "被跟踪的数不能遍历或拆开",
    "a traced array has no .{attribute}": "被跟踪的数组没有 .{attribute}",
    "the truth of an array of {size} elements is ambiguous": "{size} 个元素的数组的真假不明确",
    "a branch on a value needs the value, and here only shapes are known": "按数值分支需要数值，而这里只知道形状",
}

_INSTEAD = {
    "draw them outside, and pass them as an argument": "请在函数外抽取，再作为参数传入",
    "read it outside, and pass it as an argument": "请在函数外读取，再作为参数传入",
    "pass it as an argument, which makes it an input of the program": "请把它作为参数传入，使它成为程序的输入",
    "write `y = y + x`, which makes a new array, or begin with y = y.copy()": (
        "请写 `y = y + x`，这会得到新数组；或者先写 y = y.copy()"
    ),
    "pass plain ints for the places": "请用普通整数给出位置",
    "write 1 / x, or make them floats first": "请写 1 / x，或先转成浮点数",
    # ---- arguments and results of what differentiates
    "pass {path}.astype(float)": "请传入 {path}.astype(float)",
    "write {number}.0": "请写成 {number}.0",
    "treat its real and its imaginary part as two arguments": "请把实部和虚部作为两个参数",
    "treat its real and its imaginary part as two arrays": "请把实部和虚部作为两个数组",
    "treat the real and the imaginary part as two arrays": "请把实部和虚部作为两个数组",
    "pass floats, arrays of them, or tuples, lists, dicts and dataclasses of these": (
        "请传入浮点数、浮点数组，或由它们组成的元组、列表、字典和数据类"
    ),
    "pass arrays, numbers, text, or tuples, lists, dicts and dataclasses of them": (
        "请传入数组、数、文字，或由它们组成的元组、列表、字典和数据类"
    ),
    "give a position, a name, or a tuple of them": "请给出位置、名称，或由它们组成的元组",
    "name one of {listed}": "请用其中之一：{listed}",
    "choose one of {listed}": "请选用其中之一：{listed}",
    "count from 0 to {last}": "编号从 0 到 {last}",
    "let it be given by position": "请让它可以按位置给出",
    "pass one in the call": "请在调用时给出",
    "pass it by position": "请按位置传入",
    "return (result, extra)": "请返回 (result, extra)",
    "write a return": "请写上 return",
    "return its real part, or the square of its absolute value": "请返回它的实部，或绝对值的平方",
    "return one of its parts": "请返回其中的一部分",
    "return a float": "请返回浮点数",
    "return floats": "请返回浮点数",
    "return an array, or a nest of them": "请返回数组，或由数组嵌套而成的结构",
    "sum it with np.sum, or derive np.sum(v * it), which is the derivative along v": (
        "请用 np.sum 求和，或对 np.sum(v * it) 求导，即沿 v 的导数"
    ),
    "sum it with np.sum, or use jacobian": "请用 np.sum 求和，或使用 jacobian",
    "pass floats, or arrays of them": "请传入浮点数或浮点数组",
    "give one for each of them": "请给每一个都给出一个",
    "give one for each part of it": "请给它的每一部分都给出一个",
    "give one of the same shape": "请给出形状相同的误差",
    "leave it out of wrt": "请从 wrt 中去掉它",
    "write f itself where f(x) stands": "请在 f(x) 的位置写 f 本身",
    "write {what}(f, (x,), …)": "请写成 {what}(f, (x,), …)",
    "pass np.asarray({name})": "请传入 np.asarray({name})",
    "make it an array of numbers, with .astype(float)": "请用 .astype(float) 变成数的数组",
    "leave the others out": "请去掉多余的",
    "make a new array instead": "请改为生成新的数组",
    # ---- operations of one's own
    "write def {name}(x, *, param=0)": "请写成 def {name}(x, *, param=0)",
    "define it with def, in a file or a notebook's cell": "请在文件或笔记本的单元格里用 def 定义它",
    "import or define it inside the function": "请在函数内部导入或定义它",
    "give it another name": "请换一个名称",
    "call it as {signature}": "请这样调用：{signature}",
    "use letters, digits and underscores": "请使用字母、数字和下划线",
    # ---- what has no derivative here
    "write it with operations that have one": "请用有导数的运算来写",
    "write it with operations that have a derivative here": "请用在这里有导数的运算来写",
    "write it with np.sum, np.max or a loop": "请用 np.sum、np.max 或循环来写",
    "write it for whole arrays, or loop over np.ravel(x)": "请写成对整个数组的运算，或遍历 np.ravel(x)",
    "write the products out": "请把各个乘积写出来",
    "use it on truth values, such as x > 0": "请用于真假值，例如 x > 0",
    "take its eigenvalues first, such as np.linalg.eigvalsh(a)": "请先求特征值，例如 np.linalg.eigvalsh(a)",
    "take the places out of the trace first, or write sums of smooth weights": "请先在跟踪之外取出这些位置，或写成平滑权重的和",
    "take the values out of the trace first, or write sums of smooth weights": "请先在跟踪之外取出这些值，或写成平滑权重的和",
    "reduce x with %, and give the first point again behind the last": "请用 % 约减 x，并在最后一点之后再给一次第一点",
    "leave it out: it is then 'linear'": "请去掉它：这时就是 'linear'",
    "leave the keyword out": "请去掉这个关键字参数",
    "pass q as a plain number": "请把 q 作为普通的数传入",
    "pass n as a plain int": "请把 n 作为普通整数传入",
    "pass the order as a plain number": "请把阶数作为普通的数传入",
    "pass a plain int for n, and np.stack the results": "请把 n 作为普通整数传入，再用 np.stack 合并结果",
    "pass x.shape, or a tuple of plain ints": "请传入 x.shape，或由普通整数组成的元组",
    "pad once for each of them": "请对每个常数各填充一次",
    "write one of constant, {listed}": "请用其中之一：constant、{listed}",
    "the array is of shape {shape}": "数组的形状是 {shape}",
    "give a number, or an array of numbers": "请给出数，或数的数组",
    "give them one length, or work on each of them": "请让它们长度相同，或分别处理",
    # ---- what would change an array, or cut a value off
    "write np.where(mask, new, old); for np.add.at(b, i, x), b + np.eye(b.size)[:, i] @ x": (
        "请写 np.where(mask, new, old)；np.add.at(b, i, x) 可写成 b + np.eye(b.size)[:, i] @ x"
    ),
    "make the array in one go, with np.stack([…]), np.concatenate or np.where": (
        "请用 np.stack([…])、np.concatenate 或 np.where 一次生成整个数组"
    ),
    "pass a plain int to the function, or write np.choose(place, array) to take one of an array": (
        "请向函数传入普通整数，或写 np.choose(place, array) 取数组中的一个"
    ),
    "write np.take_along_axis(array, places, axis), or np.extract(mask, array)": (
        "请写 np.take_along_axis(array, places, axis)，或 np.extract(mask, array)"
    ),
    "write `b = b + x` instead of `b += x`, which makes a new one": "请用 `b = b + x` 代替 `b += x`，它生成新的数组",
    "write `part = part + x` for the part alone, or np.where(mask, new, old) or np.concatenate for the whole": (
        "只要这一部分时请写 `part = part + x`，要整个数组时请写 np.where(mask, new, old) 或 np.concatenate"
    ),
    "write np.where(mask, new, old), np.concatenate or np.stack, which make a new one": (
        "请写 np.where(mask, new, old)、np.concatenate 或 np.stack，它们生成新的数组"
    ),
    "write {code}, which makes a new one": "请写 {code}，它生成新的数组",
    "write np.delete(x, index), or np.concatenate of what stays": "请写 np.delete(x, index)，或用 np.concatenate 合并留下的部分",
    "write np.any(…) or np.all(…)": "请写 np.any(…) 或 np.all(…)",
    "write np.where, or x[None] for a new axis": "请写 np.where；要增加轴请写 x[None]",
    "write np.trunc instead": "请改写为 np.trunc",
    "write {ours} instead": "请改写为 {ours}",
    "write {code}": "请写 {code}",
    "trace with real values, or write np.where(mask, a, b)": "请用真实的数值跟踪，或写 np.where(mask, a, b)",
    "trace with real values, or write np.where(condition, a, b)": "请用真实的数值跟踪，或写 np.where(condition, a, b)",
    "use it as it is, or write np.size(x) for how many numbers x holds": "请直接使用它；要知道 x 里有多少个数，请写 np.size(x)",
    "use it as it is, or loop over the array that it comes from": "请直接使用它，或遍历它所来自的数组",
    "keep the value as it is": "请保持数值原样",
    "keep the value as it is, or pass a plain int to the function": "请保持数值原样，或向函数传入普通整数",
    "keep the value as it is, and use np functions on it": "请保持数值原样，对它使用 np 的函数",
    "pass a plain int to the function": "请向函数传入普通整数",
    "return it from the traced function instead of keeping it": "请从被跟踪的函数返回它，而不要保存它",
    # ---- instead of one function or another
    "its result is complex; treat the real and the imaginary part as two arrays, or use {subject} if the matrix is symmetric": (
        "它的结果是复数；请把实部和虚部作为两个数组，矩阵对称时也可用 {subject}"
    ),
    "its result is complex; treat the real and the imaginary part as two arrays, or derive the root by the implicit "
    "function theorem": "它的结果是复数；请把实部和虚部作为两个数组，或用隐函数定理对根求导",
    "it is a whole number, flat everywhere; count np.linalg.svdvals(a) outside of the traced function": (
        "它是整数，处处平坦；请在被跟踪的函数之外数 np.linalg.svdvals(a)"
    ),
    "write the transform as a product with two real matrices, np.cos(…) @ x and np.sin(…) @ x": (
        "请把变换写成与两个实矩阵的乘积：np.cos(…) @ x 和 np.sin(…) @ x"
    ),
    "its result's shape hangs on values; write np.where(mask, a, b), or x[mask]": (
        "它的结果的形状取决于数值；请写 np.where(mask, a, b)，或 x[mask]"
    ),
    "work on bits outside of the traced function": "请在被跟踪的函数之外进行位运算",
    "compute it on plain numbers outside of the traced function": "请在被跟踪的函数之外用普通的数计算",
    "it would overwrite an array; write {code}, which makes a new one": "它会改写数组；请写 {code}，它生成新的数组",
    "write the long division out, with plain lengths": "请用普通的长度把长除法写出来",
    "give it plain indices, or index with masks one after another, x[rows][:, columns]": (
        "请给它普通的索引，或依次用掩码索引：x[rows][:, columns]"
    ),
    "sort outside of the traced function, and index with the order": "请在被跟踪的函数之外排序，再用得到的次序索引",
    "write scipy.special.i0(x), which has one": "请写 scipy.special.i0(x)，它有导数",
    "print it with print(x)": "请用 print(x) 打印",
    "save the result of the derivative instead": "请改为保存导数的结果",
    "write np.sort(x), since x is real": "x 是实数，请写 np.sort(x)",
    "ask for x.dtype": "请查看 x.dtype",
    "write the function for whole arrays instead of np.vectorize": "请把函数写成对整个数组的运算，代替 np.vectorize",
    "write start + step * np.arange(n), with a plain int for n": "请写 start + step * np.arange(n)，其中 n 是普通整数",
    "draw plain numbers, and scale and move them: mean + scale * np.random.normal(size=…)": (
        "请抽取普通的随机数再缩放和平移：mean + scale * np.random.normal(size=…)"
    ),
    "write its formula out; the normal one's logarithm is -0.5 * x * x - 0.5 * np.log(2 * np.pi)": (
        "请写出它的公式；正态分布的对数是 -0.5 * x * x - 0.5 * np.log(2 * np.pi)"
    ),
    "write it with scipy.special, as ndtr, log_ndtr and ndtri for the normal one": (
        "请用 scipy.special 来写，正态分布可用 ndtr、log_ndtr 和 ndtri"
    ),
    "write the rule out, np.sum(weights * f(points)), with points and weights of np.polynomial.legendre.leggauss(n)": (
        "请把求积公式写出来：np.sum(weights * f(points))，点与权重取自 np.polynomial.legendre.leggauss(n)"
    ),
    "write np.interp(…), or solve for the coefficients with np.linalg.solve(…)": (
        "请写 np.interp(…)，或用 np.linalg.solve(…) 求出系数"
    ),
    "write the steps out, in a loop with np functions": "请用 np 的函数在循环里写出各步",
    "write its steps out, or find the solution on plain numbers and its slope by the implicit function theorem": (
        "请写出它的各步，或用普通的数求出解，再用隐函数定理求它的斜率"
    ),
    "leave the conversion out, since it is an array already": "它已经是数组，请去掉转换",
    "to join traced values, write np.stack([…]) instead of np.array([…])": (
        "要合并被跟踪的值，请用 np.stack([…]) 代替 np.array([…])"
    ),
    "write {code} instead of {other}": "请用 {code} 代替 {other}",
    "call it by its own name in the function; or write {code}": "请在函数里直接用它自己的名字调用它；或者写 {code}",
    "call it by its own name in the function; or differentiate {code} n times": (
        "请在函数里直接用它自己的名字调用它；或者对 {code} 求导 n 次"
    ),
    "write its series, or np.linalg.eigh for a symmetric matrix": "请写出它的级数，矩阵对称时可用 np.linalg.eigh",
    "write mode='reduced'": "请写 mode='reduced'",
    "write np.result_type": "请写 np.result_type",
}

_GIVES = {
    "nothing": "空",
    "a complex one": "复数",
    "a tuple of {count}": " {count} 个值的元组",
    "one array": "一个数组",
    "an array of shape {shape}": "形状为 {shape} 的数组",
    "a number of type {dtype}, which has no slope": "类型为 {dtype} 的数，它没有斜率",
    "numbers of type {dtype}, which have no slope": "类型为 {dtype} 的数，它们没有斜率",
    "a {type}": " {type}",
    "an {type}": " {type}",
}

PHRASES: dict[str, dict[str, str]] = {
    "refused": _REFUSED,
    "instead": _INSTEAD,
    "gives": _GIVES,
    "subject": {"the lambda": "lambda", "the function": "f", "{name}": "{name}"},
    "counted": {
        "no arguments": "没有参数",
        "1 argument": "只有 1 个参数",
        "{count} arguments": "只有 {count} 个参数",
    },
}
