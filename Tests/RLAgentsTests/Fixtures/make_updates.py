"""Makes `updates.json` beside this file: gradient steps of Stable-Baselines3's DQN, QR-DQN, SAC, CrossQ, TD3, PPO and maskable PPO on
fixed batches.

    pip install stable-baselines3==2.9.2 sb3-contrib==2.9.2 torch==2.13.0 gymnasium==1.4.0
    python make_updates.py            makes the file
    python make_updates.py --check    recomputes every step of the file in plain PyTorch and compares

For each case: the settings, the weights before, four batches with the standard-normal noise that the step on each drew, the weights
after one and after four calls of `model.train(gradient_steps=1)`, and each step's losses. Tensors are named as in
`policy.state_dict()` (QR-DQN's as those of DQN), their values row-major ([out, in]) with nine significant digits, enough for each single-precision number.
`noise` is behind the actions at the current observations and `nextNoise` behind those at the next ones (SAC draws them in this
order), or behind the target policy's smoothing noise before scaling and clipping (TD3). Actions are stored as replay buffers of
Stable-Baselines3 store them: scaled to [-1, 1], so the bounds of the action space don't appear in the updates.

A step of PPO is `model.train()` with one epoch and one minibatch, a rollout of given actions (real numbers before clipping),
advantages, returns, and old values and log-probabilities that are off from those of the weights at hand, so that ratios and values
are clipped on both sides. CrossQ's variances are divided by the number of rows, as in its authors' code, not by one less, and its draws
come in the other order. `ppo-shared` has a layer that both networks share, which Stable-Baselines3 no longer offers.
"""

import json
import math
import pathlib
import sys
import types
from unittest import mock

import gymnasium as gym
import numpy as np
import torch
import torch.nn.functional as F
from sb3_contrib import QRDQN, CrossQ, MaskablePPO
from stable_baselines3 import DQN, PPO, SAC, TD3
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.torch_layers import MlpExtractor
from stable_baselines3.common.type_aliases import ReplayBufferSamples
from torch import nn

PATH = pathlib.Path(__file__).with_name("updates.json")
STEPS, BATCH = 4, 12
ROLLOUT, SHIFTS = 16, (0.3, 0.5, 0.3, 0.3)  # PPO's batch, and by how much a step's old log-probabilities are off
WEIGHT_SEED = 35  # one with which everything in Check.FACTS happens
torch.set_num_threads(1)


class Dummy(gym.Env):
    """Never stepped: it only has the spaces."""

    observation_space = gym.spaces.Box(-10, 10, (3,), np.float32)

    def reset(self, *, seed=None, options=None):
        return np.zeros(3, np.float32), {}


class Three(Dummy):
    action_space = gym.spaces.Discrete(3)


class Two(Dummy):
    action_space = gym.spaces.Box(np.array([-2, -1], np.float32), np.array([2, 1], np.float32))


class Pair(Dummy):
    action_space = gym.spaces.MultiDiscrete([3, 2])


class Flags(Dummy):
    action_space = gym.spaces.MultiBinary(3)


class SharedExtractor(MlpExtractor):
    def __init__(self, inputs, **arguments):
        super().__init__(8, **arguments)
        self.shared_net = nn.Sequential(nn.Linear(inputs, 8), nn.Tanh())

    def forward_actor(self, features):
        return super().forward_actor(self.shared_net(features))

    def forward_critic(self, features):
        return super().forward_critic(self.shared_net(features))


class SharedPolicy(ActorCriticPolicy):
    def _build_mlp_extractor(self):
        self.mlp_extractor = SharedExtractor(self.features_dim, net_arch=self.net_arch, activation_fn=self.activation_fn, device="cpu")


