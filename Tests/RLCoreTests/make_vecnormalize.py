"""Running normalization of Stable-Baselines3, printed as Swift literals for WrapperTests.swift.

usage: python make_vecnormalize.py      (pip install stable-baselines3)
Two environments that count their steps (episodes of 3 and 5 steps, observation [k, -2k], reward k) for 8 steps.
"""
import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

class Counter(gym.Env):
    observation_space = gym.spaces.Box(-1000, 1000, (2,), np.float32)
    action_space = gym.spaces.Discrete(2)
    def __init__(self, length): self.length = length
    def obs(self): return np.array([self.k, -2 * self.k], np.float32)
    def reset(self, seed=None, options=None): self.k = 0; return self.obs(), {}
    def step(self, a): self.k += 1; return self.obs(), float(self.k), self.k == self.length, False, {}

env = VecNormalize(DummyVecEnv([lambda: Counter(3), lambda: Counter(5)]), gamma=0.9)
obs = [env.reset()]
rewards, finals = [], []
for _ in range(8):
    o, r, d, info = env.step(np.zeros(2, int))
    obs.append(o); rewards.append(r)
    finals += [i["terminal_observation"] for i in info if "terminal_observation" in i]
print([[round(float(x), 7) for x in o.ravel()] for o in obs])
print([[round(float(x), 7) for x in r] for r in rewards])
print([[round(float(x), 7) for x in f] for f in finals])
