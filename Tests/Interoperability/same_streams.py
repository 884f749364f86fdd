"""Are the agents Stable-Baselines3's, number for number, if both draw the same random numbers?

    pip install stable-baselines3==2.9.2 sb3-contrib==2.9.2 torch==2.13.0 gymnasium==1.4.0 numpy==2.4.6 safetensors==0.8.0 h5py
    swift build -c release --product rlgym
    python same_streams.py [CASE...] [--program rlgym]     compares; the exit code is 1 if a bound is exceeded
    python same_streams.py [CASE...] --self-test           shows that every setting of every case matters; takes minutes

Each case is a short training with `rlgym train` and the same one with Stable-Baselines3's own `learn()`, whose initial weights,
action draws, batches and noise are replaced by those of rlgym. A row of the table says how many steps and updates were made, how
many of the episodes in the replay buffer ended and how many of these ended by a time limit, and the largest differences in the end:
of the observations (and next ones), actions and rewards in the replay buffer, and of all that was learned (weights, target
weights, entropy coefficient, statistics of observations and rewards, priorities). `equal` says whether the flags in the buffer, its
state, the steps and the updates are the same. PPO has no replay buffer: all steps of its training are compared instead, as
`--log-rollouts` keeps them and as Stable-Baselines3's environments saw them. Nothing is left to differ but rounding, so the bounds
are about ten times what is seen.

Random numbers: an agent's streams are NumPy's `default_rng(SeedSequence(seed, spawn_key=(key, i)))`, the key being the bytes of the
agent's name in capitals and i = 0 for weights, 1 for actions, 2 for the replay buffer and the noise of updates, or for the order of
PPO's minibatches. The first word of i = 3 is the seed of the first environment; the others count up, as in `make_vec_env`. PPO's orthogonal weights are normal numbers made orthonormal one vector after the other; its choices are where a
uniform number of 24 bits falls among the cumulated probabilities; its orders are Fisher and Yates's.

What is not as Stable-Baselines3 has it, beside the source of random numbers, and therefore replaced:
- DQN: Stable-Baselines3 tosses one coin for the random actions of all environments, rlgym one for each.
- SAC: Stable-Baselines3 adds 1e-6 to 1 - tanh² in the density of an action, and rlgym does not. (With this left as it is, the
  weights differ by 3e-2 in the end of the case `sac`.) In `sac-gsde` it is left, as the actions are far from the bounds.
- SAC and PPO with state-dependent exploration and an interval: Stable-Baselines3 draws the first noise of a round twice.

Double and dueling networks, squared losses, layer normalization and prioritized replay, which Stable-Baselines3's DQN lacks, are
added to it here in plain PyTorch (ExtendedDQN).

Not compared, as the two differ:
- SAC's `target_update_interval` counts the updates within each call of `train` in Stable-Baselines3, and so does nothing with one
  update a round; rlgym counts all updates.
- Where the budget is not a multiple of the steps of a round, a schedule that falls to 0 gets below it in Stable-Baselines3's last
  round, and rlgym's ends at 0.
- What PPO logs: with several epochs, rlgym's `approx_kl` is the mean over all of them and its `loss` the mean over all minibatches;
  Stable-Baselines3's are those of the last epoch and the last minibatch.

The self-test trains with Stable-Baselines3 once for each setting, with another value than rlgym's (a fifth less, or a few more of
what is counted, as a discount of 0.79 and a return of three steps instead of one), and demands that the comparison fails, but for
the settings that are known to be idle in a case.
"""

import argparse
import contextlib
import dataclasses
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings
from unittest import mock

import gymnasium as gym
import h5py
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file
from sb3_contrib import MaskablePPO
from stable_baselines3 import DQN, PPO, SAC, TD3
from stable_baselines3.common.buffers import NStepReplayBuffer
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.noise import NormalActionNoise, OrnsteinUhlenbeckActionNoise
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.vec_env import VecEnvWrapper, VecNormalize
from stable_baselines3.dqn.policies import DQNPolicy, QNetwork
from torch import nn

root = pathlib.Path(__file__).resolve().parents[2]
torch.set_num_threads(1)
warnings.filterwarnings("ignore", message="You have specified a mini-batch size")


@dataclasses.dataclass
class Case:
    agent: str
    environment: str
    steps: int
    settings: dict  # by rlgym's names; all others have their defaults, which are Stable-Baselines3's
    transitions: float  # the bound of differences in the replay buffer, or in all steps
    learned: float  # the bound of differences in what is learned
    environments: int = 1
    seeds: tuple = (4,)
    idle: tuple = ()  # settings of which it makes no difference if they are a little different


# In CartPole the transitions depend on nothing but the discrete actions: the bound of 1e-6 means that all actions are the same.
# Pendulum's observations reach 8 and its rewards -16, and it amplifies the rounding errors of actions: its bounds are larger where
# the training is longer. By how much depends on the start states: over the seeds 1 to 12 a case ends with differences from 2e-6 to 8e-2,
# and two trainings of Stable-Baselines3's, of which one has an initial weight that differs by one unit in the last place, with some
# up to 4e-2. The seeds are of those that amplify little. Priorities are errors to the power of 0.6, which magnifies what is near 0.
SMALL = {"widths": [32, 32], "learningRate": 1e-3}
ACTOR_CRITIC = {"actorWidths": [32, 32], "criticWidths": [32, 32], "learningRate": 1e-3, "batchSize": 33}
EXTENDED = SMALL | {
    "batchSize": 17, "bufferSize": 150, "learningStarts": 60, "trainFrequency": 2, "gradientSteps": 3, "returnSteps": 3,
    "targetUpdateInterval": 12, "explorationFraction": 0.5}