# Names of Stable-Baselines3's arguments and their names in the file.
NAMES = {
    "tau": "tau", "gamma": "gamma", "max_grad_norm": "maxGradNorm", "ent_coef": "entCoef", "policy_delay": "policyDelay",
    "target_policy_noise": "targetPolicyNoise", "target_noise_clip": "targetNoiseClip", "target_entropy": "targetEntropy",
    "n_critics": "criticCount", "n_quantiles": "quantiles", "clip_range": "clipRange", "clip_range_vf": "clipRangeVf",
    "normalize_advantage": "normalizeAdvantage", "vf_coef": "vfCoef", "target_kl": "targetKl", "use_sde": "sde",
    "shares": "shares",
}
CASES = {
    "dqn": (DQN, {"tau": 1.0, "gamma": 0.99, "max_grad_norm": 10.0}),
    "dqn-clipped": (DQN, {"tau": 1.0, "gamma": 0.99, "max_grad_norm": 0.05}),
    "qr-dqn": (QRDQN, {"tau": 1.0, "gamma": 0.99, "max_grad_norm": 10.0, "n_quantiles": 7}),
    "sac": (SAC, {"tau": 0.005, "gamma": 0.99, "ent_coef": "auto", "target_entropy": "auto", "n_critics": 2}),
    "sac-fixed": (SAC, {"tau": 0.005, "gamma": 0.99, "ent_coef": 0.2, "n_critics": 2}),
    "td3": (TD3, {"tau": 0.005, "gamma": 0.99, "policy_delay": 2, "target_policy_noise": 0.2, "target_noise_clip": 0.5,
                  "n_critics": 2}),
    "crossq": (CrossQ, {"gamma": 0.99, "ent_coef": "auto", "target_entropy": "auto", "n_critics": 2, "policy_delay": 2}),
    "ddpg-like": (TD3, {"tau": 0.005, "gamma": 0.99, "policy_delay": 1, "target_policy_noise": 0.0, "target_noise_clip": 0.0,
                        "n_critics": 1}),
}
LOOSE = {"clip_range": 0.2, "normalize_advantage": True, "ent_coef": 0.0, "vf_coef": 0.5, "max_grad_norm": 10.0}
TIGHT = {"clip_range": 0.1, "clip_range_vf": 0.2, "normalize_advantage": False, "ent_coef": 0.05, "vf_coef": 0.7, "max_grad_norm": 0.1}
CASES |= {
    "ppo-discrete": (PPO, LOOSE, Three),
    "ppo-discrete-clipped": (PPO, TIGHT, Three),
    "ppo-masked": (MaskablePPO, LOOSE | {"ent_coef": 0.02}, Three),
    "ppo-masked-pair": (MaskablePPO, TIGHT, Pair),
    "ppo-pair": (PPO, LOOSE | {"ent_coef": 0.02}, Pair),
    "ppo-binary": (PPO, TIGHT, Flags),
    "ppo-continuous": (PPO, LOOSE, Two),
    "ppo-continuous-clipped": (PPO, TIGHT, Two),
    "ppo-stopped": (PPO, LOOSE | {"target_kl": 0.06, "ent_coef": 0.01}, Two),
    "ppo-gsde": (PPO, TIGHT | {"use_sde": True, "normalize_advantage": True}, Two),
    "ppo-shared": (PPO, LOOSE | {"shares": True, "clip_range_vf": 0.2, "max_grad_norm": 0.5}, Three),
}


DISCRETE = (DQN, QRDQN)
ON_POLICY = (PPO, MaskablePPO)


def make_on_policy(algorithm, arguments, env):
    arguments = dict(arguments)
    shares = arguments.pop("shares", False)
    policy = {"net_arch": [8] if shares else [8, 8]}
    model = algorithm(SharedPolicy if shares else "MlpPolicy", env(), learning_rate=1e-3, n_steps=ROLLOUT, batch_size=ROLLOUT,
                      n_epochs=1, policy_kwargs=policy, seed=0, device="cpu", **arguments)
    model.set_logger(Logger(None, []))
    torch.manual_seed(WEIGHT_SEED)
    with torch.no_grad():
        for tensor in model.policy.state_dict().values():
            tensor.copy_(1.5 * tensor + 0.3 * torch.randn_like(tensor))
    return model


def make_model(algorithm, arguments):
    arguments = dict(arguments)
    policy = {"net_arch": [16, 16]}
    for key in ("n_critics", "n_quantiles"):
        if key in arguments:
            policy[key] = arguments.pop(key)
    if algorithm is CrossQ:
        # Normalization leaves some gradients nothing but rounding errors, which must not decide the direction of steps.
        policy["optimizer_kwargs"] = {"betas": (0.5, 0.999), "eps": 1e-3}
    env = Three() if algorithm in DISCRETE else Two()
    model = algorithm("MlpPolicy", env, learning_rate=1e-3, batch_size=BATCH, buffer_size=100, policy_kwargs=policy, seed=0,
                      device="cpu", **arguments)
    model.set_logger(Logger(None, []))
    # Larger weights than the usual ones, so that the clips and clamps act; critics so close to each other that each is the smallest
    # for some samples; targets that differ from their networks.
    torch.manual_seed(WEIGHT_SEED)
    with torch.no_grad():
        state = {name: tensor for name, tensor in model.policy.state_dict().items() if not name.endswith(".steps")}
        vary = lambda tensor, scale: tensor + scale * torch.randn_like(tensor)
        for name, tensor in state.items():
            if "_target" not in name:
                tensor.copy_(vary(state[name.replace("qf1", "qf0")] if "qf1" in name else 1.5 * tensor, 0.15))
        for name, tensor in state.items():
            if "_target" in name:
                tensor.copy_(vary(state[name.replace("_target", "", 1)], 0.05))
        for name, tensor in state.items():
            if name.endswith("ra_var"):
                tensor.abs_()
            if algorithm is CrossQ and name in ("actor.mu.weight", "actor.log_std.weight"):
                tensor *= 0.1  # normalized features are large, and actions at their bounds show the 1e-6 of Stable-Baselines3
            if algorithm is CrossQ and name == "actor.log_std.bias":
                tensor -= 1
    if getattr(model, "log_ent_coef", None) is not None:
        model.log_ent_coef.data.fill_(-0.3)
    return model


