"""Networks of PyTorch as ours: by their state, and by the ONNX model that PyTorch writes. The answers are PyTorch's."""

import re

import numpy as np
import pytest

from chainrule.bridges import from_onnx, from_torch
from chainrule.layers import (
    Attention,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    LayerNorm,
    MaxPool,
    Recurrent,
    RMSNorm,
)
from chainrule.network.layers import NetworkError

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.peers
nn = torch.nn
IMAGES = {"input": (2, 12, 12), "output": "linear"}


class Last(nn.Module):
    """The state of a recurrent module at the last place."""

    def forward(self, given):
        return given[0][:, -1]


def image(*modules):
    return nn.Sequential(*modules), (2, 12, 12), IMAGES


CASES = {
    "dense": (lambda: (nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3)), (5,),
                       {"activation": "relu", "output": "linear"}), [5, 7, 3]),
    "probabilities": (lambda: (nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Dropout(), nn.Linear(7, 3), nn.Softmax(1)), (5,),
                               {"activation": "tanh", "cost": "log-likelihood"}), [5, 7, Dropout(0.5), 3]),
    "without biases": (lambda: (nn.Linear(5, 3, bias=False), (5,), {"output": "linear"}), [5, 3]),
    "images": (lambda: image(
        nn.Conv2d(2, 4, 3, padding=1, stride=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3, groups=2, bias=False),
        nn.AvgPool2d(1), nn.Flatten(), nn.Linear(6, 3)),
        [Conv(4, 3, "relu", padding=1, stride=2), MaxPool(2), Conv(6, 3, "linear", groups=2), AveragePool(1), Flatten(), 3]),
    "batch normalization": (lambda: image(
        nn.Conv2d(2, 4, 5), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(256, 6), nn.BatchNorm1d(6), nn.Sigmoid(),
        nn.Linear(6, 3), nn.BatchNorm1d(3, affine=False)),
        [Conv(4, 5, "linear"), BatchNorm("relu"), Flatten(), Dense(6, "sigmoid", normalization="batch"), Dense(3, "linear"),
         BatchNorm()]),
    "layer normalization": (lambda: (nn.Sequential(
        nn.Linear(5, 7, bias=False), nn.LayerNorm(7), nn.Tanh(), nn.Linear(7, 6), nn.LayerNorm(6), nn.RMSNorm(6, eps=1e-5)), (5,),
        {"output": "linear"}), [5, Dense(7, "tanh", normalization="layer"), Dense(6, "linear"), LayerNorm(), RMSNorm()]),
    "recurrent": (lambda: (nn.Sequential(nn.RNN(3, 4, batch_first=True), Last(), nn.Linear(4, 2)), (6, 3),
                           {"input": (6, 3), "output": "linear"}), [Recurrent(4), 2]),
    "long short-term memory": (lambda: (nn.Sequential(nn.LSTM(3, 4, batch_first=True), Last(), nn.Linear(4, 2)), (6, 3),
                                        {"input": (6, 3), "output": "linear"}), [Recurrent(4, "lstm"), 2]),
}  # fmt: skip


def drawn(case):
    """A network of PyTorch, with running moments of its own, and examples."""
    torch.manual_seed(0)
    module, shape, settings = CASES[case][0]()
    for each in module.modules():
        if hasattr(each, "running_mean"):
            each.running_mean.normal_()
            each.running_var.uniform_(0.5, 2)
        if isinstance(each, (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm)) and each.weight is not None:
            nn.init.normal_(each.weight)
            nn.init.normal_(each.bias)
    return module.eval(), torch.randn(9, *shape), settings


@pytest.mark.parametrize(("dtype", "near"), [("float32", 3e-6), ("float64", 1e-12)])
@pytest.mark.parametrize("case", CASES)
def test_answers(case, dtype, near):
    module, x, settings = drawn(case)
    module, x = module.to(getattr(torch, dtype)), x.to(getattr(torch, dtype))
    net = from_torch(module.state_dict(), CASES[case][1], **settings)
    with torch.no_grad():
        wanted = module(x).numpy()
    assert net.dtype == dtype
    np.testing.assert_allclose(net(x.numpy()), wanted, atol=near * max(1, np.abs(wanted).max()))


@pytest.mark.parametrize("precision", [torch.bfloat16, torch.float16])
def test_short_numbers(precision):
    module, _, settings = drawn("dense")
    module.to(precision)
    net = from_torch(module.state_dict(), [5, 7, 3], **settings)
    np.testing.assert_array_equal(net.weights[0], module[0].weight.detach().float().numpy())


def test_tokens():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Embedding(7, 4), nn.Flatten(), nn.Linear(12, 2))
    net = from_torch(module.state_dict(), [Embedding(7, 4), Flatten(), 2], input=3, output="linear", scale=None)
    tokens = np.array([[0, 6, 2], [1, 1, 5]])
    np.testing.assert_allclose(net(tokens), module(torch.tensor(tokens)).detach().numpy(), atol=1e-6)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("case", ["dense", "probabilities", "without biases", "images", "batch normalization"])
def test_through_onnx(case, tmp_path):
    pytest.importorskip("onnx")
    module, x, _ = drawn(case)
    torch.onnx.export(
        module, (x,), tmp_path / "net.onnx", dynamo=False, input_names=["x"], output_names=["y"],
        dynamic_axes={"x": {0: "n"}, "y": {0: "n"}},
    )  # fmt: skip
    net = from_onnx(tmp_path / "net.onnx")
    with torch.no_grad():
        wanted = module(x).numpy()
    np.testing.assert_allclose(net(x.numpy()), wanted, atol=3e-6 * max(1, np.abs(wanted).max()))


STATE = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3)).state_dict()


@pytest.mark.parametrize(
    ("state", "layers", "settings", "said"),
    [
        (STATE, [5, 6, 3], {}, "weight of 0 is 7×5, and layer 2, Dense, takes 6×5."),
        (STATE, [5, 7, 3, 2], {}, "The state has no module for layer 4, Dense."),
        (STATE, [5, 7], {}, "The state goes on with 2, and no layer is left for it; add it to the layers."),
        (STATE, [BatchNorm(), 7, 3], {"input": 5},
         "0 has weight, bias, and layer 2, BatchNorm, takes running_mean, running_var, weight, bias."),
        (nn.LSTM(3, 4, num_layers=2).state_dict(), [Recurrent(4, "lstm"), 2], {"input": (6, 3)}, "weight_ih_l1"),
        (STATE, [Attention(1), Flatten(), 3], {"input": (2, 5)},
         "Layer 2, Attention, has no module in PyTorch that it could be read from."),
        (nn.Sequential(nn.Linear(5, 7), nn.LayerNorm(7), nn.Linear(7, 3)).state_dict(),
         [5, Dense(7, normalization="layer"), 3], {}, "0 has a bias before the normalization of layer 2"),
        ({}, [5, 3], {}, "from_torch takes a state, model.state_dict(), not dict."),
        (nn.Linear(5, 3), [5, 3], {}, "from_torch takes a state, model.state_dict(), not Linear."),
    ],
)  # fmt: skip
def test_states_that_do_not_fit(state, layers, settings, said):
    with pytest.raises(NetworkError, match=re.escape(said)):
        from_torch(state, layers, **settings)
