"""Writes packages/statistics/src/fixtures/crossed.json: intervals over seeds and items, their power, and levels of looks, by NumPy and SciPy.

    pip install numpy==2.4.6 scipy==1.17.1 && python tools/oracles/crossed-oracle.py

A derivation by hand: no package has these, so each formula stands above its lines, and the quantiles and distribution functions are SciPy's.
"""

import json
from pathlib import Path

import numpy as np
import scipy
from scipy import optimize, stats

FIXTURE = Path(__file__).resolve().parents[2] / "packages/statistics/src/fixtures/crossed.json"
generator = np.random.default_rng(20261130)

# ---------------------------------------------------------------- mean squares, and what a claim must stand against


def mean_squares(table):
    """MS of rows, of items, of the rest, of a table with one value in a cell."""
    rows, items = table.shape
    grand, of_row, of_item = table.mean(), table.mean(1), table.mean(0)
    rest = table - of_row[:, None] - of_item[None, :] + grand
    return (
        items * ((of_row - grand) ** 2).sum() / (rows - 1),
        rows * ((of_item - grand) ** 2).sum() / (items - 1),
        (rest**2).sum() / ((rows - 1) * (items - 1)),
    )


def carriers(table):
    """(Σ c²)² / Σ c⁴ of the items' means' deviations c."""
    c = table.mean(0) - table.mean()
    return (c**2).sum() ** 2 / (c**4).sum() if (c**4).sum() > 0 else len(c)


def over_both(row, item, rest, rows, items):
    """V = (MS_r + MS_i − MS_e)/(RI), f by Satterthwaite; a component below 0 is left out, of two the larger stays."""
    if row > rest and item > rest:
        total = row + item - rest
        degrees = total**2 / (row**2 / (rows - 1) + item**2 / (items - 1) + rest**2 / ((rows - 1) * (items - 1)))
        return total / (rows * items), degrees
    return (row / (rows * items), rows - 1) if row > item else (item / (rows * items), items - 1)


def standards(row, item, rest, rows, items, carried=None):
    """Over both, over rows alone, over items alone; MS_i raised by min(4, 0.4 I)/carriers where that is above 1."""
    item = item * max(1, min(4, 0.4 * items) / (items if carried is None else carried))
    return [over_both(row, item, rest, rows, items), (row / (rows * items), rows - 1), (item / (rows * items), items - 1)]


def interval_case(values, level=0.95, groups=None):
    values = np.asarray(values, float)
    table = values
    if groups is not None and 1 < len(set(groups)) < len(groups):
        first = list(dict.fromkeys(groups))
        table = np.array([values[[at for at, one in enumerate(groups) if one == group]].mean(0) for group in first])
    squares = mean_squares(table)
    against = standards(*squares, *table.shape, carriers(table))
    half = max(np.sqrt(v) * stats.t.isf((1 - level) / 2, f) for v, f in against)
    estimate = table.mean()
    return {
        "values": values,
        "level": level,
        "groups": groups,
        "low": estimate - half,
        "high": estimate + half,
        "pValue": max(2 * stats.t.sf(abs(estimate) / np.sqrt(v), f) for v, f in against if v > 0),
        "degrees": over_both(*squares, *table.shape)[1],
    }


# ---------------------------------------------------------------- power

POINTS = 20


def expected_squares(c, design):
    """E MS of rows, items and rest: σ_e² + I σ_s², σ_e² + S σ_i², σ_e²; of cold starts' averages σ_ci² + σ_e²/S (+ I (σ_c² + σ_s²/S), + C σ_i²)."""
    starts, seeds, items = design.get("coldStarts", 1), design["seeds"], design["items"]
    if starts > 1:
        rest = c.get("coldStartItems", 0) + c["interaction"] / seeds
        return rest + items * (c.get("coldStarts", 0) + c["seeds"] / seeds), rest + starts * c["items"], rest, starts, items
    return c["interaction"] + items * c["seeds"], c["interaction"] + seeds * c["items"], c["interaction"], seeds, items


