"""Compact copies of Gymnasium trajectories for the tests.

usage: python make_fixtures.py OUT_DIR SEED [SEED ...]      (pip install gymnasium numpy)
One text file per environment; a line each:
  seed S                                  starts a trajectory made with reset(seed=S)
  ACTION R E OBS [| RESET_OBS]            one step: action, reward, ending (0 none, 1 terminated, 2 truncated, 3 both), observation
Floats are hexadecimal bit patterns (8 digits single, 16 double precision), integers decimal. An episode that ended is followed by
reset() without a seed, whose observation follows the bar.
"""
import pathlib, struct, sys
import gymnasium as gym
import numpy as np

ENVS = {"CartPole-v1": 500, "Pendulum-v1": 450, "FrozenLake-v1": 300, "FrozenLake8x8-v1": 300, "CliffWalking-v1": 300}
f32 = lambda x: struct.pack(">f", float(x)).hex()
f64 = lambda x: struct.pack(">d", float(x)).hex()

def text(x):
    a = np.asarray(x)
    return ",".join(f32(v) if a.dtype.kind == "f" else str(int(v)) for v in a.ravel())

out = pathlib.Path(sys.argv[1])
for env_id, n in ENVS.items():
    lines = [f"# gymnasium {gym.__version__}, numpy {np.__version__}"]
    for seed in map(int, sys.argv[2:]):
        env = gym.make(env_id)
        rng = np.random.default_rng(seed ^ 0x5EED)
        obs, _ = env.reset(seed=seed)
        lines += [f"seed {seed}", text(obs)]
        for i in range(n):
            if isinstance(env.action_space, gym.spaces.Discrete):
                action = int(rng.integers(env.action_space.n))
                # most of CartPole's actions balance the pole, so that episodes get long
                if env_id.startswith("CartPole") and i % 8: action = int(obs[2] + 0.3 * obs[3] > 0)
                stored = str(action)
            else:
                action = rng.uniform(-2.5, 2.5, size=env.action_space.shape).astype(np.float32)
                stored = text(action)
            obs, r, te, tr, _ = env.step(action)
            line = f"{stored} {f64(r)} {int(te) + 2 * int(tr)} {text(obs)}"
            if te or tr:
                obs, _ = env.reset()
                line += f" | {text(obs)}"
            lines.append(line)
    (out / f"{env_id}.txt").write_text("\n".join(lines) + "\n")
