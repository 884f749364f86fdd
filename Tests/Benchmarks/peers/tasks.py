"""What is compared: five tasks with rl-zoo's hyperparameters, and four of MuJoCo that are trained when they are named, in
Stable-Baselines3's words.

Budgets that rl-zoo has longer are cut for all sides alike; `note` says so. Needs Python's standard library only.
"""

TASKS = {
    "ppo-CartPole": {
        "agent": "ppo", "environment": "CartPole-v1", "threshold": 475,
        "steps": 100_000, "every": 23 * 256, "note": "rl-zoo's budget",
        "settings": {"n_envs": 8, "n_steps": 32, "batch_size": 256, "gae_lambda": 0.8, "gamma": 0.98, "n_epochs": 20,
                     "ent_coef": 0.0, "learning_rate": "lin_0.001", "clip_range": "lin_0.2"},
        "speed": {"steps": 8_192, "warm": 512, "factor": 16},
    },
    "dqn-CartPole": {
        "agent": "dqn", "environment": "CartPole-v1", "threshold": 475,
        "steps": 50_000, "every": 14 * 256, "note": "rl-zoo's budget",
        "settings": {"learning_rate": 2.3e-3, "batch_size": 64, "buffer_size": 100_000, "learning_starts": 1_000,
                     "gamma": 0.99, "target_update_interval": 10, "train_freq": 256, "gradient_steps": 128,
                     "exploration_fraction": 0.16, "exploration_final_eps": 0.04, "net_arch": [256, 256]},
        "speed": {"steps": 3_584, "warm": 512, "factor": 6},
    },
    "sac-Pendulum": {
        "agent": "sac", "environment": "Pendulum-v1", "threshold": -200,
        "steps": 6_000, "every": 500, "note": "the first 6,000 of rl-zoo's 20,000 steps",
        "settings": {"learning_rate": 1e-3, "buffer_size": 1_000_000, "learning_starts": 100, "batch_size": 256,
                     "gamma": 0.99, "net_arch": [256, 256]},
        "speed": {"steps": 450, "warm": 50, "factor": 3},
    },
    "td3-Pendulum": {
        "agent": "td3", "environment": "Pendulum-v1", "threshold": -200,
        "steps": 14_000, "every": 1_000, "note": "the first 14,000 of rl-zoo's 20,000 steps, 10,000 of them random",
        "settings": {"gamma": 0.98, "buffer_size": 200_000, "learning_starts": 10_000, "noise_std": 0.1,
                     "gradient_steps": 1, "train_freq": 1, "learning_rate": 1e-3, "batch_size": 256,
                     "net_arch": [400, 300]},
        "speed": {"steps": 900, "warm": 50, "factor": 3, "learning_starts": 500},
    },
    "ppo-Acrobot": {
        "agent": "ppo", "environment": "Acrobot-v1", "threshold": -100,
        "steps": 163_840, "every": 4 * 4_096, "note": "the first 163,840 of rl-zoo's 1,000,000 steps",
        "settings": {"normalize": True, "n_envs": 16, "n_steps": 256, "batch_size": 64, "gae_lambda": 0.94,
                     "gamma": 0.99, "n_epochs": 4, "ent_coef": 0.0, "learning_rate": 3e-4, "clip_range": 0.2},
        "speed": {"steps": 16_384, "warm": 4_096, "factor": 16},
    },
}

# Stable-Baselines3's defaults but for what is written here.
for name in ("HalfCheetah", "Hopper"):
    TASKS[f"ppo-{name}"] = {
        "agent": "ppo", "environment": f"{name}-v5", "is_named": True, "threshold": {"HalfCheetah": 1000, "Hopper": 500}[name],
        "steps": 204_800, "every": 25 * 2_048, "note": "eight environments, normalized",
        "settings": {"normalize": True, "n_envs": 8, "n_steps": 256, "batch_size": 64, "gae_lambda": 0.95, "gamma": 0.99,
                     "n_epochs": 10, "ent_coef": 0.0, "learning_rate": 3e-4, "clip_range": 0.2},
        "speed": {"steps": 16_384, "warm": 4_096, "factor": 16},
    }
    TASKS[f"sac-{name}"] = {
        "agent": "sac", "environment": f"{name}-v5", "is_named": True, "threshold": {"HalfCheetah": 1000, "Hopper": 500}[name],
        "steps": 20_000, "every": 2_500, "note": "10,000 random steps",
        "settings": {"learning_rate": 3e-4, "buffer_size": 1_000_000, "learning_starts": 10_000, "batch_size": 256,
                     "gamma": 0.99, "net_arch": [256, 256]},
        "speed": {"steps": 450, "warm": 50, "factor": 3, "learning_starts": 100},
    }

# Stable-Baselines3's name -> rlgym's names.
NAMES = {
    "n_envs": ["environments"], "n_steps": ["rolloutSteps"], "batch_size": ["batchSize"], "n_epochs": ["epochs"],
    "learning_rate": ["learningRate"], "clip_range": ["clipRange"], "gae_lambda": ["gaeLambda"], "gamma": ["discount"],
    "ent_coef": ["entropyCoefficient"], "normalize": ["normalizeObservations", "normalizeRewards"],
    "buffer_size": ["bufferSize"], "learning_starts": ["learningStarts"], "train_freq": ["trainFrequency"],
    "gradient_steps": ["gradientSteps"], "target_update_interval": ["targetUpdateInterval"],
    "exploration_fraction": ["explorationFraction"], "exploration_final_eps": ["explorationEnd"],
    "noise_std": ["explorationNoise"],
}


def configuration(task):
    """The hyperparameters as a file for `rlgym train --config`."""
    lines = []
    for name, value in task["settings"].items():
        if name == "net_arch":
            names = ["widths"] if task["agent"] == "dqn" else ["actorWidths", "criticWidths"]
        else:
            names = NAMES[name]
        if isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, str) and value.startswith("lin_"):
            value = f"linear({value[4:]}, 0)"
        lines += [f"{name}: {value}" for name in names]
    return "\n".join(lines) + "\n"


def for_speed(task):
    """The task with as little before its first update as a measurement of its updates needs."""
    speed = task["speed"]
    settings = dict(task["settings"])
    if "learning_starts" in speed:
        settings["learning_starts"] = speed["learning_starts"]
    return task | {"settings": settings, "steps": speed["steps"]}
