"""What vLLM says greedily to prompts, of a folder alone and with adapters beside it: tests/vllm.slow.test.ts asks it.

    unshare --map-root-user --net PYTHON tools/oracles/vllm-greedy.py < {"model", "adapter": FOLDER or null, "prompts": [[id]], "tokens", "scratch"}

Prints {"version", "base": [[id]], "adapter": [[id]] or null}: `tokens` ids to each prompt, end tokens among them taken as any other.
"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../benchmarks/frameworks/peers"))
from vllm_server import bring_up_loopback, end, post, start  # noqa: E402


def greedy(name, given):
    body = {"model": name, "prompt": given["prompts"], "max_tokens": given["tokens"], "temperature": 0, "ignore_eos": True, "return_token_ids": True}
    choices = json.loads(post("/v1/completions", body))["choices"]
    return [choice["token_ids"] for choice in sorted(choices, key=lambda one: one["index"])]


def main():
    given = json.load(sys.stdin)
    bring_up_loopback()
    import vllm

    server = start(given["model"], given["scratch"])
    try:
        said = {"version": vllm.__version__, "base": greedy("base", given), "adapter": None}
        if given["adapter"] is not None:
            post("/v1/load_lora_adapter", {"lora_name": "policy", "lora_path": given["adapter"]})
            said["adapter"] = greedy("policy", given)
        print(json.dumps(said))
    finally:
        end(server)


main()
