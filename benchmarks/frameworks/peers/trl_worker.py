"""TRL's GRPOTrainer on a Llama of the same size with the same weights, or on a real model's folder with PEFT's adapters. Speaks as ../messages.ts says.

What is not TRL's default, so that it does the same work and is not slowed down on a CPU: float32 (its default is bfloat16), no gradient
checkpointing, a fixed response length, temperature 1 without top-k, one update to a rollout, no logging.
"""

import json
import os
import sys
import time

import torch
import transformers
import trl
from datasets import Dataset
from peft import LoraConfig
from safetensors.torch import load_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, TrainerCallback
from trl import GRPOConfig, GRPOTrainer


def tell(**message):
    print("@@" + json.dumps(message), flush=True)


def wait_for_go():
    return sys.stdin.readline().strip() == "go"


def llama(sizes, weights):
    config = LlamaConfig(
        vocab_size=sizes["vocabulary"],
        hidden_size=sizes["width"],
        intermediate_size=int(sizes["hiddenSize"]),
        num_hidden_layers=sizes["layers"],
        num_attention_heads=sizes["heads"],
        num_key_value_heads=sizes["kvHeads"],
        rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": sizes["ropeTheta"]},
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=2,
    )
    model = LlamaForCausalLM(config).float()
    names = {"q": "self_attn.q_proj", "k": "self_attn.k_proj", "v": "self_attn.v_proj", "o": "self_attn.o_proj"}
    names |= {"gate": "mlp.gate_proj", "up": "mlp.up_proj", "down": "mlp.down_proj"}
    names |= {"attn_norm": "input_layernorm", "mlp_norm": "post_attention_layernorm"}
    state = {}
    for name, tensor in load_file(weights).items():
        if name == "embed":
            state["model.embed_tokens.weight"] = tensor
            state["lm_head.weight"] = tensor
        elif name == "norm":
            state["model.norm.weight"] = tensor
        else:
            _, index, part = name.split(".")
            state[f"model.layers.{index}.{names[part]}.weight"] = tensor.T.contiguous() if tensor.dim() == 2 else tensor
    model.load_state_dict(state, strict=True)
    return model


def tokenizer_of(size):
    """Token n is the word wN; text is words between spaces."""
    inner = Tokenizer(models.WordLevel({f"w{index}": index for index in range(size)}, unk_token="w3"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="w0", eos_token="w1", pad_token="w2", unk_token="w3")


class Pacer(TrainerCallback):
    """An iteration ends with its step; the next begins when the runner says go."""

    def __init__(self):
        self.began = time.perf_counter()

    def on_train_begin(self, args, state, control, **_):
        tell(type="ready", detail=f"TRL {trl.__version__}, Transformers {transformers.__version__}, PyTorch {torch.__version__}, {torch.get_num_threads()} threads")
        self.go(control)

    def on_step_end(self, args, state, control, **_):
        tell(type="done", ms=1000 * (time.perf_counter() - self.began))
        self.go(control)

    def go(self, control):
        if not wait_for_go():
            os._exit(0)
        self.began = time.perf_counter()


def even_share(completion_ids, **_):
    return [sum(token % 2 == 0 for token in ids) / len(ids) for ids in completion_ids]


def check(model, given):
    """That the Llama is the same model: log-probabilities of the update batch's responses, as worker.py has them."""
    ids = load_file(given["inputs"])["ids"].long()
    tokens = given["update"]["responseTokens"]
    with torch.no_grad():
        logits = model(ids).logits[:, -tokens - 1 : -1]
    from safetensors.torch import save_file

    save_file({"logProbs": logits.log_softmax(-1).gather(2, ids[:, -tokens:, None])[..., 0].contiguous()}, given["check"])


def main():
    given = json.loads(sys.argv[1])
    torch.set_num_threads(given["threads"])
    sizes, training, rollout, real = given["sizes"], given["training"], given["rollout"], given["real"]
    if real is not None:
        return train(given, given["weights"], real_parts(given))
    tokenizer = tokenizer_of(sizes["vocabulary"])
    folder = os.path.join(given["scratch"], "model")
    model = llama(sizes, given["weights"])
    if given["task"] == "update":
        check(model, given)
        tell(type="ready", detail="")
        return
    # Where beta > 0, TRL loads the reference by the model's path: so the model is loaded from a folder as well.
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    del model
    prompts = load_file(given["inputs"])["prompts"].tolist()
    texts = [" ".join(f"w{token}" for token in row) for row in prompts]
    train(given, folder, {"train_dataset": Dataset.from_dict({"prompt": texts}), "processing_class": tokenizer})


def real_parts(given):
    """The dataset, tokenizer and new adapters of a real model that reads text alone."""
    prompts = load_file(given["inputs"])["prompts"].tolist()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(given["weights"])
    lora = given["real"]["lora"]
    adapters = json.load(open(os.path.join(given["weights"], "adapter", "adapter_config.json")))
    peft_config = LoraConfig(r=lora["rank"], lora_alpha=lora["alpha"], target_modules=adapters["target_modules"], task_type="CAUSAL_LM")
    texts = [" ".join(f"w{token}" for token in row) for row in prompts]
    return {"train_dataset": Dataset.from_dict({"prompt": texts}), "processing_class": tokenizer, "peft_config": peft_config}


def train(given, folder, parts):
    training, rollout = given["training"], given["rollout"]
    rows = rollout["prompts"] * rollout["samplesPerPrompt"]
    arguments = GRPOConfig(
        output_dir=os.path.join(given["scratch"], "out"),
        use_cpu=True,
        bf16=False,
        fp16=False,
        gradient_checkpointing=False,
        model_init_kwargs={"dtype": "float32"},
        per_device_train_batch_size=rows,
        num_generations=rollout["samplesPerPrompt"],
        gradient_accumulation_steps=1,
        steps_per_generation=1,
        num_iterations=1,
        max_completion_length=rollout["responseTokens"],
        generation_kwargs={"min_new_tokens": rollout["responseTokens"]},
        temperature=1.0,
        top_p=1.0,
        top_k=0,
        beta=training["klCoef"],
        epsilon=training["clipRange"],
        max_grad_norm=training["gradientClip"],
        learning_rate=training["learningRate"],
        adam_beta1=training["beta1"],
        adam_beta2=training["beta2"],
        adam_epsilon=training["epsilon"],
        weight_decay=training["weightDecay"],
        lr_scheduler_type="constant",
        max_steps=10_000,
        logging_steps=1_000_000,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        seed=1,
    )
    trainer = GRPOTrainer(
        model=folder,
        reward_funcs=even_share,
        args=arguments,
        callbacks=[Pacer()],
        **parts,
    )
    trainer.train()


main()
