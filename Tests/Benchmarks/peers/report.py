"""The report of both sides: a Markdown table, and pictures by `rlgym plot`. Python's standard library only."""

import json
import math
import pathlib
import random
import statistics
import subprocess
import tempfile

import arrays
from tasks import TASKS

SYSTEMS = {
    "rlgym": "rlgym", "rlgym preset": "rlgym, its preset", "sb3": "Stable-Baselines3", "sbx": "sbx",
    "rejax": "rejax, gymnax",
}
PEERS = ["sb3", "sbx", "rejax"]


# MARK: Statistics

def interquartile_mean(values):
    """The mean of the middle half, as rliable's: a quarter of the values, rounded down, is cut at each end."""
    cut = len(values) // 4
    return statistics.fmean(sorted(values)[cut:len(values) - cut])


def interval(values, of, draws=5_000):
    """95% percentile bootstrap interval over seeds."""
    generator = random.Random(0)
    results = sorted(of(generator.choices(values, k=len(values))) for _ in range(draws))
    return results[int(0.025 * draws)], results[int(0.975 * draws)]


def difference(ours, theirs, draws=5_000):
    """Mean of ours less theirs, with its 95% bootstrap interval."""
    generator = random.Random(0)
    results = sorted(statistics.fmean(generator.choices(ours, k=len(ours)))
                     - statistics.fmean(generator.choices(theirs, k=len(theirs))) for _ in range(draws))
    return (statistics.fmean(ours) - statistics.fmean(theirs), results[int(0.025 * draws)], results[int(0.975 * draws)])


def reached(run, threshold):
    """Steps to the first evaluation at or above the threshold; infinity if there is none."""
    return next((step for step, value in zip(run["steps"], run["returns"]) if value >= threshold), math.inf)


# MARK: Speed

def rate(line):
    """Environment steps a second while learning; what comes before, and sbx's compiling, does not count."""
    if "seconds" in line:
        return line["steps"] / line["seconds"]
    marks = [mark for mark in line["marks"] if mark[0] > line["starts"]]
    (first, begin), (last, end) = marks[0], marks[-1]
    return (last - first) / (end - begin)


def costs(line):
    """Seconds a step before learning, and seconds that are lost once: compiling and first updates."""
    if "seconds" in line:
        return 0.0, line["compile"] or 0.0
    speed = rate(line)
    first, begin = next(mark for mark in line["marks"] if mark[0] > line["starts"])
    before = begin - (first - line["starts"]) / speed
    if not line["starts"]:
        return 0.0, max(0.0, before)
    if line["marks"][0][0] <= line["starts"]:
        at = line["marks"][0][1]
        return at / line["starts"], max(0.0, before - at)
    return max(0.0, before) / line["starts"], 0.0


def measured(lines, task, label):
    """Medians over the repetitions; `None` without any."""
    these = [line for line in lines if line["task"] == task and line["label"] == label and "error" not in line]
    if not these:
        return None
    losses = [costs(line) for line in these]
    starts = TASKS[task]["settings"].get("learning_starts", 0)
    return {"rate": statistics.median(rate(line) for line in these), "count": len(these),
            # rejax compiles once for all repetitions.
            "once": (max if "seconds" in these[0] else statistics.median)([loss[1] for loss in losses]),
            "before": statistics.median(loss[0] for loss in losses) * starts, "starts": starts}


def seconds_to(steps, speed):
    """Seconds of training to a number of steps, compiling included."""
    if speed is None or math.isinf(steps):
        return math.inf
    return speed["once"] + speed["before"] + max(0, steps - speed["starts"]) / speed["rate"]


# MARK: Text

def number(value, digits=0):
    return "never" if math.isinf(value) else f"{value:,.{digits}f}"


