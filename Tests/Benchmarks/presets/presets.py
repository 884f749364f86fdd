#!/usr/bin/env python3
"""Trains presets over many seeds and prints a table of what they reach.

    python3 Tests/Benchmarks/presets/presets.py ppo/CartPole ppo/Pendulum --seeds 20

Every seed is a run of `rlgym train AGENT ENV --seed S` as anyone would start it: the preset's budget, and
100 evaluation episodes with the most likely actions. Seeds that end in an error are counted and named, never
dropped. Needs Python's standard library only, and a build (`swift build -c release --product rlgym`).
"""

import argparse
import concurrent.futures
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parents[3]


def train(program, agent, environment, seed, extra, folder, starts):
    output = f"{folder}/{agent}-{environment}-{seed}"
    command = [program, "train", agent, environment, "--seed", str(seed), "--no-progress", "--json",
               "--output", output, *extra]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        print(f"seed {seed}: {result.stderr.strip()}", file=sys.stderr)
        return None
    summary = json.loads(result.stdout)
    # The same start states for every seed: a policy may be good on average and never get anywhere from one of them.
    command = [program, "evaluate", output, "--episodes", str(starts), "--seed", "100000", "--json"]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        print(f"seed {seed}: {result.stderr.strip()}", file=sys.stderr)
        return None
    summary["worst"] = json.loads(result.stdout)["min"]
    print(f"{agent}/{environment} seed {seed}: {summary['evaluation']['mean']:.2f}, worst of {starts} start states "
          f"{summary['worst']:.2f}", file=sys.stderr, flush=True)
    return summary


def interval(values, draws=2000):
    """95% bootstrap interval of the mean."""
    generator = random.Random(0)
    means = sorted(statistics.fmean(generator.choices(values, k=len(values))) for _ in range(draws))
    return means[int(0.025 * draws)], means[int(0.975 * draws)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="+", metavar="AGENT/ENV")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=100, help="the first seed")
    parser.add_argument("--program", default=str(root / ".build/release/rlgym"))
    parser.add_argument("--set", action="append", default=[], help="a hyperparameter, as for rlgym train")
    parser.add_argument("--steps", help="another budget than the preset's")
    parser.add_argument("--threshold", help="the mean return that counts as solved; the environment's by default")
    parser.add_argument("--threads", help="the most threads of a run; results do not depend on it")
    parser.add_argument("--starts", type=int, default=500, help="start states that each final policy is tried from")
    parser.add_argument("--jobs", type=int, default=1, help="how many runs at the same time")
    options = parser.parse_args()
    extra = [word for setting in options.set for word in ("--set", setting)]
    if options.steps:
        extra += ["--steps", options.steps]
    if options.threads:
        extra += ["--threads", options.threads]
    if options.threshold:
        extra.append(f"--threshold={options.threshold}")
    print("| agent, environment | steps | seeds | mean return ± deviation between seeds | 95% interval | worst seed | worst start state | solved, median step | s a run |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for task in options.tasks:
        agent, environment = task.split("/")
        with tempfile.TemporaryDirectory() as folder:
            with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
                runs = list(pool.map(
                    lambda s: train(options.program, agent, environment, options.first + s, extra, folder, options.starts),
                    range(options.seeds)))
        done = [run for run in runs if run]
        if not done:
            print(f"| {task} | | 0 of {options.seeds} | | | | | | |", flush=True)
            continue
        means = [run["evaluation"]["mean"] for run in done]
        low, high = interval(means)
        solved = sorted(run["solvedAtStep"] for run in done if run["solvedAtStep"] is not None)
        # A run that never solves the task counts as infinitely long.
        median = (statistics.median(solved + [float("inf")] * (options.seeds - len(solved)))
                  if solved else float("inf"))
        deviation = statistics.stdev(means) if len(means) > 1 else 0.0
        crashed = "" if len(done) == len(runs) else f" ({len(runs) - len(done)} ended in an error)"
        after = "never" if median == float("inf") else f"{median:,.0f}"
        print(f"| {agent}, {done[0]['environment']} | {done[0]['steps']:,} | {len(done)}{crashed} "
              f"| {statistics.fmean(means):.2f} ± {deviation:.2f} | {low:.2f} ... {high:.2f} | {min(means):.2f} "
              f"| {min(run['worst'] for run in done):.2f} "
              f"| {len(solved)} of {options.seeds}, {after} "
              f"| {statistics.median(run['wallSeconds'] for run in done):.2f} |", flush=True)


main()
