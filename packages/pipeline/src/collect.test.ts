import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Files, splitOf } from "@rewardlab/core";
import type { PreferenceItem, StageContext, StageOutcome } from "@rewardlab/core";
import { answerBody, scriptedServer } from "@rewardlab/endpoints/testing";
import type { Deed, Received, ScriptedServer } from "@rewardlab/endpoints/testing";
import { JsonLines, readJsonLines } from "@rewardlab/storage";
import { collectStage } from "./collect.ts";

const test = suite("collect", { folder: "", servers: [] as ScriptedServer[] });
test.before.each((context) => void (context.folder = mkdtempSync(join(tmpdir(), "rewardlab-test-"))));
test.after.each(async ({ folder, servers }) => {
  rmSync(folder, { recursive: true, force: true });
  for (const server of servers.splice(0)) await server.close();
});
type Context = { folder: string; servers: ScriptedServer[] };

const pixels = { width: 1, height: 1, data: Uint8Array.of(9, 8, 7) };
/** Twelve items; the first response is the better one of every even one. */
const items: PreferenceItem[] = Array.from({ length: 12 }, (_, index) => ({
  id: `item-${index}`,
  images: [{ path: "p.png", pixels }],
  question: `question ${index} ?`,
  responses: ["yes", "no"],
  preferred: index % 2 === 0 ? 1 : 2,
  kind: "test",
}));

/** What a run keeps of the stage on the disk, so that another life of it finds it. */
interface Life {
  saved: { state: unknown; lengths: Record<string, number> } | null;
  logs: Record<string, JsonLines>;
  progress: Record<string, number>[];
  notes: string[];
}
const newLife = (before?: Life): Life => ({ saved: before?.saved ?? null, logs: {}, progress: [], notes: [] });

/** `canSave`: false once the process is killed. */
function contextIn(folder: string, life: Life, signal: AbortSignal, canSave: () => boolean): StageContext {
  const files = { folder, cache: join(folder, "cache") };
  const context = {
    name: "collect",
    folder: join(folder, "work"),
    data: { hash: "h", splits: ["train"], open: async () => splitOf(items) },
    signal,
    progress: {
      update: (_what: string, _done: number, _total: number, values: Record<string, number>) => void life.progress.push(values),
      note: (text: string) => void life.notes.push(text),
    },
    checkpoints: {
      resume: () => (life.saved === null ? null : { step: 0, tensors: {}, state: structuredClone(life.saved.state) }),
      save: async ({ state }: { state: unknown }) => {
        if (!canSave()) return;
        const lengths = Object.fromEntries(Object.entries(life.logs).map(([name, log]) => [name, log.length]));
        life.saved = { state: structuredClone(state), lengths };
      },
    },
    log: (name: string) =>
      (life.logs[name] ??= new JsonLines(join(folder, "work", `${name}.jsonl`), life.saved?.lengths[name] ?? 0)),
    service: (token: unknown) => (token === Files ? files : assert.unreachable("another service")),
  };
  return context as unknown as StageContext;
}

const right = {
  score: ({ responses, items: own }: { responses: readonly string[]; items: readonly PreferenceItem[] }) =>
    responses.map((text, row) => Number(text.endsWith(`<answer>${own[row]!.preferred}</answer>`))),
};

async function collect(
  { folder, servers }: Context,
  script: (received: Received) => Deed | Promise<Deed>,
  options: object = {},
  { life = newLife(), signal = new AbortController().signal, canSave = () => true } = {},
) {
  const server = await scriptedServer(script);
  servers.push(server);
  const parsed = collectStage.options.parse({
    url: "http://127.0.0.1:1/v1",
    model: "teacher",
    seed: 7,
    backoffSeconds: 0.002,
    retries: 1,
    concurrency: 3,
    rules: {},
    ...options,
  });
  const stage = collectStage.create({ ...(parsed as object), url: server.url, rules: { right } }, {});
  const run = (): Promise<StageOutcome | Error> =>
    stage
      .run(contextIn(folder, life, signal, canSave))
      .catch((error: unknown) => error as Error)
      .finally(() => Object.values(life.logs).forEach((log) => log.close()));
  return { server, life, run };
}

