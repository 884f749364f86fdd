#!/usr/bin/env python3
"""Writes numpy.npz (stored) and numpy-packed.npz (deflated): arrays as NumPy writes them.

    pip install numpy && python3 make_npz.py [OUT_DIR]
"""

import pathlib
import sys

import numpy as np

here = pathlib.Path(sys.argv[1]) if sys.argv[1:] else pathlib.Path(__file__).parent
arrays = {
    "timesteps": np.array([100, 200, 300]), "results": np.arange(6).reshape(3, 2) / 4,
    "single": np.float32([1.5, -2]), "narrow": np.int32([[-7]]), "flags": np.array([True, False]),
    "scalar": np.array(2.5), "empty": np.zeros((0, 3)), "large": np.array([2**63], dtype=np.uint64),
    "words": np.array(["not", "numbers"]),
}
np.savez(here / "numpy.npz", **arrays)
np.savez_compressed(here / "numpy-packed.npz", **arrays)
