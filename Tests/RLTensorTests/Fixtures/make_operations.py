"""Values and gradients of PyTorch's RMSNorm and GRUCell for the tests.

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

cell = torch.nn.GRUCell(3, SIZE)
inputs = torch.randn(ROWS, 3)
state = torch.randn(ROWS, SIZE, requires_grad=True)
# The cell's result, which the equations on its projections must give, too: these are what gets gradients here.
with torch.no_grad():
    expected = cell(inputs, state)
    first = inputs @ cell.weight_ih.T + cell.bias_ih
    second = state @ cell.weight_hh.T + cell.bias_hh
first.requires_grad_()
second.requires_grad_()
(ir, iz, i_n), (hr, hz, hn) = first.chunk(3, 1), second.chunk(3, 1)
r, z = torch.sigmoid(ir + hr), torch.sigmoid(iz + hz)
result = (1 - z) * torch.tanh(i_n + r * hn) + z * state
assert torch.allclose(result, expected, atol=1e-6)
out["gru"] = case(result, input=first, hidden=second, state=state)
json.dump(out, open(sys.argv[1], "w"), separators=(",", ":"))
