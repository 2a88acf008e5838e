"""Hugging Face's Rust tokenizers: what packages/models/src/hf/tokenizer.ts must give, id for id.
   python tools/oracles/hf-tokenizers.py            `pip install tokenizers==0.23.3` is all it needs; regenerate.sh runs it.

Small tokenizers of every construction that is read, trained on a few sentences, so that each is a few kilobytes: byte-level BPE as SmolLM2, Qwen and
Llama 3 build it, BPE with byte fallback as Llama 2 and Gemma, Unigram as T5, WordPiece as BERT. Texts go through `encode` with special tokens read, as text
alone, and with what the post-processor adds; ids that no text gives go through `decode`."""

import json
import random
from importlib.metadata import version
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

FIXTURES = Path(__file__).parents[2] / "packages" / "models" / "src" / "hf" / "fixtures"

CORPUS = [
    "The quick brown fox jumps over the lazy dog; the dog doesn't mind, and the fox isn't there.",
    "What is the capital of France? The capital of France is Paris. What is the capital of Italy? It's Rome.",
    "In the year 2026 there were 1,234,567 of them, and 3.14159 is not 22/7, as they'll say.",
    "def total(values):\n    return sum(value for value in values)\n\n\nprint(total([1, 2, 3]))\n",
    "Größe, naïve café, señor; привет мир, как дела? 你好，世界。こんにちは世界 안녕하세요 हिन्दी العربية",
    "   leading and trailing spaces   \t\ttabs\r\nand lines\n\n\n",
] * 4

TEXTS = [
    *["", " ", "  ", "\n", "\r\n", "\t", " \n ", "a", " a", "a ", "  a  b  "],
    *CORPUS[:6],
    "The answer is 42, not 4 2 or 1000000.",
    "don't I'LL we've THEY'RE it's 'tis o'clock 'S 'ſ",
    "٠١٢٣ ४५६ ½ ¼ Ⅷ ⅷ ² ³ ① ㊿ 一二三 〇 𝟘𝟙 𒐀 ௰ 99٩9",  # numbers that aren't ASCII digits
    "e\u0301 \u00e9 A\u030a Å \u1e9b\u0323 ﬁ ﬀ ① ™ Ω Å \u212b \uac00 \u1100\u1161",  # normal forms
    "\u00a0nbsp\u2003em\u200bzero\ufeffbom\u0085next\u2028line\u3000wide\u180emong\u202fnarrow\u1680ogham",
    "\ufeff at the front", "x\u0085\u0085y", "\x00\x01\x07\x1b\x7f\x80\x9f",
    "😀 👍🏽 👨‍👩‍👧‍👦 🇫🇷 ☃️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𠀀𠀁 🀄", "\ufffd \uffff \U0010ffff",
    "ΑΣ ΣΑΣ Σ ς İstanbul ıI ǅ ǆ ẞ ß ŉ", "ÀÉÎÕÜ àéîõü ĀĒĪ ạ ṩ", "нет ёж Й й", "हिन्दी ไทย ខ្មែរ မြန်မာ தமிழ்",
    "C'est l'été «voilà» — “quoted” ‘single’ … – ¿Qué? ¡Sí! 。、「」",
    "a_b __init__ CamelCase snake_case kebab-case x² 10€ $5 50% #tag @you <b> & && || -> => != == ++",
    "!!! ??? ... --- ((())) [[[]]] {{{}}} ///  \\\\ ``` ~~~ ^^^ |||",
    "http://example.org/a?b=c&d=%20#e me@example.org 2026-11-30T23:59:59Z",
    "\n\n  \n\tindented\n\n\n\n", "trailing   ", "   leading", "a\n b\n  c", "a  \n  b", " \t \t ", "x\n", "x \n", "x\n\n ",
    "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", "<|im_end|>", "a<|im_end|>b", "a <|im_end|> b", "<|im_end|><|im_end|>",
    "<|im_end", "im_end|>", "<|im_start|> <|im_start|>", "<s>[INST] hi [/INST]</s>", "<unk> <pad> [CLS] [SEP] [MASK] [UNK]",
    "before <left> after", "before <right> after", "before <both> after", "  <both>  ", "<left><right><both>",
    "word single words singles single", "single", "esingle singlé", "_single single-single", "<think>so</think>", "<tool_call>{}</tool_call>",
    "Ångström ångström ÅNGSTRÖM", "a▁b ▁▁ ▁", "Ġ Ċ Ġa ĉ", "<0x41> <0xE2><0x82>", "##ing ing un##able", "thethethe", "t h e", "THE FOX",
    "a" * 40, "ab" * 20, " " * 17, "\n" * 9, "0" * 12, "né" * 6,
]  # fmt: skip

QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"

ADDED = [
    AddedToken("<|im_start|>", special=True, normalized=False),
    AddedToken("<|im_end|>", special=True, normalized=False),
    AddedToken("<think>", special=False, normalized=False),
    AddedToken("<left>", special=True, normalized=False, lstrip=True),
    AddedToken("<right>", special=True, normalized=False, rstrip=True),
    AddedToken("<both>", special=False, normalized=False, lstrip=True, rstrip=True),
    AddedToken("single", special=False, normalized=True, single_word=True),
    AddedToken("Ångström", special=False, normalized=True),
]


