"""The decoder of ../decoder.ts, and the ViT before it, in PyTorch, written by hand: the same weights and arithmetic, one pass over all columns."""

import json
import math

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

EPSILON = 1e-5


def sizes_of(config):
    return {**config, "head_size": config["width"] // config["heads"]}


def load_parameters(path):
    return {name: tensor.clone().requires_grad_() for name, tensor in load_file(path).items()}


def rope_tables(positions, sizes):
    """cos and sin of position · θⱼ. positions [T] → [T, d/2] each"""
    half = sizes["head_size"] // 2
    frequencies = sizes["ropeTheta"] ** (-2 * torch.arange(half, dtype=torch.float32) / sizes["head_size"])
    angles = positions.float()[:, None] * frequencies
    return angles.cos(), angles.sin()


def turn(x, tables):
    """x [B, H, T, d]; pairs are halves."""
    cos, sin = tables
    left, right = x.chunk(2, -1)
    return torch.cat([left * cos - right * sin, right * cos + left * sin], -1)


def rms_norm(x, weight):
    return F.rms_norm(x, (x.shape[-1],), weight, EPSILON)


def attend(q, k, v, causal, sdpa):
    """q [B, H, T, d], k, v [B, K, C, d] → [B, H, T, d]. `causal`: query i sees keys up to i; otherwise all of them."""
    if sdpa:
        return F.scaled_dot_product_attention(q, k, v, is_causal=causal, enable_gqa=True)
    rows, heads, tokens, size = q.shape
    groups = heads // k.shape[1]
    grouped = q.reshape(rows, k.shape[1], groups * tokens, size)  # [B, K, G·T, d]: no copy of keys and values
    scores = (grouped @ k.transpose(-1, -2)).view(rows, heads, tokens, -1) / math.sqrt(size)  # [B, H, T, C]
    if causal:
        hidden = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)
        scores = scores.masked_fill(hidden, float("-inf"))
    weights = scores.softmax(-1).view(rows, k.shape[1], groups * tokens, -1)
    return (weights @ v).view(rows, heads, tokens, size)


def layer(p, part, x, tables, sizes, sdpa, remember):
    """`tables`: None without positions. `remember(k, v)` gives the keys and values to read, and whether a query sees only those up to its own place."""
    rows, tokens, width = x.shape
    normed = rms_norm(x, p[f"{part}.attn_norm"])
    heads = lambda name: (normed @ p[f"{part}.{name}"]).view(rows, tokens, -1, sizes["head_size"]).transpose(1, 2)
    turned = lambda name: heads(name) if tables is None else turn(heads(name), tables)
    keys, values, causal = remember(turned("k"), heads("v"))
    read = attend(turned("q"), keys, values, causal, sdpa)
    x = x + read.transpose(1, 2).reshape(rows, tokens, width) @ p[f"{part}.o"]
    normed = rms_norm(x, p[f"{part}.mlp_norm"])
    return x + (F.silu(normed @ p[f"{part}.gate"]) * (normed @ p[f"{part}.up"])) @ p[f"{part}.down"]


def see(p, images, sizes, sdpa):
    """images [B, H, W, 3], 0 to 1 → the picture's columns [B, N, D]"""
    vision = sizes["vision"]
    size = vision["patchSize"]
    rows, side = images.shape[0], images.shape[1] // size
    pixels = ((images - vision["pixelMean"]) / vision["pixelDeviation"]).view(rows, side, size, side, size * 3)
    x = pixels.transpose(2, 3).reshape(rows, side * side, -1) @ p["vision.patch.weight"] + p["vision.patch.bias"]
    x = x + p["vision.position"]
    for index in range(vision["visionLayers"]):
        x = layer(p, f"vision.{index}", x, None, sizes, sdpa, lambda k, v: (k, v, False))
    x = rms_norm(x, p["vision.norm"])
    x = F.gelu(x @ p["projector.in"] + p["projector.in_bias"], approximate="tanh")
    return x @ p["projector.out"] + p["projector.out_bias"]


def read_all(p, ids, images, sizes, sdpa, remember=None):
    x = F.embedding(ids, p["embed"])
    if images is not None:
        x = torch.cat([see(p, images, sizes, sdpa), x], 1)
    tables = rope_tables(torch.arange(x.shape[1]), sizes)
    for index in range(sizes["layers"]):
        keep = (lambda k, v: (k, v, True)) if remember is None else remember(index)
        x = layer(p, f"layer.{index}", x, tables, sizes, sdpa, keep)
    return x


def logits_of(p, hidden):
    return rms_norm(hidden, p["norm"]) @ p["embed"].T


def log_probs(p, ids, images, response_tokens, sizes, sdpa):
    """Of the last T tokens of ids [B, C]. [B, T]"""
    hidden = read_all(p, ids, images, sizes, sdpa)[:, -response_tokens - 1 : -1]
    targets = ids[:, -response_tokens:]
    return -F.cross_entropy(logits_of(p, hidden).flatten(0, 1), targets.flatten(), reduction="none").view(targets.shape)


def loss_of(p, batch, sizes, training, sdpa):
    logps = log_probs(p, batch["ids"], batch["images"], batch["old"].shape[1], sizes, sdpa)
    advantages = batch["advantages"][:, None]
    ratio = (logps - batch["old"]).exp()
    clipped = ratio.clamp(1 - training["clipRange"], 1 + training["clipRange"])
    distance = batch["ref"] - logps
    kl = distance.exp() - distance - 1
    return (-torch.minimum(ratio * advantages, clipped * advantages) + training["klCoef"] * kl).mean()


@torch.inference_mode()
def generate(p, prompts, images, batch, sizes, sdpa):
    """G responses of exactly T tokens to each prompt, each prompt read once, into caches made beforehand. → tokens, log-probs [B, T]"""
    samples, room = batch["samplesPerPrompt"], batch["responseTokens"]
    count, columns = prompts.shape
    if images is not None:
        columns += (images.shape[1] // sizes["vision"]["patchSize"]) ** 2
    rows = count * samples
    shape = (rows, sizes["kvHeads"], columns + room, sizes["head_size"])
    caches = [(torch.zeros(shape), torch.zeros(shape)) for _ in range(sizes["layers"])]

    def keep_prompt(index):
        def remember(k, v):
            for cache, new in zip(caches[index], (k, v)):
                cache[:, :, :columns] = new.repeat_interleave(samples, 0)
            return k, v, True

        return remember

    hidden = read_all(p, prompts, images, sizes, sdpa, keep_prompt)[:, -1:].repeat_interleave(samples, 0)  # [B, 1, D]
    tokens, logps = torch.empty(rows, room, dtype=torch.long), torch.empty(rows, room)
    for step in range(room):
        spread = logits_of(p, hidden)[:, 0].log_softmax(-1)  # [B, V]
        token = torch.multinomial(spread.exp(), 1)  # [B, 1]
        tokens[:, step : step + 1] = token
        logps[:, step : step + 1] = spread.gather(1, token)
        if step == room - 1:
            break
        position = columns + step
        tables = rope_tables(torch.tensor([position]), sizes)
        hidden = F.embedding(token, p["embed"])
        for index, (keys, values) in enumerate(caches):

            def remember(k, v, keys=keys, values=values):
                keys[:, :, position : position + 1] = k
                values[:, :, position : position + 1] = v
                return keys[:, :, : position + 1], values[:, :, : position + 1], False

            hidden = layer(p, f"layer.{index}", hidden, tables, sizes, sdpa, remember)
    return tokens, logps


def read_config(text):
    given = json.loads(text)
    return given, sizes_of(given["sizes"])
