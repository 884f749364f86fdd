#!/usr/bin/env python3
"""Writes statistics.json: scores, and what rliable and SciPy say of them.

    pip install rliable scipy "pandas<3" && python3 make_fixtures.py [OUT_FILE]

Scores are random and rounded, so that there are ties. Intervals are made with rliable's metrics on runs drawn
with NumPy's generator (rliable's own draws cannot be seeded).
"""

import json
import pathlib
import sys

import numpy as np
import scipy
from rliable import library, metrics
from scipy import stats


def profile(scores, thresholds):
    return np.array([library.run_score_deviation(scores, threshold) for threshold in thresholds])


def draw_interval(sides, statistic, seed, repetitions):
    """Stratified bootstrap: each side's runs are drawn anew in each task, task by task."""
    generator = np.random.default_rng(seed)
    results = []
    for _ in range(repetitions):
        drawn = []
        for scores in sides:
            runs, tasks = scores.shape
            columns = [[scores[generator.integers(runs), task] for _ in range(runs)] for task in range(tasks)]
            drawn.append(np.array(columns).T)
        results.append(statistic(*drawn))
    return np.percentile(np.array(results), [2.5, 97.5], axis=0).T.tolist()


def main():
    generator = np.random.default_rng(7)
    cases = []
    for runs, tasks in [(1, 1), (3, 2), (5, 1), (10, 3), (20, 5), (7, 4)]:
        x = np.round(generator.normal(0.7, 0.4, (runs, tasks)), 1)
        y = np.round(generator.normal(0.5, 0.5, (runs + 2, tasks)), 1)
        thresholds = np.linspace(0, 1.5, 7)
        case = {
            "x": x.T.tolist(), "y": y.T.tolist(), "thresholds": thresholds.tolist(),
            "interquartileMean": metrics.aggregate_iqm(x), "median": metrics.aggregate_median(x),
            "mean": metrics.aggregate_mean(x), "optimalityGap": metrics.aggregate_optimality_gap(x),
            "improvement": metrics.probability_of_improvement(x, y),
            "selfImprovement": metrics.probability_of_improvement(x, x),
            "profile": profile(x, thresholds).tolist(),
            "seed": runs,
            "repetitions": 200,
        }
        one = lambda f: draw_interval([x], lambda s: np.array([f(s)]), runs, 200)[0]
        case["interquartileMeanInterval"] = one(metrics.aggregate_iqm)
        case["medianInterval"] = one(metrics.aggregate_median)
        case["meanInterval"] = one(metrics.aggregate_mean)
        case["optimalityGapInterval"] = one(metrics.aggregate_optimality_gap)
        case["improvementInterval"] = draw_interval(
            [x, y], lambda a, b: np.array([metrics.probability_of_improvement(a, b)]), runs, 200)[0]
        case["profileIntervals"] = draw_interval(
            [x], lambda s: profile(s, thresholds), runs, 200)
        cases.append(case)
    trimmed = []
    for count in range(1, 14):
        values = generator.normal(size=count)
        trimmed.append({"values": values.tolist(), "mean": stats.trim_mean(values, 0.25),
                        "u": stats.mannwhitneyu(values, values[::-1] + 0.1).statistic,
                        "quantiles": np.percentile(values, [0, 2.5, 50, 97.5, 100]).tolist()})
    text = json.dumps({"rliable": "1.2.0", "scipy": scipy.__version__, "numpy": np.__version__,
                       "cases": cases, "trimmed": trimmed}, separators=(",", ":"))
    path = pathlib.Path(sys.argv[1]) if sys.argv[1:] else pathlib.Path(__file__).with_name("statistics.json")
    path.write_text(text + "\n")


if __name__ == "__main__":
    main()
