#!/usr/bin/env python3
"""Trains rlgym and its peers on the same tasks, with the same hyperparameters and seeds, on this machine.

    python3 Tests/Benchmarks/peers/peers.py setup      installs Stable-Baselines3, sbx and rejax
    python3 Tests/Benchmarks/peers/peers.py run        trains; `--what learning` or `--what speed` does one half
    python3 Tests/Benchmarks/peers/peers.py report     a table, report.md, and pictures, TASK.html and TASK.svg

Everything lies in `peers-results`, or where --output says; `results` beside this file is what was measured once.
A run that was stopped goes on where it stopped; what failed is named in the report, and tried again with
--retry-failed. `learning` takes an hour or more of one core and does not mind what else the machine does; `speed`
takes some minutes of an idle machine, and the times in the report are its alone. The driver needs Python's standard
library only, and a build (`swift build -c release --product rlgym`). PyTorch without CUDA is a smaller download: what
follows `setup --pip` is for pip, such as the index that has it.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

import arrays
import report
from tasks import TASKS, configuration, for_speed

here = pathlib.Path(__file__).resolve().parent
root = here.parents[2]

# rejax 0.1.3 needs a gymnax and a JAX of its time, so it has an environment of its own.
PACKAGES = {
    "sb3": ["torch", "stable-baselines3==2.9.2", "sbx-rl==0.28.0", "gymnasium==1.4.0", "mujoco==3.17.0"],
    "rejax": ["jax[cpu]==0.7.2", "rejax==0.1.3", "gymnax==0.0.9"],
}


def environment(output, system):
    """The virtual environment that a peer lives in."""
    return output / "venvs" / ("rejax" if system == "rejax" else "sb3")


class Runner:
    """A Python process that has a library loaded and works on one job after the other."""

    def __init__(self, output, system, threads):
        python = environment(output, system) / "bin" / "python"
        script = [here / "rejax_runner.py"] if system == "rejax" else [here / "sb3_runner.py", system]
        self.command = [python, *script, str(threads)]
        self.log = output / f"{system}.log"
        self.process = None
        self.hello = {}

    def work(self, job):
        """The reply to a job; an error if there is none."""
        try:
            if self.process is None:
                with open(self.log, "ab") as log:
                    self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                                    stderr=log, text=True)
                self.hello = json.loads(self.process.stdout.readline())
            print(json.dumps(job), file=self.process.stdin, flush=True)
            return json.loads(self.process.stdout.readline())
        except (OSError, json.JSONDecodeError):
            code = self.process.wait() if self.process else None
            self.process = None
            return {"error": f"the process ended with {code}; see {self.log}"}

    def close(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()


class Records:
    """A file with one JSON line for each run."""

    def __init__(self, path, retries_failed):
        self.path = path
        lines = path.read_text().splitlines() if path.exists() else []
        self.lines = []
        for line in lines:
            try:
                self.lines.append(json.loads(line))
            except json.JSONDecodeError:
                print(f"{path}: a line that was cut off is passed over", file=sys.stderr)
        if retries_failed:
            self.lines = [line for line in self.lines if "error" not in line]
        self.path.write_text("".join(json.dumps(line) + "\n" for line in self.lines))

    def has(self, **key):
        return any(all(line.get(name) == value for name, value in key.items()) for line in self.lines)

    def add(self, line):
        self.lines.append(line)
        with open(self.path, "a") as file:
            print(json.dumps(line), file=file)


def setup(options):
    for name, packages in PACKAGES.items():
        folder = options.output / "venvs" / name
        if not (folder / "bin" / "pip").exists():
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", *options.pip, *packages], check=True)


def train(options, task, system, seed, folder, extra):
    """Runs rlgym; an error, or `None`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        # What a run that was stopped left.
        shutil.rmtree(folder)
    command = [options.program, "train", task["agent"], task["environment"], "--steps", str(task["steps"]),
               "--seed", str(seed), "--no-progress", "--json", "--output", folder, *extra]
    if system == "rlgym":
        file = folder.parent / "settings.yaml"
        file.write_text(configuration(task))
        command += ["--no-preset", "--config", file]
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    return result.stderr.strip() or f"exit code {result.returncode}" if result.returncode else None


