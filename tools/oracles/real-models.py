"""Tiny random models of each architecture that `hf` reads, and what Transformers makes of them: the oracle of packages/models/src/hf/hf-model.parity.test.ts.

    pip install torch==2.13.0 transformers==5.24.0 peft==0.21.2 pillow==13.0.0 safetensors
    python real-models.py FOLDER          # packages/models/src/hf/fixtures/models

Each folder is as save_pretrained writes it, in bfloat16, float16 or float32, with a byte-level BPE of some hundred tokens; expected.json holds, for some
conversations with pictures of a formula (`picture`), the prompt's ids, a response's log-probabilities in float64 arithmetic after a float32 pass, what greedy
generation goes on with, and the gradients of the log-probabilities' sum by two adapters (PEFT).
"""

import json, sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models as tokenizer_models, pre_tokenizers, trainers
from transformers import (
    GPTNeoXConfig, GPTNeoXForCausalLM, LlamaConfig, LlamaForCausalLM, LlavaConfig, LlavaForConditionalGeneration, PreTrainedTokenizerFast, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2Config, Qwen2ForCausalLM,
    Qwen3Config, Qwen3ForCausalLM, Qwen3VLConfig, Qwen3VLForConditionalGeneration, SmolVLMConfig, SmolVLMForConditionalGeneration,
)
from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil
from transformers.models.smolvlm.processing_smolvlm import get_image_prompt_string


def picture(width: int, height: int) -> Image.Image:
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    return Image.fromarray(((x * 7 + y * 13 + c * 29 + x * y * 3) % 256).astype(np.uint8))


TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% if m['content'] is string %}{{ m['content'] }}{% else %}{% for p in m['content'] %}"
    "{% if p['type'] == 'image' %}MARK{% else %}{{ p['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
BASE = ["<pad>", "<bos>", "<|im_end|>", "<|im_start|>"]
SMOL = ["<fake_token_around_image>", "<image>", "<global-img>"] + [f"<row_{r}_col_{c}>" for r in range(1, 4) for c in range(1, 4)]
QWEN = ["<|vision_start|>", "<|image_pad|>", "<|vision_end|>", "<|video_pad|>"]


def tokenizer_with(special, mark):
    made = Tokenizer(tokenizer_models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=290 + len(special), special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    made.train_from_iterator(["which response is better? the red circle is left of the blue square", "response 1 response 2 think answer"] * 50, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", bos_token="<bos>", eos_token="<|im_end|>",
                                   additional_special_tokens=[s for s in special if s not in BASE[:3]])
    fast.chat_template = TEMPLATE.replace("MARK", mark)
    return fast


TEXT = dict(hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=2048,
            bos_token_id=1, eos_token_id=2, pad_token_id=0)


def text_models(vocabulary):
    text = dict(TEXT, vocab_size=vocabulary)
    yield "llama", torch.bfloat16, LlamaForCausalLM(LlamaConfig(**text, rope_parameters=dict(
        rope_type="llama3", rope_theta=1e4, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)))
    yield "smollm2", torch.float16, LlamaForCausalLM(LlamaConfig(**text, tie_word_embeddings=True, rope_parameters=dict(rope_type="default", rope_theta=1e5)))
    yield "qwen2", torch.float32, Qwen2ForCausalLM(Qwen2Config(**text, tie_word_embeddings=True, rope_parameters=dict(
        rope_type="yarn", rope_theta=1e4, factor=4.0, original_max_position_embeddings=32)))
    yield "qwen3", torch.bfloat16, Qwen3ForCausalLM(Qwen3Config(**text, head_dim=8))


def smolvlm(vocabulary):
    return SmolVLMForConditionalGeneration(SmolVLMConfig(
        image_token_id=5, scale_factor=2, pad_token_id=0, tie_word_embeddings=False,
        vision_config=dict(hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2, image_size=32, patch_size=4),
        text_config=dict(TEXT, model_type="llama", vocab_size=vocabulary, head_dim=4)))


def qwen_vl(vocabulary, version):
    ids = dict(image_token_id=5, vision_start_token_id=4, vision_end_token_id=6, video_token_id=7, tie_word_embeddings=False)
    vision = dict(depth=3, hidden_size=16, intermediate_size=24, num_heads=2, patch_size=4, spatial_merge_size=2, out_hidden_size=16)
    text = dict(TEXT, vocab_size=vocabulary, num_hidden_layers=3)
    if version == 2:
        return Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(
            **ids, text_config=dict(text, rope_parameters=dict(rope_type="default", rope_theta=1e4, mrope_section=[1, 0, 1])),
            vision_config=dict(vision, window_size=32, fullatt_block_indexes=[1])))
    return Qwen3VLForConditionalGeneration(Qwen3VLConfig(
        **ids, text_config=dict(text, head_dim=16, rope_parameters=dict(rope_type="default", rope_theta=1e4, mrope_section=[4, 2, 2], mrope_interleaved=True)),
        vision_config=dict(vision, num_position_embeddings=36, deepstack_visual_indexes=[0, 1])))


