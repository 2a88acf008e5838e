"""What other graders say of the pairs in packages/rewards/src/fixtures/math-pairs.json; writes their verdicts beside the right ones.

    python math-graders.py FIXTURE FOLDER GRADER…

GRADER is mathVerify, hendrycks, deepscaler or minerva. FOLDER holds, from copies outside this repository, hendrycks.py
(hendrycks/math, modeling/math_equivalence.py), deepscaler.py (agentica-project/deepscaler, deepscaler/rewards/math_utils/utils.py) and minerva.py
(EleutherAI/lm-evaluation-harness, lm_eval/tasks/minerva_math/utils.py). mathVerify and deepscaler need math-graders.txt; minerva needs
antlr4-python3-runtime==4.11 instead of the one there, so it runs in an environment of its own. A grader that throws or finds nothing says 0.
"""

import importlib.util
import json
import sys
import types
from pathlib import Path


def module(folder: Path, name: str):
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def math_verify(_: Path):
    from math_verify import parse, verify

    return lambda reference, answer: verify(parse(f"${reference}$"), parse(f"\\boxed{{{answer}}}"))


def hendrycks(folder: Path):
    return module(folder, "hendrycks").is_equiv


def deepscaler(folder: Path):
    grader = module(folder, "deepscaler")
    return lambda reference, answer: grader.grade_answer_mathd(answer, reference) or grader.grade_answer_sympy(answer, reference)


def minerva(folder: Path):
    import importlib.metadata

    stub = types.ModuleType("datasets")
    stub.Dataset = object  # named in a signature only
    sys.modules["datasets"] = stub
    verify = types.ModuleType("math_verify")
    verify.parse = verify.verify = None  # its second metric is mathVerify's
    sys.modules["math_verify"] = verify
    assert importlib.metadata.version("antlr4-python3-runtime").startswith("4.11")
    grader = module(folder, "minerva")
    return lambda reference, answer: grader.is_equiv(
        grader.normalize_final_answer(answer), grader.normalize_final_answer(reference)
    )


graders = {"mathVerify": math_verify, "hendrycks": hendrycks, "deepscaler": deepscaler, "minerva": minerva}


def main(fixture: Path, folder: Path, names: list[str]) -> None:
    held = json.loads(fixture.read_text())
    for name in names:
        grade = graders[name](folder)
        for pair in held["pairs"]:
            try:
                said = int(bool(grade(pair["reference"], pair["answer"])))
            except Exception:  # whatever it throws, its callers count as wrong
                said = 0
            pair.setdefault("theirs", {})[name] = said
    pairs = ",\n".join(json.dumps(pair, ensure_ascii=False) for pair in held.pop("pairs"))
    head = json.dumps(held, ensure_ascii=False, indent=2)[:-2]
    fixture.write_text(f'{head},\n"pairs": [\n{pairs}\n]\n}}\n')


main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
