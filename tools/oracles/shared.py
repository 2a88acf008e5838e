"""What the oracle scripts share: taking single functions out of an unpacked package, the batches they are run on, and writing fixtures.

Nothing of a framework is imported as a package: that would pull in ray, vllm and deepspeed. A function's own definition is compiled from the
installed file, and the few names it needs are handed to it.

Inputs are multiples of 1/64 (or of larger powers of 2), so that they are the same numbers in float64, in float32 and in the file.
"""

import __future__

import ast
import json
import math
from pathlib import Path

import torch

REPOSITORY = Path(__file__).resolve().parents[2]
FLOAT64 = f"torch {torch.__version__.split('+')[0]}, float64"


# ---------------------------------------------------------------- taking functions out of a package


def definitions(file, names, supply):
    """The named functions and classes of a file, without their decorators, as a dictionary. `supply`: the other names they use."""
    body = {node.name: node for node in ast.parse(Path(file).read_text()).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    return run([undecorated(body[name]) for name in names], file, {"torch": torch, **supply})


def methods(file, class_name, names, supply):
    """Methods of a class as functions: their first argument is whatever stands in for self."""
    (owner,) = (node for node in ast.parse(Path(file).read_text()).body if isinstance(node, ast.ClassDef) and node.name == class_name)
    found = {node.name: node for node in owner.body if isinstance(node, ast.FunctionDef)}
    return run([undecorated(found[name]) for name in names], file, {"torch": torch, **supply})


def statements(file, class_name, method, first, last):
    """The statements of a method from the one that assigns `first` to the last one that assigns `last`, compiled: for code without a seam."""
    (owner,) = (node for node in ast.parse(Path(file).read_text()).body if isinstance(node, ast.ClassDef) and node.name == class_name)
    (body,) = (node.body for node in owner.body if isinstance(node, ast.FunctionDef) and node.name == method)
    assigned = [[target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)] for node in body]
    begin = next(at for at, names in enumerate(assigned) if first in names)
    end = next(at for at, names in enumerate(assigned) if last in names and at > begin and "nan_to_num" in ast.unparse(body[at]))
    return compile(ast.Module(body[begin : end + 1], []), str(file), "exec")


def run(nodes, file, namespace):
    code = compile(ast.Module(nodes, []), str(file), "exec", flags=__future__.annotations.compiler_flag)
    exec(code, namespace)
    return namespace


def undecorated(node):
    node.decorator_list = []
    return node


# ---------------------------------------------------------------- batches

JUNK = {"logProbs": -2.5, "oldLogProbs": -2.0, "refLogProbs": -1.5, "advantages": 1.5}  # what stands in the padding: plausible numbers


def batch(lengths, log_ratios, advantages, outside=None, reference=None):
    """Rows of the given lengths. log_ratios, advantages, reference (log π − log π_ref): one list a row, as long as the row.
    outside: log ratios to go round in the padding."""
    width = max(lengths)
    made = {name: [] for name in (*JUNK, "mask")}
    padding = 0
    for row, length in enumerate(lengths):
        old = [-(1 + (7 * row + 11 * t) % 32) / 16 for t in range(length)]
        new = [round((lo + d) * 64) / 64 for lo, d in zip(old, log_ratios[row])]
        x = reference[row] if reference else [0.25 * (t - 1) for t in range(length)]
        filled = {name: [value] * width for name, value in JUNK.items()}
        filled["mask"] = [1] * length + [0] * (width - length)
        for name, values in (("logProbs", new), ("oldLogProbs", old), ("advantages", advantages[row])):
            filled[name][:length] = values
        filled["refLogProbs"][:length] = [lp - xt for lp, xt in zip(new, x)]
        if outside:
            for t in range(length, width):
                filled["logProbs"][t] = filled["oldLogProbs"][t] + outside[padding % len(outside)]
                padding += 1
        for name in made:
            made[name].append(filled[name])
    return made


# Six responses: five tokens, three, one, none, four (all with A = 0), two. |log ratio| up to 0.6, on both sides of every clip range used.
ORDINARY_LENGTHS = [5, 3, 1, 0, 4, 2]
ORDINARY_RATIOS = [[0.5, -0.5, 0.125, -0.125, 0.0], [0.25, -0.375, 0.59375], [-0.28125], [], [0.5, -0.5, 0.0625, 0.0], [-0.59375, 0.34375]]
VARYING = [[1.0, -1.0, 0.5, -2.0, 0.25], [-1.5, 1.25, -0.5], [-0.75], [], [0.0, 0.0, 0.0, 0.0], [2.0, -0.25]]
CONSTANT = [[1.0] * 5, [-1.5] * 3, [-0.75], [], [0.0] * 4, [2.0] * 2]
BOUND = 0.25  # log ratio of the batch "atTheBound"; the clip range that goes with it ends exactly there
AT_THE_BOUND = {"low": 1 - math.exp(-BOUND), "high": math.exp(BOUND) - 1}

SIGNS = [[1.0] * 4, [-1.0] * 4, [1.0] * 4, [-1.0] * 4, [0.0] * 4, [-0.5]]


def inside(d):
    return batch([4, 4, 4, 4, 4, 1], [[d] * 4, [d] * 4, [-d] * 4, [-d] * 4, [d, -d, d, 0.0], [d]], SIGNS)


