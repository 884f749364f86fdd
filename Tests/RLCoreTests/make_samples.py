"""Makes `samples.json` beside this file: what Gymnasium's spaces draw from seeded generators.

    pip install gymnasium==1.4.0 numpy
    python3 make_samples.py [OUT_FILE]
"""

import json
import pathlib
import sys

import numpy
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete

infinity = float("inf")
low = numpy.array([-1, 0, -infinity, -infinity, 2.5], dtype=numpy.float32)
high = numpy.array([1, infinity, 0, infinity, 3.5], dtype=numpy.float32)
boxes = {"mixed": Box(low, high), "bounded": Box(-2.0, 2.0, (3,), dtype=numpy.float32)}
spaces = {
    "discrete": Discrete(7, start=-2), "multiDiscrete": MultiDiscrete([2, 5, 3]), "multiBinary": MultiBinary(6),
    **boxes,
}
mask = numpy.array([1, 0, 0, 1, 1, 0, 1], dtype=numpy.int8)
weights = numpy.array([0.1, 0, 0.2, 0.3, 0.15, 0.05, 0.2])
result = {}
for seed in [0, 42, 2**32]:
    draws = {}
    for name, space in spaces.items():
        space.seed(seed)
        rows = [numpy.atleast_1d(space.sample()) for _ in range(12)]
        draws[name] = [[float(x) for x in row] for row in rows]
    spaces["discrete"].seed(seed)
    draws["masked"] = [[float(spaces["discrete"].sample(mask=mask))] for _ in range(12)]
    spaces["discrete"].seed(seed)
    draws["weighted"] = [[float(spaces["discrete"].sample(probability=weights))] for _ in range(12)]
    result[str(seed)] = draws
path = pathlib.Path(sys.argv[1]) if sys.argv[1:] else pathlib.Path(__file__).with_name("samples.json")
path.write_text(json.dumps(result, indent=1) + "\n")
