"""What R1-Reward's released accuracy check gives for some answers.

    git clone https://github.com/yfzhang114/r1_reward (3693413a); pip install math-verify==0.7.0 pylatexenc sympy
    PYTHONPATH=r1_reward python - < tools/oracles/r1-reward-accuracy.py > packages/rewards/src/fixtures/r1-reward-accuracy.json    (by -, since openrlhf.py lies beside it)

The loop of `verify_math` (openrlhf/models/remote_rm/math_verifier_mllm.py) is written anew here, since it runs in a server; what it calls is the release's own
`evaluate_math`, and Math-Verify. An empty openrlhf/__init__.py does in place of the release's, which imports DeepSpeed.
"""

import json
import logging
import re

from math_verify import parse, verify
from openrlhf.models.remote_rm.strict_math_verify import evaluate_math

logging.disable(logging.CRITICAL)
PREFIXES = [
    "The best answer is", "The correct answer is", "The answer is", "The answer: ", "Answer: ",
    "The best option is", "The correct option is", "Best answer:", "Best option:",
]  # fmt: skip


def accuracy(response: str, label: str) -> float:
    try:
        found = re.search(r"<answer>(.*?)</answer>", response, re.DOTALL)
        given = (found.group(1) if found else response).strip()
        for prefix in PREFIXES:
            given = given.replace(prefix, "")
        read = parse(given)
        if evaluate_math(given, label):
            return 1.0
        return 1.0 if float(verify(read, parse(label))) > 0 else 0.0
    except Exception:
        return 1.0


answers = [
    "1", "2", "", "tie", "two", "response 2", "Response 2 is better", "2.", "**2**", "(2)", "[2]", "{2", "2}", "{}", "$2$",
    r"\boxed{2}", r"\boxed{", r"\frac{2}{1}", r"\frac", "4/2", "2/1", r"\text{2}", "2^", "^2", "1 2", "2 or 1", "inf", "nan",
    "2%", "2\n", " 2 ", "two responses", "both", "None", "0/0", "1/0", "1 and 2", "2 and 1", "=2", "is 2", "x=2", "2 cm", "-2", "+2",
    "2.0", "2.00", "02", "2!", "2**", "#", "The answer is 2", "The best option is 1", "Answer: 2", "Best answer:2", "12", "2.5", "1, 2",
    "Response 1 is better than response 2", "Response 2 is better than response 1", "Both are good, but I prefer response 1",
]  # fmt: skip
responses = [f"<think>a</think><answer>{answer}</answer>" for answer in answers] + [
    "", "no tags at all", "I think response 2 is better", "2", "<think>2", "<answer>2",
    "<think>a</think> The answer is 2", "<think><answer>2</answer></think><answer>1</answer>", "<answer>1</answer><answer>2</answer>",
]  # fmt: skip
rows = [{"response": r, "preferred": p, "accuracy": accuracy(r, str(p))} for r in responses for p in (1, 2, "tie")]
print(json.dumps({"source": "r1_reward 3693413a, math-verify 0.7.0, sympy 1.14.0", "rows": rows}, indent=1))