TOWER = dict(hidden_size=16, num_hidden_layers=3, num_attention_heads=2, patch_size=4)


def llava_models(vocabulary):
    """Towers with a class token and without, one that sees another size than it was made for, one gated; one layer's states and two layers'; decoders with biases and without."""
    text = dict(TEXT, vocab_size=vocabulary)
    clip = dict(TOWER, model_type="clip_vision_model", intermediate_size=24, image_size=16, projection_dim=16)
    yield "llava", torch.bfloat16, LlavaConfig(image_token_index=4, vision_config=clip, text_config=dict(text, model_type="llama")), \
        LlavaImageProcessorPil(size={"shortest_edge": 18}, crop_size={"height": 16, "width": 16}, do_pad=True), 16
    siglip = dict(TOWER, model_type="siglip_vision_model", intermediate_size=24, image_size=24)
    yield "llava-siglip", torch.float32, LlavaConfig(
        image_token_index=4, vision_config=siglip, text_config=dict(text, model_type="qwen2", tie_word_embeddings=True), vision_feature_select_strategy="full",
        vision_feature_layer=[1, -2], multimodal_projector_bias=False), SiglipImageProcessorPil(size={"height": 24, "width": 24}), 36
    dinov2 = dict(TOWER, model_type="dinov2", mlp_ratio=2, image_size=20)
    yield "llava-dinov2", torch.float16, LlavaConfig(
        image_token_index=4, vision_config=dinov2, text_config=dict(text, model_type="llama"), vision_feature_layer=-1), \
        BitImageProcessorPil(size={"shortest_edge": 28}, crop_size={"height": 32, "width": 24}), 48
    yield "llava-dinov2-gated", torch.float32, LlavaConfig(
        image_token_index=4, vision_config=dict(dinov2, use_swiglu_ffn=True), text_config=dict(text, model_type="qwen3", head_dim=8)), \
        BitImageProcessorPil(size={"shortest_edge": 20}, crop_size={"height": 20, "width": 20}), 25


def user(text, pictures=0):
    return [{"role": "user", "content": [*[{"type": "image"}] * pictures, {"type": "text", "text": text}] if pictures else text}]


CASES = [
    dict(messages=user("which response is better?"), pictures=[], response="response 2"),
    dict(messages=[{"role": "system", "content": "be brief"}, *user("the red circle, ünïcödé 漢字 and <|im_end|> inside")], pictures=[], response="<think>the</think>"),
]
SEEING = [
    dict(messages=user("which is it?", 1), pictures=[[40, 70]], response="response 1"),
    dict(messages=user("left of the blue square", 2), pictures=[[61, 90], [100, 64]], response="the red circle is left"),
    dict(messages=user("tiny", 1), pictures=[[9, 5]], response="1"),
]