def version_of(program):
    return {"rlgym": subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()}


def has(system, name):
    """Whether a system has a task; rejax has none of MuJoCo."""
    return system != "rejax" or "is_named" not in TASKS[name]


def run_learning(options):
    records = Records(options.output / "learning.jsonl", options.retry_failed)
    ours = version_of(options.program)
    runners = {system: Runner(options.output, system, threads=1) for system in ("sb3", "sbx", "rejax")}
    seeds = {system: options.seeds if system.startswith("rlgym") else options.peer_seeds for system in options.systems}
    jobs = [(seed, name, system) for seed in range(1, max(seeds.values()) + 1) for name in options.tasks
            for system in options.systems if seed <= seeds[system] and has(system, name)]
    def is_there(seed, name, system):
        return records.has(seed=seed, task=name, system=system, budget=TASKS[name]["steps"])

    left = [job for job in jobs if not is_there(*job)]
    print(f"{len(jobs) - len(left)} of {len(jobs)} runs are there.", flush=True)
    for number, (seed, name, system) in enumerate(left):
        if is_there(seed, name, system):
            continue  # rejax trains all seeds together.
        task = TASKS[name]
        begin = time.monotonic()
        folder = options.output / name / system / f"seed-{seed}"
        head = {"task": name, "system": system, "budget": task["steps"]}
        if system.startswith("rlgym"):
            extra = ["--threads", 1, "--evaluate-every", task["every"]]
            error = train(options, task, system, seed, folder, extra)
            if error:
                lines = [{"seed": seed, "error": error}]
            else:
                steps, means, _ = arrays.evaluations(folder / "evaluations.npz")
                lines = [{"seed": seed, "steps": steps, "returns": means}]
            versions = ours
        else:
            job = {"what": "learning", "task": task, "seed": seed, "folder": str(folder)}
            if system == "rejax":
                job["seeds"] = [one for one in range(1, seeds[system] + 1) if not is_there(one, name, system)]
            reply = runners[system].work(job)
            versions = runners[system].hello.get("versions", {})
            lines = reply.get("runs", [{"seed": seed} | reply])
        seconds = time.monotonic() - begin
        for line in lines:
            if "returns" in line:
                line["returns"] = [round(value, 2) for value in line["returns"]]
            records.add(head | line | {"versions": versions})
        last = lines[-1].get("error") or f"mean return {lines[-1]['returns'][-1]} at {lines[-1]['steps'][-1]:,} steps"
        print(f"{number + 1}/{len(left)} {name} {system} seed {seed}: {last} ({seconds:.0f} s)", flush=True)
    for runner in runners.values():
        runner.close()


# The system, its name in the report, the most threads (0: its own choice), and how many seeds are trained together.
SPEEDS = [("rlgym", "rlgym, 1 thread", 1, 1), ("sb3", "SB3, 1 thread", 1, 1), ("rlgym", "rlgym", 0, 1),
          ("sb3", "SB3", 0, 1), ("sbx", "sbx", 0, 1), ("rejax", "rejax", 0, 1),
          ("rejax", "rejax, 10 seeds at once", 0, 10)]


