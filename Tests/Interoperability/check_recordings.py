"""Records CartPole in every format and opens the files with Pillow and ffprobe.

Usage: check_recordings.py [path of rlgym]. Needs Pillow, NumPy and ffmpeg.
"""
import pathlib, subprocess, sys, tempfile

import numpy as np
from PIL import Image, ImageSequence

program = str(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".build/release/rlgym").resolve())


def pictures(path):
    """The pictures of an animation and when each one starts, in ms."""
    start = 0
    for picture in ImageSequence.Iterator(Image.open(path)):
        yield start, np.array(picture.convert("RGB"))
        start += round(picture.info["duration"])
    yield start, None


with tempfile.TemporaryDirectory() as folder:
    for name in ["x.apng", "x.gif", "x.mp4", "frames"]:
        command = [program, "record", "--random", "CartPole", "--episodes", "3", "--seed", "1"]
        subprocess.run(command + ["--output", name], cwd=folder, check=True)
    files = sorted(pathlib.Path(folder, "frames").iterdir())
    frames = [np.array(Image.open(file)) for file in files]
    assert all(frame.shape == (400, 600, 3) for frame in frames)
    for name in ["x.apng", "x.gif"]:
        shown = list(pictures(f"{folder}/{name}"))
        assert shown[-1][0] == 20 * len(frames), "the length"
        for i, frame in enumerate(frames):
            picture = [p for start, p in shown[:-1] if start <= 20 * i][-1]
            assert (picture == frame).all(), f"{name}, frame {i}"
    for name in ["x.apng", "x.gif", "x.mp4"]:
        entries = "stream=width,height,r_frame_rate,nb_read_frames"
        text = subprocess.run(
            ["ffprobe", "-v", "error", "-count_frames", "-show_entries", entries, "-of", "csv=p=0", name],
            cwd=folder, check=True, capture_output=True, text=True).stdout.strip()
        print(name, text)
        assert text.startswith("600,400,50/1,")
    assert text.endswith(f",{len(frames)}")
print(f"{len(frames)} frames are the same in every format")
