"""Checks that TensorBoard, NumPy and Stable-Baselines3's readers understand what `rlgym train` logs.

    pip install tensorboard numpy                  # and, to try its readers: stable-baselines3
    swift build -c release --product rlgym
    python3 Tests/Interoperability/check_logs.py .build/release/rlgym

One run is read by TensorBoard's own reader, by NumPy, as JSON Lines and as CSV; all must tell the same. With
stable-baselines3 installed, its `load_results` and pandas read it too. Ends with code 1 if anything
differs.
"""
import csv
import importlib.util
import json
import os
import subprocess
import sys
import tempfile

program = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ".build/release/rlgym")
failures = 0


def check(condition, what):
    global failures
    print(("ok    " if condition else "WRONG ") + what)
    failures += not condition


def number(text):
    return float(text) if text != "" else None


def train(folder):
    run = os.path.join(folder, "run")
    subprocess.run([program, "train", "ppo", "CartPole", "--seed", "5", "--steps", "10240", "--tensorboard",
                    "--no-progress", "--output", run], check=True, capture_output=True)
    return run


def check_lines(run):
    """progress.json against progress.csv; gives back the lines with reports and those with evaluations."""
    with open(os.path.join(run, "progress.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    with open(os.path.join(run, "progress.json")) as file:
        lines = [json.loads(line) for line in file]
    reports = [line for line in lines if "time/iterations" in line]
    evaluations = [line for line in lines if "eval/mean_reward" in line]
    check(len(reports) == len(rows) == 20 and len(lines) == len(reports) + len(evaluations),
          f"progress.json: {len(reports)} reports, {len(evaluations)} evaluations")
    same = all(line.get(key) == number(text) for line, row in zip(reports, rows) for key, text in row.items())
    check(same, "progress.json and progress.csv hold the same numbers")
    return reports, evaluations


def check_evaluations(run, evaluations):
    import numpy
    data = numpy.load(os.path.join(run, "evaluations.npz"))
    check([line["time/total_timesteps"] for line in evaluations] == data["timesteps"].tolist(), "evaluations.npz: steps")
    means = data["results"].mean(axis=1)
    check(numpy.allclose([line["eval/mean_reward"] for line in evaluations], means, atol=1e-6), "evaluations.npz: returns")


def check_tensorboard(run, reports, evaluations):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    events = EventAccumulator(run, size_guidance={"scalars": 0})
    events.Reload()
    tags = set(events.Tags()["scalars"])
    for tag, lines in [("rollout/ep_rew_mean", reports), ("train/value_loss", reports), ("train/approx_kl", reports),
                       ("eval/mean_reward", evaluations)]:
        if tag not in tags:
            check(False, f"TensorBoard: {tag} is missing")
            continue
        wanted = [(line["time/total_timesteps"], line[tag]) for line in lines if tag in line]
        found = [(event.step, event.value) for event in events.Scalars(tag)]
        same = len(wanted) == len(found) and all(
            a[0] == b[0] and abs(a[1] - b[1]) <= 1e-6 * max(1, abs(a[1])) for a, b in zip(wanted, found))
        check(same, f"TensorBoard: {tag}, {len(found)} values")


def check_stable_baselines(run, reports):
    import pandas
    from stable_baselines3.common.results_plotter import load_results
    episodes = load_results(run)
    check(len(episodes) > 0 and list(episodes.columns[:3]) == ["index", "r", "l"] and (episodes.r == episodes.l).all(),
          f"Stable-Baselines3: load_results, {len(episodes)} episodes")
    table = pandas.read_csv(os.path.join(run, "progress.csv"))
    lines = pandas.read_json(os.path.join(run, "progress.json"), lines=True)
    steps = [line["time/total_timesteps"] for line in reports]
    check(table["time/total_timesteps"].tolist() == steps, "pandas: progress.csv")
    check(lines[lines["time/iterations"].notna()]["time/total_timesteps"].tolist() == steps, "pandas: progress.json")


with tempfile.TemporaryDirectory() as folder:
    run = train(folder)
    reports, evaluations = check_lines(run)
    check_evaluations(run, evaluations)
    check_tensorboard(run, reports, evaluations)
    if importlib.util.find_spec("stable_baselines3"):
        check_stable_baselines(run, reports)
    else:
        print("-     stable-baselines3 is not installed; its readers are not tried")
sys.exit(1 if failures else 0)