BATCHES = {
    "ordinary": batch(ORDINARY_LENGTHS, ORDINARY_RATIOS, VARYING),
    "constantAdvantage": batch(ORDINARY_LENGTHS, ORDINARY_RATIOS, CONSTANT),
    "onPolicy": batch(ORDINARY_LENGTHS, [[0.0] * length for length in ORDINARY_LENGTHS], VARYING),
    "atTheBound": batch([4, 4, 4, 1], [[BOUND, -BOUND, 0.0, BOUND]] * 3 + [[-BOUND]], [[1.0] * 4, [-1.0] * 4, [0.0] * 4, [1.0]]),
    "thirty": inside(30.0),
    "twoHundred": inside(200.0),
    "outside": batch(ORDINARY_LENGTHS, ORDINARY_RATIOS, VARYING, outside=[30.0, -200.0, 200.0, -30.0]),
}

# Scores of responses, and which prompt they answer. Equal group sizes where a framework wants them.
SCORES = {
    "ordinary": ([1.0, 0.0, 0.5, 2.0, -1.0, 0.25, 3.0, 3.0, -2.0], [0, 0, 0, 1, 1, 1, 2, 2, 2]),
    "equal": ([0.5, 0.5, 0.5, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9], [0, 0, 0, 1, 1, 1, 2, 2, 2]),
    "pairs": ([1.0, 0.0, 0.25, 0.25, -3.0, 12.0], [0, 0, 1, 1, 2, 2]),
    "nan": ([1.0, math.nan, 0.5, 2.0, -1.0, 0.25], [0, 0, 0, 1, 1, 1]),
}
UNEQUAL_GROUPS = {
    "singletons": ([1.0, 0.0, 0.5, 0.75, 2.0], [0, 0, 0, 1, 2]),
    "interleaved": ([1.0, -1.0, 0.5, 2.0, 0.25, 0.5, -0.5], [0, 1, 0, 1, 1, 0, 1]),
}

# Scores of single rules, each normalised by itself (GDPO): on one scale and on very different ones, a rule that never differs, NaN.
RULE_SCORES = {
    "ordinary": ({"accuracy": [1.0, 0.0, 0.0, 1.0, 1.0, 0.0], "format": [0.5, 0.5, 0.0, 0.0, 0.5, 0.25]}, [0, 0, 0, 1, 1, 1]),
    "oneDominates": ({"accuracy": [1.0, 0.0, 1.0, 0.0, 1.0, 0.0], "format": [100.0, -100.0, 50.0, 0.0, 25.0, 0.0]}, [0, 0, 0, 1, 1, 1]),
    "neverDiffers": ({"accuracy": [1.0, 0.0, 0.5, 0.0, 1.0, 0.0], "format": [0.5, 0.5, 0.5, 0.25, 0.25, 0.25]}, [0, 0, 0, 1, 1, 1]),
    "allEqual": ({"accuracy": [1.0, 1.0, 1.0, 0.0, 0.0, 0.0], "format": [0.5, 0.5, 0.5, 0.25, 0.25, 0.25]}, [0, 0, 0, 1, 1, 1]),
    "nan": ({"accuracy": [1.0, math.nan, 0.0, 1.0, 1.0, 0.0], "format": [0.5, 0.5, 0.0, 0.0, 0.5, 0.25]}, [0, 0, 0, 1, 1, 1]),
}
RULE_WEIGHTS = [[1.0, 1.0], [1.0, 0.25]]


def response_lengths(count):
    """Lengths for `count` responses; among them one token and none."""
    return [(3, 1, 2, 0, 3, 2, 1, 3, 2)[i % 9] for i in range(count)]


# Soft punishment of long responses: lengths up to, at and beyond the bounds. The same bounds as (longest, buffer).
LENGTHS = [0, 1, 8, 11, 12, 13, 14, 15, 16, 17, 40]
LENGTH_OPTIONS = [{"longest": 16, "buffer": 4}, {"longest": 16, "buffer": 16}, {"longest": 16, "buffer": 1}, {"longest": 16, "buffer": 0}]


# ---------------------------------------------------------------- running and writing


def tensors(made, dtype=torch.float64):
    return {name: torch.tensor(rows, dtype=dtype) for name, rows in made.items()}


def tensors_of(made, dtype=torch.float64):
    """The same where numbers may be "NaN" or "Infinity"."""
    return {name: torch.tensor([[float(number) for number in row] for row in rows], dtype=dtype) for name, rows in made.items()}


def value_and_gradient(function, inputs):
    """(loss, ∂loss/∂inputs) of a function of one tensor."""
    leaf = inputs.clone().requires_grad_(True)
    loss = function(leaf)
    loss.backward()
    return {"loss": plain(loss.detach()), "gradient": plain(leaf.grad)}


def plain(value, digits=12):
    """Nested lists of numbers, rounded to some digits; NaN and infinities as text."""
    if isinstance(value, torch.Tensor):
        value = value.detach().double().tolist()
    if isinstance(value, dict):
        return {name: plain(item, digits) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, digits) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{digits}g}") if math.isfinite(value) else {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[str(value)]
    return value


def fixture(path, framework, version, function, cases, batches=None, options=None, note=None, script=None):
    """One line for each batch and case, so that differences between versions can be read. `options`: those of each algorithm, by its name."""
    head = {"framework": framework, "version": version, "function": function, "madeBy": f"tools/oracles/{script}, {FLOAT64}"}
    if note:
        head["note"] = note
    parts = [f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in head.items()]
    for field, entries in (("options", options), ("batches", batches)):
        if entries:
            lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(plain(made, 17))}" for name, made in entries.items())
            parts.append(f' "{field}": {{\n{lines}\n }}')
    lines = ",\n".join(f"  {json.dumps(plain(case, 17))}" for case in cases)
    parts.append(f' "cases": [\n{lines}\n ]')
    text = "{\n" + ",\n".join(parts) + "\n}\n"
    assert len(text) < 60_000, f"{path}: {len(text)} bytes"
    target = REPOSITORY / "packages" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    print(f"{path}: {len(cases)} cases, {len(text)} bytes")