def make_batch(discrete, generator):
    normal = lambda *shape: torch.randn(*shape, generator=generator)
    actions = (torch.randint(3, (BATCH, 1), generator=generator) if discrete
               else torch.rand(BATCH, 2, generator=generator) * 2 - 1)
    return ReplayBufferSamples(
        observations=normal(BATCH, 3), actions=actions, next_observations=normal(BATCH, 3),
        dones=(torch.rand(BATCH, 1, generator=generator) < 0.25).float(), rewards=normal(BATCH, 1))


def train_step(model, batch):
    """One gradient step on this batch: the standard-normal draws in their order, and what was logged."""
    draws, seen, norms = [], [], []
    normal_, clip = torch.Tensor.normal_, torch.nn.utils.clip_grad_norm_

    def recorded_normal(self, mean=0, std=1, *, generator=None):
        draws.append(normal_(torch.empty_like(self), generator=generator))
        return self.copy_(draws[-1] * std + mean)

    def recorded_clip(*arguments):
        norms.append(float(clip(*arguments)))

    model.replay_buffer.sample = lambda batch_size, env=None: batch
    model.logger.name_to_value.clear()
    is_sac = isinstance(model, (SAC, CrossQ))
    variance = torch.Tensor.var
    if is_sac:
        action_log_prob = type(model.actor).action_log_prob

        def recorded_action(observations):
            seen.append(observations)
            return action_log_prob(model.actor, observations)

        model.actor.action_log_prob = recorded_action
    with mock.patch.object(torch.Tensor, "normal_", recorded_normal), \
            mock.patch.object(torch.Tensor, "var", lambda self, dim: variance(self, dim, correction=0)), \
            mock.patch.object(torch.nn.utils, "clip_grad_norm_", recorded_clip):
        model.train(gradient_steps=1, batch_size=BATCH)
    logged = {key.removeprefix("train/"): value for key, value in model.logger.name_to_value.items()}
    names = {"loss": "loss", "critic_loss": "criticLoss", "actor_loss": "actorLoss", "ent_coef": "entCoef",
             "ent_coef_loss": "entCoefLoss", "n_updates": "updates"}
    losses = {names[key]: logged[key] for key in names if key in logged}
    if norms:
        losses["gradientNorm"] = norms[0]  # before clipping
    # The draws are what their names say: SAC's first is for the current observations.
    keys = {DQN: [], QRDQN: [], SAC: ["noise", "nextNoise"], CrossQ: ["nextNoise", "noise"], TD3: ["nextNoise"]}[type(model)]
    if isinstance(model, CrossQ) and "actorLoss" not in losses:
        keys = keys[:1]
    assert len(draws) == len(keys)
    if is_sac:
        sources = {"noise": batch.observations, "nextNoise": batch.next_observations}
        assert len(seen) == len(keys) and all(a is sources[key] for a, key in zip(seen, keys))
    return dict(zip(keys, draws)), losses


def make_rollout(model, shift, generator):
    """What a rollout buffer gives to learn from."""
    normal = lambda *shape: torch.randn(*shape, generator=generator)
    space = model.action_space
    observations = normal(ROLLOUT, 3)
    masks = {}
    if isinstance(space, gym.spaces.Box):
        actions = 1.5 * normal(ROLLOUT, *space.shape)
    elif isinstance(space, gym.spaces.MultiBinary):
        actions = torch.randint(2, (ROLLOUT, space.n), generator=generator).float()
    else:
        allowed, actions = [], []
        for count in space.nvec if isinstance(space, gym.spaces.MultiDiscrete) else [space.n]:
            mask = torch.rand(ROLLOUT, int(count), generator=generator) < 0.6
            mask[torch.arange(ROLLOUT), torch.randint(int(count), (ROLLOUT,), generator=generator)] = True
            if not isinstance(model, MaskablePPO):
                mask[:] = True
            allowed.append(mask)
            actions.append(torch.multinomial(mask.float(), 1, generator=generator))
        actions = torch.cat(actions, 1).float()
        if isinstance(model, MaskablePPO):
            masks = {"action_masks": torch.cat(allowed, 1).float()}
    with torch.no_grad():
        values, log_prob, _ = model.policy.evaluate_actions(
            observations, actions.long().flatten() if isinstance(space, gym.spaces.Discrete) else actions, **masks)
        values = values.flatten() + 0.3 * normal(ROLLOUT)
    return types.SimpleNamespace(
        observations=observations, actions=actions, old_values=values, old_log_prob=log_prob + shift * normal(ROLLOUT),
        advantages=normal(ROLLOUT) + 0.5, returns=values + normal(ROLLOUT), **masks)


