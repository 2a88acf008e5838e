"""Writes packages/models/src/fixtures/tiny-vlm.json: what PyTorch computes for the model tiny-vlm, at a tiny size.

    python tools/oracles/tiny-vlm.py packages/models/src/fixtures/tiny-vlm.json

Needs torch alone (written with 2.13.0, CPU). The model is written here from its description, in PyTorch's own attention, norm and GELU, and
in one pass over [picture | prompt | response], whereas the TypeScript reads the prompt first and goes on from its cache.
All in float64; weights are multiples of 1/4096, so they are exact in float32 and in the file.
"""

import json
import math
import sys

import torch
import torch.nn.functional as F

WIDTH, LAYERS, HEADS, KV_HEADS, HIDDEN = 16, 2, 4, 2, 24
VISION_LAYERS, IMAGE, PATCH, PROMPT, THETA = 1, 8, 4, 6, 100.0
PIXEL_MEAN, PIXEL_DEVIATION = 0.3, 0.2
WORDS = ["red", "blue", "a1", "b1", "so"]
RESERVED, NIBBLES = 12, 16
VOCABULARY = RESERVED + len(WORDS) + NIBBLES
HEAD = WIDTH // HEADS
PATCHES = (IMAGE // PATCH) ** 2
TEMPERATURE = 0.8
EPSILON = 1e-5
torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(20261123)


def weights():
    made = {}

    def normal(name, *shape, scale=None, mean=0.0):
        scale = 1 / math.sqrt(shape[0]) if scale is None else scale
        value = mean + scale * torch.randn(*shape, generator=generator)
        made[name] = (value * 4096).round() / 4096

    def layer(part, kv_heads):
        normal(f"{part}.attn_norm", WIDTH, scale=0.2, mean=1)
        normal(f"{part}.q", WIDTH, WIDTH)
        normal(f"{part}.k", WIDTH, kv_heads * HEAD)
        normal(f"{part}.v", WIDTH, kv_heads * HEAD)
        normal(f"{part}.o", WIDTH, WIDTH)
        normal(f"{part}.mlp_norm", WIDTH, scale=0.2, mean=1)
        normal(f"{part}.gate", WIDTH, HIDDEN)
        normal(f"{part}.up", WIDTH, HIDDEN)
        normal(f"{part}.down", HIDDEN, WIDTH)

    normal("vision.patch.weight", PATCH * PATCH * 3, WIDTH)
    normal("vision.patch.bias", WIDTH, scale=0.2)
    normal("vision.position", PATCHES, WIDTH, scale=1)
    for index in range(VISION_LAYERS):
        layer(f"vision.{index}", HEADS)
    normal("vision.norm", WIDTH, scale=0.2, mean=1)
    normal("projector.in", WIDTH, WIDTH)
    normal("projector.in_bias", WIDTH, scale=0.2)
    normal("projector.out", WIDTH, WIDTH)
    normal("projector.out_bias", WIDTH, scale=0.2)
    normal("embed", VOCABULARY, WIDTH, scale=0.5)
    for index in range(LAYERS):
        layer(f"layer.{index}", KV_HEADS)
    normal("norm", WIDTH, scale=0.2, mean=1)
    return {name: value.requires_grad_() for name, value in made.items()}


def rms_norm(x, weight):
    return F.rms_norm(x, (WIDTH,), weight, EPSILON)


def turn(x):
    """x [B, H, T, d]: the complex numbers a + ib of both halves, times e^(i t f)."""
    half = HEAD // 2
    frequencies = THETA ** (-2 * torch.arange(half) / HEAD)
    angles = torch.arange(x.shape[2])[:, None] * frequencies
    turned = torch.complex(x[..., :half], x[..., half:]) * torch.polar(torch.ones_like(angles), angles)
    return torch.cat([turned.real, turned.imag], -1)


def layer(p, part, x, kv_heads, rotary, visible):
    batch, tokens, _ = x.shape
    normed = rms_norm(x, p[f"{part}.attn_norm"])
    heads = lambda name, count: (normed @ p[f"{part}.{name}"]).view(batch, tokens, count, HEAD).transpose(1, 2)
    q, k, v = heads("q", HEADS), heads("k", kv_heads), heads("v", kv_heads)
    if rotary:
        q, k = turn(q), turn(k)
    group = HEADS // kv_heads
    k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
    read = F.scaled_dot_product_attention(q, k, v, attn_mask=visible)
    x = x + read.transpose(1, 2).reshape(batch, tokens, WIDTH) @ p[f"{part}.o"]
    normed = rms_norm(x, p[f"{part}.mlp_norm"])
    return x + (F.silu(normed @ p[f"{part}.gate"]) * (normed @ p[f"{part}.up"])) @ p[f"{part}.down"]


def see(p, pixels):
    """pixels [B, H, W, 3], bytes → [B, N, D]; the patches by unfold, which gives (channel, y, x)."""
    batch = pixels.shape[0]
    channels_first = ((pixels / 255 - PIXEL_MEAN) / PIXEL_DEVIATION).permute(0, 3, 1, 2)
    cut = F.unfold(channels_first, PATCH, stride=PATCH).transpose(1, 2)
    patches = cut.view(batch, PATCHES, 3, PATCH * PATCH).transpose(2, 3).reshape(batch, PATCHES, -1)
    x = patches @ p["vision.patch.weight"] + p["vision.patch.bias"] + p["vision.position"]
    for index in range(VISION_LAYERS):
        x = layer(p, f"vision.{index}", x, HEADS, rotary=False, visible=None)
    x = rms_norm(x, p["vision.norm"])
    x = F.gelu(x @ p["projector.in"] + p["projector.in_bias"], approximate="tanh")
    return x @ p["projector.out"] + p["projector.out_bias"]


def log_probs(p, pixels, prompt, prompt_mask, response, mask):
    rows = response.shape[0]
    x = torch.cat([see(p, pixels), F.embedding(torch.cat([prompt, response], 1), p["embed"])], 1)
    columns = x.shape[1]
    keys = torch.cat([torch.ones(rows, PATCHES), prompt_mask, torch.ones_like(response)], 1).bool()
    visible = torch.ones(columns, columns).tril().bool()[None, None] & keys[:, None, None, :]
    for index in range(LAYERS):
        x = layer(p, f"layer.{index}", x, KV_HEADS, rotary=True, visible=visible)
    logits = rms_norm(x, p["norm"]) @ p["embed"].T / TEMPERATURE
    before = PATCHES + prompt.shape[1] - 1
    each = torch.distributions.Categorical(logits=logits[:, before : before + response.shape[1]]).log_prob(response)
    return torch.where(mask.bool(), each, 0.0)


def main(path):
    p = weights()
    pixels = torch.randint(0, 256, (2, IMAGE, IMAGE, 3), generator=generator)
    prompt = torch.tensor([[1, 12, 10, 13, 11, 2], [0, 0, 0, 1, 14, 2]])
    prompt_mask = torch.tensor([[1, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1]])
    response = torch.tensor([[4, 15, 13, 16, 5, 3, 0], [4, 32, 17, 14, 8, 7, 12]])
    mask = torch.tensor([[1, 1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1, 1]])
    result = log_probs(p, pixels, prompt, prompt_mask, response, mask)
    # A loss in which every token has another weight, so that a gradient that goes to the wrong token shows.
    token_weights = torch.arange(1.0, 15).view(2, 7) / 8
    (result * token_weights).sum().backward()
    plain = lambda tensor, digits: [round(value, digits) for value in tensor.detach().flatten().tolist()]
    fixture = {
        "madeBy": f"tools/oracles/tiny-vlm.py, torch {torch.__version__}, float64",
        "options": {
            "width": WIDTH, "layers": LAYERS, "heads": HEADS, "kvHeads": KV_HEADS, "hiddenSize": HIDDEN, "visionLayers": VISION_LAYERS,
            "imageSize": IMAGE, "patchSize": PATCH, "promptTokens": PROMPT, "ropeTheta": THETA, "words": WORDS,
            "pixelMean": PIXEL_MEAN, "pixelDeviation": PIXEL_DEVIATION,
        },
        "temperature": TEMPERATURE,
        "pixels": pixels.flatten().tolist(),
        "promptIds": prompt.tolist(),
        "promptMask": prompt_mask.tolist(),
        "responseIds": response.tolist(),
        "mask": mask.tolist(),
        "logProbs": [plain(row, 9) for row in result],
        "tokenWeights": token_weights.tolist(),
        "parameters": {n: {"shape": list(w.shape), "values4096": [round(v * 4096) for v in w.flatten().tolist()]} for n, w in p.items()},
        "gradients": {name: plain(weight.grad, 6) for name, weight in p.items()},
    }  # fmt: skip
    with open(path, "w") as file:
        json.dump(fixture, file, separators=(",", ":"))
        file.write("\n")


main(sys.argv[1])
