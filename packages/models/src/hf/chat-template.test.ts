import { test } from "uvu";
import * as assert from "uvu/assert";
import { chatTemplate } from "./chat-template.ts";
import type { Message } from "@rewardlab/core";
import { refusal } from "./testing/folder.ts";

const render = (source: string, messages: readonly Message[] = [], addGenerationPrompt = false, seconds = 20) =>
  chatTemplate(source, "tokenizer_config.json", seconds).render(messages, {
    addGenerationPrompt,
    variables: { bos_token: "<s>" },
  });
const hello: Message[] = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Hi" },
];

test("ChatML: turns, then what the assistant's begins with", () => {
  const source =
    "{{ bos_token }}{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
  const turns = "<s><|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n";
  assert.is(render(source, hello), turns);
  assert.is(render(source, hello, true), `${turns}<|im_start|>assistant\n`);
});

test("content as parts: text and the places of pictures", () => {
  const source =
    "{% for message in messages %}{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}{% if part.type == 'image' %}<image>{% else %}{{ part.text }}{% endif %}{% endfor %}{% endif %}{% endfor %}";
  const content = [{ type: "image" }, { type: "text", text: "What?" }] as const;
  assert.is(render(source, [{ role: "user", content }, hello[1]!]), "<image>What?Hi");
});

test("blocks are trimmed as Transformers trims them; range, namespace and tojson are there; no tools", () => {
  const source =
    "{% set ns = namespace(n=0) %}\n  {% for i in range(2, 8, 3) %}\n{% set ns.n = ns.n + i %}\n  {% endfor %}\n{{ ns.n }} {{ messages[0]|tojson }}{% if tools %}tools{% endif %}{% if not documents %}.{% endif %}";
  assert.is(render(source, hello.slice(1)), '7 {"role": "user", "content": "Hi"}.');
});

test("no date: a template that asks whether there is one takes its own", () => {
  assert.is(render("{% if strftime_now is defined %}{{ strftime_now('%Y') }}{% else %}26 Jul 2024{% endif %}"), "26 Jul 2024");
});

test("refused: what the template says itself, what fails in it, what it can't be", () => {
  assert.match(
    refusal(() => render("{{ raise_exception('Roles must alternate') }}")),
    /^RL_CHAT_TEMPLATE tokenizer_config\.json: the chat template refuses the messages: Roles must alternate$/,
  );
  assert.match(
    refusal(() => render("{{ messages[0].content.nothing() }}", hello)),
    /the chat template failed: /,
  );
  assert.match(
    refusal(() => render("{% for x in %}")),
    /the chat template isn't one that can be read: /,
  );
});

test("bounded: a loop without end, a range that would fill the memory", () => {
  const nested = "{% for a in range(999999) %}{% for b in range(999999) %}{% endfor %}{% endfor %}";
  assert.match(
    refusal(() => render(nested, [], false, 0.3)),
    /has not ended after 0\.3 s, so it probably never does/,
  );
  assert.match(
    refusal(() => render("{{ range(10000000000)|length }}")),
    /asks for range\(10000000000\), expected at most 1000000 numbers/,
  );
});

test.run();
