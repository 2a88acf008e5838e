import { request } from "node:http";
import { connect } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Server } from "./server.ts";
import { judged, scriptedPolicy } from "./testing/scripted-policy.ts";
import { post, started } from "./testing/started.ts";

const test = suite<{ servers: Server[] }>("server");
test.before.each((context) => void (context.servers = []));
test.after.each(async ({ servers }) => void (await Promise.all(servers.map((server) => server.close()))));

const pair = { question: "Which?", responses: ["one", "two"] };
const right = () => scriptedPolicy(() => judged(1));
const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};

test("server: health, models, and what there isn't", async ({ servers }) => {
  const server = await started(right());
  servers.push(server);
  const get = async (path: string) => fetch(`${server.url}${path}`);
  assert.equal(await (await get("/health")).json(), { status: "ok" });
  const models = (await (await get("/v1/models")).json()) as { data: { id: string }[] };
  assert.equal(
    models.data.map(({ id }) => id),
    ["scripted"],
  );
  assert.is((await get("/v1/models/scripted")).status, 200);
  const lost = await get("/v1/rewards");
  assert.is(lost.status, 404);
  assert.match(((await lost.json()) as { error: { message: string } }).error.message, "/v1/reward,");
  const wrong = await get("/v1/reward");
  assert.equal([wrong.status, wrong.headers.get("allow")], [405, "POST"]);
});

test("server: without the token nothing but health is answered", async ({ servers }) => {
  const server = await started(right(), { token: "a-long-token" });
  servers.push(server);
  const reward = (headers: Record<string, string>) => post(`${server.url}/v1/reward`, pair, headers);
  for (const headers of [{}, { authorization: "Bearer a-long-toke" }, { authorization: "Basic a-long-token" }]) {
    const refused = await reward(headers as Record<string, string>);
    assert.equal(
      [refused.status, refused.body.error.code, refused.headers.get("www-authenticate")],
      [401, "invalid_token", "Bearer"],
    );
    assert.not.match(JSON.stringify(refused.body), "a-long-token");
  }
  assert.is((await reward({ authorization: "Bearer a-long-token" })).status, 200);
  assert.is((await fetch(`${server.url}/metrics`)).status, 401);
  assert.is((await fetch(`${server.url}/v1/models`)).status, 401);
  assert.is((await fetch(`${server.url}/health`)).status, 200);
});

test("server: where others can reach it there must be a token", async () => {
  const error = await started(right(), { host: "0.0.0.0" }).catch((reason: unknown) => reason as Error & { code: string });
  assert.is((error as { code: string }).code, "RL_SERVE_TOKEN");
});

test("server: a port that is taken is told", async ({ servers }) => {
  const server = await started(right());
  servers.push(server);
  const error = await started(right(), { port: Number(new URL(server.url).port) }).catch((reason: unknown) => reason);
  assert.match((error as Error).message, /another program listens there/);
});

test("server: a page that made its own name stand for loopback is refused", async ({ servers }) => {
  const server = await started(right());
  servers.push(server);
  const { port } = new URL(server.url);
  const status = await new Promise((resolve) =>
    request({ port, host: "127.0.0.1", path: "/v1/models", headers: { host: "evil.example:80" } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).end(),
  );
  assert.is(status, 403);
  // and text, which a page may send without asking first
  const asText = await fetch(`${server.url}/v1/reward`, { method: "POST", body: JSON.stringify(pair) });
  assert.is(asText.status, 415);
});

test("server: bodies that are too large, no JSON, no UTF-8", async ({ servers }) => {
  const server = await started(right(), { bodyBytes: 1000 });
  servers.push(server);
  const url = `${server.url}/v1/reward`;
  const large = await post(url, { ...pair, question: "x".repeat(2000) });
  assert.equal([large.status, large.body.error.code], [413, "body_too_large"]);
  assert.is((await post(url, "{")).body.error.code, "invalid_json");
  const bytes = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: Buffer.from([0x22, 0xff, 0x22]),
  });
  assert.is(bytes.status, 400);
  assert.is((await post(url, "[".repeat(400) + "]".repeat(400))).status, 400);
  assert.is((await post(url, '{"__proto__": {"question": "x"}}')).status, 400);
});

test("server: a body in pieces without a length is bounded too", async ({ servers }) => {
  const server = await started(right(), { bodyBytes: 1000 });
  servers.push(server);
  const { port } = new URL(server.url);
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), "127.0.0.1");
    let text = "";
    socket.on("data", (data) => void (text += data.toString()));
    socket.on("close", () => resolve(text));
    socket.on("error", () => {});
    socket.write(
      "POST /v1/reward HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    const piece = "x".repeat(400);
    for (let index = 0; index < 5; index++) socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
  });
  assert.match(answer, /^HTTP\/1.1 413 /);
});

