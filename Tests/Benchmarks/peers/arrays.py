"""Reads and writes `evaluations.npz` with Python's standard library alone."""

import ast
import io
import struct
import zipfile

TYPES = {"<f8": "d", "<f4": "f", "<i8": "q", "<i4": "i"}


def read(path):
    """The arrays of a file by name: (shape, flat list of numbers)."""
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if data[:6] != b"\x93NUMPY":
                raise ValueError(f"{path}: {name} is no NumPy array")
            start, size = (10, "<H") if data[6] == 1 else (12, "<I")
            length = struct.unpack_from(size, data, 8)[0]
            header = ast.literal_eval(data[start:start + length].decode("latin1"))
            if header["descr"] not in TYPES or header["fortran_order"]:
                continue
            count = 1
            for side in header["shape"]:
                count *= side
            values = struct.unpack_from(f"<{count}{TYPES[header['descr']]}", data, start + length)
            arrays[name.removesuffix(".npy")] = (header["shape"], list(values))
    return arrays


def write(path, arrays):
    """Writes arrays, given as for `read`, of whole numbers as int64 and of others as float64."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, (shape, values) in arrays.items():
            kind = "<i8" if all(isinstance(value, int) for value in values) else "<f8"
            header = repr({"descr": kind, "fortran_order": False, "shape": tuple(shape)})
            header += " " * (63 - (10 + len(header)) % 64) + "\n"
            file = io.BytesIO()
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode("latin1"))
            file.write(struct.pack(f"<{len(values)}{TYPES[kind]}", *values))
            archive.writestr(name + ".npy", file.getvalue())


def evaluations(path):
    """Steps, mean returns and seconds of training (`None` where unknown) of an `evaluations.npz`."""
    arrays = read(path)
    steps = [int(step) for step in arrays["timesteps"][1]]
    (count, episodes), values = arrays["results"]
    means = [sum(values[i * episodes:(i + 1) * episodes]) / episodes for i in range(count)]
    return steps, means, arrays["seconds"][1] if "seconds" in arrays else None
