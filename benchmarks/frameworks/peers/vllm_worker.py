"""vLLM's server on CPUs, on a real model's folder: the contender `vllm`, for generation alone. Speaks as ../messages.ts says.

The server runs in a network namespace of its own (worker-process.ts starts this script by unshare), for it opens ports for its own processes. Adapters are
loaded as a run does it, by /v1/load_lora_adapter; each request names them.
"""

import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request

PORT = 8000
ADDRESS = f"http://127.0.0.1:{PORT}"


def tell(**message):
    print("@@" + json.dumps(message), flush=True)


def wait_for_go():
    return sys.stdin.readline().strip() == "go"


def bring_up_loopback():
    """A new namespace's only interface is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        up_and_running = 0x41
        fcntl.ioctl(one, 0x8914, struct.pack("16sh14x", b"lo", up_and_running))  # SIOCSIFFLAGS


def post(path, body):
    request = urllib.request.Request(ADDRESS + path, json.dumps(body).encode(), {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=600) as reply:
            return reply.read()
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{path}: {error.code} {error.read()[:300].decode(errors='replace')}") from None


def start(given):
    tokens = given["rollout"]["promptTokens"] + given["rollout"]["responseTokens"]
    options = ["--model", given["weights"], "--served-model-name", "base", "--host", "127.0.0.1", "--port", str(PORT), "--dtype", "float32"]
    options += ["--max-model-len", str(max(256, tokens)), "--enable-lora", "--max-lora-rank", str(given["real"]["lora"]["rank"])]
    # Prompts come again and again here, which they don't while a policy learns: what was read of them before isn't used.
    options += ["--enforce-eager", "--no-enable-prefix-caching"]
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_HOST_IP": "127.0.0.1",
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    }
    log = open(os.path.join(given["scratch"], "vllm.log"), "w+b")
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", *options]
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    deadline = time.monotonic() + 600
    while True:
        if server.poll() is not None or time.monotonic() > deadline:
            log.seek(0)
            lines = [line for line in log.read().decode(errors="replace").splitlines() if "Error" in line]
            end(server)
            raise RuntimeError(f"vLLM didn't start: {lines[-1][-300:] if lines else 'it says nothing'}")
        try:
            urllib.request.urlopen(ADDRESS + "/health", timeout=5).close()
            return server
        except OSError:
            time.sleep(0.5)


def end(server):
    """With its own processes, which are in its session."""
    try:
        os.killpg(server.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def main():
    given = json.loads(sys.argv[1])
    bring_up_loopback()
    import vllm
    from safetensors.numpy import load_file

    inputs = load_file(given["inputs"])
    rollout = given["rollout"]
    server = start(given)
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
