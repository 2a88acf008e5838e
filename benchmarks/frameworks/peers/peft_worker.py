"""Transformers and PEFT by hand on a real model's folder: the contender `peft`. Speaks as ../messages.ts says."""

import json
import sys
import time

import peft
import torch
import transformers
from safetensors.torch import save_file

from hf_model import adapters_of, generate, load_file, load_model, log_probs, pixels_of, surrogate


def tell(**message):
    print("@@" + json.dumps(message), flush=True)


def wait_for_go():
    return sys.stdin.readline().strip() == "go"


def main():
    given = json.loads(sys.argv[1])
    torch.set_num_threads(given["threads"])
    transformers.logging.set_verbosity_error()
    torch.manual_seed(1)
    training = given["training"]
    inputs = load_file(given["inputs"])

    def stepper(model):
        adapters = adapters_of(model)
        optimizer = torch.optim.AdamW(
            adapters.values(),
            lr=training["learningRate"],
            betas=(training["beta1"], training["beta2"]),
            eps=training["epsilon"],
            weight_decay=training["weightDecay"],
            fused=True,
        )

        def step(ids, pixels, batch):
            optimizer.zero_grad(set_to_none=True)
            loss = surrogate(log_probs(model, ids, pixels, batch["old"].shape[1]), batch, training)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(adapters.values(), training["gradientClip"])
            optimizer.step()
            return loss.item()

        return step

    def update():
        model = load_model(given)
        tokens = given["update"]["responseTokens"]
        ids, pixels = inputs["ids"].long(), pixels_of(inputs.get("pictures"))
        with torch.no_grad():
            logps = log_probs(model, ids, pixels, tokens)
        batch = {"advantages": inputs["advantages"], "old": logps + inputs["oldNoise"], "ref": logps + inputs["refNoise"]}
        loss = surrogate(log_probs(model, ids, pixels, tokens), batch, training)
        loss.backward()
        check = {f"gradient {name}": tensor.grad.contiguous() for name, tensor in adapters_of(model).items()}
        save_file({**check, "logProbs": logps, "loss": loss.detach().reshape(1)}, given["check"])
        step = stepper(model)
        return lambda: step(ids, pixels, batch) and None

    def generation():
        model = load_model(given).eval()
        ids, pixels = inputs["prompts"].long(), pixels_of(inputs.get("promptPictures"))
        return lambda: generate(model, ids, pixels, given["rollout"]) is None or None

    def iteration():
        model = load_model(given)
        rollout = given["rollout"]
        samples, tokens = rollout["samplesPerPrompt"], rollout["responseTokens"]
        prompts, pictures = inputs["prompts"].long(), inputs.get("promptPictures")
        once = pixels_of(pictures)
        all_rows = pixels_of(None if pictures is None else pictures.repeat_interleave(samples, 0))
        step = stepper(model)

        def iterate():
            marks = [time.perf_counter()]
            ids = generate(model, prompts, once, rollout)
            marks.append(time.perf_counter())
            scores = (ids[:, -tokens:] % 2 == 0).float().mean(1).view(-1, samples)
            advantages = ((scores - scores.mean(1, keepdim=True)) / (scores.std(1, keepdim=True) + 1e-4)).flatten()
            with torch.no_grad():
                old = log_probs(model, ids, all_rows, tokens)
                with model.disable_adapter():
                    ref = log_probs(model, ids, all_rows, tokens)
            marks.append(time.perf_counter())
            step(ids, all_rows, {"advantages": advantages, "old": old, "ref": ref})
            marks.append(time.perf_counter())
            parts = [1000 * (after - before) for before, after in zip(marks, marks[1:])]
            return dict(zip(["generation", "old and reference", "update"], parts))

        return iterate

    def load():
        """Python's safetensors: every tensor in memory of its own (load_file alone maps the file, and reads nothing yet)."""

        def read():
            tensors = {name: tensor.clone() for name, tensor in load_file(f"{given['weights']}/model.safetensors").items()}
            del tensors

        return read

    work = {"update": update, "generation": generation, "iteration": iteration, "load": load}[given["task"]]()
    versions = f"Transformers {transformers.__version__}, PEFT {peft.__version__}, PyTorch {torch.__version__}"
    tell(type="ready", detail=f"{versions}, {torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}")
    while wait_for_go():
        began = time.perf_counter()
        parts = work()
        ms = 1000 * (time.perf_counter() - began)
        tell(type="done", ms=ms, **({"parts": parts} if parts else {}))


main()