def power(difference, components, design, level=0.05, comparisons=1):
    """E P(|Z + Δ/√V| > t √(V̂/V)), the expectation over the middles of 20 equally likely parts of each mean square's χ²/ν."""
    row, item, rest, rows, items = expected_squares(components, design)
    truth = np.sqrt((row + item - rest) / (rows * items))
    parts = (np.arange(POINTS) + 0.5) / POINTS
    found = []
    for of_row in row * stats.chi2.ppf(parts, rows - 1) / (rows - 1):
        for of_item in item * stats.chi2.ppf(parts, items - 1) / (items - 1):
            against = standards(of_row, of_item, rest, rows, items)
            bound = max(np.sqrt(v) * stats.t.isf(level / comparisons / 2, f) for v, f in against)
            found.append(stats.norm.cdf((difference - bound) / truth) + stats.norm.cdf((-difference - bound) / truth))
    return float(np.mean(found))


def raised(components, design):
    """Estimates raised by ν / median of χ²_ν: as likely too large as too small."""
    starts, seeds, items = design.get("coldStarts", 1), design["seeds"], design["items"]
    up = lambda degrees: degrees / stats.chi2.ppf(0.5, degrees)
    return {
        **components,
        "coldStarts": components.get("coldStarts", 0) * (up(starts - 1) if starts > 1 else 1),
        "seeds": components["seeds"] * up(max(1, starts * (seeds - 1)) if starts > 1 else seeds - 1),
        "items": components["items"] * up(items - 1),
    }


def power_case(difference, components, design, level=0.05, comparisons=1):
    return {
        "difference": difference,
        "components": components,
        "design": design,
        "level": level,
        "comparisons": comparisons,
        "power": power(difference, components, design, level, comparisons),
    }


def detectable_case(components, design, known, wanted=0.8, comparisons=1):
    taken = components if known else raised(components, design)
    row, item, rest, rows, items = expected_squares(taken, design)
    truth = np.sqrt((row + item - rest) / (rows * items))
    found = optimize.brentq(lambda size: power(size, taken, design, 0.05, comparisons) - wanted, 0, 1000 * truth, xtol=1e-12)
    return {"components": components, "design": design, "known": known, "power": wanted, "comparisons": comparisons, "difference": found}


# ---------------------------------------------------------------- levels of looks


def levels_of_looks(first, planned, level):
    """Lan and DeMets' bounds in O'Brien and Fleming's manner, from look to look (Armitage, McPherson and Rowe 1969), by 400 Gauss–Legendre points."""
    spent = lambda seeds: 4 * stats.norm.cdf(stats.norm.ppf(level / 4) * np.sqrt(planned / seeds))
    nodes, weights = np.polynomial.legendre.leggauss(400)
    levels, before, done = [], None, 0.0
    for seeds in range(first, planned + 1):
        wanted, done = spent(seeds) - done, spent(seeds)
        if before is None:
            bound = -stats.norm.ppf(wanted / 2) * np.sqrt(seeds)
        else:
            at, mass = before
            beyond = lambda b: (mass * (stats.norm.cdf(at - b) + stats.norm.cdf(-b - at))).sum() - wanted
            bound = optimize.brentq(beyond, 0, 60, xtol=1e-13)
        levels.append(2 * stats.norm.cdf(-bound / np.sqrt(seeds)))
        points = bound * nodes
        density = (
            stats.norm.pdf(points / np.sqrt(seeds)) / np.sqrt(seeds)
            if before is None
            else (before[1][None, :] * stats.norm.pdf(points[:, None] - before[0][None, :])).sum(1)
        )
        before = points, bound * weights * density
    return {"first": first, "planned": planned, "level": level, "levels": levels}


# ---------------------------------------------------------------- cases


def drawn(values):
    """Multiples of 1/1024: the same number in the file."""
    return np.round(np.asarray(values) * 1024) / 1024


def table(seeds, items, of_seed, of_item, rest, shift=0.0):
    return drawn(
        shift
        + of_seed * generator.normal(size=(seeds, 1))
        + of_item * generator.normal(size=(1, items))
        + rest * generator.normal(size=(seeds, items))
    )


