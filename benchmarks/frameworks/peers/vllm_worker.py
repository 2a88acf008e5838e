"""vLLM's server on CPUs, on a real model's folder: the contender `vllm`, for generation alone. Speaks as ../messages.ts says.

Adapters are loaded as a run does it, by /v1/load_lora_adapter; each request names them.
"""

import json
import os
import sys
import time

from vllm_server import bring_up_loopback, end, post, start


def tell(**message):
    print("@@" + json.dumps(message), flush=True)


def wait_for_go():
    return sys.stdin.readline().strip() == "go"


def main():
    given = json.loads(sys.argv[1])
    bring_up_loopback()
    import vllm
    from safetensors.numpy import load_file

    inputs = load_file(given["inputs"])
    rollout = given["rollout"]
    server = start(given["weights"], given["scratch"], max(256, rollout["promptTokens"] + rollout["responseTokens"]))
    try:
        post("/v1/load_lora_adapter", {"lora_name": "policy", "lora_path": os.path.join(given["weights"], "adapter")})
        sampling = {"model": "policy", "temperature": 1.0, "top_k": -1, "top_p": 1.0, "seed": 1, "ignore_eos": True}
        sampling |= {"max_tokens": rollout["responseTokens"], "n": rollout["samplesPerPrompt"], "logprobs": 0}
        prompts = inputs["prompts"].tolist()

        def generate():
            """All prompts in one request, as token ids: their responses are sampled side by side."""
            reply = json.loads(post("/v1/completions", {**sampling, "prompt": prompts}))
            made = reply["choices"]
            tokens = reply["usage"]["completion_tokens"]
            expected = len(prompts) * rollout["samplesPerPrompt"]
            if len(made) != expected or tokens != expected * rollout["responseTokens"]:
                raise RuntimeError(f"vLLM gave {len(made)} responses of {tokens} tokens, expected {expected} of {rollout['responseTokens']} each")

        tell(type="ready", detail=f"vLLM {vllm.__version__}")
        while wait_for_go():
            began = time.perf_counter()
            generate()
            tell(type="done", ms=1000 * (time.perf_counter() - began))
    finally:
        end(server)


main()
