"""Writes what Gymnasium's MuJoCo tasks do into mujoco.json, beside this file, or into the file of its argument: hashes of
numbers, and some numbers.

Needs gymnasium==1.4.0 and mujoco==3.17.0, whose library and models rlgym uses:

    pip install "gymnasium[mujoco]==1.4.0" mujoco==3.17.0
    python make_mujoco.py

`make_mujoco.py NAME SEED STEP` prints the numbers of one step instead, to compare with a test that failed.

Actions are uniform within 1.2 times the bounds, drawn from a generator of seed + 1000. Episodes that end are
followed by others from the same random stream. A hash is the first hexadecimal digits of 64 bits of FNV-1a: six over
the bytes of the observation (of the reset that follows, too, where an episode ended), four over those of the reward.
"""

import json
import pathlib
import sys

import gymnasium
import mujoco
import numpy as np

assert (gymnasium.__version__, mujoco.__version__) == ("1.4.0", "3.17.0")
FREE = dict(include_cinert_in_observation=False, include_cvel_in_observation=False)
TASKS = {
    "HalfCheetah-v5": {},
    "HalfCheetah-v5+arguments": dict(
        frame_skip=3, forward_reward_weight=2.5, ctrl_cost_weight=0.3, reset_noise_scale=0.2,
        exclude_current_positions_from_observation=False),
    "Hopper-v5": {},
    "Hopper-v5+arguments": dict(
        frame_skip=2, forward_reward_weight=0.7, ctrl_cost_weight=0.01, healthy_reward=0.3,
        healthy_state_range=(-50.0, 60.0), healthy_z_range=(0.8, float("inf")),
        healthy_angle_range=(-0.1, 0.3), reset_noise_scale=0.01,
        exclude_current_positions_from_observation=False),
    "Hopper-v5+unhealthy": dict(terminate_when_unhealthy=False),
    "Walker2d-v5": {},
    "Walker2d-v5+arguments": dict(
        frame_skip=3, forward_reward_weight=1.3, ctrl_cost_weight=0.02, healthy_reward=2.0,
        healthy_z_range=(0.9, 1.9), healthy_angle_range=(-0.5, 0.7), reset_noise_scale=0.02,
        exclude_current_positions_from_observation=False),
    "Walker2d-v5+unhealthy": dict(terminate_when_unhealthy=False),
    "Ant-v5": {},
    "Ant-v5+arguments": dict(
        frame_skip=4, forward_reward_weight=0.9, ctrl_cost_weight=0.2, contact_cost_weight=1e-3,
        healthy_reward=0.8, main_body=4, healthy_z_range=(0.3, 0.9), contact_force_range=(-2.0, 0.5),
        reset_noise_scale=0.05, exclude_current_positions_from_observation=False),
    "Ant-v5+blind": dict(
        include_cfrc_ext_in_observation=False, terminate_when_unhealthy=False, main_body="torso"),
    "Humanoid-v5": {},
    "Humanoid-v5+arguments": dict(
        frame_skip=4, forward_reward_weight=1.1, ctrl_cost_weight=0.2, contact_cost_weight=1e-5,
        contact_cost_range=(0.5, 2.0), healthy_reward=4.0, healthy_z_range=(1.1, 1.8),
        reset_noise_scale=0.02, exclude_current_positions_from_observation=False, **FREE),
    "Humanoid-v5+blind": dict(
        terminate_when_unhealthy=False, include_qfrc_actuator_in_observation=False,
        include_cfrc_ext_in_observation=False),
    "HumanoidStandup-v5": {},
    "HumanoidStandup-v5+arguments": dict(
        frame_skip=4, uph_cost_weight=2.0, ctrl_cost_weight=0.2, impact_cost_weight=1e-5,
        impact_cost_range=(0.5, 2.0), reset_noise_scale=0.02,
        exclude_current_positions_from_observation=False, **FREE),
    "InvertedPendulum-v5": {},
    "InvertedPendulum-v5+arguments": dict(frame_skip=3, reset_noise_scale=0.1),
    "InvertedDoublePendulum-v5": {},
    "InvertedDoublePendulum-v5+arguments": dict(
        frame_skip=3, healthy_reward=3.0, reset_noise_scale=0.05),
    "Swimmer-v5": {},
    "Swimmer-v5+arguments": dict(
        frame_skip=3, forward_reward_weight=2.0, ctrl_cost_weight=0.01, reset_noise_scale=0.2,
        exclude_current_positions_from_observation=False),
    "Reacher-v5": {},
    "Reacher-v5+arguments": dict(frame_skip=3, reward_dist_weight=0.7, reward_control_weight=0.3),
    "Pusher-v5": {},
    "Pusher-v5+arguments": dict(
        frame_skip=4, reward_near_weight=0.3, reward_dist_weight=0.7, reward_control_weight=0.2),
}


def fnv(digits, *arrays):
    value = 0xCBF29CE484222325
    for byte in b"".join(np.asarray(a, np.float64).tobytes() for a in arrays):
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"[:digits]


def plain(value):
    return float(value) if np.ndim(value) == 0 else None


def follow(name, seed, steps):
    """Yields the observation, then of each step action, observation, reward, flag, first observation, info."""
    env = gymnasium.make(
        name.split("+")[0], max_episode_steps=10**6, disable_env_checker=True, **TASKS[name])
    high = env.action_space.high.astype(np.float64)
    draw = np.random.default_rng(seed + 1000)
    first, _ = env.reset(seed=seed)
    yield first
    for _ in range(steps):
        action = (high * draw.uniform(-1.2, 1.2, len(high))).astype(np.float32)
        observation, reward, terminated, truncated, info = env.step(action)
        assert not truncated
        reset = env.reset()[0] if terminated else None
        yield action, observation, reward, terminated, reset, info
    env.close()


def record(name):
    steps, seeds = (60, 2) if "+" in name else (150, 6)
    result = {"arguments": {k: list(v) if isinstance(v, tuple) else v for k, v in TASKS[name].items()}, "runs": []}
    for seed in range(seeds):
        numbers = iter(follow(name, seed, steps))
        first = next(numbers)
        run = {"seed": seed, "first": fnv(6, first), "observations": "", "rewards": "", "ends": []}
        total = 0.0
        for i, (_, observation, reward, terminated, reset, info) in enumerate(numbers):
            run["observations"] += fnv(6, observation, *([] if reset is None else [reset]))
            run["rewards"] += fnv(4, [reward])
            total += float(reward)
            if terminated:
                run["ends"].append(i)
        run["return"] = total
        if seed == 0:
            run["first_numbers"] = first[:24].tolist()
            run["last_numbers"] = observation[:24].tolist()
            run["last_info"] = {k: plain(v) for k, v in info.items() if plain(v) is not None}
        result["runs"].append(run)
    return result


if len(sys.argv) == 4:
    for i, step in enumerate(follow(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) + 1)):
        if i in (0, int(sys.argv[3]) + 1):
            print(step if i == 0 else [np.asarray(x).tolist() if not isinstance(x, dict) else x for x in step])
else:
    path = pathlib.Path(sys.argv[1]) if sys.argv[1:] else pathlib.Path(__file__).with_name("mujoco.json")
    tasks = {name: record(name) for name in TASKS}
    infinite = lambda x: "inf" if x == float("inf") else [infinite(y) for y in x] if isinstance(x, list) else x
    for task in tasks.values():
        task["arguments"] = {k: infinite(v) for k, v in task["arguments"].items()}
    path.write_text(json.dumps(tasks, indent=0, allow_nan=False) + "\n")