few = np.zeros((4, 30))  # two of 30 items carry all the spread between items
few[:, 3], few[:, 17] = [1, 1, 0, 1], [-1, 0, -1, -1]
crossed = [
    interval_case(table(3, 4, 1, 1, 1, 2)),
    interval_case(table(5, 12, 2, 0.2, 1, 1)),  # seeds alone are the widest
    interval_case(table(6, 5, 0.1, 2, 0.5, -1), level=0.9),  # items alone
    interval_case(table(5, 9, 0, 0, 1, 0.3)),  # neither
    interval_case(few),
    interval_case(few[:, :8], level=0.99),
    interval_case(table(6, 7, 1, 1, 1, 1), groups=["a", "a", "b", "b", "c", "c"]),
    interval_case(table(6, 7, 1, 1, 1, 1), groups=["b", "a", "b", "c", "b", "c"]),
    interval_case(table(4, 6, 1, 0.5, 1, 1), groups=[7, 7, 7, 7]),
    interval_case(table(4, 6, 1, 0.5, 1, 1), groups=[1, 2, 3, 4]),
]
plain = {"seeds": 0.04, "items": 0.5, "interaction": 1.0}
nested = {"coldStarts": 0.02, "seeds": 0.03, "items": 0.4, "coldStartItems": 0.1, "interaction": 0.8}
powers = [
    power_case(0.5, plain, {"seeds": 5, "items": 40}),
    power_case(0.5, plain, {"seeds": 5, "items": 40}, comparisons=6),
    power_case(0.5, plain, {"seeds": 5, "items": 40}, level=0.01),
    power_case(0.0, plain, {"seeds": 5, "items": 40}),
    power_case(1.5, {"seeds": 0.4, "items": 0.0, "interaction": 0.1}, {"seeds": 3, "items": 10}),
    power_case(0.3, {"seeds": 0.0, "items": 0.6, "interaction": 0.2}, {"seeds": 8, "items": 60}),
    power_case(0.6, nested, {"coldStarts": 4, "seeds": 3, "items": 50}),
    power_case(0.6, nested, {"coldStarts": 4, "seeds": 1, "items": 50}),
    power_case(0.6, nested, {"coldStarts": 1, "seeds": 4, "items": 50}),  # one cold start: σ_c² and σ_ci² don't show
    power_case(2.0, {"seeds": 0.5, "items": 1.0, "interaction": 1.0}, {"coldStarts": 5, "seeds": 2, "items": 6}),
]
detectables = [
    detectable_case(plain, {"seeds": 5, "items": 40}, True),
    detectable_case(plain, {"seeds": 5, "items": 40}, False),
    detectable_case(plain, {"seeds": 3, "items": 25}, False, wanted=0.9, comparisons=4),
    detectable_case(nested, {"coldStarts": 4, "seeds": 3, "items": 50}, False),
    detectable_case(nested, {"coldStarts": 3, "seeds": 1, "items": 50}, False),
    detectable_case(nested, {"coldStarts": 4, "seeds": 3, "items": 50}, True, wanted=0.5),
]
looks = [levels_of_looks(5, 20, 0.05), levels_of_looks(2, 6, 0.05), levels_of_looks(5, 12, 0.01), levels_of_looks(3, 5, 0.2)]

# ---------------------------------------------------------------- writing


def plainly(value):
    if isinstance(value, dict):
        return {name: plainly(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plainly(item) for item in value]
    return float(f"{float(value):.14g}") if isinstance(value, (float, np.floating)) else value


parts = [' "madeBy": "tools/oracles/crossed-oracle.py"', f' "version": "SciPy {scipy.__version__}, NumPy {np.__version__}"']
for field, cases in {"crossed": crossed, "powers": powers, "detectables": detectables, "looks": looks}.items():
    lines = ",\n".join(f"  {json.dumps(plainly(case))}" for case in cases)
    parts.append(f' "{field}": [\n{lines}\n ]')
FIXTURE.write_text("{\n" + ",\n".join(parts) + "\n}\n")
print(f"{FIXTURE.name}: {FIXTURE.stat().st_size} bytes")
