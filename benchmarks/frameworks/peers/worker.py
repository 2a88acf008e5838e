"""A PyTorch contender, written by hand, in a process of its own: `torch eager`, `torch sdpa`, `torch compile`. Speaks as ../messages.ts says."""

import json
import sys
import time

import torch
from safetensors.torch import load_file, save_file

from decoder import generate, load_parameters, log_probs, loss_of, read_config


def tell(**message):
    print("@@" + json.dumps(message), flush=True)


def wait_for_go():
    return sys.stdin.readline().strip() == "go"


def main():
    given, sizes = read_config(sys.argv[1])
    torch.set_num_threads(given["threads"])
    kind = given["contender"].split()[1]
    # torch.compile makes its own of the plain attention, and was faster with PyTorch's fused one where both were tried.
    sdpa = kind != "eager"
    compiled = (lambda fn: torch.compile(fn, dynamic=False)) if kind == "compile" else (lambda fn: fn)
    training = given["training"]
    torch.manual_seed(1)
    p = load_parameters(given["weights"])
    inputs = load_file(given["inputs"])
    optimizer = torch.optim.AdamW(
        p.values(),
        lr=training["learningRate"],
        betas=(training["beta1"], training["beta2"]),
        eps=training["epsilon"],
        weight_decay=training["weightDecay"],
        fused=True,
    )
    loss_function = compiled(lambda p, batch: loss_of(p, batch, sizes, training, sdpa))

    def step(batch):
        optimizer.zero_grad(set_to_none=True)
        loss = loss_function(p, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(p.values(), training["gradientClip"])
        optimizer.step()
        return loss.item()

    def update():
        rows = given["update"]
        ids, images = inputs["ids"].long(), inputs.get("images")
        with torch.no_grad():
            logps = log_probs(p, ids, images, rows["responseTokens"], sizes, sdpa)
        batch = {
            "ids": ids,
            "images": images,
            "advantages": inputs["advantages"],
            "old": logps + inputs["oldNoise"],
            "ref": logps + inputs["refNoise"],
        }
        loss = loss_function(p, batch)
        loss.backward()
        check = {f"gradient {name}": tensor.grad.contiguous() for name, tensor in p.items()}
        save_file({**check, "logProbs": logps, "loss": loss.detach().reshape(1)}, given["check"])
        return lambda: step(batch) and None

    def generation():
        prompts, seen = inputs["prompts"].long(), inputs.get("promptImages")
        return lambda: generate(p, prompts, seen, given["rollout"], sizes, sdpa) and None

    def iteration():
        prompts, seen = inputs["prompts"].long(), inputs.get("promptImages")
        rollout = given["rollout"]
        samples, room = rollout["samplesPerPrompt"], rollout["responseTokens"]
        reference = {name: tensor.detach() for name, tensor in load_parameters(given["weights"]).items()}
        reference_log_probs = compiled(lambda ids, images: log_probs(reference, ids, images, room, sizes, sdpa))

        def iterate():
            marks = [time.perf_counter()]
            tokens, old = generate(p, prompts, seen, rollout, sizes, sdpa)
            tokens, old = tokens.clone(), old.clone()  # from inference mode's tensors to plain ones
            marks.append(time.perf_counter())
            scores = (tokens % 2 == 0).float().mean(1).view(-1, samples)
            advantages = ((scores - scores.mean(1, keepdim=True)) / (scores.std(1, keepdim=True) + 1e-4)).flatten()
            ids = torch.cat([prompts.repeat_interleave(samples, 0), tokens], 1)
            images = None if seen is None else seen.repeat_interleave(samples, 0)
            with torch.no_grad():
                ref = reference_log_probs(ids, images)
            marks.append(time.perf_counter())
            step({"ids": ids, "images": images, "advantages": advantages, "old": old, "ref": ref})
            marks.append(time.perf_counter())
            parts = [1000 * (after - before) for before, after in zip(marks, marks[1:])]
            return dict(zip(["generation", "reference", "update"], parts))

        return iterate

    work = {"update": update, "generation": generation, "iteration": iteration}[given["task"]]()
    tell(type="ready", detail=f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads")
    while wait_for_go():
        began = time.perf_counter()
        parts = work()
        ms = 1000 * (time.perf_counter() - began)
        tell(type="done", ms=ms, **({"parts": parts} if parts else {}))


main()