test("server: more requests than it answers at a time get a 429 that says when", async ({ servers }) => {
  const policy = right();
  policy.open(false);
  const server = await started(policy, { requests: 2 });
  servers.push(server);
  const first = [post(`${server.url}/v1/reward`, pair), post(`${server.url}/v1/reward`, pair)];
  await until(() => policy.batches.flat().length === 2);
  const refused = await post(`${server.url}/v1/reward`, pair);
  assert.equal([refused.status, refused.body.error.code], [429, "too_many_requests"]);
  assert.ok(Number(refused.headers.get("retry-after")) >= 1);
  policy.open(true);
  assert.equal(
    (await Promise.all(first)).map(({ status }) => status),
    [200, 200],
  );
});

test("server: drains: what is here is answered, what is new gets a 503, then nobody listens", async ({ servers }) => {
  const policy = right();
  policy.open(false);
  const server = await started(policy);
  servers.push(server);
  const first = post(`${server.url}/v1/reward`, pair);
  await until(() => policy.batches.length === 1);
  const drained = server.drain(30);
  const refused = await post(`${server.url}/v1/reward`, pair);
  assert.equal([refused.status, refused.body.error.code, refused.headers.get("retry-after")], [503, "closing", "1"]);
  assert.is((await fetch(`${server.url}/health`)).status, 503);
  policy.open(true);
  assert.is((await first).status, 200);
  assert.is(await drained, 0);
  await fetch(`${server.url}/health`).then(
    () => assert.unreachable(),
    () => {},
  );
});

test("server: draining has an end; who still waits is told", async ({ servers }) => {
  const policy = right();
  policy.open(false);
  const server = await started(policy);
  servers.push(server);
  const first = post(`${server.url}/v1/reward`, pair);
  await until(() => policy.batches.length === 1);
  assert.is(await server.drain(0.05), 1);
  assert.is((await first).status, 503);
  policy.open(true);
});

test("server: a request that takes too long gets a 504", async ({ servers }) => {
  const policy = right();
  policy.open(false);
  const server = await started(policy, { seconds: 0.05 });
  servers.push(server);
  const late = await post(`${server.url}/v1/reward`, pair);
  assert.equal([late.status, late.body.error.code], [504, "timeout"]);
  policy.open(true);
});

test("server: what fails here is told here, and to the client only that it failed", async ({ servers }) => {
  const lines: string[] = [];
  const server = await started(
    scriptedPolicy(() => {
      throw new Error("secret path /home/x");
    }),
    { log: (line) => lines.push(line) },
  );
  servers.push(server);
  const failed = await post(`${server.url}/v1/reward`, pair);
  assert.equal([failed.status, failed.body.error.type], [500, "server_error"]);
  assert.not.match(JSON.stringify(failed.body), "secret");
  assert.match(lines.join("\n"), "secret path");
});

test("server: one request that fails doesn't take those with it that were asked together", async ({ servers }) => {
  const policy = scriptedPolicy(({ question }) => {
    if ("item" in question && question.item.question === "Bad?") throw new Error("can't");
    return judged(2);
  });
  const server = await started(policy, { batch: { rows: 8, tokens: 100_000, waitMs: 50 } });
  servers.push(server);
  const asked = ["Good?", "Bad?", "Fine?"].map((question) => post(`${server.url}/v1/reward`, { ...pair, question }));
  assert.equal(
    (await Promise.all(asked)).map(({ status }) => status),
    [200, 500, 200],
  );
});

test("server: metrics are counted", async ({ servers }) => {
  const server = await started(right());
  servers.push(server);
  await post(`${server.url}/v1/reward`, { ...pair, votes: 4 });
  await post(`${server.url}/v1/reward`, {});
  const answer = await fetch(`${server.url}/metrics`);
  assert.is(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const text = await answer.text();
  for (const line of [
    'rewardlab_requests_total{endpoint="/v1/reward",code="200"} 1',
    'rewardlab_requests_total{endpoint="/v1/reward",code="400"} 1',
    'rewardlab_refused_total{reason="invalid_request"} 1',
    "rewardlab_batch_rows_sum 4",
    `rewardlab_generated_tokens_total ${4 * judged(1).length}`,
    "rewardlab_requests_in_flight 0",
  ])
    assert.ok(text.includes(`\n${line}\n`), line);
});

test.run();