def byte_bpe(pre_tokenizer, normalizer=None, ignore_merges=False, size=310):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_tokens(ADDED)
    return tokenizer


def smollm2():
    parts = [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
    return byte_bpe(pre_tokenizers.Sequence(parts))


def qwen():
    parts = [
        pre_tokenizers.Split(Regex(QWEN), behavior="isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
    return byte_bpe(pre_tokenizers.Sequence(parts), normalizers.NFC())


def llama3():
    parts = [
        pre_tokenizers.Split(Regex(LLAMA3), behavior="isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
    tokenizer = byte_bpe(pre_tokenizers.Sequence(parts), ignore_merges=True)
    tokenizer.add_special_tokens([AddedToken("<s>", special=True)])
    begin = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=True), begin])
    return tokenizer


def gpt2():
    return byte_bpe(pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=True), size=300)


def contiguous():
    """Behaviours of a split that the library lacks; digits together."""
    parts = [
        pre_tokenizers.Digits(individual_digits=False),
        pre_tokenizers.Punctuation(behavior="contiguous"),
        pre_tokenizers.Split(Regex(r"[aeiou]"), behavior="merged_with_next", invert=False),
        pre_tokenizers.Split(" ", behavior="merged_with_previous", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
    return byte_bpe(pre_tokenizers.Sequence(parts), size=300)


def sentencepiece(tokenizer, alphabet, size):
    """BPE over characters, with a token for each byte: what Llama 2 and Gemma come as."""
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=["<unk>", "<s>", "</s>", *bytes_],
        limit_alphabet=alphabet,
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    described = json.loads(tokenizer.to_str())
    described["model"].update(byte_fallback=True, fuse_unk=True, unk_token="<unk>")
    described["added_tokens"] = described["added_tokens"][:3]
    made = Tokenizer.from_str(json.dumps(described))
    made.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return made


def llama2():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    made = sentencepiece(tokenizer, 60, 420)
    made.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return made


def gemma():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", behavior="merged_with_previous", invert=False)
    made = sentencepiece(tokenizer, 60, 420)
    made.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return made


def mistral():
    """Metaspace in place of the normalizers, and only before the first piece."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)
    made = sentencepiece(tokenizer, 60, 420)
    made.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return made


def t5():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    trainer = trainers.UnigramTrainer(vocab_size=260, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    end = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    tokenizer.post_processor = end
    return tokenizer


def bert(lowercase=True):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=300, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


MADE = {
    "SmolLM2": smollm2,
    "Qwen": qwen,
    "Llama 3": llama3,
    "GPT-2": gpt2,
    "splits": contiguous,
    "Llama 2": llama2,
    "Gemma": gemma,
    "Mistral": mistral,
    "T5": t5,
    "BERT": bert,
    "BERT cased": lambda: bert(lowercase=False),
}


def ids_of(tokenizer, text, whole=False):
    return tokenizer.encode(text, add_special_tokens=whole).ids


def case(name, make):
    tokenizer = make()
    draws = random.Random(7)
    size = tokenizer.get_vocab_size()
    strange = [[draws.randrange(size) for _ in range(1 + index % 9)] for index in range(40)]
    parsed = [ids_of(tokenizer, text) for text in TEXTS]
    whole = ids_of(tokenizer, TEXTS[11], whole=True)
    tokenizer.encode_special_tokens = True
    plain = [ids_of(tokenizer, text) for text in TEXTS]
    decoded = [tokenizer.decode(ids, skip_special_tokens=False) for ids in parsed]
    return {
        "name": name,
        "tokenizer": json.loads(tokenizer.to_str()),
        "ids": parsed,
        # of the texts whose special tokens, read as text, make other ids
        "plain": {index: ids for index, ids in enumerate(plain) if ids != parsed[index]},
        "whole": whole,
        # of the texts that don't come back as they were
        "decoded": {index: text for index, text in enumerate(decoded) if text != TEXTS[index]},
        "strange": [[ids, tokenizer.decode(ids, skip_special_tokens=False)] for ids in strange],
        "pieces": [tokenizer.id_to_token(id) for id in strange[8]],
    }


if __name__ == "__main__":
    cases = [case(name, make) for name, make in MADE.items()]
    lines = ",\n".join(f"  {json.dumps(one, ensure_ascii=True)}" for one in cases)
    texts = ",\n".join(f"  {json.dumps(text)}" for text in TEXTS)
    whole = f'{{\n "madeBy": "tools/oracles/hf-tokenizers.py",\n "tokenizers": "{version("tokenizers")}",\n "texts": [\n{texts}\n ],\n "cases": [\n{lines}\n ]\n}}\n'
    FIXTURES.mkdir(exist_ok=True)
    (FIXTURES / "tokenizers.json").write_text(whole)
    print(f"tokenizers.json: {len(cases)} tokenizers, {len(TEXTS)} texts, {len(whole)} bytes")
