"""Checks that Minari reads what rlgym writes, and rlgym what Minari writes.

    pip install "minari[hdf5,create]" gymnasium
    swift build -c release --product rlgym
    python3 Tests/Interoperability/check_minari.py .build/release/rlgym

For every environment that Gymnasium has: rlgym collects a dataset; Minari loads it, recovers the environment,
and repeating the episodes there gives the logged numbers (to the last bit, but for the environments
whose README says so). Then Minari combines datasets and appends episodes of its own, and rlgym reads and repeats
those. A logged training run has the returns of its monitor.csv, and a dataset of Examples/CustomEnvironment what its
steps say. Ends with code 1 if anything differs.
"""
import csv
import os
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
program = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ".build/release/rlgym")
folder = tempfile.mkdtemp(prefix="rlgym-minari-")
os.environ["MINARI_DATASETS_PATH"] = folder
import gymnasium  # noqa: E402
import minari  # noqa: E402
import numpy as np  # noqa: E402

gymnasium.logger.min_level = 50
SEED = 11
# The largest difference that is allowed, in observations and rewards.
TOLERANCE = {"Pendulum-v1": 1e-5, "Acrobot-v1": 1e-5}
ENVIRONMENTS = [
    "CartPole-v0", "CartPole-v1", "Pendulum-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Acrobot-v1",
    "Taxi-v3", "Taxi-v4", "FrozenLake-v1", "FrozenLake8x8-v1", "CliffWalking-v1", "Blackjack-v1",
]
failures = 0


def check(condition, what):
    global failures
    print(("ok    " if condition else "WRONG ") + what)
    failures += not condition


def rlgym(*arguments):
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        check(False, " ".join(arguments) + ": " + done.stderr.strip())
    return done.stdout


def row(observations, t):
    if isinstance(observations, tuple):
        return np.array([part[t] for part in observations])
    return np.asarray(observations[t])


def repeat(dataset, environment):
    """The largest difference between the dataset and Gymnasium's environment."""
    largest = 0.0
    for episode, about in zip(dataset.iterate_episodes(), dataset.storage.get_episode_metadata(range(dataset.total_episodes))):
        observation, _ = environment.reset(seed=about["seed"])
        for t in range(len(episode.rewards)):
            largest = max(largest, np.abs(np.array(observation) - row(episode.observations, t)).max())
            observation, reward, terminated, truncated, _ = environment.step(episode.actions[t])
            largest = max(largest, abs(float(reward) - episode.rewards[t]))
            if t < len(episode.rewards) - 1 or environment.spec.max_episode_steps:
                if (terminated, truncated) != (episode.terminations[t], episode.truncations[t]):
                    return float("inf")
        largest = max(largest, np.abs(np.array(observation) - row(episode.observations, -1)).max())
    return largest


for name in ENVIRONMENTS:
    dataset_id = name.lower().replace("-", "") + "-v0"
    episodes = 3 if name.startswith("Cliff") else 20
    rlgym("collect", "--random", name, "--episodes", str(episodes), "--seed", str(SEED), "--output", dataset_id)
    dataset = minari.load_dataset(dataset_id)
    environment = dataset.recover_environment()
    check(dataset.total_episodes == episodes, f"{name}: {episodes} episodes, {dataset.total_steps} steps")
    check(
        dataset.observation_space == environment.observation_space
        and dataset.action_space == environment.action_space, f"{name}: the spaces are Gymnasium's")
    if "v3" not in name:
        own = gymnasium.make(name).spec.to_json()
        check(
            gymnasium.envs.registration.EnvSpec.from_json(own) == dataset.env_spec,
            f"{name}: the environment's spec is Gymnasium's")
    for episode in dataset.iterate_episodes():
        repr(episode)
        if episode.terminations.dtype != bool or episode.rewards.dtype != np.float64:
            check(False, f"{name}: dtypes")
    if not name.startswith("Cliff"):
        difference = repeat(dataset, environment)
        check(difference <= TOLERANCE.get(name, 0), f"{name}: repeated in Gymnasium, difference {difference:.3g}")
    check("every bit is the same" in rlgym("log", "verify", dataset_id), f"{name}: repeated by rlgym")

check(len(minari.list_local_datasets()) == len(ENVIRONMENTS), "Minari lists the datasets")

