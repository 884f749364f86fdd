"""Makes `autoreset.json` beside this file: what Gymnasium's vectors show in its three modes of autoreset.

    pip install gymnasium==1.4.0 numpy
    python3 make_autoreset.py [OUT_FILE]
"""

import json
import pathlib
import sys

import gymnasium
import numpy
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import TimeLimit

LENGTHS, LIMIT, STEPS = [1, 2, 3, 6, 99], 6, 14


class Counting(gymnasium.Env):
    """Counts its steps, pays their number and terminates after so many."""

    observation_space = gymnasium.spaces.Box(0, 1000, (1,), numpy.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, length):
        self.length, self.count, self.resets = length, 0, 0

    def shown(self):
        return numpy.array([100 * self.resets + self.count], numpy.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.count, self.resets = 0, self.resets + 1
        return self.shown(), {"cost": 0.0}

    def step(self, action):
        self.count += 1
        return self.shown(), float(self.count), self.count == self.length, False, {"cost": 2.0 * self.count}


def table(mode):
    vector = SyncVectorEnv(
        [lambda length=length: TimeLimit(Counting(length), LIMIT) for length in LENGTHS], autoreset_mode=mode)
    rows = [{"observations": vector.reset(seed=0)[0].ravel().tolist()}]
    for _ in range(STEPS):
        observations, rewards, terminated, truncated, infos = vector.step(numpy.zeros(len(LENGTHS), int))
        ended = terminated | truncated
        row = {
            "observations": observations.ravel().tolist(), "rewards": rewards.tolist(),
            "terminated": terminated.tolist(), "truncated": truncated.tolist(), "costs": infos["cost"].tolist(),
        }
        if mode == AutoresetMode.SAME_STEP and ended.any():
            row["finals"] = [
                None if o is None else float(o[0]) for o in infos.get("final_obs", [None] * len(LENGTHS))]
            row["finalCosts"] = infos["final_info"]["cost"].tolist()
        if mode == AutoresetMode.DISABLED and ended.any():
            row["afterReset"] = vector.reset(options={"reset_mask": ended})[0].ravel().tolist()
        rows.append(row)
    return rows


result = {"lengths": LENGTHS, "limit": LIMIT}
for name, mode in [
    ("sameStep", AutoresetMode.SAME_STEP), ("nextStep", AutoresetMode.NEXT_STEP), ("disabled", AutoresetMode.DISABLED)
]:
    result[name] = table(mode)
path = pathlib.Path(sys.argv[1]) if sys.argv[1:] else pathlib.Path(__file__).with_name("autoreset.json")
path.write_text(json.dumps(result, indent=1) + "\n")