def prompt_and_inputs(case, tokenizer, see):
    text = tokenizer.apply_chat_template(case["messages"], add_generation_prompt=True, tokenize=False)
    pictures = [picture(*size) for size in case["pictures"]]
    if not pictures:
        return tokenizer(text, add_special_tokens=False)["input_ids"], {}
    written, inputs, mark = see(pictures)
    for one in written:
        text = text.replace(mark, one.replace(mark, "\0"), 1)
    return tokenizer(text.replace("\0", mark), add_special_tokens=False)["input_ids"], inputs


def log_probs(model, ids, response, inputs, types):
    whole = torch.tensor([ids + response])
    more = dict(inputs)
    if types and inputs:
        more["mm_token_type_ids"] = (whole == 5).int()
    out = model(input_ids=whole, **more).logits[0]
    return torch.log_softmax(out.double(), -1)[:-1].gather(-1, whole[0, 1:, None])[len(ids) - 1 :, 0]


def expected(model, tokenizer, cases, see, types, never):
    model = model.eval()
    made = []
    for case in cases:
        ids, inputs = prompt_and_inputs(case, tokenizer, see)
        response = tokenizer(case["response"], add_special_tokens=False)["input_ids"]
        with torch.no_grad():
            probs = log_probs(model, ids, response, inputs, types)
            greedy = []
            for _ in range(8):
                whole = torch.tensor([ids + greedy])
                more = dict(inputs, **({"mm_token_type_ids": (whole == 5).int()} if types and inputs else {}))
                logits = model(input_ids=whole, **more).logits[0, -1]
                logits[never] = -torch.inf
                greedy.append(int(logits.argmax()))
                if greedy[-1] == 2:
                    break
        made.append(dict(case, promptIds=ids, responseIds=response, logProbs=probs.tolist(), greedy=greedy))
    return made


TARGETS = r".*(language_model|text_model|model)\.layers\.\d+\..*(q_proj|down_proj)$"


def adapter_gradients(model, tokenizer, case, see, types, others, targets):
    """Of the first and last layer's q_proj and down_proj, after A and B were filled by a formula; and of other parameters, by their names in the file."""
    tuned = get_peft_model(model, LoraConfig(r=2, lora_alpha=3, target_modules=targets or TARGETS)).float()
    filled = {}
    for name, parameter in tuned.named_parameters():
        if "lora_" in name:
            numbers = torch.arange(parameter.numel()).reshape(parameter.shape)
            parameter.data = torch.sin(numbers * 0.7 + (1 if "lora_A" in name else 2)).float() * 0.3
            filled[name.replace("base_model.model.", "", 1).replace(".default", "")] = parameter
    own = {n.replace("base_model.model.model.", "", 1): p for n, p in tuned.named_parameters()}
    for name in others:
        own[name].requires_grad_(True)
    ids, inputs = prompt_and_inputs(case, tokenizer, see)
    response = tokenizer(case["response"], add_special_tokens=False)["input_ids"]
    probs = log_probs(tuned, ids, response, inputs, types)
    probs.sum().backward()
    wanted = [n for n in filled if ".layers.0." in n]
    return dict(rank=2, alpha=3, targets=targets or ["q_proj", "down_proj"], messages=case["messages"], pictures=case["pictures"], response=case["response"],
                logProbs=probs.tolist(), gradients={n: filled[n].grad.reshape(-1).tolist() for n in wanted},
                **(dict(others={n: own[n].grad.reshape(-1).tolist() for n in others}) if others else {}))


