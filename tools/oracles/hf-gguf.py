"""gguf-py: what packages/models/src/hf/gguf must read, bit for bit, and a small file that it wrote.
   python tools/oracles/hf-gguf.py            `pip install gguf==0.19.0` is all it needs; regenerate.sh runs it.

Blocks of every format are random bytes with finite float16 scales, so every bit of a block is tried. The file is a Llama of one layer: as
convert_hf_to_gguf.py does, rows of q and k are put in the order of GGUF's rotary embedding."""

import json
import tempfile
from base64 import b64encode
from importlib.metadata import version
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGUFWriter, TokenType
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize, quantize

FIXTURES = Path(__file__).parents[2] / "packages" / "models" / "src" / "hf" / "fixtures"
random = np.random.default_rng(14)

# where in a block its float16 numbers begin
SCALES = {
    Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0],
    Type.Q2_K: [80, 82], Type.Q3_K: [108], Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208],
    Type.F16: [0], Type.BF16: [],
}  # fmt: skip


def base64(array):
    return b64encode(np.ascontiguousarray(array).tobytes()).decode()


def block_case(kind):
    numbers, size = GGML_QUANT_SIZES[kind]
    count = 2 if numbers > 1 else 24
    data = random.integers(0, 256, (count, size), dtype=np.uint8)
    for at in SCALES[kind]:
        data[:, at : at + 2] = random.normal(0, 0.3, count).astype(np.float16).view(np.uint8).reshape(count, 2)
    if kind == Type.BF16:
        data[:, 1] = data[:, 1] & 0xBF  # no NaN
    if kind == Type.F16:  # zero, both signs, the smallest and largest, subnormals, infinity
        data[:8] = np.array([0, 0x8000, 1, 0x8001, 0x7BFF, 0x03FF, 0x7C00, 0xFC00], dtype=np.uint16).view(np.uint8).reshape(8, 2)
    with np.errstate(all="ignore"):
        values = dequantize(data, kind).astype(np.float32)
    return {"type": int(kind), "name": kind.name, "bytes": base64(data), "values": base64(values)}


def permuted(weights, heads):
    """convert_hf_to_gguf.py, LlamaModel.permute."""
    shape = weights.shape
    return weights.reshape(heads, 2, shape[0] // heads // 2, *shape[1:]).swapaxes(1, 2).reshape(shape)


HIDDEN, HEADS, KV, FEED = 32, 4, 2, 64


def byte_alphabet():
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in kept]
    return [chr(byte) for byte in kept] + [chr(256 + index) for index in range(len(others))]


def small_file():
    def draw(*shape):
        return random.normal(0, 0.5, shape).astype(np.float32)

    merges = [("h", "e"), ("l", "l"), ("he", "ll"), ("Ġ", "w")]
    tokens = ["<|endoftext|>", "<|im_end|>", *byte_alphabet(), *(a + b for a, b in merges), "<extra>"]
    types = [TokenType.CONTROL] * 2 + [TokenType.NORMAL] * (len(tokens) - 3) + [TokenType.USER_DEFINED]
    key_width = HIDDEN // HEADS * KV
    # name at Hugging Face, name in the file, values, heads to permute by, how it is stored
    tensors = [
        ("model.embed_tokens.weight", "token_embd.weight", draw(len(tokens), HIDDEN), 0, Type.Q8_0),
        ("model.norm.weight", "output_norm.weight", draw(HIDDEN), 0, Type.F32),
        ("model.layers.0.self_attn.q_proj.weight", "blk.0.attn_q.weight", draw(HIDDEN, HIDDEN), HEADS, Type.Q4_1),
        ("model.layers.0.self_attn.k_proj.weight", "blk.0.attn_k.weight", draw(key_width, HIDDEN), KV, Type.F32),
        ("model.layers.0.self_attn.v_proj.weight", "blk.0.attn_v.weight", draw(key_width, HIDDEN), 0, Type.F16),
        ("model.layers.0.self_attn.o_proj.weight", "blk.0.attn_output.weight", draw(HIDDEN, HIDDEN), 0, Type.BF16),
        ("model.layers.0.input_layernorm.weight", "blk.0.attn_norm.weight", draw(HIDDEN), 0, Type.F32),
        ("model.layers.0.post_attention_layernorm.weight", "blk.0.ffn_norm.weight", draw(HIDDEN), 0, Type.F32),
        ("model.layers.0.mlp.gate_proj.weight", "blk.0.ffn_gate.weight", draw(FEED, HIDDEN), 0, Type.Q4_0),
        ("model.layers.0.mlp.up_proj.weight", "blk.0.ffn_up.weight", draw(FEED, HIDDEN), 0, Type.Q5_0),
        ("model.layers.0.mlp.down_proj.weight", "blk.0.ffn_down.weight", draw(HIDDEN, FEED), 0, Type.Q5_1),
    ]
    path = Path(tempfile.mkdtemp()) / "small.gguf"
    writer = GGUFWriter(path, "llama")
    writer.add_name("small")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(FEED)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(100000.0)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_add_bos_token(False)
    writer.add_chat_template("{% for message in messages %}{{ message.content }}<|im_end|>{% endfor %}")
    sums = {}
    for name, short, values, heads, kind in tensors:
        stored = quantize(permuted(values, heads) if heads else values, kind)
        writer.add_tensor(short, stored, raw_dtype=kind)
        back = dequantize(stored, kind).reshape(values.shape)
        if heads:  # the inverse of the permutation
            back = back.reshape(heads, values.shape[0] // heads // 2, 2, *values.shape[1:]).swapaxes(1, 2).reshape(values.shape)
        # some numbers from all over it
        sums[name] = {"shape": values.shape, "dtype": kind.name, "some": base64(back.astype(np.float32).ravel()[::37])}
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return {"file": b64encode(path.read_bytes()).decode(), "tensors": sums}


blocks = [block_case(kind) for kind in SCALES]
lines = ",\n".join(f"  {json.dumps(one)}" for one in blocks)
text = f'{{\n "madeBy": "tools/oracles/hf-gguf.py",\n "gguf": "{version("gguf")}",\n "blocks": [\n{lines}\n ],\n "small": {json.dumps(small_file())}\n}}\n'
(FIXTURES / "gguf.json").write_text(text)
print(f"gguf.json: {len(blocks)} formats, {len(text)} bytes")
