import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "@rewardlab/storage";
import { z } from "zod";
import { chatClient } from "./client.ts";
import type { ClientSettings } from "./client.ts";
import { EndpointError, isBudgetError } from "./errors.ts";
import { endpointFields } from "./options.ts";
import { answerBody, scriptedServer } from "./testing/scripted-server.ts";
import type { Deed, Received, ScriptedServer } from "./testing/scripted-server.ts";

const test = suite("client", { folder: "", servers: [] as ScriptedServer[] });
test.before.each((context) => void (context.folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"))));
test.after.each(async ({ folder, servers }) => {
  rmSync(folder, { recursive: true, force: true });
  for (const server of servers.splice(0)) await server.close();
});

type Context = { folder: string; servers: ScriptedServer[] };

/** A server that does these deeds one after the other, the last again and again, and a client of it that hardly waits between tries. */
async function clientOf(
  { folder, servers }: Context,
  deeds: readonly Deed[] | ((received: Received) => Deed | Promise<Deed>),
  options: object = {},
  settings: Partial<ClientSettings> = {},
) {
  const server = await scriptedServer(
    typeof deeds === "function" ? deeds : ({ index }) => deeds[Math.min(index, deeds.length - 1)]!,
  );
  servers.push(server);
  const parsed = z.strictObject(endpointFields).parse({ url: server.url, model: "teacher", backoffSeconds: 0.002, ...options });
  return { server, client: chatClient(parsed, { cacheFolder: folder, ...settings }) };
}

const asks = (text: string, more: object = {}) => ({ messages: [{ role: "user" as const, content: text }], ...more });
const caught = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(() => new Error("it did not throw")).catch((error: unknown) => error as Error);

test("client: what is sent and what comes back", async (context) => {
  const body = answerBody("  yes\n", {
    choices: [{ message: { content: "yes", reasoning_content: "hm" }, finish_reason: "length" }],
  });
  const { server, client } = await clientOf(context, [{ status: 200, body }], {
    body: { top_k: 20 },
    maxTokensField: "max_completion_tokens",
  });
  const reply = await client.chat({
    messages: [
      { role: "system", content: "judge" },
      { role: "user", content: [{ text: "which?" }, { pictureUrl: "data:image/png;base64,AA==" }] },
    ],
    temperature: 0.1,
    topP: 0.9,
    maxTokens: 64,
    seed: 3,
    stop: ["\n\n"],
    draw: 2,
  });
  assert.equal(reply, {
    text: "yes",
    reasoning: "hm",
    finish: "length",
    usage: { inputTokens: 10, outputTokens: 5 },
    model: "scripted",
    cached: false,
  });
  assert.is(server.received[0]!.path, "/v1/chat/completions");
  assert.is(server.received[0]!.headers.authorization, undefined);
  assert.equal(server.received[0]!.body, {
    model: "teacher",
    messages: [
      { role: "system", content: "judge" },
      {
        role: "user",
        content: [
          { type: "text", text: "which?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } },
        ],
      },
    ],
    temperature: 0.1,
    top_p: 0.9,
    max_completion_tokens: 64,
    seed: 3,
    stop: ["\n\n"],
    top_k: 20,
  } as never);
});

test("client: the same is asked once, in this life, at the same time, and in another; other draws are other questions", async (context) => {
  const { server, client } = await clientOf(context, [{ status: 200, body: answerBody("a"), afterMs: 20 }]);
  const [one, two] = await Promise.all([client.chat(asks("x")), client.chat(asks("x"))]);
  assert.equal([one.cached, two.cached], [false, true]);
  assert.is((await client.chat(asks("x"))).cached, true);
  assert.is((await client.chat(asks("x", { draw: 1 }))).cached, false);
  assert.is((await client.chat(asks("x", { temperature: 0 }))).cached, false);
  assert.is(server.received.length, 3);

  const again = chatClient(z.strictObject(endpointFields).parse({ url: server.url, model: "teacher" }), {
    cacheFolder: context.folder,
  });
  assert.is((await again.chat(asks("x"))).cached, true);
  assert.is(again.spent.requests, 0);
  assert.is(server.received.length, 3);
});

test("client: two clients of one cache, as two processes have them, pay once", async (context) => {
  const { server, client } = await clientOf(context, [{ status: 200, body: answerBody("a"), afterMs: 60 }]);
  const other = chatClient(z.strictObject(endpointFields).parse({ url: server.url, model: "teacher" }), {
    cacheFolder: context.folder,
  });
  const replies = await Promise.all([client.chat(asks("x")), other.chat(asks("x"))]);
  assert.equal(replies.map(({ cached }) => cached).sort(), [false, true]);
  assert.is(server.received.length, 1);
  assert.equal(
    readdirSync(context.folder, { recursive: true }).filter((name) => String(name).endsWith(".claim")),
    [],
  );
});

test("client: what may pass is tried again: 429, 500, hang-ups, half an answer, nonsense, an error that says 200", async (context) => {
  const deeds: Deed[] = [
    { status: 429, body: { error: { message: "slow down" } } },
    { status: 500, body: "<html>oh</html>" },
    "hang up",
    "half",
    { status: 200, body: "{ nonsense" },
    { status: 200, body: { choices: [] } },
    { status: 200, body: { error: { message: "overloaded", code: 529 } } },
    "at last",
  ];
  const { server, client } = await clientOf(context, deeds, { retries: 7 });
  assert.is((await client.chat(asks("x"))).text, "at last");
  assert.is(server.received.length, 8);
  assert.is(client.spent.requests, 8);
});

test("client: when no try is left, the last reason is told; nothing is kept", async (context) => {
  const cases: [Deed, RegExp][] = [
    [{ status: 503, body: { error: "no worker" } }, /teacher at http:\S+: 503: no worker \(3 tries\)/],
    ["hang up", /the connection was reset \(ECONNRESET\) \(3 tries\)|socket hang up|the connection/],
    ["half", /the answer was cut off|the connection was reset/],
    [{ status: 200, body: "no JSON at all" }, /the answer is no JSON: no JSON at all \(3 tries\)/],
    [{ status: 200, body: { choices: [{ message: { content: 7 } }] } }, /no choices\[0\]\.message\.content/],
  ];
  for (const [deed, message] of cases) {
    const { server, client } = await clientOf(context, [deed], { retries: 2 });
    const error = await caught(client.chat(asks("x")));
    assert.instance(error, EndpointError);
    assert.ok((error as EndpointError).away);
    assert.match(error.message, message);
    assert.is(server.received.length, 3);
  }
  const alone = chatClient(z.strictObject(endpointFields).parse({ url: "http://127.0.0.1:1/v1", model: "m", retries: 0 }), {
    cacheFolder: context.folder,
  });
  assert.match((await caught(alone.chat(asks("x")))).message, /nobody listens there \(ECONNREFUSED\)$/);
  assert.equal(
    readdirSync(context.folder, { recursive: true }).filter((name) => /\.(json|claim)$/.test(String(name))),
    [],
  );
});

test("client: silence ends with the time-out", async (context) => {
  const { server, client } = await clientOf(context, ["silence"], { timeoutSeconds: 0.05, retries: 1 });
  assert.match((await caught(client.chat(asks("x")))).message, /no answer within 0\.05 s \(2 tries\)/);
  assert.is(server.received.length, 2);
});

test("client: 4xx is told at once: this request refused, or no request would do", async (context) => {
  const cases: [number, unknown, unknown, RegExp][] = [
    [400, { error: { message: "too long" } }, EndpointError, /400: too long$/],
    [422, { detail: [{ msg: "field required" }] }, EndpointError, /422: \[\{"msg":"field required"\}\]$/],
    [401, { error: { message: "bad key" } }, InputError, /401: bad key\. The key is missing or refused; apiKeyFrom/],
    [404, "Not Found", InputError, /404: Not Found\. There is no such model or no \/chat\/completions/],
    [307, "", InputError, /307: \(empty\)/],
  ];
  for (const [status, body, type, message] of cases) {
    const { server, client } = await clientOf(context, [{ status, body, headers: { location: "http://127.0.0.1:1/" } }]);
    const error = await caught(client.chat(asks("x")));
    assert.instance(error, type as never);
    assert.match(error.message, message);
    assert.is(server.received.length, 1);
  }
});

test("client: Retry-After is heeded, by every request; one that is too long ends it", async (context) => {
  const times: number[] = [];
  const { client } = await clientOf(
    context,
    ({ index }) => {
      times.push(performance.now());
      return index === 0 ? { status: 429, headers: { "retry-after-ms": "150" }, body: "" } : "ok";
    },
    { concurrency: 1 },
  );
  await Promise.all([client.chat(asks("x")), client.chat(asks("y"))]);
  assert.is(times.length, 3);
  assert.ok(times[1]! - times[0]! >= 140, `${times[1]! - times[0]!} ms`);

  const { client: other, server } = await clientOf(context, [{ status: 429, headers: { "retry-after": "3600" }, body: "" }]);
  assert.match((await caught(other.chat(asks("x")))).message, /asks to wait for 3600 s, more than 600/);
  assert.is(server.received.length, 1);
});

test("client: no more under way than concurrency says, and all get their answer", async (context) => {
  const { server, client } = await clientOf(
    context,
    ({ body }) => ({ status: 200, body: answerBody(body.messages[0]!.content), afterMs: 3 }),
    { concurrency: 3 },
  );
  const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => client.chat(asks(`q${index}`))));
  assert.equal(
    replies.map(({ text }) => text),
    Array.from({ length: 20 }, (_, index) => `q${index}`),
  );
  assert.ok(server.most() <= 3 && server.most() > 1, `${server.most()} at a time`);
});

test("client: requests a minute", async (context) => {
  const { server, client } = await clientOf(context, ["ok"], { requestsPerMinute: 2 });
  const stop = new AbortController();
  const asked = [0, 1, 2].map((index) => client.chat(asks(`q${index}`), stop.signal));
  await Promise.all(asked.slice(0, 2));
  const third = caught(asked[2]!);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.is(server.received.length, 2);
  stop.abort(new Error("enough"));
  assert.is((await third).message, "enough");
});

test("client: cost by usage and prices; the bound stops before more is spent, and raising it goes on with what was paid", async (context) => {
  // an answer costs 10 · 1 + 5 · 2 = 20 millionths; a request of 3 characters that may have 5 tokens is estimated at 1 · 1 + 5 · 2 = 11
  const options = { prices: { input: 1, output: 2 }, concurrency: 1 };
  const { server, client } = await clientOf(context, ["ok"], { ...options, maxCost: 50e-6 });
  const ask = (name: string) => client.chat(asks(name, { maxTokens: 5 }));
  await ask("q-0");
  await ask("q-1");
  assert.equal(client.spent, { requests: 2, inputTokens: 20, outputTokens: 10, cost: 40e-6, uncounted: 0 });
  const error = await caught(ask("q-2"));
  assert.ok(isBudgetError(error));
  assert.match(
    error.message,
    /the budget is used up: maxCost is 0\.00005; 0\.00004 is spent, 0 under way, and another request may cost 0\.00001[12]/,
  );
  assert.is((await ask("q-1")).cached, true);
  assert.is(server.received.length, 2);

  const parsed = z.strictObject(endpointFields).parse({ url: server.url, model: "teacher", ...options, maxCost: 70e-6 });
  const raised = chatClient(parsed, { cacheFolder: context.folder });
  for (const name of ["q-0", "q-1", "q-2"]) await raised.chat(asks(name, { maxTokens: 5 }));
  assert.is(server.received.length, 3);
  assert.is(raised.spent.cost, 20e-6);
});

test("client: what comes from the cache counts as spent where that is asked for, and what was spent before", async (context) => {
  const options = { prices: { input: 1, output: 2 } };
  const { server, client } = await clientOf(context, ["ok"], options);
  await client.chat(asks("x"));
  const parsed = z.strictObject(endpointFields).parse({ url: server.url, model: "teacher", ...options });
  for (const [settings, cost] of [
    [{}, 0],
    [{ countCached: true }, 20e-6],
    [{ countCached: true, spent: client.spent }, 40e-6],
  ] as const) {
    const next = chatClient(parsed, { cacheFolder: context.folder, ...settings });
    await next.chat(asks("x"));
    assert.is(next.spent.cost, cost);
  }
  assert.is(server.received.length, 1);
});

test("client: maxRequests counts tries; a provider's own quota ends it as well", async (context) => {
  const { server, client } = await clientOf(context, [{ status: 500 }], { maxRequests: 3, retries: 9 });
  const error = await caught(client.chat(asks("x")));
  assert.ok(isBudgetError(error));
  assert.match(error.message, /maxRequests is 3/);
  assert.is(server.received.length, 3);

  const quota = { error: { message: "You exceeded your current quota", code: "insufficient_quota" } };
  const { server: poor, client: other } = await clientOf(context, [{ status: 429, body: quota }]);
  assert.ok(isBudgetError(await caught(other.chat(asks("x")))));
  assert.is(poor.received.length, 1);
});

test("client: the key comes from the environment, and shows nowhere", async (context) => {
  const [name, secret] = ["REWARDLAB_TEST_KEY", "sk-very-secret-0123456789"];
  process.env[name] = secret;
  try {
    const echo = ({ headers, index }: Received): Deed =>
      index === 0 ? "ok" : { status: 400, body: { error: { message: `what is ${headers.authorization} ?` } } };
    const notes: string[] = [];
    const { server, client } = await clientOf(context, echo, { apiKeyFrom: name }, { note: (text) => notes.push(text) });
    await client.chat(asks("x"));
    assert.is(server.received[0]!.headers.authorization, `Bearer ${secret}`);
    const error = await caught(client.chat(asks("y")));
    assert.match(error.message, /400: what is Bearer \[REWARDLAB_TEST_KEY\] \?/);
    const files = readdirSync(context.folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    assert.is(files.length, 1);
    for (const one of files) assert.not.match(readFileSync(join(one.parentPath, one.name), "utf8"), secret);
    delete process.env[name];
    const missing = await caught(client.chat(asks("z")));
    assert.instance(missing, InputError);
    assert.match(missing.message, /the environment variable REWARDLAB_TEST_KEY is not set/);
  } finally {
    delete process.env[name];
  }
});

test("client: what was kept and can't be read is asked again", async (context) => {
  const { server, client } = await clientOf(context, ["ok"]);
  await client.chat(asks("x"));
  const file = readdirSync(context.folder, { recursive: true, withFileTypes: true }).find((one) => one.isFile());
  writeFileSync(join(file!.parentPath, file!.name), '{"answer": {"te');
  assert.is((await client.chat(asks("x"))).cached, false);
  assert.is((await client.chat(asks("x"))).cached, true);
  assert.is(server.received.length, 2);
});

test("client: a disk that takes nothing is told once; the answers are used all the same", async (context) => {
  const path = join(context.folder, "no folder");
  writeFileSync(path, "a file stands here");
  const notes: string[] = [];
  const { server, client } = await clientOf(context, ["ok"], {}, { cacheFolder: path, note: (text) => notes.push(text) });
  assert.is((await client.chat(asks("x"))).text, "ok");
  assert.is((await client.chat(asks("x"))).text, "ok");
  assert.is(server.received.length, 2);
  assert.is(notes.length, 1);
  assert.match(notes[0]!, /no folder: .*Answers are no longer kept: what is asked again is paid again/);
});

test("client: a claim of a process that is gone is taken over", async (context) => {
  const { server, client } = await clientOf(context, ["ok"]);
  await client.chat(asks("x"));
  const file = readdirSync(context.folder, { recursive: true, withFileTypes: true }).find((one) => one.isFile());
  const path = join(file!.parentPath, file!.name);
  writeFileSync(path.replace(/json$/, "claim"), JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }));
  rmSync(path);
  assert.is((await client.chat(asks("x"))).cached, false);
  assert.is(server.received.length, 2);
});

