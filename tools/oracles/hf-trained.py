"""Hugging Face's Rust BpeTrainer: what packages/models/src/tokenizer-training.ts must learn, merge for merge.
   python tools/oracles/hf-trained.py            `pip install tokenizers==0.23.3` is all it needs; regenerate.sh runs it."""

import json
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

FIXTURES = Path(__file__).parents[2] / "packages" / "models" / "src" / "fixtures"
NAMES = ["<pad>", "<bos>", "<judge>", "<eos>", "<think>", "</think>", "<answer>", "</answer>", "response-1", "response-2"]
texts = import_module("hf-tokenizers").CORPUS[:6]
# ties, overlaps and a word that is one letter again and again
texts += ["aaaa aaa aa aaaaa", "abab ababab bababa", "mississippi missis sippi", "10 100 1000 10000"]


def merges(size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=NAMES, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    described = json.loads(tokenizer.to_str())
    return [" ".join(pair) for pair in described["model"]["merges"]], described["model"]["vocab"]


learnt, vocab = merges(2000)  # more than there are: to the end
fixture = {
    "madeBy": "tools/oracles/hf-trained.py",
    "tokenizers": version("tokenizers"),
    "texts": texts,
    "size": len(vocab),
    "merges": learnt,
    "ids": {token: vocab[token] for token in ["<pad>", "response-2", "!", "a", "Ġ", "ł", *list(vocab)[-1:]]},
}
(FIXTURES / "trained-tokenizer.json").write_text(json.dumps(fixture, indent=1) + "\n")
print(f"trained-tokenizer.json: {len(learnt)} merges of {len(texts)} texts")
