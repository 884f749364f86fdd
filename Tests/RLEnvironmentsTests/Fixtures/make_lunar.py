"""What Gymnasium's LunarLander does, for the tests of the trait Box2D.

usage: python make_lunar.py lunar.json      (pip install "gymnasium[box2d]" numpy)

"trajectories": for each variant and seed the ground, the first observation, and an episode of fixed actions: random ones that
each hold for some steps, so that the lander tumbles, falls and hits the ground; then the first observation of the next episode.
"returns": what Gymnasium's own heuristic reaches in EPISODES episodes, reset(seed=i) for each, and "lengths" the steps.
"""
import json, sys
import gymnasium as gym
import numpy as np
from gymnasium.envs.box2d.lunar_lander import heuristic

EPISODES = 1000
SEEDS = [0, 1, 2, 3, 42, 123, 2**31]
VARIANTS = {"discrete": {}, "continuous": {"continuous": True}, "windy": {"enable_wind": True},
            "continuous-windy": {"continuous": True, "enable_wind": True, "gravity": -6.0, "wind_power": 20.0, "turbulence_power": 2.0}}
number = lambda a: np.asarray(a, dtype=np.float64).tolist()

def trajectory(env, seed):
    observation, _ = env.reset(seed=seed)
    pieces = env.unwrapped.sky_polys
    result = {"seed": seed, "terrain": [pieces[0][0][1]] + [piece[1][1] for piece in pieces], "first": number(observation),
              "actions": [], "observations": [], "rewards": []}
    rng = np.random.default_rng(seed ^ 0x5EED)
    while True:
        if len(result["actions"]) % 4 == 0:
            action = (int(rng.integers(4)) if isinstance(env.action_space, gym.spaces.Discrete)
                      else rng.uniform(-1.3, 1.3, size=2).astype(np.float32))
        observation, reward, terminated, truncated, _ = env.step(action)
        result["actions"].append(number(np.atleast_1d(action)))
        result["observations"].append(number(observation))
        result["rewards"].append(float(reward))
        if terminated or truncated: break
    result["second"] = number(env.reset()[0])
    return result

def play(env, seed):
    observation, _ = env.reset(seed=seed)
    total, steps = 0.0, 0
    while True:
        observation, reward, terminated, truncated, _ = env.step(heuristic(env, observation))
        total, steps = total + float(reward), steps + 1
        if terminated or truncated: return total, steps

variants = {}
for name, arguments in VARIANTS.items():
    env = gym.make("LunarLander-v3", **arguments)
    episodes = [play(env, seed) for seed in range(EPISODES)]
    variants[name] = {"trajectories": [trajectory(env, seed) for seed in SEEDS],
                      "returns": [round(r, 2) for r, _ in episodes], "lengths": [n for _, n in episodes]}
    print(name, np.mean([r for r, _ in episodes]), np.std([r for r, _ in episodes]))
import Box2D
with open(sys.argv[1], "w") as file:
    json.dump({"gymnasium": gym.__version__, "numpy": np.__version__, "box2d": Box2D.__version__, "variants": variants}, file,
              separators=(",", ":"))
    file.write("\n")