SMALL_PPO = {"policyWidths": [32, 32], "valueWidths": [32], "rolloutSteps": 128, "batchSize": 60, "epochs": 5, "learningRate": 1e-3}
CASES = {
    # The buffer overflows; a learning rate that falls, slow targets, clipped gradients, as many updates as steps.
    "dqn": Case("dqn", "CartPole-v1", 600, SMALL | {
        "learningRate": "linear(2e-3, 0)", "batchSize": 17, "bufferSize": 203, "learningStarts": 100, "trainFrequency": 2,
        "gradientSteps": -1, "returnSteps": 4, "targetUpdateInterval": 12, "tau": 0.3, "explorationFraction": 0.5,
        "explorationEnd": 0.1, "maxGradientNorm": 0.5, "discount": 0.97}, 1e-6, 5e-6, environments=5, seeds=(3,)),
    # rl-zoo's settings as in compare.py, but exploration falls over the whole of this training. Its larger networks and steps magnify
    # rounding more, which decides a greedy action some hundred steps later (seed 2 with 1,664 steps, in Stable-Baselines3 too if an
    # initial weight is changed by one unit in the last place). Targets are copied 25 times between rounds of updates.
    "dqn-zoo": Case("dqn", "CartPole-v1", 1536, {
        "learningRate": 2.3e-3, "batchSize": 64, "bufferSize": 100000, "learningStarts": 1000, "discount": 0.99,
        "targetUpdateInterval": 10, "trainFrequency": 256, "gradientSteps": 128, "explorationFraction": 1.0,
        "explorationEnd": 0.04, "widths": [256, 256]}, 1e-6, 1e-4, seeds=(1, 2, 3),
        idle=("bufferSize", "targetUpdateInterval", "tau")),
    "dqn-double-squared": Case("dqn", "CartPole-v1", 420, EXTENDED | {"isDouble": True, "usesSquaredLoss": True},
                               1e-6, 1e-5, environments=2, seeds=(3,)),
    "dqn-double-dueling": Case("dqn", "CartPole-v1", 420, EXTENDED | {"isDouble": True, "isDueling": True},
                               1e-6, 5e-6, environments=2, seeds=(3,)),
    "dqn-prioritized": Case("dqn", "CartPole-v1", 420, EXTENDED | {"prioritizedReplay": True},
                            1e-6, 2e-4, environments=2, seeds=(3,)),
    "dqn-everything": Case("dqn", "CartPole-v1", 420, EXTENDED | {
        "prioritizedReplay": True, "isDouble": True, "isDueling": True, "normalizeLayers": True, "usesSquaredLoss": True,
        "returnSteps": 5}, 1e-6, 4e-4, environments=2, seeds=(3,)),
    # The defaults.
    "sac": Case("sac", "Pendulum-v1", 320, {}, 2e-5, 5e-6, seeds=(8,)),
    # The logarithm of the entropy coefficient, which Stable-Baselines3 has in single precision, goes from -2.30 to -2.43.
    "sac-n-step": Case("sac", "Pendulum-v1", 900, ACTOR_CRITIC | {
        "learningRate": "linear(1e-3, 0)", "bufferSize": 500, "learningStarts": 200, "trainFrequency": 2, "gradientSteps": 3,
        "returnSteps": 3, "entropyCoefficient": "auto(0.1)", "targetEntropy": -2.0, "tau": 0.02}, 2e-3, 4e-5, environments=3),
    "sac-fixed": Case("sac", "MountainCarContinuous-v0", 400, ACTOR_CRITIC | {"entropyCoefficient": 0.1, "returnSteps": 2},
                      2e-6, 2e-6),
    "sac-gsde": Case("sac", "Pendulum-v1", 480, ACTOR_CRITIC | {
        "trainFrequency": 8, "gradientSteps": 4, "stateDependentExploration": True, "explorationInterval": 3},
        3e-5, 2e-6, environments=2, seeds=(16,)),
    "sac-normalized": Case("sac", "Pendulum-v1", 420, ACTOR_CRITIC | {"normalizeObservations": True}, 5e-5, 1e-5, environments=3),
    "td3": Case("td3", "Pendulum-v1", 900, ACTOR_CRITIC | {
        "bufferSize": 500, "learningStarts": 200, "explorationNoise": 0.3, "noiseProcess": "ornsteinUhlenbeck", "returnSteps": 3,
        "discount": 0.98, "gradientSteps": 2}, 2e-3, 5e-5, environments=3),
    # TD3 as DDPG. After about 290 steps the trainings part (3e-2 in the weights at 420 steps). So do two of Stable-Baselines3's of
    # which one has initial weights that differ by one unit in the last place, and by as much.
    "ddpg": Case("td3", "Pendulum-v1", 260, ACTOR_CRITIC | {
        "criticCount": 1, "policyDelay": 1, "targetNoise": 0.0, "explorationNoise": 0.1}, 2e-4, 7e-6, idle=("targetNoiseClip",)),
    # The defaults, in two rollouts. Within the 640 minibatches of an update some ratio may come so near to the edge of the clip range
    # (2e-6 with seed 1 in CartPole) that rounding decides whether it counts, and then weights part by 1e-4. With these seeds the
    # nearest is 1e-5 away. In all other cases the last minibatch of a pass is smaller.
    "ppo": Case("ppo", "CartPole-v1", 8192, {}, 1e-6, 5e-5, environments=2, seeds=(5,)),
    "ppo-pendulum": Case("ppo", "Pendulum-v1", 8192, {}, 6e-2, 2e-5, environments=2, seeds=(7,)),
    "ppo-clipped": Case("ppo", "CartPole-v1", 2048, SMALL_PPO | {
        "learningRate": "linear(2e-3, 0)", "clipRange": "linear(0.2, 0)", "valueClipRange": 0.5, "maxGradientNorm": 0.1,
        "entropyCoefficient": 0.02, "valueCoefficient": 0.7, "normalizeAdvantage": False, "discount": 0.97, "gaeLambda": 0.9},
        1e-6, 1e-6, environments=4, seeds=(3,)),
    "ppo-stopped": Case("ppo", "Pendulum-v1", 1536, SMALL_PPO | {"targetKL": 0.005, "initialLogDeviation": -0.5},
                        2e-4, 2e-6, environments=3, seeds=(3,)),
    "ppo-normalized": Case("ppo", "Pendulum-v1", 1152, SMALL_PPO | {
        "normalizeObservations": True, "normalizeRewards": True, "discount": 0.9}, 5e-5, 5e-5, environments=3, seeds=(3,)),
    "ppo-gsde": Case("ppo", "Pendulum-v1", 1024, SMALL_PPO | {
        "stateDependentExploration": True, "explorationInterval": 4, "activation": "relu", "orthogonalInitialization": False},
        7e-4, 2e-6, environments=2, seeds=(3,)),
    # With Stable-Baselines3's maskable PPO.
    "ppo-masked": Case("ppo", "Taxi-v4", 1536, SMALL_PPO | {"entropyCoefficient": 0.01, "learningRate": 5e-3},
                       1e-6, 5e-6, environments=3, seeds=(3,)),
}