def write(folder, name, dtype, model, tokenizer, cases, see=None, processor=None, types=False, never=(), others=(), targets=None):
    torch.manual_seed(len(name))
    for parameter in model.parameters():
        parameter.data = torch.randn_like(parameter) * 0.25 + (0.7 if parameter.ndim == 1 else 0)
    model = model.to(dtype)
    at = folder / name
    model.save_pretrained(at, max_shard_size="30KB" if name == "llama" else "1GB")
    tokenizer.save_pretrained(at)
    if processor:
        processor.save_pretrained(at)
    model = type(model).from_pretrained(at, dtype=torch.float32)  # .to() would round the rotary frequencies as well
    result = expected(model, tokenizer, cases, see, types, list(never))
    lora = adapter_gradients(model, tokenizer, cases[-1] if see is None else cases[2], see, types, others, targets)
    (at / "expected.json").write_text(json.dumps(dict(cases=result, lora=lora)))
    print(name, [len(r["promptIds"]) for r in result])


def main(folder):
    tokenizer = tokenizer_with(BASE, "")
    torch.manual_seed(1)
    for name, dtype, model in text_models(len(tokenizer)):
        write(folder, name, dtype, model, tokenizer, CASES)

    # an architecture that a plugin brings (testing/gpt-neox.ts), beside the folder of ours
    for name, parallel in (("gpt-neox", True), ("gpt-neox-serial", False)):
        write(folder.parent / "others", name, torch.float32, GPTNeoXForCausalLM(GPTNeoXConfig(
            hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2, max_position_embeddings=2048, vocab_size=len(tokenizer),
            use_parallel_residual=parallel, rope_parameters=dict(rope_type="default", rope_theta=1e4, partial_rotary_factor=0.5),
            bos_token_id=1, eos_token_id=2, pad_token_id=0)), tokenizer, CASES, targets=["query_key_value", "dense_4h_to_h"])

    tokenizer = tokenizer_with(BASE + SMOL, "<image>")
    processor = SmolVLMImageProcessorPil(size={"longest_edge": 64}, max_image_size={"longest_edge": 32})

    def smol(pictures):
        out = [processor(images=[[p]], return_row_col_info=True, return_tensors="pt") for p in pictures]
        written = [get_image_prompt_string(int(o["rows"][0][0]), int(o["cols"][0][0]), 16, "<fake_token_around_image>", "<image>", "<global-img>") for o in out]
        return written, dict(pixel_values=torch.cat([o["pixel_values"] for o in out], 1)), "<image>"

    write(folder, "smolvlm", torch.float32, smolvlm(len(tokenizer)), tokenizer, CASES + SEEING, smol, processor, never=[4, 5, 6])

    tokenizer = tokenizer_with(BASE + QWEN, "<|vision_start|><|image_pad|><|vision_end|>")
    eyes = Qwen2VLImageProcessorPil(patch_size=4, merge_size=2, size={"shortest_edge": 256, "longest_edge": 3200})

    def qwen(pictures):
        out = eyes(images=pictures, return_tensors="pt")
        return ["<|image_pad|>" * (t[1] * t[2] // 4) for t in out["image_grid_thw"].tolist()], dict(out), "<|image_pad|>"

    write(folder, "qwen2_5_vl", torch.bfloat16, qwen_vl(len(tokenizer), 2), tokenizer, CASES + SEEING, qwen, eyes, types=True, never=[4, 5, 6, 7])
    write(folder, "qwen3_vl", torch.float32, qwen_vl(len(tokenizer), 3), tokenizer, CASES + SEEING, qwen, eyes, types=True, never=[4, 5, 6, 7])

    tokenizer = tokenizer_with(BASE + ["<image>"], "<image>\\n")
    for name, dtype, config, image_processor, columns in llava_models(len(tokenizer)):
        def seen(pictures):
            return ["<image>" * columns for _ in pictures], dict(image_processor(images=pictures, return_tensors="pt")), "<image>"

        tower = "vision_tower.embeddings.position_embedding" + ("s" if "dinov2" in name else ".weight")
        write(folder, name, dtype, LlavaForConditionalGeneration(config), tokenizer, CASES + SEEING, seen, image_processor, never=[4],
              others=["multi_modal_projector.linear_1.weight", "multi_modal_projector.linear_2.weight", tower])


main(Path(sys.argv[1]))
