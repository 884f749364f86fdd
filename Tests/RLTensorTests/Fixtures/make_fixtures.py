"""Gradients and optimizer steps of PyTorch for the tests.

usage: python make_fixtures.py OUT_FILE      (pip install torch)
One JSON file: weights, a batch, and for the losses of PPO (policy, value) and for several optimizers the gradients of the
first step and the weights after ten. Numbers are single-precision bit patterns in hexadecimal, row-major, weights as [out, in].
"""
import json, struct, sys
import torch

torch.manual_seed(1)
torch.set_num_threads(1)
bits = lambda t: [struct.pack(">f", float(x)).hex() for x in t.detach().reshape(-1)]

N, IN, HIDDEN, ACTIONS = 24, 4, 8, 3
x = torch.randn(N, IN)
actions = torch.randint(ACTIONS, (N,))
advantages = torch.randn(N)
old = -torch.rand(N) * 2
returns = torch.randn(N)
shapes = {"a.0.weight": (HIDDEN, IN), "a.0.bias": (HIDDEN,), "a.2.weight": (HIDDEN, HIDDEN), "a.2.bias": (HIDDEN,),
          "p.weight": (ACTIONS, HIDDEN), "p.bias": (ACTIONS,), "v.weight": (1, HIDDEN), "v.bias": (1,)}
start = {k: torch.randn(s) * 0.4 for k, s in shapes.items()}

def loss(w):
    h = torch.tanh(x @ w["a.0.weight"].T + w["a.0.bias"])
    h = torch.tanh(h @ w["a.2.weight"].T + w["a.2.bias"])
    d = torch.distributions.Categorical(logits=h @ w["p.weight"].T + w["p.bias"])
    ratio = torch.exp(d.log_prob(actions) - old)
    a = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    policy = -torch.min(a * ratio, a * torch.clamp(ratio, 0.8, 1.2)).mean()
    value = torch.nn.functional.mse_loss(returns, (h @ w["v.weight"].T + w["v.bias"]).flatten())
    return policy - 0.01 * d.entropy().mean() + 0.5 * value

OPTIMIZERS = {
    "adam": lambda p: torch.optim.Adam(p, lr=0.01, eps=1e-5),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.99, eps=1e-5, momentum=0.5),
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
}
out = {"torch": torch.__version__, "x": bits(x), "actions": [int(a) for a in actions], "advantages": bits(advantages), "old": bits(old),
       "returns": bits(returns), "shapes": shapes, "start": {k: bits(v) for k, v in start.items()}, "optimizers": {}}
for name, make in OPTIMIZERS.items():
    w = {k: v.clone().requires_grad_() for k, v in start.items()}
    optimizer = make(list(w.values()))
    norms = []
    for step in range(10):
        optimizer.zero_grad()
        value = loss(w)
        value.backward()
        if step == 0:
            out["loss"] = bits(value)
            out["gradients"] = {k: bits(v.grad) for k, v in w.items()}
        norms.append(torch.nn.utils.clip_grad_norm_(list(w.values()), 0.5))
        optimizer.step()
    out["optimizers"][name] = {k: bits(v) for k, v in w.items()}
    out["norm"] = bits(norms[0])
json.dump(out, open(sys.argv[1], "w"), separators=(",", ":"))