def fine(value):
    """Two digits that matter, more of large numbers."""
    if math.isinf(value):
        return "never"
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def listed(words):
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def load(path):
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def learning_table(runs, failed, speeds):
    labels = {"rlgym": "rlgym", "sb3": "SB3, 1 thread", "sbx": "sbx", "rejax": "rejax"}
    lines = ["| task | library | seeds | mean return in the end | interquartile mean | mean over the curve "
             "| steps to threshold, median | seconds to it |",
             "|---|---|---|---|---|---|---|---|"]
    for name, task in TASKS.items():
        head = f"{name}, {task['steps']:,} steps, threshold {task['threshold']}"
        for system, title in SYSTEMS.items():
            these = runs.get((name, system), [])
            lost = failed.get((name, system), [])
            if not these and not lost:
                continue
            crashed = f" + {len(lost)} failed" if lost else ""
            if not these:
                lines.append(f"| {head} | {title} | 0{crashed} | | | | | |")
                head = ""
                continue
            last = [run["returns"][-1] for run in these]
            curves = [statistics.fmean(run["returns"]) for run in these]
            at = [reached(run, task["threshold"]) for run in these] + [math.inf] * len(lost)
            median = statistics.median(at)
            count = sum(not math.isinf(value) for value in at)
            speed = measured(speeds, name, labels[system]) if system in labels else None
            low, high = interval(last, statistics.fmean)
            iqm_low, iqm_high = interval(last, interquartile_mean)
            taken = "" if speed is None else fine(seconds_to(median, speed))
            lines.append(
                f"| {head} | {title} | {len(these)}{crashed} | {statistics.fmean(last):.1f} [{low:.1f}, {high:.1f}] "
                f"| {interquartile_mean(last):.1f} [{iqm_low:.1f}, {iqm_high:.1f}] | {statistics.fmean(curves):.1f} "
                f"| {number(median)} ({count} of {len(at)}) | {taken} |")
            head = ""
    return lines


def speed_table(speeds):
    labels = list(dict.fromkeys(line["label"] for line in speeds))
    if not labels:
        return ["Not measured yet."]
    lines = ["| task | " + " | ".join(labels) + " |", "|---" * (len(labels) + 1) + "|"]
    for name in TASKS:
        cells = []
        for label in labels:
            speed = measured(speeds, name, label)
            errors = [line for line in speeds if line["task"] == name and line["label"] == label and "error" in line]
            text = fine(speed["rate"]) if speed else ""
            if speed and speed["once"] >= 0.5 and label.startswith(("sbx", "rejax")):
                text += f" (+ {speed['once']:.0f} s)"
            cells.append(text + (f" {len(errors)} failed" if errors else ""))
        if any(cells):
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def verdicts(runs, speeds):
    """In plain words: where a peer is better than rlgym with the same hyperparameters, and where rlgym is."""
    words = {"better": [], "worse": [], "same": []}
    measures = [("the mean return in the end", lambda run: run["returns"][-1]),
                ("the mean over the curve", lambda run: statistics.fmean(run["returns"]))]
    for name in TASKS:
        ours = runs.get((name, "rlgym"), [])
        for peer in PEERS:
            theirs = runs.get((name, peer), [])
            if len(ours) < 2 or len(theirs) < 2:
                continue
            for what, of in measures:
                gap, low, high = difference([of(run) for run in ours], [of(run) for run in theirs])
                text = (f"{name}, {what}: rlgym {gap:+.1f} against {SYSTEMS[peer]} [{low:+.1f}, {high:+.1f}]")
                words["better" if high < 0 else "worse" if low > 0 else "same"].append(text)
    faster, slower = [], []
    for name in TASKS:
        ours = measured(speeds, name, "rlgym")
        for label in dict.fromkeys(line["label"] for line in speeds):
            theirs = measured(speeds, name, label)
            if label.startswith("rlgym") or not theirs or not ours:
                continue
            ratio = ours["rate"] / theirs["rate"]
            (slower if ratio < 1 else faster).append(
                f"{name}: {label} has {1 / ratio:.1f} times rlgym's steps a second" if ratio < 1
                else f"{name}: rlgym has {ratio:.1f} times the steps a second of {label}")
    lines = ["Where a peer is better than rlgym with the same hyperparameters (95% intervals that exclude 0):", ""]
    lines += [f"- {text}." for text in words["better"] + slower] or ["- Nowhere that these runs could show."]
    lines += ["", "Where rlgym is better:", ""]
    lines += [f"- {text}." for text in words["worse"] + faster] or ["- Nowhere that these runs could show."]
    total = sum(map(len, words.values()))
    lines += ["", f"No difference shown in {len(words['same'])} of {total} comparisons of returns."]
    return lines


