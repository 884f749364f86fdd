"""Trains with rejax, as the jobs on standard input say; one JSON line in, one out.

usage: rejax_runner.py THREADS      (peers.py starts it with the Python that has rejax; 0 threads: XLA's choice)

The environments are gymnax's, whose steps agree with Gymnasium's to Float32 rounding, but whose step limits are
terminal states. rejax compiles the whole training, and can train many seeds at once (`jax.vmap`), as the `learning`
jobs of PPO do. What rejax cannot be told: PPO clips with a constant range and clips values too; gradients are
clipped number by number, not by their norm; DQN has squared errors, no Huber loss, and spreads its updates over the
steps; SAC begins with its own random policy; initial weights are Flax's.
"""

import sys
import time

from worker import EPISODES, limit_xla, work

if int(sys.argv[1]):
    limit_xla()
import importlib.metadata

import flax.linen
import jax
import jax.numpy as jnp
import numpy as np
import optax
import rejax
import rejax.networks

versions = {name: importlib.metadata.version(name) for name in ("rejax", "jax", "gymnax", "flax", "optax")}


def schedule(value, updates):
    is_linear = isinstance(value, str) and value.startswith("lin_")
    return optax.linear_schedule(float(value[4:]), 0.0, updates) if is_linear else value


def make(task, every, evaluates, longest, starts=None):
    """rejax's algorithm with the task's settings.

    It copies its buffer at every step, so that one with more room than the budget of steps is made smaller.
    """
    agent, settings = task["agent"], task["settings"]
    shared = {"env": task["environment"], "total_timesteps": task["steps"], "eval_freq": every,
              "gamma": settings["gamma"], "skip_initial_evaluation": True}
    widths = tuple(settings.get("net_arch", (64, 64)))
    if agent == "ppo":
        size = settings["n_envs"] * settings["n_steps"]
        minibatches = size // settings["batch_size"]
        updates = -(-task["steps"] // size) * settings["n_epochs"] * minibatches
        clip = settings["clip_range"]
        algorithm = rejax.PPO.create(
            **shared, num_envs=settings["n_envs"], num_steps=settings["n_steps"], num_minibatches=minibatches,
            num_epochs=settings["n_epochs"], gae_lambda=settings["gae_lambda"], ent_coef=settings["ent_coef"],
            clip_eps=float(clip[4:]) if isinstance(clip, str) else clip, vf_coef=0.5, max_grad_norm=0.5,
            learning_rate=schedule(settings["learning_rate"], updates), agent_kwargs={"activation": "tanh"},
            normalize_observations=settings.get("normalize", False),
            normalize_rewards=settings.get("normalize", False))
    else:
        shared |= {"num_envs": 1, "batch_size": settings["batch_size"],
                   "buffer_size": min(settings["buffer_size"], longest),
                   "fill_buffer": settings["learning_starts"] if starts is None else starts,
                   "learning_rate": settings["learning_rate"]}
    if agent == "dqn":
        # An iteration is a step of each environment and then the updates; two environments and one update are
        # Stable-Baselines3's one update for every two steps.
        algorithm = rejax.DQN.create(
            **shared | {"num_envs": settings["train_freq"] // settings["gradient_steps"]}, num_epochs=1, ddqn=False,
            polyak=0.0, target_update_freq=settings["target_update_interval"], max_grad_norm=10,
            exploration_fraction=settings["exploration_fraction"], eps_end=settings["exploration_final_eps"])
        network = rejax.networks.EpsilonGreedyPolicy(rejax.networks.DiscreteQNetwork)
        algorithm = algorithm.replace(agent=network(
            hidden_layer_sizes=widths, activation=flax.linen.relu, action_dim=algorithm.action_dim))
    elif agent == "sac":
        algorithm = rejax.SAC.create(**shared, hidden_layer_sizes=widths, polyak=0.995, num_epochs=1,
                                     agent_kwargs={"activation": "relu"})
    elif agent == "td3":
        # rejax has noise in the units of actions, Stable-Baselines3 in half the width of the action space.
        algorithm = rejax.TD3.create(**shared, polyak=0.995, num_epochs=1, policy_delay=2)
        half = float((algorithm.action_space.high - algorithm.action_space.low) / 2)
        algorithm = algorithm.replace(
            exploration_noise=settings["noise_std"] * half, target_noise=0.2 * half, target_noise_clip=0.5 * half,
            actor=algorithm.actor.clone(hidden_layer_sizes=widths, activation=flax.linen.relu),
            critic=algorithm.critic.clone(hidden_layer_sizes=widths, activation=flax.linen.relu))
    return algorithm.replace(eval_callback=evaluation if evaluates else lambda algorithm, state, key: jnp.zeros(()))


def action(algorithm, state, observation):
    """The most likely action."""
    if getattr(algorithm, "normalize_observations", False):
        observation = algorithm.normalize_obs(state.obs_rms_state, observation)
    row = observation[None]
    kind = type(algorithm).__name__
    if kind == "DQN":
        return algorithm.agent.apply(state.q_ts.params, row)[0].argmax()
    if kind == "PPO" and algorithm.discrete:
        return algorithm.actor.apply(state.actor_ts.params, row, method="_action_dist").logits[0].argmax()
    if kind == "SAC":
        mean = algorithm.actor.apply(state.actor_ts.params, row, method="_action_dist").loc[0]
        space = algorithm.action_space
        return (space.high + space.low) / 2 + jnp.tanh(mean) * (space.high - space.low) / 2
    if kind == "TD3":
        return algorithm.actor.apply(state.actor_ts.params, row)[0]
    raise ValueError(f"no deterministic policy for {kind}")


def evaluation(algorithm, state, key):
    """Steps and mean return of 20 episodes with start states of their own."""
    env, parameters = algorithm.env, algorithm.env_params

    def episode(key):
        key, begin = jax.random.split(key)
        observation, inner = env.reset(begin, parameters)

        def step(carry):
            key, observation, inner, total, _ = carry
            key, now = jax.random.split(key)
            best = action(algorithm, state, observation)
            observation, inner, reward, done, _ = env.step(now, inner, best, parameters)
            return key, observation, inner, total + jnp.squeeze(reward), done

        zero = (key, observation, inner, 0.0, jnp.array(False))
        return jax.lax.while_loop(lambda carry: ~carry[4], step, zero)[3]

    keys = jax.random.split(jax.random.fold_in(key, 1), EPISODES)
    return state.global_step, jax.vmap(episode)(keys).mean()


def learn(job):
    algorithm = make(job["task"], job["task"]["every"], True, job["task"]["steps"])
    keys = jnp.stack([jax.random.PRNGKey(seed) for seed in job["seeds"]])
    if job["task"]["agent"] == "ppo":
        _, (steps, returns) = jax.jit(jax.vmap(algorithm.train))(keys)
    else:
        # Together, seeds would update in the random steps before learning, too, and throw the updates away.
        train = jax.jit(lambda key: algorithm.train(key)[1])
        steps, returns = zip(*[train(key) for key in keys])
    steps, returns = np.asarray(steps), np.asarray(returns)
    return {"runs": [{"seed": seed, "steps": [int(v) for v in steps[i]], "returns": [float(v) for v in returns[i]]}
                     for i, seed in enumerate(job["seeds"])]}


compiled = {}


def measure(job):
    """Seconds to compile, the first time, and to train one seed or several together, learning from the first step."""
    task, seeds = job["task"], job["seeds"]
    key = (task["agent"], task["environment"], seeds)
    seconds = None
    keys = jnp.stack([jax.random.PRNGKey(job["seed"] * 100 + i) for i in range(seeds)])
    if seeds == 1:
        keys = keys[0]
    if key not in compiled:
        algorithm = make(task, task["steps"], False, job["longest"], starts=0)
        begin = time.perf_counter()
        compiled[key] = jax.jit(algorithm.train if seeds == 1 else jax.vmap(algorithm.train)).lower(keys).compile()
        seconds = time.perf_counter() - begin
    begin = time.perf_counter()
    state, _ = jax.block_until_ready(compiled[key](keys))
    taken = time.perf_counter() - begin
    return {"steps": int(np.asarray(state.global_step).sum()), "seconds": taken, "compile": seconds}


work(learn, measure, versions)
