"""Does PPO with Stable-Baselines3's hyperparameters learn CartPole as Stable-Baselines3 does?

usage: python compare.py [SEEDS]        (standard library only; build first: swift build -c release --product rlgym)
Trains `SEEDS` seeds (20 by default) with SB3's defaults to 10,240, 20,480 and 40,960 steps and compares the mean deterministic
return with SB3's curves in ppo-cartpole.jsonl, which sb3_curves.py made. Writes result.json and prints a table; the exit code is 1
if a 95% interval of the difference of the means (Welch) does not contain 0.
"""
import json, math, pathlib, subprocess, sys, tempfile

here = pathlib.Path(__file__).resolve().parent
program = here.parents[2] / ".build/release/rlgym"
points = [10_240, 20_480, 40_960]
seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 20

theirs = {p: [] for p in points}
for line in (here / "ppo-cartpole.jsonl").read_text().splitlines():
    for point in json.loads(line)["points"]:
        theirs[point["step"]].append(sum(point["evaluation"]) / len(point["evaluation"]))

# SB3's defaults, in full, so that a preset of the environment does not matter.
settings = ["environments=1", "rolloutSteps=2048", "batchSize=64", "epochs=10", "learningRate=3e-4", "discount=0.99", "gaeLambda=0.95",
            "clipRange=0.2", "entropyCoefficient=0", "valueCoefficient=0.5", "maxGradientNorm=0.5", "normalizeAdvantage=true",
            "policyWidths=[64, 64]", "valueWidths=[64, 64]", "activation=tanh", "orthogonalInitialization=true", "adamEpsilon=1e-5",
            "normalizeObservations=false", "normalizeRewards=false"]
ours = {p: [] for p in points}
with tempfile.TemporaryDirectory() as folder:
    for seed in range(1, seeds + 1):
        for point in points:
            command = [program, "train", "ppo", "CartPole", "--steps", str(point), "--seed", str(1000 + seed), "--no-progress", "--json",
                       "--evaluate-every", "1000000", "--output", f"{folder}/{seed}-{point}"]
            for setting in settings: command += ["--set", setting]
            out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            ours[point].append(json.loads(out)["evaluation"]["mean"])

# Two-sided 97.5% points of Student's t.
T = {5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228, 12: 2.179, 15: 2.131, 20: 2.086, 25: 2.060, 30: 2.042, 40: 2.021, 60: 2.0, 1000: 1.962}
def mean(x): return sum(x) / len(x)
def variance(x): return sum((v - mean(x)) ** 2 for v in x) / (len(x) - 1)

rows, agrees = [], True
print(f"{'steps':>8} {'ours':>16} {'SB3':>16} {'difference':>12}  95% interval")
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
    print(f"{p:>8} {mean(a):>8.1f} ± {math.sqrt(variance(a)):>5.1f} {mean(b):>8.1f} ± {math.sqrt(variance(b)):>5.1f} {d:>12.1f}  [{low:.1f}, {high:.1f}]")
(here / "result.json").write_text(json.dumps({"seeds": seeds, "agrees": agrees, "points": rows}, indent=1) + "\n")
print("The curves agree." if agrees else "The curves differ.")
sys.exit(0 if agrees else 1)
