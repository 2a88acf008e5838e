"""vLLM's server on CPUs, in a network namespace of its own: the process that imports this is started by `unshare --map-root-user --net`.

It opens a dozen ports for its own processes, which nobody outside is to reach; inside, the loopback interface is all there is.
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


def start(model, scratch, tokens=256):
    """Serves a folder as "base", in float32, with room for adapters up to rank 8. Its log is in `scratch`."""
    options = ["--model", model, "--served-model-name", "base", "--host", "127.0.0.1", "--port", str(PORT), "--dtype", "float32"]
    options += ["--max-model-len", str(tokens), "--enable-lora", "--max-lora-rank", "8"]
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
    log = open(os.path.join(scratch, "vllm.log"), "w+b")
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