def versions(runs, speeds):
    found = {}
    for line in [run for group in runs.values() for run in group] + speeds:
        found |= line.get("versions") or {}
    return ", ".join(f"{name} {version}" for name, version in sorted(found.items()))


# MARK: Pictures

def draw(options, runs, restored):
    """One picture a task, from the runs' evaluations.npz, or from learning.jsonl where these are gone."""
    for name in TASKS:
        arguments = []
        for system, title in SYSTEMS.items():
            these = runs.get((name, system), [])
            folder = options.output / name / system
            if not all((folder / f"seed-{run['seed']}" / "evaluations.npz").exists() for run in these):
                folder = pathlib.Path(restored) / name / system
                for run in these:
                    restore(run, folder / f"seed-{run['seed']}")
            if these:
                arguments.append(f"{title}={folder}")
        for suffix in ("html", "svg") if arguments else ():
            subprocess.run([options.program, "plot", *arguments, "--title", name, "--from", "evaluations",
                            "--output", str(options.output / f"{name}.{suffix}")], check=True)


def restore(run, folder):
    """Writes an `evaluations.npz` with what learning.jsonl keeps of a run."""
    folder.mkdir(parents=True)
    count = len(run["steps"])
    arrays.write(folder / "evaluations.npz", {"timesteps": ((count,), run["steps"]),
                                              "results": ((count, 1), [float(value) for value in run["returns"]])})


def make(options):
    """Writes report.md and the pictures."""
    runs, failed = {}, {}
    for line in load(options.output / "learning.jsonl"):
        if TASKS.get(line["task"], {}).get("steps") == line["budget"]:
            (failed if "error" in line else runs).setdefault((line["task"], line["system"]), []).append(line)
    speeds = load(options.output / "speed.jsonl")
    machine = (load(options.output / "machine.json") or [{}])[0]
    lines = ["# rlgym and its peers", "",
             f"{machine.get('cores', '?')} cores of {machine.get('processor', 'an unknown processor')}; "
             f"{versions(runs, speeds)}.", "", "## Speed", "",
             "Environment steps a second while learning, evaluations not counted; medians. What is added are seconds "
             "of compiling. rejax with several seeds: steps of all seeds together.", "", *speed_table(speeds), "",
             "## Sample-efficiency", "",
             "Deterministic policy, 20 episodes an evaluation; brackets: 95% bootstrap intervals over seeds, which are "
             "too narrow for five; runs that do not reach the threshold count as infinitely long. Seconds: the median "
             "steps at the measured speed (SB3's with one thread), compiling included. "
             "Budgets: " + "; ".join(f"{name} {TASKS[name]['note']}" for name in sorted({name for name, _ in runs}, key=list(TASKS).index)) + ".", "",
             *learning_table(runs, failed, speeds), "", "## In words", "", *verdicts(runs, speeds), ""]
    if failed:
        lines += ["## Failures", ""] + [f"- {name}, {system}, seed {line['seed']}: {line['error']}"
                                        for (name, system), these in failed.items() for line in these] + [""]
    text = "\n".join(lines)
    (options.output / "report.md").write_text(text)
    print(text)
    if not options.no_pictures:
        with tempfile.TemporaryDirectory() as restored:
            draw(options, runs, restored)