const lines = (folder: string, name: string) =>
  readJsonLines(join(folder, "work", `${name}.jsonl`)).lines as Record<string, unknown>[];
const textOf = ({ body }: Received) => JSON.stringify(body.messages);
const numberOf = (received: Received) => Number(/question (\d+)/.exec(textOf(received))![1]);
const says = (answer: number, thought = "because") => `<think>${thought}</think><answer>${answer}</answer>`;
/** Right at once for items that leave no rest by 3, at the second attempt for those that leave 1, never for the others. The attempt is in the seed. */
function honest(received: Received): Deed {
  const number = numberOf(received);
  const answer = number % 2 === 0 ? 1 : 2;
  const isRight = number % 3 === 0 || (number % 3 === 1 && received.body["seed"] === 7 + 1);
  return { status: 200, body: answerBody(says(isRight ? answer : 3 - answer)), afterMs: (number * 7) % 5 };
}

test("collect: what passes is kept with its attempts, in the items' order; the rest is left out and counted", async (context) => {
  const prices = { input: 1e5, output: 0 }; // 1 a response
  const { run, server, life } = await collect(context, honest, { prices });
  const outcome = (await run()) as StageOutcome;
  assert.equal(outcome.items, { split: "train", file: "train.jsonl" });
  assert.equal(outcome.results, {
    split: "train",
    teacher: "teacher",
    items: 12,
    kept: 8,
    keptShare: 8 / 12,
    meanAttempts: 1.5,
    byAttempts: { 1: 4, 2: 4 },
    left: { right: 4 },
    inputTokens: 240, // 4 · 1 + 4 · 2 + 4 · 3 responses of 10 tokens
    outputTokens: 120,
    cost: 24,
  });
  assert.is(server.received.length, 24);
  assert.equal(
    lines(context.folder, "train").map(({ id, attempts }) => [id, attempts]),
    [0, 1, 3, 4, 6, 7, 9, 10].map((number) => [`item-${number}`, number % 3 === 0 ? 1 : 2]),
  );
  const [first] = lines(context.folder, "train");
  assert.equal(first, {
    id: "item-0",
    images: ["p.png"],
    question: "question 0 ?",
    responses: ["yes", "no"],
    preferred: 1,
    thought: "because",
    kind: "test",
    attempts: 1,
    teacher: "teacher",
    place: 0,
  });
  assert.equal(lines(context.folder, "left-out")[0], { id: "item-2", place: 2, attempts: 3, why: "right", response: says(2) });
  assert.equal([life.progress.at(-1)!["kept"], life.progress.at(-1)!["cost"], life.progress.at(-1)!["minutesLeft"]], [8, 24, 0]);
});

test("collect: the teacher sees the picture, then the text", async (context) => {
  const { run, server } = await collect(context, honest, { items: 1 });
  await run();
  const [{ content }] = server.received[0]!.body.messages as unknown as [
    { content: { type: string; text?: string; image_url?: { url: string } }[] },
  ];
  assert.equal(
    content.map(({ type }) => type),
    ["image_url", "text"],
  );
  assert.match(content[0]!.image_url!.url, /^data:image\/png;base64,/);
  assert.match(content[1]!.text!, /Question: question 0 \?\n\nResponse 1: yes\n\nResponse 2: no$/);
});

test("collect: a server that keeps the thought apart", async (context) => {
  const body = { choices: [{ message: { content: "<answer>1</answer>", reasoning_content: "hm " } }] };
  const { run } = await collect(context, () => ({ status: 200, body }), { items: 1 });
  await run();
  assert.is(lines(context.folder, "train")[0]!["thought"], "hm");
});

