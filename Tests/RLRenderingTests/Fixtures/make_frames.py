"""Frames that Gymnasium draws for given states, for GoldenFrameTests.

Needs gymnasium and pygame. Writes frames.bin beside this file, or the file that is given: eight bytes of length, then zlib data of, for each frame, a line of
JSON (environment, state, action, width, height) and its RGB bytes.
"""

import json
import os
import pathlib
import sys
import zlib

os.environ["SDL_VIDEODRIVER"] = "dummy"

import gymnasium as gym
import numpy as np

STATES = {
    "CartPole-v1": [
        [0, 0, 0, 0], [0.7, 0, 0.1, 0], [-1.3, 0, -0.2, 0], [2.4, 0, 0.2095, 0],
        [-2.4, 0, -0.05, 0], [0.033, 0, 0.017, 0],
    ],
    "MountainCar-v0": [
        [-0.5235988, 0], [-1.2, 0], [0.5, 0], [0.1, 0.03], [-0.85, -0.02],
    ],
    "MountainCarContinuous-v0": [[-0.5235988, 0], [0.45, 0], [-1.1, 0.01]],
    "Pendulum-v1": [
        [0, 0, 0], [1, 0, 0], [3.1415926, 0, 0], [-2, 0, 0], [0.4, 0, 2.0], [-0.9, 0, -1.0],
        [2.5, 0, 0.3],
    ],
    "Acrobot-v1": [
        [0, 0, 0, 0], [1, 0.5, 0, 0], [-2, 1, 0, 0], [3.1415926, 0, 0, 0], [0.1, -0.3, 0, 0],
    ],
}

blob = b""
for name, states in STATES.items():
    environment = gym.make(name, render_mode="rgb_array")
    environment.reset(seed=1)
    bare = environment.unwrapped
    for state in states:
        torque = None
        if name.startswith("Pendulum"):
            torque = state[2]
            bare.last_u = torque if torque != 0 else None
            bare.state = np.array(state[:2])
        else:
            bare.state = np.array(state, dtype=float)
        frame = np.ascontiguousarray(bare.render())
        head = {
            "environment": name, "state": state, "width": frame.shape[1], "height": frame.shape[0],
        }
        blob += json.dumps(head).encode() + b"\n" + frame.astype(np.uint8).tobytes()

path = pathlib.Path(sys.argv[1]) if sys.argv[1:] else pathlib.Path(__file__).with_name("frames.bin")
path.write_bytes(len(blob).to_bytes(8, "little") + zlib.compress(blob, 9))
print(len(blob), "bytes as", path.stat().st_size, "gymnasium", gym.__version__)
