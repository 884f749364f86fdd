"""Makes the tests' fixtures anew with the libraries that they are from, and compares them with the files in the tree.

    python3 Tests/Interoperability/check_fixtures.py [NAME...]

A fixture holds what Gymnasium, PyTorch, Stable-Baselines3, NumPy, rliable or SciPy say, so a difference means that
the file was changed by hand or that the library has changed. Files must be the same to the byte but for a line that names
versions; numbers of PyTorch may differ by the last place or two, as they depend on the machine. A fixture whose library is
missing is told and skipped.
"""
import importlib.util
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

tests = pathlib.Path(__file__).resolve().parents[1]


def trajectories(folder):
    """Gymnasium's environments, step by step."""
    fixtures = tests / "RLEnvironmentsTests/Fixtures"
    seeds = [line.split()[1] for line in (fixtures / "CartPole-v1.txt").read_text().splitlines() if line.startswith("seed")]
    run(fixtures / "make_fixtures.py", folder, *seeds)
    for path in sorted(fixtures.glob("*.txt")):
        ours, theirs = [(where / path.name).read_text().splitlines()[1:] for where in (fixtures, folder)]
        yield path.name, ours == theirs


def samples(folder):
    """What Gymnasium's spaces are and draw, and what its vectors show where episodes end."""
    run(tests / "RLCoreTests/make_spaces.py", folder / "spaces.json")
    yield same_bytes(tests / "RLCoreTests/spaces.json", folder / "spaces.json")
    run(tests / "RLCoreTests/make_samples.py", folder / "samples.json")
    yield same_bytes(tests / "RLCoreTests/samples.json", folder / "samples.json")
    run(tests / "RLCoreTests/make_autoreset.py", folder / "autoreset.json")
    yield same_bytes(tests / "RLCoreTests/autoreset.json", folder / "autoreset.json")


def arrays(folder):
    """NumPy's archives. What is deflated depends on zlib's version, so only the stored one is compared."""
    run(tests / "RLSupportTests/make_npz.py", folder)
    yield same_bytes(tests / "RLSupportTests/numpy.npz", folder / "numpy.npz")


def frames(folder):
    """Gymnasium's drawings."""
    path = tests / "RLRenderingTests/Fixtures/frames.bin"
    run(tests / "RLRenderingTests/Fixtures/make_frames.py", folder / "frames.bin")
    ours, theirs = [zlib.decompress(p.read_bytes()[8:]) for p in (path, folder / "frames.bin")]
    # Versions of pygame differ in the rims of a few lines.
    different = sum(a != b for a, b in zip(ours, theirs))
    yield f"{path.name}, {different} of {len(ours)} bytes differ", len(ours) == len(theirs) and different < 0.001 * len(ours)


def statistics(folder):
    """rliable's and SciPy's numbers."""
    path = tests / "RLStatisticsTests/statistics.json"
    run(tests / "RLStatisticsTests/make_fixtures.py", folder / path.name)
    ours, theirs = [json.loads(p.read_text()) for p in (path, folder / path.name)]
    yield path.name, all(near(ours[key], theirs[key], 1e-9) for key in ("cases", "trimmed"))


def physics(folder):
    """Gymnasium's MuJoCo tasks. The bits depend on the library's versions, which the script checks."""
    path = tests / "RLEnvironmentsTests/Fixtures/mujoco.json"
    run(path.with_name("make_mujoco.py"), folder / path.name)
    yield same_bytes(path, folder / path.name)


def gradients(folder):
    """PyTorch's losses, gradients, optimizers and operations. Numbers are bit patterns."""
    for name, script in ("torch.json", "make_fixtures.py"), ("operations.json", "make_operations.py"):
        path = tests / "RLTensorTests/Fixtures" / name
        run(path.with_name(script), folder / name)
        ours, theirs = [json.loads(p.read_text()) for p in (path, folder / name)]
        del ours["torch"], theirs["torch"]
        yield name, near(ours, theirs, 1e-6)


def updates(folder):
    """Gradient steps of Stable-Baselines3's agents, computed again in plain PyTorch."""
    run(tests / "RLAgentsTests/Fixtures/make_updates.py", "--check")
    yield "updates.json", True


CHECKS = {
    trajectories: ["gymnasium"], physics: ["gymnasium", "mujoco", "imageio"], samples: ["gymnasium"], arrays: ["numpy"], frames: ["gymnasium", "pygame"],
    statistics: ["rliable", "scipy"], gradients: ["torch"], updates: ["stable_baselines3", "sb3_contrib"],
}


def run(script, *arguments):
    subprocess.run([sys.executable, script, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def same_bytes(ours, theirs):
    return ours.name, ours.read_bytes() == theirs.read_bytes()


def near(a, b, tolerance):
    """Whether two values of JSON are equal but for their numbers' last places."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(near(a[key], b[key], tolerance) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(near(x, y, tolerance) for x, y in zip(a, b))
    if isinstance(a, str) and a != b:
        a, b = [struct.unpack(">f", bytes.fromhex(text))[0] for text in (a, b)]
    return a == b or abs(a - b) <= tolerance * max(1, abs(a))


def main():
    wrong = 0
    for make, libraries in CHECKS.items():
        if sys.argv[1:] and make.__name__ not in sys.argv[1:]:
            continue
        missing = [name for name in libraries if importlib.util.find_spec(name) is None]
        if missing:
            print(f"skip  {make.__name__}: needs {', '.join(missing)}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            for name, is_same in make(pathlib.Path(folder)):
                wrong += not is_same
                print(f"{'ok   ' if is_same else 'WRONG'} {make.__name__}: {name}", flush=True)
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