def train_on_rollout(model, rollout):
    """One gradient step on this rollout: what was logged."""
    norms = []
    clip = torch.nn.utils.clip_grad_norm_
    model.rollout_buffer = types.SimpleNamespace(
        get=lambda batch_size: [rollout], values=rollout.old_values.numpy(), returns=rollout.returns.numpy())
    model.logger.name_to_value.clear()
    with mock.patch.object(torch.nn.utils, "clip_grad_norm_", lambda *arguments: norms.append(float(clip(*arguments)))):
        model.train()
    logged = {key.removeprefix("train/"): value for key, value in model.logger.name_to_value.items()}
    names = {"loss": "loss", "policy_gradient_loss": "policyLoss", "value_loss": "valueLoss", "entropy_loss": "entropyLoss",
             "approx_kl": "approxKL", "clip_fraction": "clipFraction", "explained_variance": "explainedVariance", "std": "std"}
    losses = {names[key]: float(logged[key]) for key in names if key in logged} | {"updates": logged["n_updates"]}
    return losses | ({"gradientNorm": norms[0]} if norms else {})  # before clipping; none where the update stopped


def make_on_policy_case(algorithm, arguments, env):
    model = make_on_policy(algorithm, arguments, env)
    state = lambda: {name: tensor.clone() for name, tensor in model.policy.state_dict().items()}
    group = model.policy.optimizer.param_groups[0]
    settings = {"algorithm": algorithm.__name__, "learningRate": 1e-3, "adamBetas": list(group["betas"]),
                "adamEpsilon": group["eps"], "batchSize": ROLLOUT, "hidden": [8, 8], "observationSize": 3}
    settings |= {Three: {"choices": [3]}, Pair: {"choices": [3, 2]}, Flags: {"flags": 3}, Two: {"size": 2}}[env]
    settings |= {NAMES[key]: value for key, value in arguments.items()}
    case = {"settings": settings, "before": state(), "batches": [], "losses": []}
    generator = torch.Generator().manual_seed(0)
    for step, shift in enumerate(SHIFTS, 1):
        rollout = make_rollout(model, shift, generator)
        case["losses"].append(train_on_rollout(model, rollout))
        case["batches"].append({
            "observations": rollout.observations, "actions": rollout.actions, "advantages": rollout.advantages,
            "returns": rollout.returns, "oldValues": rollout.old_values, "oldLogProbabilities": rollout.old_log_prob}
            | ({"masks": rollout.action_masks} if hasattr(rollout, "action_masks") else {}))
        if step in (1, STEPS):
            case[f"after{step}"] = state()
    return case


def make_case(algorithm, arguments, *env):
    if algorithm in ON_POLICY:
        return make_on_policy_case(algorithm, arguments, *env)
    model = make_model(algorithm, arguments)
    state = lambda: {
        name.replace("quantile_net", "q_net").replace(".scale", ".weight").replace("ra_mean", "running_mean")
            .replace("ra_var", "running_var").replace("steps", "num_batches_tracked"): tensor.clone().float()
        for name, tensor in model.policy.state_dict().items()}
    coefficient = lambda: model.log_ent_coef.item()
    automatic = arguments.get("ent_coef") == "auto"
    optimizer = (model.policy if algorithm in DISCRETE else model.actor).optimizer
    group = optimizer.param_groups[0]

    settings = {"algorithm": algorithm.__name__, "learningRate": 1e-3, "adamBetas": list(group["betas"]),
                "adamEpsilon": group["eps"], "batchSize": BATCH, "hidden": [16, 16], "observationSize": 3}
    settings |= {"actions": 3} if algorithm in DISCRETE else {"actionLow": [-2, -1], "actionHigh": [2, 1]}
    settings |= {NAMES[key]: value for key, value in arguments.items() if value != "auto"}
    if algorithm in (SAC, CrossQ):
        settings |= {"automaticEntCoef": automatic}
        if algorithm is SAC:
            settings["targetUpdateInterval"] = model.target_update_interval
        if automatic:
            settings["targetEntropy"] = model.target_entropy

    case = {"settings": settings, "before": state(), "batches": [], "losses": []}
    coefficients = {"before": coefficient()} if automatic else None
    generator = torch.Generator().manual_seed(0)
    for step in range(1, STEPS + 1):
        batch = make_batch(algorithm in DISCRETE, generator)
        noise, losses = train_step(model, batch)
        case["batches"].append({
            "observations": batch.observations, "actions": batch.actions, "nextObservations": batch.next_observations,
            "rewards": batch.rewards.flatten(), "terminated": batch.dones.flatten().int(),
            **({"noise": torch.zeros(BATCH, 2)} if algorithm is CrossQ else {}), **noise})
        case["losses"].append(losses)
        if step in (1, STEPS):
            case[f"after{step}"] = state()
            if automatic:
                coefficients[f"after{step}"] = coefficient()
    if algorithm is TD3:
        # Counted from 1: the steps that updated the actor and all targets (the others updated the critics only).
        settings["actorUpdateSteps"] = [i for i, losses in enumerate(case["losses"], 1) if "actorLoss" in losses]
    if automatic:
        case["logEntCoef"] = coefficients
    return case


