"""Writes packages/statistics/src/fixtures/: what SciPy, statsmodels and rliable compute, for numbers given or drawn here.

    pip install -r tools/oracles/statistics-oracle.txt && python tools/oracles/statistics-oracle.py

A bootstrap is compared on the same resamples: the fixture holds each resample's indices, as letters (a = 0). SciPy takes its intervals from
the statistics of those resamples (`bootstrap_result` with no resamples of its own); rliable draws them, and they are noted as it does.
"""

import itertools
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import statsmodels.formula.api as formula
from rliable import library, metrics
from scipy import optimize, stats
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import proportion_confint

FIXTURES = Path(__file__).resolve().parents[2] / "packages/statistics/src/fixtures"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
generator = np.random.default_rng(20261124)


def drawn(values):
    """Multiples of 1/1024: the same number in the file."""
    return np.round(np.asarray(values) * 1024) / 1024


NORMAL = drawn(generator.normal(0.5, 1, 8))
SKEWED = drawn(np.exp(generator.normal(0, 1, 5)))
BINARY = np.array([1.0, 0, 1, 1, 1, 0, 1, 1, 1, 1])
LONG = drawn(generator.normal(0, 1, 23))
TASKS = drawn(generator.normal(0.6, 0.2, (5, 3)))  # runs × tasks
BETTER = drawn(generator.normal(0.75, 0.2, (6, 3)))
BETTER[0, 0] = TASKS[0, 0]  # a tie

# ---------------------------------------------------------------- SciPy

STATISTICS = {
    "mean": lambda *strata: np.mean(np.concatenate(strata, axis=-1), axis=-1),
    "median": lambda *strata: np.median(np.concatenate(strata, axis=-1), axis=-1),
    "interquartileMean": lambda *strata: stats.trim_mean(np.concatenate(strata, axis=-1), 0.25, axis=-1),
}


def vectorised(name):
    return lambda *strata, axis=-1: STATISTICS[name](*strata)


def bootstrap_case(name, strata, resamples=240, level=0.95):
    indices = [[generator.integers(0, len(values), len(values)) for values in strata] for _ in range(resamples)]
    distribution = np.array([STATISTICS[name](*[values[at] for values, at in zip(strata, one)]) for one in indices])
    before = stats._resampling.BootstrapResult(None, distribution, None)  # what bootstrap() returns, without its own draws
    interval = {
        method: list(
            stats.bootstrap(
                strata, vectorised(name), n_resamples=0, bootstrap_result=before, method=method, confidence_level=level, axis=-1
            ).confidence_interval
        )
        for method in ("percentile", "BCa")
    }
    return {"statistic": name, "strata": strata, "level": level, **interval, "indices": letters(indices)}


def letters(indices):
    return ["".join(LETTERS[at] for part in one for at in np.asarray(part).ravel()) for one in indices]


def t_power(t, degrees, noncentrality):
    return {"t": t, "degrees": degrees, "noncentrality": noncentrality, "upper": stats.nct.sf(t, degrees, noncentrality)}


def looks_case(first, planned, level):
    """Levels of looks at first … planned seeds: the joint normal distribution's, by cubature in as many dimensions as there are looks."""
    seeds = np.arange(first, planned + 1)
    spent = 4 * stats.norm.sf(stats.norm.isf(level / 4) * np.sqrt(planned / seeds))
    correlation = np.sqrt(np.minimum.outer(seeds, seeds) / np.maximum.outer(seeds, seeds))
    bounds = []
    for look, total in enumerate(spent, 1):

        def error(bound):
            at = np.array([*bounds, bound])
            inside = stats.multivariate_normal.cdf(at, cov=correlation[:look, :look], lower_limit=-at, abseps=1e-9, releps=1e-9, maxpts=200_000 * look, rng=1)
            return 1 - inside - total

        bounds.append(optimize.brentq(error, 0.5, 9, xtol=1e-7))
    return {"first": first, "planned": planned, "level": level, "levels": 2 * stats.norm.sf(bounds)}