# Combining.
rlgym("collect", "--random", "CartPole-v1", "--episodes", "7", "--seed", "99", "--output", "second-v0")
combined = minari.combine_datasets(
    [minari.load_dataset("cartpolev1-v0"), minari.load_dataset("second-v0")], "combined-v0")
check(combined.total_episodes == 27, "minari combine")
first = minari.load_dataset("second-v0")[0]
check(np.array_equal(combined[20].observations, first.observations), "minari combine keeps the numbers")
check("27" in rlgym("log", "info", "combined-v0"), "rlgym reads what Minari combined")

# Minari's own episodes: a dataset of its own, and some added to one of ours.
collector = minari.DataCollector(gymnasium.make("CartPole-v1"))
for seed in range(5):
    collector.reset(seed=seed)
    ended = False
    while not ended:
        _, _, terminated, truncated, _ = collector.step(collector.action_space.sample())
        ended = terminated or truncated
own = collector.create_dataset("own-v0", algorithm_name="random", eval_env="CartPole-v1")
check("5 episodes" in rlgym("log", "verify", "own-v0"), "rlgym repeats what Minari collected")
collector = minari.DataCollector(gymnasium.make("CartPole-v1"))
collector.reset(seed=5)
while not any(collector.step(collector.action_space.sample())[2:4]):
    pass
dataset = minari.load_dataset("second-v0")
collector.add_to_dataset(dataset)
dataset = minari.load_dataset("second-v0")
check(dataset.total_episodes == 8, "Minari appends to what rlgym wrote")
# Minari drops the seed of an episode that it appends, so that one cannot be repeated.
check("7 episodes" in rlgym("log", "verify", "second-v0"), "rlgym repeats the others")
check("episodes      8," in rlgym("log", "info", "second-v0"), "rlgym reads the appended episode")
rlgym("log", "pack", "second-v0")
check(len(list(minari.load_dataset("second-v0").iterate_episodes())) == 8, "Minari reads a packed log")
collector = minari.DataCollector(gymnasium.make("CartPole-v1"))
collector.reset(seed=6)
while not any(collector.step(collector.action_space.sample())[2:4]):
    pass
collector.add_to_dataset(minari.load_dataset("second-v0"))
check("episodes      9," in rlgym("log", "info", "second-v0"), "Minari appends to a packed log")
rlgym("log", "merge", "second-v0", "own-v0", "--output", "merged-v0")
check(len(list(minari.load_dataset("merged-v0").iterate_episodes())) == 14, "Minari reads a merged log")

# A training run.
rlgym("train", "ppo", "CartPole", "--steps", "20000", "--seed", "1", "--output", "run", "--no-progress", "--log-rollouts")
log = minari.MinariDataset(folder + "/run/rollouts/data")
with open(folder + "/run/monitor.csv") as file:
    next(file)
    monitor = [(float(r["r"]), int(r["l"])) for r in csv.DictReader(file)]
episodes = [(float(e.rewards.sum()), len(e.rewards)) for e in log.iterate_episodes()]
check(monitor == episodes[: len(monitor)], f"the log of a training has the {len(monitor)} episodes of monitor.csv")
import h5py  # noqa: E402

with h5py.File(folder + "/run/rollouts/data/main_data.hdf5") as file:
    group = file["episode_0"]
    check(
        group["rlgym_logprob"].shape == group["rlgym_value"].shape == group["rewards"].shape
        and bool(np.all(group["rlgym_logprob"][:] < 0)), "it has log-probabilities and values")

# What the steps of an environment say; rlgym's own environments say nothing.
corridor = os.path.join(os.path.dirname(program), "CustomEnvironment")
if os.path.exists(corridor):
    subprocess.run(
        [corridor, "collect", "--random", "Corridor", "--episodes", "9", "--seed", "1", "--output", "corridor-v0"],
        cwd=folder, check=True, capture_output=True)
    dataset = minari.load_dataset("corridor-v0")
    episodes = list(dataset.iterate_episodes())
    same = all(
        set(e.infos) == {"is_success", "bumps"} and e.infos["is_success"].shape == (len(e.rewards) + 1,)
        and e.infos["is_success"][0] == 0 and np.array_equal(e.infos["is_success"][1:], e.terminations)
        for e in episodes)
    check(same and sum(e.infos["bumps"].sum() for e in episodes) > 0, "Minari reads what the steps said")
else:
    print(f"-     {corridor} is not built; the information of steps is not tried")
print(f"{failures} failures; the datasets are in {folder}")
sys.exit(failures > 0)
