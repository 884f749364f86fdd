"""Values and gradients of PyTorch's RMSNorm, LSTM, GRU and conv2d, of batch renormalization, residual blocks and a
convolutional network for the tests.

usage: python make_operations.py OUT_FILE      (pip install torch)
One JSON file: for each operation its operands, its result, and the gradients of sum(result * factors). Numbers are
single-precision bit patterns in hexadecimal, row-major.
"""
import json, struct, sys
import torch

torch.manual_seed(3)
torch.set_num_threads(1)
bits = lambda t: [struct.pack(">f", float(x)).hex() for x in t.detach().reshape(-1)]
ROWS, SIZE = 7, 5


def case(result, **operands):
    for x in operands.values():
        x.retain_grad()
    factors = torch.randn(result.shape)
    (result * factors).sum().backward()
    return {"operands": {k: bits(v) for k, v in operands.items()}, "result": bits(result), "factors": bits(factors),
            "gradients": {k: bits(v.grad) for k, v in operands.items()}}


x = torch.randn(ROWS, SIZE, requires_grad=True)
norm = torch.nn.RMSNorm(SIZE, eps=1e-3)
norm.weight.data = torch.randn(SIZE)
out = {"torch": torch.__version__, "rmsNorm": case(norm(x), x=x, gain=norm.weight)}

torch.manual_seed(6)
# Batch renormalization (Ioffe 2017, algorithm 1), with columns whose r and d are clipped and others.
x = torch.randn(ROWS, SIZE, requires_grad=True)
gain, offset = torch.randn(SIZE, requires_grad=True), torch.randn(SIZE, requires_grad=True)
mean, variance = torch.tensor([-3, -0.2, 0, 0.2, 8.0]), torch.tensor([0.01, 0.8, 1, 1.2, 30])
deviation = (x.var(0, correction=0) + 1e-3).sqrt()
running = (variance + 1e-3).sqrt()
r = (deviation / running).detach().clamp(1 / 3, 3)
d = ((x.mean(0) - mean) / running).detach().clamp(-5, 5)
assert (r == 3).any() and (r == 1 / 3).any() and (d == 5).any() and (d.abs() < 5).any()
result = ((x - x.mean(0)) / deviation * r + d) * gain + offset
out["batchNorm"] = case(result, x=x, gain=gain, offset=offset)

# Two residual blocks with pre-layer normalization.
weights = {"body.embedding": torch.nn.Linear(3, 4), "body.norm": torch.nn.LayerNorm(4)}
for i in range(2):
    weights |= {f"body.{i}.norm": torch.nn.LayerNorm(4), f"body.{i}.up": torch.nn.Linear(4, 16), f"body.{i}.down": torch.nn.Linear(16, 4)}
for layer in weights.values():
    layer.weight.data, layer.bias.data = torch.randn_like(layer.weight) * 0.6, torch.randn_like(layer.bias) * 0.6
inputs = torch.randn(ROWS, 3, requires_grad=True)
y = weights["body.embedding"](inputs)
for i in range(2):
    y = y + weights[f"body.{i}.down"](torch.relu(weights[f"body.{i}.up"](weights[f"body.{i}.norm"](y))))
operands = {f"{name}.{part}": getattr(layer, part) for name, layer in weights.items() for part in ("weight", "bias")}
out["residual"] = case(weights["body.norm"](y), x=inputs, **operands)
# Convolutions. Operands are in the order of RLTensor: images [rows, height, width, channels], filters
# [height, width, channels, filters].
out["convolutions"] = []
for height, width, channels, kernel, stride, padding, filters in [
    (7, 6, 3, (3, 3), (2, 2), (1, 1), 5), (8, 8, 2, (4, 4), (2, 2), (0, 0), 16), (5, 9, 16, (3, 2), (1, 3), (2, 0), 2)
]:
    image = torch.randn(2, height, width, channels, requires_grad=True)
    weight = (torch.randn(*kernel, channels, filters) / 5).requires_grad_()
    bias = torch.randn(filters, requires_grad=True)
    y = torch.nn.functional.conv2d(image.permute(0, 3, 1, 2), weight.permute(3, 2, 0, 1), bias, stride, padding)
    out["convolutions"].append(case(y.permute(0, 2, 3, 1), image=image, weight=weight, bias=bias))

# The layers of Mnih et al. (2015) on smaller images and with fewer filters, with the weights as PyTorch has them.
cnn = torch.nn.Sequential(
    torch.nn.Conv2d(1, 4, 8, 4), torch.nn.ReLU(), torch.nn.Conv2d(4, 16, 4, 2), torch.nn.ReLU(), torch.nn.Conv2d(16, 8, 3, 1),
    torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(32, 5), torch.nn.ReLU())
image = torch.rand(2, 44, 44, 1, requires_grad=True)
out["network"] = case(cnn(image.permute(0, 3, 1, 2)), image=image, **{f"cnn.{k}": v for k, v in cnn.named_parameters()})

# Two sequences of six steps; the second begins a new episode at its fourth step, the first at its first one.
torch.manual_seed(5)
STEPS, SEQUENCES = 6, 2
for name, module, states in [("lstm", torch.nn.LSTM(3, 16), 2), ("gru", torch.nn.GRU(3, 32), 1)]:
    inputs = torch.randn(SEQUENCES, STEPS, 3, requires_grad=True)
    keep = torch.ones(SEQUENCES, STEPS)
    keep[0, 0] = keep[1, 3] = 0
    start = torch.randn(SEQUENCES, states * module.hidden_size)
    rows = []
    for i in range(SEQUENCES):
        state = start[i].view(states, 1, 1, -1)
        for t in range(STEPS):
            state = state * keep[i, t]
            hidden = (state[0], state[1]) if states == 2 else state[0]
            _, after = module(inputs[i, t].view(1, 1, 3), hidden)
            state = torch.stack(after) if states == 2 else after[None]
            rows.append(state.reshape(-1))
    parameters = {f"layer.{k}": v for k, v in module.named_parameters()}
    out[name] = case(torch.stack(rows), x=inputs, **parameters)
    out[name]["operands"] |= {"keep": bits(keep), "start": bits(start)}
json.dump(out, open(sys.argv[1], "w"), separators=(",", ":"))