scipy = {
    "version": f"SciPy {version('scipy')}, NumPy {version('numpy')}",
    "descriptive": [
        {
            "values": values,
            "mean": np.mean(values),
            "median": np.median(values),
            "interquartileMean": stats.trim_mean(values, 0.25),
            "standardError": stats.sem(values),
        }
        for values in (NORMAL, SKEWED, BINARY, LONG, NORMAL[:3], LONG[:6], LONG[:7])
    ],
    "normal": [{"z": z, "cdf": stats.norm.cdf(z)} for z in (-37.0, -8.5, -3.1, -3, -2.9, -1, -0.25, 0, 0.5, 2.99, 3.01, 6)],
    "normalQuantile": [{"p": p, "z": stats.norm.ppf(p)} for p in (1e-300, 1e-12, 0.001, 0.025, 0.3, 0.5, 0.6, 0.975, 0.9999)],
    "studentT": [
        {"t": t, "degrees": degrees, "twoSided": 2 * stats.t.sf(t, degrees), "cdf": stats.t.cdf(-t, degrees)}
        for t, degrees in [(0.1, 1), (2.776, 4), (12.7, 1), (3.5, 29), (1.96, 999), (40, 4), (1.5, 4.37), (8, 199.5)]
    ],
    "studentTCritical": [
        {"tails": tails, "degrees": degrees, "t": stats.t.isf(tails / 2, degrees)}
        for tails, degrees in itertools.product((0.2, 0.05, 0.05 / 6, 1e-4), (1, 2, 4, 4.37, 29, 999))
    ],
    "tTest": [
        {"values": values, "t": test.statistic, "pValue": test.pvalue}
        for values in (NORMAL, SKEWED, BINARY, LONG)
        for test in [stats.ttest_1samp(values, 0)]
    ],
    "noncentralT": [
        t_power(t, degrees, noncentrality)
        for t, degrees, noncentrality in [(2.776, 4, 0), (2.776, 4, 4), (2.776, 4, -1), (4.6, 4, 3), (12.7, 1, 15), (2.045, 29, 2.9), (1.96, 999, 2.8)]
    ],
    "signFlip": [
        {
            "differences": values,
            "pValue": stats.permutation_test((values,), np.sum, permutation_type="samples", n_resamples=np.inf, alternative="two-sided").pvalue,
        }
        for values in (SKEWED, NORMAL, BINARY - 0.5, LONG[:12], np.array([0.25, 0.25, -0.25, 0.5, 0.75]))
    ],
    "chiSquare": [
        {"degrees": degrees, "share": share, "quantile": stats.chi2.ppf(share, degrees)}
        for degrees, share in itertools.product((1, 2, 4, 9, 29, 199, 5000), (0.001, 0.025, 0.5, 0.9, 0.999))
    ],
    "looks": [looks_case(first, planned, level) for first, planned, level in [(2, 5, 0.05), (5, 8, 0.05), (5, 8, 0.05 / 6), (3, 6, 0.1)]],
    "wilson": [
        {"count": count, "of": of, "level": level, "interval": list(stats.binomtest(count, of).proportion_ci(level, method="wilson"))}
        for count, of, level in [(0, 5, 0.95), (1, 5, 0.95), (5, 5, 0.95), (3, 10, 0.9), (17, 30, 0.99), (400, 1000, 0.95)]
    ],
    "bootstrap": [
        bootstrap_case("mean", [NORMAL]),
        bootstrap_case("mean", [SKEWED]),
        bootstrap_case("mean", [BINARY], level=0.9),
        bootstrap_case("interquartileMean", [LONG]),
        bootstrap_case("median", [LONG]),
        bootstrap_case("mean", [NORMAL, SKEWED, LONG[:9]]),
        bootstrap_case("interquartileMean", [NORMAL, SKEWED]),
    ],
}

# ---------------------------------------------------------------- statsmodels