def measure(options, name, system, threads, seeds, repetition, runners):
    """One measurement: marks, or the seconds of a compiled training."""
    speed = TASKS[name]["speed"]
    task = for_speed(TASKS[name])
    if system == "rlgym":
        task["steps"] *= speed["factor"]
        folder = options.output / "speed" / name
        extra = ["--evaluate-every", task["steps"] // 4] + (["--threads", threads] if threads else [])
        begin = time.monotonic()
        error = train(options, task, system, repetition, folder, extra)
        if error:
            return {"error": error}
        steps, _, seconds = arrays.evaluations(folder / "evaluations.npz")
        return {"marks": [[step, second] for step, second in zip(steps, seconds)],
                "starts": task["settings"].get("learning_starts", 0), "process": time.monotonic() - begin}
    runner = runners.setdefault((system, threads), Runner(options.output, system, threads))
    # A measurement is to take seconds, no more: what is slow is measured over fewer steps.
    before = task["settings"].get("learning_starts", 0) + speed["warm"]
    if system == "sb3" and threads == 0:
        task["steps"] = before + (task["steps"] - before) // 4
    if system == "rejax" and task["agent"] == "ppo":
        task["steps"] *= 4 if seeds == 1 else 1
    elif system == "rejax" and seeds > 1:
        task["steps"] //= seeds
    reply = runner.work({"what": "speed", "task": task, "seed": repetition, "seeds": seeds,
                         "longest": TASKS[name]["steps"]})
    return reply | {"start": runner.hello.get("start"), "versions": runner.hello.get("versions")}


def run_speed(options):
    records = Records(options.output / "speed.jsonl", options.retry_failed)
    runners = {}
    wanted = {system.split()[0] for system in options.systems}
    choices = [choice for choice in SPEEDS if choice[0] in wanted]
    total = len(options.tasks) * len(choices) * options.repetitions
    print(f"{len(records.lines)} of {total} measurements are there; the machine's load is {os.getloadavg()[0]:.1f}.")
    begin = time.monotonic()
    number = 0
    for name in options.tasks:
        for repetition in range(1, options.repetitions + 1):
            for system, label, threads, seeds in choices:
                number += 1
                if not has(system, name):
                    continue
                key = {"task": name, "label": label, "repetition": repetition}
                if records.has(**key):
                    continue
                load = os.getloadavg()[0]
                reply = measure(options, name, system, threads, seeds, repetition, runners)
                records.add(key | {"system": system, "load": round(load, 2)} | reply)
                rate = reply.get("error") or f"{report.rate(reply):,.0f} steps/s"
                print(f"{number}/{total} {time.monotonic() - begin:4.0f} s: {name} {label}: {rate}", flush=True)
    for runner in runners.values():
        runner.close()


def run(options):
    options.output.mkdir(parents=True, exist_ok=True)
    if not pathlib.Path(options.program).exists():
        sys.exit(f"There is no {options.program}; begin with: swift build -c release --product rlgym")
    for system in options.systems:
        folder = environment(options.output, system)
        if not system.startswith("rlgym") and not folder.exists():
            sys.exit(f"There is no {folder}; begin with: peers.py setup --output {options.output}")
    machine = {"processor": processor(), "cores": os.cpu_count(), "system": platform.platform(),
               "python": platform.python_version()}
    (options.output / "machine.json").write_text(json.dumps(machine) + "\n")
    if options.what in ("all", "learning"):
        run_learning(options)
    if options.what in ("all", "speed"):
        run_speed(options)


def processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["setup", "run", "report"])
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("peers-results"))
    parser.add_argument("--what", choices=["all", "learning", "speed"], default="all")
    parser.add_argument("--tasks", nargs="+", choices=TASKS,
                        default=[name for name, task in TASKS.items() if "is_named" not in task],
                        help="those of MuJoCo are trained when they are named (rejax has none)")
    parser.add_argument("--systems", nargs="+", choices=report.SYSTEMS, default=list(report.SYSTEMS))
    parser.add_argument("--seeds", type=int, default=10, help="how many of ours")
    parser.add_argument("--peer-seeds", type=int, default=5, help="how many of each peer")
    parser.add_argument("--repetitions", type=int, default=3, help="measurements of speed, of which the median counts")
    parser.add_argument("--program", default=str(root / ".build/release/rlgym"))
    parser.add_argument("--retry-failed", action="store_true")
    parser.add_argument("--no-pictures", action="store_true", help="report: the table alone")
    parser.add_argument("--pip", nargs=argparse.REMAINDER, default=[], help="setup: what pip is to be told, at the end")
    options = parser.parse_args()
    options.output = options.output.resolve()
    try:
        {"setup": setup, "run": run, "report": report.make}[options.command](options)
    except KeyboardInterrupt:
        sys.exit("Stopped; the same command goes on from here.")


if __name__ == "__main__":
    main()
