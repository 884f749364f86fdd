"""Trains with Stable-Baselines3 or sbx, as the jobs on standard input say; one JSON line in, one out.

usage: sb3_runner.py sb3|sbx THREADS      (peers.py starts it with the Python that has them; 0 threads: their choice)

`learning` jobs are evaluated as rlgym evaluates: the deterministic policy plays one episode in each of 20
environments of its own, with the same 20 start states at every evaluation, after the update that belongs to the step
count. Their `evaluations.npz` is as EvalCallback writes it, and `0.monitor.csv` as Monitor does. `speed` jobs are not
evaluated; they say when they had taken how many steps.
"""

import pathlib
import sys
import time

from worker import EPISODES, limit_xla, work

library, threads = sys.argv[1], int(sys.argv[2])
if threads and library == "sbx":
    limit_xla()
import gymnasium
import numpy as np
import torch

if threads:
    torch.set_num_threads(threads)
import stable_baselines3
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.noise import NormalActionNoise
from stable_baselines3.common.vec_env import VecNormalize

if library == "sbx":
    import sbx as algorithms
else:
    algorithms = stable_baselines3
versions = {"stable-baselines3": stable_baselines3.__version__, "torch": torch.__version__,
            "gymnasium": gymnasium.__version__, "numpy": np.__version__}
if library == "sbx":
    import jax
    versions |= {"sbx": algorithms.__version__, "jax": jax.__version__}


def make(task, seed, folder):
    """The model and its normalizer, which is `None` without normalization."""
    settings = dict(task["settings"])
    environments = make_vec_env(task["environment"], n_envs=settings.pop("n_envs", 1), seed=seed,
                                monitor_dir=folder)
    normalizer = None
    if settings.pop("normalize", False):
        environments = normalizer = VecNormalize(environments, gamma=settings["gamma"])
    for name, value in settings.items():
        if isinstance(value, str) and value.startswith("lin_"):
            settings[name] = lambda left, first=float(value[4:]): left * first
    if "net_arch" in settings:
        settings["policy_kwargs"] = {"net_arch": settings.pop("net_arch")}
    if "noise_std" in settings:
        size = environments.action_space.shape[0]
        settings["action_noise"] = NormalActionNoise(np.zeros(size), settings.pop("noise_std") * np.ones(size))
    device = {"device": "cpu"} if library == "sb3" else {}
    algorithm = getattr(algorithms, task["agent"].upper())
    return algorithm("MlpPolicy", environments, seed=seed, **device, **settings), normalizer


class Evaluator:
    """Plays an episode in each of some environments."""

    def __init__(self, task, seed):
        self.environments = [gymnasium.make(task["environment"]) for _ in range(EPISODES)]
        self.seed = 1_000_000 + 1_000 * seed

    def play(self, model, normalizer):
        rows = np.stack([environment.reset(seed=self.seed + i)[0] for i, environment in enumerate(self.environments)])
        returns, lengths, is_open = np.zeros(EPISODES), np.zeros(EPISODES, int), [True] * EPISODES
        while any(is_open):
            inputs = normalizer.normalize_obs(rows) if normalizer else rows
            actions, _ = model.predict(inputs, deterministic=True)
            for i in range(EPISODES):
                if is_open[i]:
                    rows[i], reward, terminated, truncated, _ = self.environments[i].step(actions[i])
                    returns[i] += reward
                    lengths[i] += 1
                    is_open[i] = not (terminated or truncated)
        return returns, lengths


class Evaluations(BaseCallback):
    """Evaluates after the update that belongs to a step count."""

    def __init__(self, task, seed, normalizer, folder):
        super().__init__()
        self.every = self.next = task["every"]
        self.evaluator, self.normalizer, self.folder = Evaluator(task, seed), normalizer, folder
        self.steps, self.returns, self.lengths = [], [], []

    def _on_step(self):
        return True

    def _on_rollout_start(self):
        if self.model.num_timesteps >= self.next:
            self.evaluate()

    def evaluate(self):
        returns, lengths = self.evaluator.play(self.model, self.normalizer)
        self.steps.append(self.model.num_timesteps)
        self.returns.append(returns)
        self.lengths.append(lengths)
        self.next = self.model.num_timesteps + self.every
        np.savez(pathlib.Path(self.folder) / "evaluations.npz", timesteps=self.steps, results=self.returns,
                 ep_lengths=self.lengths)


class Marks(BaseCallback):
    """When so many steps and the updates that belong to them were done."""

    def __init__(self, at):
        super().__init__()
        self.left, self.marks = list(at), []

    def _on_step(self):
        return True

    def _on_rollout_start(self):
        if self.left and self.model.num_timesteps >= self.left[0]:
            self.mark()

    def mark(self):
        while self.left and self.model.num_timesteps >= self.left[0]:
            self.left.pop(0)
        self.marks.append((self.model.num_timesteps, time.perf_counter() - self.begin))


def learn(job):
    task, seed = job["task"], job["seed"]
    pathlib.Path(job["folder"]).mkdir(parents=True, exist_ok=True)
    model, normalizer = make(task, seed, job["folder"])
    evaluations = Evaluations(task, seed, normalizer, job["folder"])
    model.learn(task["steps"], callback=evaluations)
    if not evaluations.steps or evaluations.steps[-1] < model.num_timesteps:
        evaluations.evaluate()
    return {"steps": evaluations.steps, "returns": [float(np.mean(values)) for values in evaluations.returns]}


def measure(job):
    task = job["task"]
    model, _ = make(task, job["seed"], None)
    starts = task["settings"].get("learning_starts", 0)
    marks = Marks([starts] * (starts > 0) + [starts + task["speed"]["warm"]])
    marks.begin = time.perf_counter()
    model.learn(task["steps"], callback=marks)
    marks.mark()
    return {"marks": marks.marks, "starts": starts}


work(learn, measure, versions)