P_VALUES = [[0.01, 0.04, 0.03, 0.2, 0.005], [0.5], [0.02, 0.02, 0.02], [0.9, 0.8, 1e-6, 0.049, 0.051, 0.0502]]
CROSSED = drawn(generator.normal(0, 1, (4, 1)) * 0.5 + generator.normal(0, 1, (1, 7)) + generator.normal(0, 1, (4, 7)) * 0.7)
draws = np.random.default_rng(20261128)  # apart from the others', which came first
NESTED = drawn(
    np.repeat(draws.normal(0, 1, (4, 1)), 3, 0) + draws.normal(0, 0.5, (12, 1)) + draws.normal(0, 1, (1, 6)) + np.repeat(draws.normal(0, 0.7, (4, 6)), 3, 0) + draws.normal(0, 0.5, (12, 6))
)
TWO = [{"a": a, "b": b, "c": c, "perSeed": drawn(generator.normal(0, 1, 3))} for a, b, c in itertools.product("no", "no", "no")]
THREE = [{"a": a, "b": b, "perSeed": drawn(generator.normal(0, 1, 4))} for a, b in itertools.product("no", "xyz")]


def long_rows(cells):
    names = [name for name in cells[0] if name != "perSeed"]
    return {
        **{name: [cell[name] for cell in cells for _ in cell["perSeed"]] for name in names},
        "y": [value for cell in cells for value in cell["perSeed"]],
    }


def power_case(seeds, comparisons, power):
    alpha = 0.05 / comparisons
    size = TTestPower().solve_power(nobs=seeds, alpha=alpha, power=power, alternative="two-sided")
    return {
        "seeds": seeds,
        "comparisons": comparisons,
        "power": power,
        "difference": size,
        "needed": {str(d): TTestPower().solve_power(effect_size=d, alpha=alpha, power=power, alternative="two-sided") for d in (0.5, 1.0, 2.0)},
    }


def mean_squares(rows):
    seeds, items = np.indices(rows.shape)
    table = anova_lm(formula.ols("y ~ C(seed) + C(item)", {"y": rows.ravel(), "seed": seeds.ravel(), "item": items.ravel()}).fit())
    return {"values": rows, "seeds": table["mean_sq"]["C(seed)"], "items": table["mean_sq"]["C(item)"], "rest": table["mean_sq"]["Residual"]}


