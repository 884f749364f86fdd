"""Kills logging runs at random moments: what they leave must open and lack the open shard at most.

    swift build -c release --product rlgym
    python3 Tests/Interoperability/check_killed_logs.py .build/release/rlgym [--runs 50]

A run is killed with SIGKILL; the log is read and repeated by rlgym (and by Minari, if it is installed). Every
other run is resumed, killed again, resumed to its end; then its log must have the very episodes of a run
that was never killed. Ends with code 1 if anything is wrong.
"""
import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("program", nargs="?", default=".build/release/rlgym")
parser.add_argument("--runs", type=int, default=50)
arguments = parser.parse_args()
program = os.path.abspath(arguments.program)
try:
    import minari
except ImportError:
    minari = None
folder = tempfile.mkdtemp(prefix="rlgym-kill-")
train = [program, "train", "ppo", "CartPole", "--steps", "300000", "--seed", "5", "--no-progress",
         "--checkpoint-every", "20000", "--evaluate-every", "1000000"]


def start(*words):
    return subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill(process, seconds):
    time.sleep(seconds)
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()


def episodes(run):
    with open(f"{folder}/{run}/rollouts/data/metadata.json") as file:
        return json.load(file)["total_episodes"]


def verify(run):
    done = subprocess.run([program, "log", "verify", run], cwd=folder, capture_output=True, text=True)
    return done.stdout.strip() or done.stderr.strip(), done.returncode


begin = time.time()
assert start(*train, "--output", "whole", "--log-rollouts").wait() == 0
duration = time.time() - begin
whole = episodes("whole")
wrong = 0
for number in range(arguments.runs):
    run = f"run{number}"
    moment = random.uniform(0.02, duration)
    kill(start(*train, "--output", run, "--log-rollouts"), moment)
    words = []
    if not os.path.exists(f"{folder}/{run}/rollouts/data/metadata.json"):
        words.append("not begun")
    else:
        count = episodes(run)
        text, code = verify(run)
        empty = count == 0
        if code != 0 and not empty:
            wrong += 1
        words += [f"{count} episodes", text]
        if minari and not empty:
            dataset = minari.MinariDataset(f"{folder}/{run}/rollouts/data")
            if len(list(dataset.iterate_episodes())) != count:
                wrong += 1
                words.append("WRONG: Minari")
        # What the checkpoint speaks of is there: the run goes on.
        if number % 2 == 0 and os.path.isdir(f"{folder}/{run}/checkpoints") and os.listdir(f"{folder}/{run}/checkpoints"):
            kill(start(program, "train", "--resume", run, "--no-progress"), random.uniform(0.02, duration))
            code = start(program, "train", "--resume", run, "--no-progress").wait()
            text, verified = verify(run)
            if code != 0 or verified != 0 or episodes(run) != whole:
                wrong += 1
                words.append("WRONG:")
            words.append(f"resumed: {episodes(run)} of {whole} episodes, {text}")
    print(f"{number}: killed after {moment:.2f} s:", "; ".join(words), flush=True)
    shutil.rmtree(f"{folder}/{run}", ignore_errors=True)
print(f"{wrong} wrong")
shutil.rmtree(folder)
sys.exit(wrong > 0)