# rlgym's names of settings and Stable-Baselines3's names of arguments.
ARGUMENTS = {
    "learningRate": "learning_rate", "bufferSize": "buffer_size", "learningStarts": "learning_starts", "batchSize": "batch_size",
    "tau": "tau", "discount": "gamma", "trainFrequency": "train_freq", "gradientSteps": "gradient_steps", "returnSteps": "n_steps",
    "targetUpdateInterval": "target_update_interval", "explorationFraction": "exploration_fraction",
    "explorationEnd": "exploration_final_eps", "maxGradientNorm": "max_grad_norm", "entropyCoefficient": "ent_coef",
    "targetEntropy": "target_entropy", "policyDelay": "policy_delay", "targetNoise": "target_policy_noise",
    "targetNoiseClip": "target_noise_clip", "stateDependentExploration": "use_sde", "explorationInterval": "sde_sample_freq",
    "rolloutSteps": "n_steps", "epochs": "n_epochs", "gaeLambda": "gae_lambda", "clipRange": "clip_range",
    "valueClipRange": "clip_range_vf", "normalizeAdvantage": "normalize_advantage", "valueCoefficient": "vf_coef",
    "targetKL": "target_kl",
}


# MARK: Random numbers


class Streams:
    """The random numbers of an rlgym agent."""

    def __init__(self, case, seed):
        key = int.from_bytes(case.agent.upper().encode())
        self.weights, self.actions, self.replay = (
            np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(key, i))) for i in range(3))
        self.environment_seed = int(np.random.SeedSequence(seed, spawn_key=(key, 3)).generate_state(1, np.uint64)[0])
        self.environments = case.environments
        self.drawn = None

    def slots(self, low, high, size):
        """Instead of `np.random.randint`, which replay buffers call for rows and then for environments: rlgym draws both at once."""
        if self.drawn is None:
            slots = self.replay.integers(high * self.environments, size=size)
            self.drawn = slots % self.environments
            return slots // self.environments
        drawn, self.drawn = self.drawn, None
        return drawn

    def order(self, count):
        """Instead of `np.random.permutation`, which rollout buffers call: they keep transitions environment by environment."""
        words = self.replay.integers(1 << 32, size=count - 1, dtype=np.uint32)
        order = np.arange(count)
        for i, word in zip(range(count - 1, 0, -1), words.tolist()):
            j = word * (i + 1) >> 32
            order[i], order[j] = order[j], order[i]
        steps, environments = np.divmod(order, self.environments)
        return environments * (count // self.environments) + steps


def tensor(numbers):
    return torch.tensor(numbers, dtype=torch.float32)


def initialize(policy, streams):
    """Gives the networks the initial weights of rlgym: uniform up to 1/√inputs, laid out [inputs, outputs]."""
    for name in ("q_net", "actor", "critic"):
        network = getattr(policy, name, None)
        for layer in network.modules() if network else ():
            if isinstance(layer, nn.Linear):
                bound = 1 / np.sqrt(layer.in_features)
                weights = streams.weights.uniform(-bound, bound, (layer.in_features, layer.out_features))
                layer.weight.data = tensor(weights.T.copy())
                layer.bias.data = tensor(streams.weights.uniform(-bound, bound, layer.out_features))
        if hasattr(policy, name + "_target"):
            getattr(policy, name + "_target").load_state_dict(network.state_dict())


def orthogonal(inputs, outputs, gain, stream):
    """Weights [inputs, outputs] of rlgym: normal numbers, made orthonormal by Gram and Schmidt's method."""
    basis = np.zeros((min(inputs, outputs), max(inputs, outputs)))
    for i in range(len(basis)):
        vector = stream.normal(size=basis.shape[1])
        for _ in range(2):
            for other in basis[:i]:
                vector -= (vector @ other) * other
        basis[i] = vector / np.linalg.norm(vector)
    return float(np.float32(gain)) * (basis if inputs <= outputs else basis.T)


def initialize_on_policy(policy, streams):
    """The same for PPO: orthogonal with zero biases, or uniform."""
    extractor = policy.mlp_extractor
    for network, gain in ((extractor.policy_net, np.sqrt(2)), (policy.action_net, 0.01), (extractor.value_net, np.sqrt(2)),
                          (policy.value_net, 1)):
        for layer in network.modules():
            if isinstance(layer, nn.Linear):
                inputs, outputs = layer.in_features, layer.out_features
                bound = 1 / np.sqrt(inputs)
                if policy.ortho_init:
                    weights, bias = orthogonal(inputs, outputs, gain, streams.weights), np.zeros(outputs)
                else:
                    weights = streams.weights.uniform(-bound, bound, (inputs, outputs))
                    bias = streams.weights.uniform(-bound, bound, outputs)
                layer.weight.data, layer.bias.data = tensor(weights.T.copy()), tensor(bias)


# MARK: Patches of Stable-Baselines3


@contextlib.contextmanager
def patched(model, streams):
    """Stable-Baselines3 with rlgym's random numbers."""
    with contextlib.ExitStack() as stack:
        def patch(target, name, new):
            stack.enter_context(mock.patch.object(target, name, new))

        patch(np.random, "randint", streams.slots)
        if isinstance(model, DQN):
            patch_dqn(model, streams, patch)
        elif isinstance(model, OnPolicyAlgorithm):
            patch_ppo(model, streams, patch)
        else:
            patch_random_actions(model.action_space, streams, patch)
            (patch_td3 if isinstance(model, TD3) else patch_sde if model.use_sde else patch_sac)(model, streams, patch)
        yield


def patch_dqn(model, streams, patch):
    predict = model.predict

    def random_action():
        if model.num_timesteps < model.learning_starts:
            streams.actions.random()  # rlgym tosses its coin at the start, too.
        return streams.actions.integers(model.action_space.n)

    def predict_each(observations, deterministic):
        return np.concatenate([predict(row[None], deterministic=deterministic)[0] for row in observations]), None

    patch(np.random, "rand", streams.actions.random)
    patch(model.action_space, "sample", random_action)
    patch(model, "predict", predict_each)


def patch_random_actions(space, streams, patch):
    def random_action():
        scaled = streams.actions.uniform(-1, 1, space.shape).astype(np.float32)
        return space.low + np.float32(0.5) * (scaled + 1) * (space.high - space.low)

    patch(space, "sample", random_action)


def patch_sac(model, streams, patch):
    distribution = model.actor.action_dist
    next_noise = []

    def noise(shape):
        if not model.policy.training:
            return streams.actions.normal(size=shape)
        # Stable-Baselines3 asks for the noise at the observations and then at the next ones. rlgym draws the latter first.
        if next_noise:
            return next_noise.pop()
        next_noise.append(streams.replay.normal(size=shape))
        return streams.replay.normal(size=shape)

    def log_probability(actions, gaussian_actions):
        x = gaussian_actions
        return (distribution.distribution.log_prob(x) - 2 * (np.log(2) - x - F.softplus(-2 * x))).sum(1)

    patch(torch.distributions.Normal, "rsample", lambda normal: normal.loc + normal.scale * tensor(noise(normal.loc.shape)))
    patch(distribution, "log_prob", log_probability)


def patch_sde(model, streams, patch):
    distribution = (model.policy if isinstance(model, PPO) else model.actor).action_dist
    drawn_at = None

    def sample_weights(log_std, batch_size=1):
        nonlocal drawn_at
        if not model.policy.training:
            if drawn_at == model.num_timesteps:
                return  # Stable-Baselines3 draws twice at the start of a round.
            drawn_at = model.num_timesteps
        stream = streams.replay if model.policy.training else streams.actions
        deviations = distribution.get_std(log_std)
        distribution.exploration_matrices = deviations * tensor(stream.normal(size=(batch_size, *deviations.shape)))
        distribution.exploration_mat = distribution.exploration_matrices[0]

    patch(distribution, "sample_weights", sample_weights)


def patch_td3(model, streams, patch):
    def action_noise(mean=0, deviation=1, size=None):
        return mean + deviation * streams.actions.normal(size=np.shape(mean) if size is None else size)

    def target_noise(noise, mean, deviation):
        # rlgym draws nothing if there is to be no noise.
        return noise.copy_(tensor(streams.replay.normal(size=noise.shape)) * deviation) if deviation > 0 else noise.zero_()

    patch(np.random, "normal", action_noise)
    patch(torch.Tensor, "normal_", target_noise)


def patch_ppo(model, streams, patch):
    def normal(distribution):
        return distribution.loc + distribution.scale * tensor(streams.actions.normal(size=distribution.loc.shape))

    def choice(distribution):
        logits = distribution.logits.numpy()
        weights = np.exp(logits - logits.max(1, keepdims=True)).cumsum(1)
        draws = np.floor(streams.actions.random((len(logits), 1)) * 2**24).astype(np.float32) / np.float32(2**24)
        return torch.tensor((weights <= draws * weights[:, -1:]).sum(1))

    patch(np.random, "permutation", streams.order)
    if model.use_sde:
        patch_sde(model, streams, patch)
    else:
        patch(torch.distributions.Normal, "rsample", normal)
        patch(torch.distributions.Categorical, "sample", choice)


# MARK: What Stable-Baselines3's DQN lacks


class ExtendedNetwork(QNetwork):
    """Layers normalized before their activations, and a value apart from the advantages, with rlgym's names."""

    def __init__(self, *, normalizes, duels, **arguments):
        super().__init__(**arguments)
        if normalizes:
            *body, head = self.q_net
            layers = []
            for layer in body:
                layers += [layer, nn.LayerNorm(layer.out_features)] if isinstance(layer, nn.Linear) else [layer]
            self.q_net = nn.Sequential(*layers, head)
        self.value_net = nn.Linear(self.q_net[-1].in_features, 1) if duels else None

    def forward(self, observations):
        if self.value_net is None:
            return super().forward(observations)
        features = self.q_net[:-1](observations)
        advantages = self.q_net[-1](features)
        return advantages - advantages.mean(1, keepdim=True) + self.value_net(features)


class ExtendedPolicy(DQNPolicy):
    def __init__(self, *arguments, normalizes, duels, **named):
        self.extensions = {"normalizes": normalizes, "duels": duels}
        super().__init__(*arguments, **named)

    def make_q_net(self):
        return ExtendedNetwork(**self._update_features_extractor(self.net_args, None), **self.extensions)


class PrioritizedReplayBuffer(NStepReplayBuffer):
    """Draws by priority, one transition from each equal share of the sum (Schaul et al. 2016), with rlgym's default α of 0.6."""

    def __init__(self, *arguments, streams, **named):
        super().__init__(*arguments, **named)
        self.streams = streams
        self.priorities = np.zeros((self.buffer_size, self.n_envs))
        self.largest = 1.0

    def add(self, *transitions):
        self.priorities[self.pos] = self.largest
        super().add(*transitions)

    def sample_prioritized(self, batch_size, correction):
        """A batch, and its importance weights [batch, 1]."""
        priorities = self.priorities[:self.size()].ravel()
        share = priorities.sum() / batch_size
        places = (np.arange(batch_size) + self.streams.replay.random(batch_size)) * share
        slots = np.minimum(np.searchsorted(priorities.cumsum(), places, side="right"), len(priorities) - 1)
        weights = (priorities[slots] / share) ** -correction
        rows, self.streams.drawn = np.divmod(slots, self.n_envs)
        self.slots = slots
        return self._get_samples(rows), tensor(weights / weights.max())[:, None]

    def prioritize(self, errors):
        priorities = (np.abs(errors.astype(np.float64)) + 1e-6) ** 0.6
        self.priorities.ravel()[self.slots] = priorities  # The last one counts if a transition was drawn twice.
        self.largest = max(self.largest, priorities.max())


class ExtendedDQN(DQN):
    is_double = False
    uses_squared_loss = False

    def train(self, gradient_steps, batch_size=100):
        self._update_learning_rate(self.policy.optimizer)
        is_prioritized = isinstance(self.replay_buffer, PrioritizedReplayBuffer)
        for _ in range(gradient_steps):
            if is_prioritized:
                # rlgym's default β rises from 0.4 to 1.
                batch, weights = self.replay_buffer.sample_prioritized(batch_size, 1 - 0.6 * self._current_progress_remaining)
            else:
                batch, weights = self.replay_buffer.sample(batch_size), 1
            with torch.no_grad():
                target_values = self.q_net_target(batch.next_observations)
                choosing = self.q_net(batch.next_observations) if self.is_double else target_values
                next_values = target_values.gather(1, choosing.argmax(1, keepdim=True))
                goals = batch.rewards + (1 - batch.dones) * batch.discounts * next_values
            values = self.q_net(batch.observations).gather(1, batch.actions)
            losses = (F.mse_loss if self.uses_squared_loss else F.smooth_l1_loss)(values, goals, reduction="none")
            self.policy.optimizer.zero_grad()
            (weights * losses).mean().backward()
            nn.utils.clip_grad_norm_(self.policy.parameters(), self.max_grad_norm)
            self.policy.optimizer.step()
            if is_prioritized:
                self.replay_buffer.prioritize((values - goals).detach().numpy()[:, 0])
        self._n_updates += gradient_steps


# MARK: Steps of a training with PPO


@dataclasses.dataclass
class Steps:
    """All steps of a training, one environment after the other."""

    observations: np.ndarray
    next_observations: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    ended: np.ndarray
    timeouts: np.ndarray

    def flags(self):
        return np.stack([self.ended, self.timeouts])


class Recorder(VecEnvWrapper):
    """Keeps what happens in the environments of Stable-Baselines3."""

    def __init__(self, venv):
        super().__init__(venv)
        self.rows = [[] for _ in range(venv.num_envs)]

    def reset(self):
        self.current = self.venv.reset()
        return self.current

    def step_async(self, actions):
        self.actions = actions.copy()
        self.venv.step_async(actions)

    def step_wait(self):
        observations, rewards, dones, infos = self.venv.step_wait()
        for i, info in enumerate(infos):
            following = info["terminal_observation"] if dones[i] else observations[i]
            self.rows[i].append((self.current[i], following, self.actions[i], rewards[i], dones[i], info["TimeLimit.truncated"]))
        self.current = observations
        return observations, rewards, dones, infos

    def steps(self):
        return Steps(*(np.array(column) for column in zip(*(row for rows in self.rows for row in rows))))


def read_steps(folder):
    """The steps that rlgym's training has logged."""
    episodes = []
    for path in sorted((folder / "rollouts/data").glob("shard_*.hdf5")):
        with h5py.File(path) as file:
            for episode in file.values():
                terminated, truncated = (episode[name][:] for name in ("terminations", "truncations"))
                observations = episode["observations"][:]
                if "rlgym_unfinished" in episode.attrs:
                    truncated[-1] = False  # where the training ended
                place = episode.attrs["rlgym_origin_seed"], episode.attrs["rlgym_origin_index"]
                episodes.append((place, (
                    observations[:-1], observations[1:], episode["actions"][:], episode["rewards"][:], terminated | truncated,
                    truncated & ~terminated)))
    episodes.sort(key=lambda episode: episode[0])
    return Steps(*map(np.concatenate, zip(*(arrays for _, arrays in episodes))))


# MARK: Trainings


def train_rlgym(program, case, seed, folder):
    """Trains with rlgym. Returns the tensors of the checkpoint at the end, and PPO's steps as `steps`."""
    output = pathlib.Path(folder) / "run"
    command = [program, "train", case.agent, case.environment, "--no-preset", "--steps", str(case.steps), "--seed", str(seed),
               "--envs", str(case.environments), "--threads", "1", "--evaluate-every", "1000000", "--no-progress", "--json",
               "--output", str(output)] + (["--log-rollouts"] if case.agent == "ppo" else [])
    for name, value in case.settings.items():
        command += ["--set", f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(result.stderr)
    checkpoint = max((output / "checkpoints").iterdir())
    run = load_file(checkpoint / "policy.safetensors") | load_file(checkpoint / "training.safetensors")
    return run | ({"steps": read_steps(output)} if case.agent == "ppo" else {})


def translated(value):
    """A setting as Stable-Baselines3 has it: `linear(start, 0)` is a function of what is left, and `auto(start)` is `auto_start`."""
    match = re.fullmatch(r"(linear|auto)\((.*)\)", str(value))
    if match is None:
        return value
    start = float(match[2].split(",")[0])
    return (lambda remaining: start * remaining) if match[1] == "linear" else f"auto_{start}"


def make_action_noise(settings, size):
    process = {"gaussian": NormalActionNoise, "ornsteinUhlenbeck": OrnsteinUhlenbeckActionNoise}
    deviation = settings.get("explorationNoise", 0)
    return process[settings.get("noiseProcess", "gaussian")](np.zeros(size), np.full(size, deviation)) if deviation > 0 else None


def make_dqn(arguments, settings, env, streams):
    model = DQN
    policy = "MlpPolicy"
    network = {"net_arch": settings["widths"]}
    extensions = {"isDouble", "isDueling", "usesSquaredLoss", "normalizeLayers", "prioritizedReplay"}
    if extensions & settings.keys():
        model, policy = ExtendedDQN, ExtendedPolicy
        network |= {"normalizes": settings.get("normalizeLayers", False), "duels": settings.get("isDueling", False)}
        if settings.get("prioritizedReplay"):
            arguments["replay_buffer_class"] = PrioritizedReplayBuffer
            arguments["replay_buffer_kwargs"] = {
                "streams": streams, "n_steps": arguments.pop("n_steps"), "gamma": settings.get("discount", 0.99)}
    model = model(policy, env, policy_kwargs=network, **arguments)
    model.is_double = settings.get("isDouble", False)
    model.uses_squared_loss = settings.get("usesSquaredLoss", False)
    return model


def make_actor_critic(arguments, settings, case, env):
    network = {}
    if "actorWidths" in settings:
        network["net_arch"] = {"pi": settings["actorWidths"], "qf": settings["criticWidths"]}
    if case.agent == "sac":
        return SAC("MlpPolicy", env, policy_kwargs=network, **arguments)
    network["n_critics"] = settings.get("criticCount", 2)
    noise = make_action_noise(settings, env.action_space.shape[0])
    return TD3("MlpPolicy", env, policy_kwargs=network, action_noise=noise, **arguments)


class Masks(gym.Wrapper):
    """Masks where maskable PPO looks for them."""

    def action_masks(self):
        env = self.env.unwrapped
        return env.action_mask(env.s)


def is_masked(case):
    return case.agent == "ppo" and case.environment.startswith("Taxi")


def make_ppo(arguments, settings, case, env):
    network = {"net_arch": {"pi": settings.get("policyWidths", [64, 64]), "vf": settings.get("valueWidths", [64, 64])}}
    network["activation_fn"] = {"tanh": nn.Tanh, "relu": nn.ReLU}[settings.get("activation", "tanh")]
    network["ortho_init"] = settings.get("orthogonalInitialization", True)
    if is_masked(case):
        return MaskablePPO("MlpPolicy", env, policy_kwargs=network, **arguments)
    network["log_std_init"] = settings.get("initialLogDeviation", 0.0)
    return PPO("MlpPolicy", env, policy_kwargs=network, **arguments)


def train_sb3(case, seed, settings):
    """Trains with Stable-Baselines3 and rlgym's random numbers. Returns the model."""
    streams = Streams(case, seed)
    env = make_vec_env(case.environment, n_envs=case.environments, wrapper_class=Masks if is_masked(case) else None)
    if case.agent == "ppo":
        env = Recorder(env)
    normalized = {"norm_obs": settings.get("normalizeObservations", False), "norm_reward": settings.get("normalizeRewards", False)}
    if any(normalized.values()):
        env = VecNormalize(env, gamma=settings.get("discount", 0.99), **normalized)
    arguments = {ARGUMENTS[name]: translated(value) for name, value in settings.items() if name in ARGUMENTS}
    arguments |= {"device": "cpu", "seed": seed}
    if case.agent == "dqn":
        model = make_dqn(arguments, settings, env, streams)
    elif case.agent == "ppo":
        model = make_ppo(arguments, settings, case, env)
    else:
        model = make_actor_critic(arguments, settings, case, env)
    (initialize_on_policy if case.agent == "ppo" else initialize)(model.policy, streams)
    # The model has given them its own seed.
    env.seed(streams.environment_seed)
    with patched(model, streams):
        model.learn(case.steps)
    return model


# MARK: Comparison


@dataclasses.dataclass
class Comparison:
    steps: int
    updates: int
    ended: int
    timeouts: int
    observations: float
    actions: float
    rewards: float
    is_equal: bool
    learned: float
    where: str

    def is_within(self, case):
        transitions = (self.observations, self.actions, self.rewards)
        return self.is_equal and all(x <= case.transitions for x in transitions) and self.learned <= case.learned


def difference(a, b):
    """The largest one between two arrays; infinite if they don't have as many numbers."""
    return float(np.abs(a.ravel() - b.ravel()).max()) if a.size == b.size else np.inf


def learned_by_sb3(model):
    numbers = {name: value.numpy() for name, value in model.policy.state_dict().items()}
    if isinstance(model, SAC) and model.log_ent_coef is not None:
        numbers["log_ent_coef"] = model.log_ent_coef.detach().numpy()
    if (env := model.get_vec_normalize_env()) is not None:
        statistics = ({"observations": env.obs_rms} if env.norm_obs else {}) | ({"rewards": env.ret_rms} if env.norm_reward else {})
        for name, rms in statistics.items():
            numbers |= {f"{name}.count": np.array(rms.count), f"{name}.mean": rms.mean, f"{name}.variance": rms.var}
        if env.norm_reward:
            numbers["discounted"] = env.returns
    buffer = getattr(model, "replay_buffer", None)
    if isinstance(buffer, PrioritizedReplayBuffer):
        numbers["priorities"] = np.append(buffer.priorities[:buffer.size()], buffer.largest)
    return numbers


def learned_by_rlgym(run, names):
    """The same of rlgym's; the policy's tensors have Stable-Baselines3's names."""
    places = {"log_ent_coef": "optimizer/log_ent_coef", "priorities": "replay/priorities", "discounted": "collector/discounted"}
    places |= {f"rewards.{name}": f"collector/rewards.{name}" for name in ("count", "mean", "variance")}
    numbers = {name: run[places.get(name, name)] for name in names if places.get(name, name) in run}
    if "log_ent_coef" in numbers:
        numbers["log_ent_coef"] = numbers["log_ent_coef"][:1]  # The optimizer's state follows.
    return numbers


def compare(model, run):
    """A model of Stable-Baselines3's and a run of rlgym's."""
    names = ("observations", "next_observations", "actions", "rewards")
    if isinstance(model, OnPolicyAlgorithm):
        env = model.env
        while not isinstance(env, Recorder):
            env = env.venv
        ours, theirs = run["steps"], env.steps()
        seen = {name: difference(getattr(ours, name), getattr(theirs, name)) for name in names}
        is_equal = np.array_equal(ours.flags(), theirs.flags())
        ended, timeouts = theirs.ended, theirs.timeouts
    else:
        buffer = model.replay_buffer
        rows = buffer.size()
        seen = {name: difference(run[f"replay/{name}"], getattr(buffer, name)[:rows]) for name in names}
        ended, timeouts = buffer.dones[:rows], buffer.dones[:rows] * buffer.timeouts[:rows]
        is_equal = (
            tuple(run["replay/place"]) == (rows, buffer.pos)
            and np.array_equal(run["replay/flags"], (ended - timeouts + 2 * ended).ravel()))
    is_equal = is_equal and (run["counters"][0], run["counters"][2]) == (model.num_timesteps, model._n_updates)
    theirs = learned_by_sb3(model)
    ours = learned_by_rlgym(run, theirs)
    learned = {name: difference(ours[name], theirs[name]) if name in ours else np.inf for name in theirs}
    where = max(learned, key=learned.get)
    return Comparison(
        steps=model.num_timesteps, updates=model._n_updates, ended=int(ended.sum()), timeouts=int(timeouts.sum()),
        observations=max(seen["observations"], seen["next_observations"]), actions=seen["actions"],
        rewards=seen["rewards"], is_equal=is_equal, learned=learned[where], where=where)


# MARK: Self-test


OFF_POLICY = {"discount": 0.99, "learningStarts": 100, "gradientSteps": 1, "returnSteps": 1}
DEFAULTS = {
    "dqn": OFF_POLICY | {"tau": 1.0},
    "sac": OFF_POLICY | {
        "tau": 0.005, "learningRate": 3e-4, "batchSize": 256, "trainFrequency": 1, "entropyCoefficient": "auto(1.0)"},
    "td3": OFF_POLICY | {"tau": 0.005, "trainFrequency": 1, "policyDelay": 2, "targetNoise": 0.2, "targetNoiseClip": 0.5},
    "ppo": {
        "discount": 0.99, "rolloutSteps": 2048, "batchSize": 64, "epochs": 10, "learningRate": 3e-4, "gaeLambda": 0.95,
        "clipRange": 0.2, "normalizeAdvantage": True, "entropyCoefficient": 0.0, "valueCoefficient": 0.5, "maxGradientNorm": 0.5},
}


def changed(value, case):
    """Another value of a setting, near the one it has."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 2 * case.environments
    if isinstance(value, float):
        return 0.8 * value if value != 0 else 0.1
    if isinstance(value, list):
        return [value[0] + 1, *value[1:]]
    for pair in (("gaussian", "ornsteinUhlenbeck"), ("tanh", "relu")):
        if value in pair:
            return pair[1 - pair.index(value)]
    name, start = value.rstrip(")").split("(")
    return f"{name}({0.8 * float(start)})"


def find_noticed(case, run, seed):
    """Changes each setting in turn on Stable-Baselines3's side. Returns of each whether the comparison finds the difference."""
    settings = DEFAULTS[case.agent] | case.settings
    return {
        name: not compare(train_sb3(case, seed, settings | {name: changed(value, case)}), run).is_within(case)
        for name, value in settings.items()}


# MARK: Commands


def self_test(program, names):
    is_good = True
    for name in names:
        case = CASES[name]
        with tempfile.TemporaryDirectory() as folder:
            noticed = find_noticed(case, train_rlgym(program, case, case.seeds[0], folder), case.seeds[0])
        unexpected = [key for key, value in noticed.items() if value == (key in case.idle)]
        is_good &= not unexpected
        print(f"{name}: {sum(noticed.values())} of {len(noticed)} changed settings noticed"
              + (f"; idle: {', '.join(case.idle)}" if case.idle else "")
              + (f"; UNEXPECTED: {', '.join(unexpected)}" if unexpected else ""), flush=True)
    return is_good


def compare_all(program, names):
    is_good = True
    print(f"{'case':<19} {'seed':>4} {'steps':>5} {'updates':>7} {'ended':>5} {'timeouts':>8} {'obs.':>8} {'actions':>8} "
          f"{'rewards':>8} {'bound':>6} {'equal':>5} {'learned':>8} {'bound':>6}", flush=True)
    for name in names:
        case = CASES[name]
        for seed in case.seeds:
            with tempfile.TemporaryDirectory() as folder:
                run = train_rlgym(program, case, seed, folder)
            c = compare(train_sb3(case, seed, case.settings), run)
            is_good &= c.is_within(case)
            print(f"{name:<19} {seed:>4} {c.steps:>5} {c.updates:>7} {c.ended:>5} {c.timeouts:>8} {c.observations:>8.1e} "
                  f"{c.actions:>8.1e} {c.rewards:>8.1e} {case.transitions:>6.0e} {'yes' if c.is_equal else 'NO':>5} "
                  f"{c.learned:>8.1e} {case.learned:>6.0e}" + ("" if c.is_within(case) else f"  DIFFERS, learned: {c.where}"),
                  flush=True)
    return is_good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--program", default=str(root / ".build/release/rlgym"))
    parser.add_argument("--self-test", action="store_true", help="change each setting on one side: is the difference found?")
    options = parser.parse_args()
    for name in options.cases:
        if name not in CASES:
            parser.error(f"there is no case '{name}'; there are {', '.join(CASES)}")
    is_good = (self_test if options.self_test else compare_all)(options.program, options.cases or list(CASES))
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