def nested_mean_squares(values, seeds):
    """Seeds within cold starts, crossed with items: rows are cold start by cold start, `seeds` of each."""
    row, item = np.indices(values.shape)
    data = {"y": values.ravel(), "start": (row // seeds).ravel(), "seed": (row % seeds).ravel(), "item": item.ravel()}
    table = anova_lm(formula.ols("y ~ C(start) + C(start):C(seed) + C(item) + C(start):C(item)", data).fit())
    names = {"C(start)": "coldStarts", "C(start):C(seed)": "seeds", "C(item)": "items", "C(start):C(item)": "coldStartItems", "Residual": "rest"}
    return {"values": values, "seeds": seeds, "meanSquares": {name: table["mean_sq"][row] for row, name in names.items()}}


def mcnemar_case(only_first, only_second):
    exact = mcnemar([[10, only_first], [only_second, 10]], exact=True).pvalue
    n, fewer = only_first + only_second, min(only_first, only_second)
    # Fagerland, Lydersen and Laake (2013): statsmodels has no mid-p
    here = stats.binom.pmf(fewer, n, 0.5)
    return {"onlyFirst": only_first, "onlySecond": only_second, "exact": exact, "midP": 1 - here / 2 if only_first == only_second else exact - here}


statsmodels = {
    "version": f"statsmodels {version('statsmodels')}",
    "adjust": [
        {
            "pValues": p,
            "holm": multipletests(p, method="holm")[1],
            "benjaminiHochberg": multipletests(p, method="fdr_bh")[1],
            "scipyBenjaminiHochberg": stats.false_discovery_control(p),
        }
        for p in P_VALUES
    ],
    "wilson": [{"count": c, "of": n, "interval": proportion_confint(c, n, method="wilson")} for c, n in [(0, 3), (2, 7), (9, 10)]],
    "mcnemar": [mcnemar_case(b, c) for b, c in [(0, 1), (0, 6), (5, 5), (3, 12), (40, 61), (300, 380)]],
    "power": [power_case(*case) for case in [(5, 1, 0.8), (5, 6, 0.8), (3, 1, 0.8), (10, 1, 0.9), (30, 6, 0.8)]],
    "crossed": [mean_squares(CROSSED), mean_squares(drawn(CROSSED * 0 + generator.normal(0, 1, CROSSED.shape)))],
    "nested": [nested_mean_squares(NESTED, 3), nested_mean_squares(drawn(np.random.default_rng(7).normal(0, 1, (6, 5))), 2)],
    "factorial": [
        # Treatment codes −½ and ½ make a coefficient the difference of two levels; products of them, half of it again each time.
        {
            "cells": TWO,
            "effects": formula.ols(
                "y ~ A * B + A * C2 + B * C2 + A : B : C2",
                {"y": long_rows(TWO)["y"], **{new: [0.5 if v == "o" else -0.5 for v in long_rows(TWO)[old]] for new, old in (("A", "a"), ("B", "b"), ("C2", "c"))}},
            )
            .fit()
            .params.to_dict(),
        },
        {"cells": THREE, "effects": formula.ols("y ~ C(a, Sum) * C(b, Sum)", long_rows(THREE)).fit().params.to_dict()},
    ],
}

# ---------------------------------------------------------------- rliable


def noting(bootstrap_class):
    class Noting(bootstrap_class):
        def update_indices(self):
            indices = super().update_indices()
            self.noted = getattr(self, "noted", []) + [indices]
            return indices

    return Noting


def stratified(name, function):
    np.random.seed(7)  # rliable draws from NumPy's own stream
    bootstrap = noting(library.StratifiedBootstrap)(TASKS)
    interval = bootstrap.conf_int(function, reps=200, method="percentile")
    indices = [one[0].T for one in bootstrap.noted]  # tasks × runs
    return {"statistic": name, "scores": TASKS.T, "value": function(TASKS), "interval": interval.ravel(), "indices": letters(indices)}


def improvement():
    np.random.seed(8)
    bootstrap = noting(library.StratifiedIndependentBootstrap)(BETTER, TASKS)
    interval = bootstrap.conf_int(metrics.probability_of_improvement, reps=200, method="percentile")
    # ours takes the first variant's strata, then the second's: rliable's x is our second
    indices = [[one[0][1][0].T, one[0][0][0].T] for one in bootstrap.noted]
    value = metrics.probability_of_improvement(BETTER, TASKS)
    return {"first": TASKS.T, "second": BETTER.T, "value": value, "interval": interval.ravel(), "indices": letters(indices)}


rliable = {
    "version": f"rliable {version('rliable')}, arch {version('arch')}",
    "stratified": [
        stratified("interquartileMean", metrics.aggregate_iqm),
        stratified("mean", metrics.aggregate_mean),
    ],
    "improvement": improvement(),
}


# ---------------------------------------------------------------- writing


def plain(value):
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(f"{float(value):.14g}")
    return int(value) if isinstance(value, np.integer) else value


def write(name, fixture):
    """A line for each case, so that differences between versions can be read."""
    parts = [f' "madeBy": "tools/oracles/statistics-oracle.py"']
    for field, cases in fixture.items():
        if isinstance(cases, list):
            lines = ",\n".join(f"  {json.dumps(plain(case))}" for case in cases)
            parts.append(f' "{field}": [\n{lines}\n ]')
        else:
            parts.append(f' "{field}": {json.dumps(plain(cases))}')
    text = "{\n" + ",\n".join(parts) + "\n}\n"
    assert len(text) < 60_000, f"{name}: {len(text)} bytes"
    FIXTURES.mkdir(parents=True, exist_ok=True)
    (FIXTURES / f"{name}.json").write_text(text)
    print(f"{name}.json: {len(text)} bytes")


write("scipy", scipy)
write("statsmodels", statsmodels)
write("rliable", rliable)