test("collect: killed at any moment, it goes on to the same files, and nothing is paid twice", async (context) => {
  const whole = mkdtempSync(join(tmpdir(), "rewardlab-test-"));
  try {
    const untouched = await collect({ ...context, folder: whole }, honest, { checkpointEvery: 2 });
    const expected = await untouched.run();
    for (const after of [1, 5, 9, 17]) {
      const folder = join(context.folder, String(after));
      const stop = new AbortController();
      let alive = true;
      const server = await scriptedServer(honest);
      context.servers.push(server);
      // one server over both lives, so that the address, and so the cache's keys, stay the same
      const parsed = collectStage.options.parse({
        url: server.url,
        model: "teacher",
        seed: 7,
        concurrency: 3,
        checkpointEvery: 2,
        rules: {},
      });
      const stage = collectStage.create({ ...(parsed as object), rules: { right } }, {});
      const life = newLife();
      const running = stage.run(contextIn(folder, life, stop.signal, () => alive)).catch((error: unknown) => error);
      while (server.received.length < after) await new Promise((resolve) => setTimeout(resolve, 1));
      alive = false; // SIGKILL: nothing is saved any more
      stop.abort();
      await running;
      Object.values(life.logs).forEach((log) => log.close());
      const next = newLife(life);
      const outcome = await stage.run(contextIn(folder, next, new AbortController().signal, () => true));
      Object.values(next.logs).forEach((log) => log.close());
      assert.equal(outcome, expected);
      for (const name of ["train", "left-out"])
        assert.is(
          readFileSync(join(folder, "work", `${name}.jsonl`), "utf8"),
          readFileSync(join(whole, "work", `${name}.jsonl`), "utf8"),
        );
      // what was under way when it was killed, 3 at most, may be asked again
      assert.ok(server.received.length <= 24 + 3, `${server.received.length}`);
    }
  } finally {
    rmSync(whole, { recursive: true });
  }
});

test("collect: a teacher that stops half-way ends the run; it goes on with what is there", async (context) => {
  let away = false;
  const script = (received: Received): Deed => {
    if (received.index >= 12) away = true;
    return away ? "hang up" : honest(received);
  };
  const server = await scriptedServer((received) => (mended ? honest(received) : script(received)));
  let mended = false;
  context.servers.push(server);
  const parsed = collectStage.options.parse({
    url: server.url,
    model: "teacher",
    seed: 7,
    concurrency: 2,
    retries: 0,
    stopAfter: 3,
    rules: {},
  });
  const stage = collectStage.create({ ...(parsed as object), rules: { right } }, {});
  const life = newLife();
  const error = (await stage
    .run(contextIn(context.folder, life, new AbortController().signal, () => true))
    .catch((caught: unknown) => caught)) as Error;
  Object.values(life.logs).forEach((log) => log.close());
  assert.match(
    error.message,
    /the teacher doesn't answer about 3 items: .*reset.*\. \d of 12 items are done and kept; run again/,
  );
  mended = true;
  const next = newLife(life);
  const outcome = await stage.run(contextIn(context.folder, next, new AbortController().signal, () => true));
  Object.values(next.logs).forEach((log) => log.close());
  assert.match(next.notes[0]!, /goes on after item \d/);
  assert.is(outcome.results!["items"], 12);
  assert.equal(outcome.results!["left"], { right: 4 });
});

test("collect: an item that the server refuses, or doesn't answer about once, is left out and counted", async (context) => {
  const script = (received: Received): Deed =>
    numberOf(received) === 3
      ? { status: 400, body: { error: { message: "the picture is too large" } } }
      : numberOf(received) === 6
        ? { status: 500 }
        : honest(received);
  const { run } = await collect(context, script, { retries: 0 });
  const outcome = (await run()) as StageOutcome;
  assert.equal(outcome.results!["left"], { right: 4, unanswered: 2 });
  const unanswered = lines(context.folder, "left-out").find(({ why }) => why === "unanswered");
  assert.match(String(unanswered!["error"]), /400: the picture is too large/);
});

test("collect: the budget ends it cleanly, and what was paid is kept", async (context) => {
  const prices = { input: 1e5, output: 0 }; // 1 a response, estimated at about 170, the picture's tokens above all
  const { run, life, server } = await collect(context, honest, { prices, maxCost: 180, concurrency: 1 });
  const error = (await run()) as Error;
  assert.match(error.message, /the budget is used up: maxCost is 180/);
  assert.ok(server.received.length >= 1);
  assert.ok(life.saved !== null);
});

test("collect: where nothing passes, that is an error with what it failed on", async (context) => {
  const { run } = await collect(context, () => "<html>1</html>", { items: 2 });
  assert.match(((await run()) as Error).message, /no response of the teacher passed the rules: \{"right":2\}/);
});

test.run();
