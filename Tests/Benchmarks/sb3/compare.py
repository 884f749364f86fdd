"""Do the agents with Stable-Baselines3's hyperparameters learn as Stable-Baselines3 does?

usage: python compare.py [CASE...] [--seeds 20]     (standard library only; build first: swift build -c release --product rlgym)
Trains seeds with SB3's settings to the step counts at which SB3 was measured, and compares the mean deterministic return with SB3's
curves, `CASE.jsonl` beside this file, which sb3_curves.py made. Writes result.json and prints a table; the exit code is 1 if a 95%
interval of the difference of the means (Welch) does not contain 0.
"""
import argparse, json, math, pathlib, subprocess, sys, tempfile

here = pathlib.Path(__file__).resolve().parent
program = here.parents[2] / ".build/release/rlgym"
# All settings in full, so that a preset of the environment does not matter. Off-policy agents of SB3 were measured before the round of
# updates that belongs to the step count, so ours are trained one round less.
cases = {
    "ppo-cartpole": ("ppo", "CartPole", 0, {
        "environments": 1, "rolloutSteps": 2048, "batchSize": 64, "epochs": 10, "learningRate": 3e-4, "discount": 0.99, "gaeLambda": 0.95,
        "clipRange": 0.2, "entropyCoefficient": 0, "valueCoefficient": 0.5, "maxGradientNorm": 0.5, "normalizeAdvantage": "true",
        "policyWidths": "[64, 64]", "valueWidths": "[64, 64]", "activation": "tanh", "orthogonalInitialization": "true",
        "adamEpsilon": 1e-5, "normalizeObservations": "false", "normalizeRewards": "false"}),
    "dqn-cartpole": ("dqn", "CartPole", 256, {
        "environments": 1, "learningRate": 2.3e-3, "batchSize": 64, "bufferSize": 100000, "learningStarts": 1000, "discount": 0.99,
        "targetUpdateInterval": 10, "trainFrequency": 256, "gradientSteps": 128, "explorationEnd": 0.04, "explorationStart": 1,
        "widths": "[256, 256]", "activation": "relu", "tau": 1, "returnSteps": 1, "maxGradientNorm": 10, "isDouble": "false",
        "isDueling": "false", "usesSquaredLoss": "false", "prioritizedReplay": "false", "normalizeLayers": "false",
        "normalizeObservations": "false", "adamEpsilon": 1e-8}),
    "sac-pendulum": ("sac", "Pendulum", 0, {
        "environments": 1, "learningRate": 1e-3, "batchSize": 256, "bufferSize": 1000000, "learningStarts": 100, "discount": 0.99,
        "tau": 0.005, "trainFrequency": 1, "gradientSteps": 1, "returnSteps": 1, "actorWidths": "[256, 256]",
        "criticWidths": "[256, 256]", "activation": "relu", "entropyCoefficient": "auto", "targetEntropy": "null", "policyDelay": 1,
        "targetUpdateInterval": 1, "normalizeLayers": "false", "normalizeObservations": "false", "adamEpsilon": 1e-8}),
    "td3-pendulum": ("td3", "Pendulum", 0, {
        "environments": 1, "learningRate": 1e-3, "batchSize": 256, "bufferSize": 1000000, "learningStarts": 100, "discount": 0.99,
        "tau": 0.005, "trainFrequency": 1, "gradientSteps": 1, "returnSteps": 1, "actorWidths": "[256, 256]",
        "criticWidths": "[256, 256]", "activation": "relu", "policyDelay": 2, "targetNoise": 0.2, "targetNoiseClip": 0.5,
        "explorationNoise": 0, "normalizeLayers": "false", "normalizeObservations": "false", "adamEpsilon": 1e-8}),
}

# Two-sided 97.5% points of Student's t.
T = {5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228, 12: 2.179, 15: 2.131, 20: 2.086, 25: 2.060, 30: 2.042, 40: 2.021, 60: 2.0, 1000: 1.962}
def mean(x): return sum(x) / len(x)
def variance(x): return sum((v - mean(x)) ** 2 for v in x) / (len(x) - 1)

def compare(case, seeds):
    agent, environment, less, settings = cases[case]
    theirs = {}
    for line in (here / f"{case}.jsonl").read_text().splitlines():
        for point in json.loads(line)["points"]:
            theirs.setdefault(point["step"], []).append(mean(point["evaluation"]))
    points = sorted(theirs)
    ours = {p: [] for p in points}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, seeds + 1):
            for point in points:
                steps = point - less
                command = [program, "train", agent, environment, "--steps", str(steps), "--seed", str(1000 + seed), "--no-progress", "--json",
                           "--evaluate-every", "1000000", "--output", f"{folder}/{seed}-{point}"]
                for key, value in settings.items(): command += ["--set", f"{key}={value}"]
                # SB3's exploration falls over 16% of 50,000 steps.
                if agent == "dqn": command += ["--set", f"explorationFraction={8000 / steps}"]
                result = subprocess.run(command, capture_output=True, text=True)
                if result.returncode != 0: sys.exit(result.stderr)
                ours[point].append(json.loads(result.stdout)["evaluation"]["mean"])
    rows, agrees = [], True
    print(f"{case}\n{'steps':>8} {'ours':>17} {'SB3':>17} {'difference':>12}  95% interval", flush=True)
    for p in points:
        a, b = ours[p], theirs[p]
        va, vb = variance(a) / len(a), variance(b) / len(b)
        spread = math.sqrt(va + vb)
        freedom = (va + vb) ** 2 / (va ** 2 / (len(a) - 1) + vb ** 2 / (len(b) - 1)) if spread > 0 else 1000
        t = T[max((k for k in T if k <= freedom), default=5)]
        d = mean(a) - mean(b)
        low, high = d - t * spread, d + t * spread
        agrees &= low <= 0 <= high
        rows.append({"steps": p, "ours": [round(v, 2) for v in a], "sb3": [round(v, 2) for v in b], "difference": round(d, 2), "interval": [round(low, 2), round(high, 2)]})
        print(f"{p:>8} {mean(a):>8.1f} ± {math.sqrt(variance(a)):>6.1f} {mean(b):>8.1f} ± {math.sqrt(variance(b)):>6.1f} {d:>12.1f}  [{low:.1f}, {high:.1f}]", flush=True)
    return {"seeds": seeds, "agrees": agrees, "points": rows}

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(cases))
parser.add_argument("--seeds", type=int, default=20)
options = parser.parse_args()
path = here / "result.json"
known = json.loads(path.read_text()) if path.exists() else {}
results = {case: known[case] for case in cases if case in known}
chosen = options.cases or list(cases)
for case in chosen:
    if case not in cases: parser.error(f"there is no case '{case}'; there are {', '.join(cases)}")
    results[case] = compare(case, options.seeds)
    path.write_text(json.dumps(results, indent=1) + "\n")
differing = [case for case in chosen if not results[case]["agrees"]]
print("The curves agree." if not differing else f"The curves differ: {', '.join(differing)}.")
sys.exit(1 if differing else 0)