def text(value):
    """Compact JSON, single-precision numbers with nine significant digits."""
    if isinstance(value, torch.Tensor):
        return text(value.tolist())
    if isinstance(value, list):
        return "[" + ",".join(map(text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f'"{key}":{text(item)}' for key, item in value.items()) + "}"
    return f"{value:.9g}" if isinstance(value, float) else json.dumps(value)


def file_text(cases):
    """One line for a tensor, a field of a batch, or a step's losses."""
    lines = lambda items, indent: (",\n" + " " * indent).join(items)
    weights = lambda tensors: "{\n  " + lines(
        (f'"{name}":{{"shape":{text(list(t.shape))},"values":{text(t.flatten())}}}' for name, t in tensors.items()), 2) + "}"
    parts = []
    for name, case in cases.items():
        fields = []
        for key, value in case.items():
            if key in ("before", "after1", f"after{STEPS}"):
                value = weights(value)
            elif key == "batches":
                value = "[\n  " + lines(("{" + lines((f'"{k}":{text(v)}' for k, v in b.items()), 3) + "}" for b in value), 2) + "]"
            elif key == "losses":
                value = "[\n  " + lines(map(text, value), 2) + "]"
            else:
                value = text(value)
            fields.append(f'"{key}":{value}')
        parts.append(f'"{name}":{{\n ' + lines(fields, 1) + "}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


class Check:
    """The steps again, from the numbers in the file only: no Stable-Baselines3, no module, no optimizer of PyTorch."""

    # What has to happen for the fixture to be a test of it.
    HUBER = {"Huber's linear part", "Huber's square part"}
    TARGETS = {"critic_target.qf0 is the smallest", "critic_target.qf1 is the smallest"}
    CRITICS = {"critic.qf0 is the smallest", "critic.qf1 is the smallest"}
    FACTS = {
        "qr-dqn": HUBER | {"not clipped"}, "dqn": HUBER | {"not clipped"}, "dqn-clipped": HUBER | {"clipped"},
        "sac": TARGETS | CRITICS, "sac-fixed": TARGETS | CRITICS, "crossq": CRITICS,
        "td3": TARGETS | {"noise clipped", "next action clamped"}, "ddpg-like": {"critic_target.qf0 is the smallest"},
    }
    RATIOS = {"ratio within", "ratio clipped above", "ratio clipped below"}
    VALUES = {"value within", "value clipped above", "value clipped below"}

    def __init__(self, case):
        self.case, self.settings = case, case["settings"]
        self.w = self.tensors("before")
        self.moments, self.facts = {}, set()
        if "logEntCoef" in case:
            self.w["log"] = torch.tensor([case["logEntCoef"]["before"]])

    def tensors(self, key):
        return {name: torch.tensor(t["values"]).reshape(t["shape"]) for name, t in self.case[key].items()}

    def network(self, prefix, x, layers=3):
        for i in range(layers):
            x = F.linear(x, self.w[f"{prefix}.{2 * i}.weight"], self.w[f"{prefix}.{2 * i}.bias"])
            x = x if i == 2 else F.relu(x)
        return x

    def critics(self, name, observations, actions):
        x = torch.cat([observations, actions], 1)
        return torch.cat([self.network(f"{name}.qf{i}", x) for i in range(self.settings["criticCount"])], 1)

    def minimum(self, name, observations, actions):
        q = self.critics(name, observations, actions)
        self.facts |= {f"{name}.qf{i} is the smallest" for i in q.argmin(1).tolist()}
        return q.min(1).values

    def sampled(self, latent, noise):
        """SAC's actions and the logarithms of their densities."""
        mean, log_std = (F.linear(latent, self.w[f"actor.{n}.weight"], self.w[f"actor.{n}.bias"]) for n in ("mu", "log_std"))
        log_std = log_std.clamp(-20, 2)
        action = torch.tanh(mean + noise * log_std.exp())
        density = -noise**2 / 2 - log_std - math.log(2 * math.pi) / 2 - torch.log(1 - action**2 + 1e-6)
        return action, density.sum(1)

    def descend(self, loss, prefix, limit=None):
        """A step of Adam on the tensors of one network, after clipping the norm of their gradient."""
        names = [name for name, t in self.w.items()
                 if t.requires_grad and (prefix is None or name == prefix or name.startswith(prefix + "."))]
        gradients = torch.autograd.grad(loss, [self.w[name] for name in names])
        norm = math.sqrt(sum(float((g**2).sum()) for g in gradients))
        scale = min(1, limit / (norm + 1e-6)) if limit else 1
        updated = {}
        for name, g in zip(names, gradients):
            g = g * scale
            t, m, v = self.moments.get(name, (0, 0, 0))
            beta = 0.9 if name == "log" else self.settings["adamBetas"][0]  # the entropy coefficient has an optimizer of its own
            t, m, v = t + 1, beta * m + (1 - beta) * g, 0.999 * v + 0.001 * g**2
            self.moments[name] = t, m, v
            epsilon = 1e-8 if name == "log" else self.settings["adamEpsilon"]
            step = self.settings["learningRate"] * (m / (1 - beta**t)) / ((v / (1 - 0.999**t)).sqrt() + epsilon)
            updated[name] = (self.w[name] - step).detach().requires_grad_()
        self.w |= updated
        return norm

    def follow(self, *networks):
        for name in networks:
            for key in [k for k in self.w if k.startswith(name + ".")]:
                target = key.replace(name, name + "_target", 1)
                self.w[target] = ((1 - self.settings["tau"]) * self.w[target] + self.settings["tau"] * self.w[key]).detach()

    def dqn(self, b):
        with torch.no_grad():
            value = self.network("q_net_target.q_net", b["next"]).max(1).values
            target = b["rewards"] + (1 - b["terminated"]) * self.settings["gamma"] * value
        q = self.network("q_net.q_net", b["observations"])[torch.arange(BATCH), b["actions"][:, 0].long()]
        error = (q - target).abs()
        self.facts |= {"Huber's linear part" if e > 1 else "Huber's square part" for e in error.tolist()}
        loss = torch.where(error < 1, error**2 / 2, error - 0.5).mean()
        norm = self.descend(loss, "q_net", self.settings["maxGradNorm"])
        self.facts.add("clipped" if norm > self.settings["maxGradNorm"] else "not clipped")
        return {"loss": loss, "gradientNorm": norm}

    def qrdqn(self, b):
        n = self.settings["quantiles"]
        quantiles = lambda name, x: self.network(f"{name}.q_net", x).reshape(BATCH, n, -1)  # [sample, quantile, action]
        rows = torch.arange(BATCH)
        with torch.no_grad():
            following = quantiles("q_net_target", b["next"])
            best = following.mean(1).argmax(1)
            target = b["rewards"][:, None] + (1 - b["terminated"][:, None]) * self.settings["gamma"] * following[rows, :, best]
        q = quantiles("q_net", b["observations"])[rows, :, b["actions"][:, 0].long()]
        loss = torch.zeros(())
        for i in range(n):
            for j in range(n):
                error = target[:, j] - q[:, i]
                self.facts |= {"Huber's linear part" if e > 1 else "Huber's square part" for e in error.abs().tolist()}
                weight = torch.where(error < 0, 1 - (i + 0.5) / n, (i + 0.5) / n)
                loss = loss + (weight * torch.where(error.abs() < 1, error**2 / 2, error.abs() - 0.5)).mean() / n
        norm = self.descend(loss, "q_net", self.settings["maxGradNorm"])
        self.facts.add("clipped" if norm > self.settings["maxGradNorm"] else "not clipped")
        return {"loss": loss, "gradientNorm": norm}

    def sac(self, b):
        s, losses = self.settings, {}
        latent = lambda x: self.network("actor.latent_pi", x, layers=2)
        actions, density = self.sampled(latent(b["observations"]), b["noise"])
        alpha = s.get("entCoef")
        if "log" in self.w:
            alpha = self.w["log"].detach().exp()  # from before its update
            losses["entCoefLoss"] = -(self.w["log"] * (density.detach() + s["targetEntropy"])).mean()
            self.descend(losses["entCoefLoss"], "log")
        with torch.no_grad():
            next_actions, next_density = self.sampled(latent(b["next"]), b["nextNoise"])
            value = self.minimum("critic_target", b["next"], next_actions) - alpha * next_density
            target = b["rewards"] + (1 - b["terminated"]) * s["gamma"] * value
        critic = ((self.critics("critic", b["observations"], b["actions"]) - target[:, None])**2).mean(0).sum() / 2
        self.descend(critic, "critic")
        actor = (alpha * density - self.minimum("critic", b["observations"], actions)).mean()
        self.descend(actor, "actor")
        self.follow("critic")
        return losses | {"entCoef": alpha, "criticLoss": critic, "actorLoss": actor}

    def normalized(self, name, x, trains):
        weight, bias, mean, variance, count = (
            self.w[f"{name}.{n}"] for n in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"))
        if trains:
            assert count < 1000  # no renormalization yet
            batch = x.mean(0), x.var(0, correction=0)
            with torch.no_grad():
                for running, new in zip((mean, variance), batch):
                    running += 0.01 * (new - running)
                count += 1
            mean, variance = batch
        return (x - mean) / (variance + 1e-3).sqrt() * weight + bias

    def normalized_network(self, prefix, x, layers, trains):
        for i in range(0, 3 * layers, 3):
            x = self.normalized(f"{prefix}.{i}", x, trains)
            x = F.linear(x, self.w[f"{prefix}.{i + 1}.weight"], self.w[f"{prefix}.{i + 1}.bias"])
            x = x if i == 6 else F.relu(x)
        return x if layers == 3 else self.normalized(f"{prefix}.{3 * layers}", x, trains)

    def normalized_critics(self, x, trains):
        q = torch.cat([self.normalized_network(f"critic.qf{i}", x, 3, trains) for i in range(self.settings["criticCount"])], 1)
        self.facts |= {f"critic.qf{i} is the smallest" for i in q.argmin(1).tolist()}
        return q

    def crossq(self, b):
        s, losses = self.settings, {}
        latent = lambda x, trains: self.normalized_network("actor.latent_pi", x, 2, trains)
        alpha = self.w["log"].detach().exp()
        with torch.no_grad():
            next_actions, next_density = self.sampled(latent(b["next"], False), b["nextNoise"])
        x = torch.cat([torch.cat([b["observations"], b["next"]]), torch.cat([b["actions"], next_actions])], 1)
        now, later = self.normalized_critics(x, True).split(len(b["rewards"]))
        value = later.detach().min(1).values - alpha * next_density
        target = b["rewards"] + (1 - b["terminated"]) * s["gamma"] * value
        losses["criticLoss"] = ((now - target[:, None])**2).mean(0).sum() / 2
        self.descend(losses["criticLoss"], "critic")
        if self.step % s["policyDelay"] == 0:
            actions, density = self.sampled(latent(b["observations"], True), b["noise"])
            losses["entCoefLoss"] = -(self.w["log"] * (density.detach() + s["targetEntropy"])).mean()
            self.descend(losses["entCoefLoss"], "log")
            q = self.normalized_critics(torch.cat([b["observations"], actions], 1), False)
            losses["actorLoss"] = (alpha * density - q.min(1).values).mean()
            self.descend(losses["actorLoss"], "actor")
        return losses | {"entCoef": alpha}

    def td3(self, b):
        s, losses = self.settings, {}
        with torch.no_grad():
            noise = b["nextNoise"] * s["targetPolicyNoise"]
            clipped = noise.clamp(-s["targetNoiseClip"], s["targetNoiseClip"])
            mean = torch.tanh(self.network("actor_target.mu", b["next"]))
            moved = mean + clipped
            counts = b["terminated"][:, None] == 0
            self.facts |= {"noise clipped"} if (counts & ((mean + noise).clamp(-1, 1) != moved.clamp(-1, 1))).any() else set()
            self.facts |= {"next action clamped"} if (counts & (moved.abs() > 1)).any() else set()
            value = self.minimum("critic_target", b["next"], moved.clamp(-1, 1))
            target = b["rewards"] + (1 - b["terminated"]) * s["gamma"] * value
        losses["criticLoss"] = ((self.critics("critic", b["observations"], b["actions"]) - target[:, None])**2).mean(0).sum()
        self.descend(losses["criticLoss"], "critic")
        if self.step in s["actorUpdateSteps"]:
            action = torch.tanh(self.network("actor.mu", b["observations"]))
            losses["actorLoss"] = -self.critics("critic", b["observations"], action)[:, 0].mean()
            self.descend(losses["actorLoss"], "actor")
            self.follow("critic", "actor")
        return losses

    def linear(self, name, x):
        return F.linear(x, self.w[f"{name}.weight"], self.w[f"{name}.bias"])

    def body(self, name, x):
        for i in range(0, 4, 2):
            x = torch.tanh(self.linear(f"mlp_extractor.{name}.{i}", x)) if f"mlp_extractor.{name}.{i}.weight" in self.w else x
        return x

    def distribution(self, features, b):
        """The logarithms of the actions' probabilities, and the mean entropy."""
        s, output, actions = self.settings, self.linear("action_net", features), b["actions"]
        if "size" in s:
            log_std = self.w["log_std"]
            if s.get("sde"):
                log_std = (features.detach()**2 @ (2 * log_std).exp() + 1e-6).log() / 2
            log_prob = -((actions - output) / log_std.exp())**2 / 2 - log_std - math.log(2 * math.pi) / 2
            return log_prob.sum(1), (log_std + (1 + math.log(2 * math.pi)) / 2).sum(-1).mean()
        if "flags" in s:
            p = torch.sigmoid(output)
            log_prob = actions * p.log() + (1 - actions) * (1 - p).log()
            return log_prob.sum(1), -(p * p.log() + (1 - p) * (1 - p).log()).sum(1).mean()
        masks = b.get("masks", torch.ones_like(output)).split(s["choices"], 1)
        log_prob, entropy = 0, 0
        for logits, mask, chosen in zip(output.split(s["choices"], 1), masks, actions.T):
            logs = torch.where(mask > 0, logits, -1e8).log_softmax(1)
            log_prob = log_prob + logs[torch.arange(len(logs)), chosen.long()]
            entropy = entropy - (logs * logs.exp()).sum(1).mean()
        return log_prob, entropy

    def ppo(self, b):
        s = self.settings
        x = self.body("shared_net", b["observations"])
        log_prob, entropy = self.distribution(self.body("policy_net", x), b)
        values = self.linear("value_net", self.body("value_net", x))[:, 0]
        advantages, change, clip = b["advantages"], log_prob - b["oldLogProbabilities"], s["clipRange"]
        if s["normalizeAdvantage"]:
            advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
        ratio = change.exp()
        # Clipped are those that are more than the clip range away from 1 in the direction in which the objective would gain.
        above, below = (ratio > 1 + clip) & (advantages > 0), (ratio < 1 - clip) & (advantages < 0)
        policy = -torch.where(above, (1 + clip) * advantages, torch.where(below, (1 - clip) * advantages, ratio * advantages)).mean()
        for fact, rows in {"ratio clipped above": above, "ratio clipped below": below, "ratio within": ~(above | below)}.items():
            self.facts |= {fact} if rows.any() else set()
        if "clipRangeVf" in s:
            moved, limit = values - b["oldValues"], s["clipRangeVf"]
            for fact, rows in {"value clipped above": moved > limit, "value clipped below": moved < -limit,
                               "value within": moved.abs() <= limit}.items():
                self.facts |= {fact} if rows.any() else set()
            values = b["oldValues"] + torch.where(moved > limit, limit, torch.where(moved < -limit, -limit, moved))
        value = ((values - b["returns"])**2).mean()
        loss = policy - s["entCoef"] * entropy + s["vfCoef"] * value
        kl = (ratio - 1 - change).mean()
        losses = {
            "loss": loss, "policyLoss": policy, "valueLoss": value, "entropyLoss": -entropy, "approxKL": kl,
            "clipFraction": ((ratio - 1).abs() > clip).float().mean(),
            "explainedVariance": 1 - (b["returns"] - b["oldValues"]).var() / b["returns"].var()}
        if "targetKl" in s and kl > 1.5 * s["targetKl"]:
            self.facts.add("stopped")
        else:
            losses["gradientNorm"] = self.descend(loss, None, s["maxGradNorm"])
            self.facts.add("clipped" if losses["gradientNorm"] > s["maxGradNorm"] else "not clipped")
        if "log_std" in self.w and s["algorithm"] == "PPO":
            losses["std"] = self.w["log_std"].exp().mean()
        return losses

    maskableppo = ppo

    def run(self):
        fixed = ("_target", "running_", "num_batches")
        self.w = {name: t.requires_grad_(not any(part in name for part in fixed)) for name, t in self.w.items()}
        worst = {}
        for self.step, batch in enumerate(self.case["batches"], 1):
            b = {key: torch.tensor(value) for key, value in batch.items()}
            b["next"] = b.pop("nextObservations", None)
            losses = getattr(self, self.settings["algorithm"].lower())(b)
            logged = dict(self.case["losses"][self.step - 1])
            assert logged.pop("updates") == self.step and set(logged) == set(losses)
            errors = [abs(torch.as_tensor(losses[key]).item() - logged[key]) / max(1, abs(logged[key])) for key in logged]
            worst["losses"] = max(errors + [worst.get("losses", 0)])
            if self.step in (1, STEPS):
                key = f"after{self.step}"
                expected = self.tensors(key)
                if "log" in self.w:
                    expected["log"] = torch.tensor([self.case["logEntCoef"][key]])
                assert set(expected) == set(self.w)
                worst[key] = max(float((self.w[name] - t).detach().abs().max()) for name, t in expected.items())
        assert all(error < 2e-6 for error in worst.values()), worst
        return worst


Check.FACTS |= {
    name: Check.RATIOS | (Check.VALUES if "clip_range_vf" in arguments else set())
    | {"clipped" if arguments["max_grad_norm"] < 1 else "not clipped"} | ({"stopped"} if "target_kl" in arguments else set())
    for name, (algorithm, arguments, *_) in CASES.items() if algorithm in ON_POLICY}


def check():
    cases = json.loads(PATH.read_text())
    assert set(cases) == set(CASES)
    for name, case in cases.items():
        run = Check(case)
        print(name, {key: f"{error:.1e}" for key, error in run.run().items()})
        assert run.facts == Check.FACTS[name], run.facts ^ Check.FACTS[name]
    change = max(abs(x - y) for key in cases["dqn"]["after4"] for x, y in
                 zip(cases["dqn"]["after4"][key]["values"], cases["dqn-clipped"]["after4"][key]["values"]))
    print(f"clipping changes a weight of dqn by up to {change:.1e}")


if sys.argv[1:] == ["--check"]:
    check()
else:
    made = {name: make_case(*case) for name, case in CASES.items()}
    contents = file_text(made)
    for name, case in made.items():  # nothing is lost in printing
        read = json.loads(contents)[name]
        for key in ("before", "after1", f"after{STEPS}"):
            for tensor, value in case[key].items():
                assert torch.equal(torch.tensor(read[key][tensor]["values"]).reshape(read[key][tensor]["shape"]), value)
        for batch, values in zip(read["batches"], case["batches"]):
            assert all(torch.equal(torch.tensor(batch[k]), v.to(torch.tensor(batch[k]).dtype)) for k, v in values.items())
    PATH.write_text(contents)
