"""A real model's folder in Transformers with PEFT's adapters, and batches for it."""

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText


def load_model(given, adapter=True):
    """float32, Transformers' own choice of attention. With the folder's adapters, which train."""
    kind = AutoModelForCausalLM if given["real"]["tower"] is None else AutoModelForImageTextToText
    model = kind.from_pretrained(given["weights"], dtype=torch.float32)
    return PeftModel.from_pretrained(model, f"{given['weights']}/adapter", is_trainable=True) if adapter else model


def adapters_of(model):
    """By the names that the folder's files have."""
    named = [(name, tensor) for name, tensor in model.named_parameters() if tensor.requires_grad]
    return {name.removeprefix("base_model.model.").replace(".default.", "."): tensor for name, tensor in named}


def pixels_of(pictures):
    """Bytes [N, H, W, 3] → what SmolVLM's processor makes of a picture of one tile, each row one picture: [N, 1, 3, H, W]"""
    if pictures is None:
        return {}
    return {"pixel_values": ((pictures.float() / 255 - 0.5) / 0.5).permute(0, 3, 1, 2)[:, None].contiguous()}


def log_probs(model, ids, pixels, response_tokens):
    """Of the last T tokens of ids [B, C], logits of no others. [B, T]"""
    logits = model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False, logits_to_keep=response_tokens + 1, **pixels).logits
    targets = ids[:, -response_tokens:]
    flat = logits[:, :-1].flatten(0, 1)
    return -torch.nn.functional.cross_entropy(flat, targets.flatten(), reduction="none").view(targets.shape)


def surrogate(logps, batch, training):
    advantages = batch["advantages"][:, None]
    ratio = (logps - batch["old"]).exp()
    clipped = ratio.clamp(1 - training["clipRange"], 1 + training["clipRange"])
    distance = batch["ref"] - logps
    kl = distance.exp() - distance - 1
    return (-torch.minimum(ratio * advantages, clipped * advantages) + training["klCoef"] * kl).mean()


@torch.no_grad()
def generate(model, ids, pixels, rollout):
    """G responses of exactly T tokens to each prompt, sampled. → [B, S + T]"""
    tokens = rollout["responseTokens"]
    return model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        do_sample=True,
        temperature=1.0,
        top_k=0,
        top_p=1.0,
        num_return_sequences=rollout["samplesPerPrompt"],
        min_new_tokens=tokens,
        max_new_tokens=tokens,
        use_cache=True,
        **pixels,
    )


__all__ = ["adapters_of", "generate", "load_file", "load_model", "log_probs", "pixels_of", "surrogate"]
