"""Makes `spaces.json` beside this file: structured spaces as Gymnasium has them and as Minari writes them.

    pip install gymnasium==1.4.0 "minari[hdf5]"
    python3 make_spaces.py [OUT_FILE]

Of each space: Minari's description, Gymnasium's words, the width of its flat form, values that are drawn with one
random stream for all parts, their flat forms, and values that are outside.
"""

import json
import pathlib
import sys

import numpy
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Tuple
from gymnasium.spaces.utils import flatdim, flatten, unflatten
from minari.serialization import deserialize_space, serialize_space

infinity = float("inf")
real = numpy.float32
low = numpy.array([[-1, 0], [-infinity, 2.5]], dtype=real)
high = numpy.array([[1, infinity], [0, 3.5]], dtype=real)
SPACES = {
    "blackjack": Tuple((Discrete(32), Discrete(11), Discrete(2))),
    "picture": Box(0, 1, (2, 3, 2), dtype=numpy.uint8),
    "sorted": Dict({"b": Discrete(2), "a": Box(0, 9, (2,), dtype=real), "Z": MultiBinary(3)}),
    "nested": Dict([
        ("stock", Box(0, 100, (3,), dtype=real)),
        ("season", Discrete(4, start=-1)),
        ("inner", Tuple((
            MultiDiscrete([2, 5]), Dict([("y", MultiBinary(3)), ("x", Box(low, high, dtype=real))]),
            Tuple((Box(-1, 1, (), dtype=real),))))),
        ("shelf", Box(0, 255, (2, 3, 1), dtype=numpy.uint8)),
        ("map", Box(3, 7, (4,), dtype=numpy.uint8)),
    ]),
}


def parts(space):
    """The spaces of a space, by their keys."""
    return list(space.spaces.items()) if isinstance(space, Dict) else list(enumerate(space.spaces))


def share(space, generator):
    """Gives all parts of a space one random stream."""
    space._np_random = generator
    if isinstance(space, (Dict, Tuple)):
        for _, part in parts(space):
            share(part, generator)


def jsonable(space, value):
    """A value as JSON: what `to_jsonable` writes of a list of one, without the list."""
    def first(space, values):
        if isinstance(space, Dict):
            return {key: first(part, values[key]) for key, part in parts(space)}
        if isinstance(space, Tuple):
            return [first(part, values[key]) for key, part in parts(space)]
        return values[0]
    return first(space, space.to_jsonable([value]))


def outside(space, value):
    """The same value with one of its parts outside of the space: one of these for each part that can be."""
    if isinstance(space, (Dict, Tuple)):
        for key, part in parts(space):
            for changed in outside(part, value[key]):
                copy = dict(value) if isinstance(space, Dict) else list(value)
                copy[key] = changed
                yield copy if isinstance(space, Dict) else tuple(copy)
    elif isinstance(space, Discrete):
        yield space.start + space.n
        yield space.start - 1
    else:
        value = numpy.array(value)
        if isinstance(space, MultiDiscrete):
            value[-1] = space.nvec[-1]
        elif isinstance(space, MultiBinary):
            value[0] = 2
        elif space.dtype == numpy.uint8:
            if space.high.flat[-1] == 255:
                return
            value.flat[-1] = space.high.flat[-1] + 1
        else:
            value.flat[0] = space.low.flat[0] - 1
        yield value


result = {}
for name, space in SPACES.items():
    assert deserialize_space(serialize_space(space)) == space or name == "nested"
    entry = {"json": serialize_space(space), "text": str(space), "flatdim": flatdim(space), "values": [], "outside": []}
    share(space, numpy.random.Generator(numpy.random.PCG64(numpy.random.SeedSequence(42))))
    for _ in range(8):
        value = space.sample()
        flat = flatten(space, value)
        again = unflatten(space, flat)
        assert json.dumps(jsonable(space, again)) == json.dumps(jsonable(space, value)) and value in space
        entry["values"].append({"value": jsonable(space, value), "flat": flat.tolist()})
    for changed in outside(space, value):
        assert changed not in space
        entry["outside"].append(jsonable(space, changed))
    result[name] = entry
path = pathlib.Path(sys.argv[1]) if sys.argv[1:] else pathlib.Path(__file__).with_name("spaces.json")
lines = [f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in result.items()]
path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
