"""Predictions of a made-up judge, and the figures that each benchmark's own released script prints for them.

    python tools/oracles/benchmark-scores.py REPOSITORIES

REPOSITORIES: a folder with clones of yfzhang114/r1_reward, vl-rewardbench/VL_RewardBench, facebookresearch/multimodal_rewardbench and
facebookresearch/MMRB2, each under its own name. Writes packages/benchmarks/src/fixtures. The scripts run as they are, but for the input's name, which
stands inside some of them, and for one line of r1_reward's VL-Reward-Bench/get_acc.py, `data["rewards"][:1]`, which cuts the second reward off and
then reads it (IndexError): the cut is taken out.
"""
import json, pathlib, random, re, subprocess, sys, tempfile

sources = pathlib.Path(sys.argv[1])
fixtures = pathlib.Path(__file__).parents[2] / "packages/benchmarks/src/fixtures"
fixtures.mkdir(parents=True, exist_ok=True)
rng = random.Random(20261201)
commit = lambda name: subprocess.check_output(["git", "-C", sources / name, "rev-parse", "HEAD"], text=True).strip()

def lines(name, rows):
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (fixtures / name).write_text(text)
    return fixtures / name

def run(text, argv=()):
    """What a script's text prints."""
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(text)
        file.flush()
        return subprocess.check_output([sys.executable, file.name, *map(str, argv)], text=True)

def rows_of(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]

def rewards(share):
    kind = rng.random()
    if kind < 0.04: return [0, 0]
    if kind < 0.3: return [round(rng.gauss(share, 1), 3), round(rng.gauss(0, 1), 3)]
    return [1, 0] if rng.random() < 0.5 + share / 4 else [0, 1]

out = {}
r1 = sources / "r1_reward"

# VL-RewardBench: real ids
vl = rows_of(r1 / "inference/VL-Reward-Bench/data.jsonl")
chosen = rng.sample(vl, 160)
path = lines("vl-rewardbench.jsonl", [{"id": row["id"], "rewards": rewards(0.6)} for row in chosen])
script = (r1 / "inference/VL-Reward-Bench/get_acc.py").read_text().replace('data["rewards"][:1]', 'data["rewards"]').replace('file_path = ""', f"file_path = {str(path)!r}")
printed = run(script.replace(":.4f}", "}"))
number = lambda pattern: float(re.search(pattern, printed).group(1))
out["vl-rewardbench as r1_reward"] = {"overall": number(r"Average Accuracy: (\S+)"), "macro": number(r"Macro Accuracy: (\S+)"),
    "categories": {name: {"count": int(n), "accuracy": float(a)} for name, n, a in re.findall(r"Category: (\S+)\s+Samples: (\d+)\s+Accuracy: (\S+)", printed)}}
# the benchmark's own groups, by its own function
names = {}
exec(compile(re.search(r"def get_dataset_from_id.*?(?=\ndef )", (sources / "VL_RewardBench/cal.py").read_text(), re.S).group(0), "cal.py", "exec"), names)
mapping = eval(re.search(r"group_mapping = (\{.*?\})", (sources / "VL_RewardBench/cal.py").read_text(), re.S).group(1))
out["vl-rewardbench groups"] = {row["id"]: mapping[names["get_dataset_from_id"](row["id"])] for row in chosen}

# MM-RLHF-RewardBench: real ids and paths
mm = rows_of(r1 / "inference/MM-RLHF-Reward/mm_reward_bench.jsonl")
path = lines("mm-rlhf-rewardbench.jsonl", [{k: row[k] for k in ("id", "image", "video") if k in row} | {"rewards": rewards(1.6)} for row in mm])
printed = run((r1 / "inference/MM-RLHF-Reward/get_acc.py").read_text().replace('input_file = ""', f"input_file = {str(path)!r}").replace(":.2f}", "}"))
out["mm-rlhf-rewardbench"] = {"accuracy": number(r"Overall Accuracy: (\S+)"), "accuracyPlus": number(r"Overall ACC\+: (\S+)"),
    "categories": {name: {"accuracy": float(a), "accuracyPlus": float(p), "count": int(n)} for name, a, p, n in
                   re.findall(r"Category: (\S+)\s+Accuracy: (\S+)\s+ACC\+: (\S+)\s+Total: (\d+)", printed)}}

# Multimodal RewardBench: its data are not in the repository; ids after its README and download script
areas = [("general/correctness", "nocaps"), ("general/preference", "visitbench"), ("knowledge", "mmmu-s"), ("safety", "PAIRS"), ("safety", "hateful"),
         ("reasoning", "MathVista"), ("reasoning", "EMMA-Coding"), ("vqa", "SEED-Bench")]
made = [(area, f"{prefix}_{index}") for index in range(18) for area, prefix in areas]
path = lines("multimodal-rewardbench.jsonl", [{"ID": name, "Category": area, "rewards": rewards(0.4)} for area, name in made])
tally = lambda text: {name: {"accuracy": int(a) / int(n), "count": int(n)} for name, a, n in re.findall(r"acc (\S+): (\d+) / (\d+)", text)}
out["multimodal-rewardbench"] = tally(run((r1 / "inference/Multimodal-Reward/1_get_accuracy.py").read_text(), ["--answers-file", path]))
said = lambda: rng.choice(["It is [[A]]", "So [[B]]"])
path = lines("multimodal-rewardbench-outputs.jsonl", [{"ID": name, "Label": rng.choice("AB"), "output": said(), "Meta": {"Category": area}} for area, name in made])
out["multimodal-rewardbench outputs"] = tally(run((sources / "multimodal_rewardbench/scripts/2_get_accuracy.py").read_text(), ["--answers-file", path]))

# Multimodal RewardBench 2: reasoning, real ids
pairs = json.loads((sources / "MMRB2/benchmark/reasoning_response_only.json").read_text())["pairs"][:60]
data = {"pairs": [{"id": row["id"], "chosen": row["chosen"]} for row in pairs]}
(fixtures / "multimodal-rewardbench-2-data.json").write_text(json.dumps(data))
say = lambda: [{"judgement": rng.choice(["A", "A", "B", "tie", ""]), "evaluator": "made", "metadata": {}}]
predictions = {row["id"]: {"forward": say()} | ({"reverse": say()} if rng.random() < 0.9 else {}) for row in pairs[:55]}
(fixtures / "multimodal-rewardbench-2.json").write_text(json.dumps(predictions))
with tempfile.TemporaryDirectory() as folder:
    (pathlib.Path(folder) / "reasoning.json").write_text(json.dumps(data))
    result = pathlib.Path(folder) / "out.json"
    run((sources / "MMRB2/evaluate/compute_scores/compute_accuracy.py").read_text(), ["--task", "reasoning", "--predictions", fixtures / "multimodal-rewardbench-2.json", "--benchmark_dir", folder, "--output", result])
    out["multimodal-rewardbench-2"] = json.loads(result.read_text())

out["commits"] = {name: commit(name) for name in ("r1_reward", "VL_RewardBench", "multimodal_rewardbench", "MMRB2")}
(fixtures / "scores.json").write_text(json.dumps(out, indent=1) + "\n")
