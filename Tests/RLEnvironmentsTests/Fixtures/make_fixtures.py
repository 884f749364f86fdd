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

# A name after a colon is a variant: arguments of make, or attributes of the environment, that are not the default.
ENVS = {"CartPole-v1": 500, "Pendulum-v1": 450, "FrozenLake-v1": 300, "FrozenLake8x8-v1": 300, "CliffWalking-v1": 300,
        "MountainCar-v0": 500, "MountainCar-v0:fast-goal": 200, "MountainCarContinuous-v0": 500,
        "Acrobot-v1": 400, "Acrobot-v1:nips": 150, "Acrobot-v1:noise": 150,
        "CartPole-v1:original-reward": 120, "Pendulum-v1:moon": 250, "MountainCarContinuous-v0:fast-goal": 300,
        "FrozenLake-v1:certain": 120, "FrozenLake-v1:own-map": 150, "CliffWalking-v1:slippery": 200, "Taxi-v4:storm": 200,
        "Taxi-v4": 300, "Taxi-v4:rainy-fickle": 400, "Blackjack-v1": 300, "Blackjack-v1:casino": 400, "Blackjack-v1:plain": 200}
ARGUMENTS = {"CartPole-v1:original-reward": {"sutton_barto_reward": True}, "Pendulum-v1:moon": {"g": 1.62},
             "MountainCarContinuous-v0:fast-goal": {"goal_velocity": 0.02},
             "FrozenLake-v1:certain": {"map_name": "8x8", "is_slippery": False},
             "FrozenLake-v1:own-map": {"desc": ["SFFHF", "FHFFS", "FFFFG"], "success_rate": 0.7, "reward_schedule": (10, -3, -0.5)},
             "CliffWalking-v1:slippery": {"is_slippery": True},
             "Taxi-v4:storm": {"is_rainy": True, "rainy_probability": 0.5, "fickle_passenger": True, "fickle_probability": 0.9},
             "MountainCar-v0:fast-goal": {"goal_velocity": 0.03}, "Taxi-v4:rainy-fickle": {"is_rainy": True, "fickle_passenger": True},
             "Blackjack-v1:casino": {"natural": True, "sab": False}, "Blackjack-v1:plain": {"natural": False, "sab": False}}
ATTRIBUTES = {"Acrobot-v1:nips": {"book_or_nips": "nips"}, "Acrobot-v1:noise": {"torque_noise_max": 0.5}}
PURPOSEFUL = {"CartPole", "MountainCar", "MountainCarContinuous", "Acrobot", "Taxi", "Blackjack"}
f32 = lambda x: struct.pack(">f", float(x)).hex()
f64 = lambda x: struct.pack(">d", float(x)).hex()

def text(x):
    a = np.asarray(x)
    return ",".join(f32(v) if a.dtype.kind == "f" else str(int(v)) for v in a.ravel())

def purposeful(env_id, env, obs, values):
    """An action that leads on, so that trajectories see ends and not only walls."""
    if env_id.startswith("CartPole"): return int(obs[2] + 0.3 * obs[3] > 0)
    if env_id.startswith("MountainCarContinuous"): return np.array([1.2 if obs[1] > 0 else -0.9], np.float32)
    if env_id.startswith("MountainCar"): return 2 if obs[1] > 0 else 0
    if env_id.startswith("Acrobot"): return 2 if obs[4] < 0 else 0
    if env_id.startswith("Blackjack"): return int(obs[0] < 15)
    return max(range(6), key=lambda a: taxi_value(env.unwrapped.P, values, obs, a))

def taxi_value(P, values, state, action):
    return sum(p * (r + (0 if end else values[s])) for p, s, r, end in P[state][action])

def taxi_values(P):
    values = [0.0] * 500
    for _ in range(60): values = [max(taxi_value(P, values, s, a) for a in range(6)) for s in range(500)]
    return values

out = pathlib.Path(sys.argv[1])
for env_id, n in ENVS.items():
    lines = [f"# gymnasium {gym.__version__}, numpy {np.__version__}"]
    for seed in map(int, sys.argv[2:]):
        env = gym.make(env_id.split(":")[0], **ARGUMENTS.get(env_id, {}))
        for name, value in ATTRIBUTES.get(env_id, {}).items(): setattr(env.unwrapped, name, value)
        values = taxi_values(env.unwrapped.P) if env_id.startswith("Taxi") else None
        rng = np.random.default_rng(seed ^ 0x5EED)
        obs, _ = env.reset(seed=seed)
        lines += [f"seed {seed}", text(obs)]
        for i in range(n):
            if isinstance(env.action_space, gym.spaces.Discrete):
                action = int(rng.integers(env.action_space.n))
            else:
                action = rng.uniform(-2.5, 2.5, size=env.action_space.shape).astype(np.float32)
            if i % 8 and env_id.split("-")[0] in PURPOSEFUL:
                action = purposeful(env_id, env, obs, values)
            stored = text(action)
            obs, r, te, tr, _ = env.step(action)
            line = f"{stored} {f64(r)} {int(te) + 2 * int(tr)} {text(obs)}"
            if te or tr:
                obs, _ = env.reset()
                line += f" | {text(obs)}"
            lines.append(line)
    (out / f"{env_id.replace(':', '+')}.txt").write_text("\n".join(lines) + "\n")