test("client: the run's signal ends what is under way and what waits", async (context) => {
  const stop = new AbortController();
  const { client, server } = await clientOf(context, ["silence"], { concurrency: 1 }, { signal: stop.signal });
  const asked = [client.chat(asks("x")), client.chat(asks("y")), client.chat(asks("x"))].map(caught);
  while (server.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  stop.abort(new Error("interrupted"));
  assert.equal(
    (await Promise.all(asked)).map(({ message }) => message),
    ["interrupted", "interrupted", "interrupted"],
  );
  assert.is((await caught(client.chat(asks("z")))).message, "interrupted");
});

test("client: one who gives up doesn't take others with him", async (context) => {
  const { client } = await clientOf(context, [{ status: 200, body: answerBody("a"), afterMs: 60 }]);
  const stop = new AbortController();
  const first = caught(client.chat(asks("x"), stop.signal));
  const second = client.chat(asks("x"));
  setTimeout(() => stop.abort(new Error("no time")), 20);
  assert.is((await first).message, "no time");
  assert.is((await second).text, "a");
});

test("client: what can't be counted is estimated and said", async (context) => {
  const body = answerBody("a", { usage: null });
  const { client } = await clientOf(context, [{ status: 200, body }], { prices: { input: 1, output: 2 } });
  await client.chat(asks("abc", { maxTokens: 5 }));
  assert.equal(client.spent, { requests: 1, inputTokens: 1, outputTokens: 5, cost: 11e-6, uncounted: 1 });
});

test("client: options that can't be are refused", () => {
  const schema = z.strictObject(endpointFields);
  const issues = (options: object) =>
    schema.safeParse({ url: "http://x/v1", model: "m", ...options }).error?.issues.map(({ message }) => message);
  assert.is(issues({}), undefined);
  for (const [options, message] of [
    [{ url: "x/v1" }, /expected an address/],
    [{ url: "https://user:pass@x/v1" }, /without a user, a password or a key/],
    [{ apiKeyFrom: "sk-123" }, /never the key itself/],
    [{ body: { model: "other" } }, /expected none of model, messages, stream, n/],
  ] as const)
    assert.match(issues(options)?.[0] ?? "none", message);
});

test.run();
