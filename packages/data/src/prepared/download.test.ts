import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { downloaded } from "./download.ts";

let folder = "";
let address = "";
let asked: string[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};
const server = createServer((request, response) => {
  asked.push(request.url!);
  answer(request, response);
});
test.before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
test.after(() => {
  server.closeAllConnections();
  server.close();
});
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "rewardlab-download-"));
  asked = [];
});
test.after.each(() => rmSync(folder, { recursive: true }));

const limits = { bytes: 100, seconds: 20, retries: 2, waitSeconds: 0 };
const problem = (path: string, more: object = {}) =>
  downloaded(`${address}${path}`, folder, { ...limits, ...more }).then(String, (error: Error) => error.message);

test("download: fetched once, then taken from the folder", async () => {
  answer = (_, response) => response.end("picture");
  const path = await downloaded(`${address}/a.png`, folder, limits);
  assert.is(readFileSync(path, "utf8"), "picture");
  assert.is(await downloaded(`${address}/a.png`, folder, limits), path);
  assert.equal(asked, ["/a.png"]);
  assert.equal(readdirSync(folder).length, 1);
});

test("download: sent on over http alone, and not for ever", async () => {
  answer = ({ url }, response) => (url === "/a" ? response.writeHead(302, { location: "/b" }).end() : response.end("picture"));
  assert.ok(existsSync(await downloaded(`${address}/a`, folder, limits)));
  answer = (_, response) => response.writeHead(301, { location: "file:///etc/hostname" }).end();
  assert.is(await problem("/c"), "can't be fetched (sent on to file:, expected http or https)");
  answer = (_, response) => response.writeHead(302, { location: "/d" }).end();
  assert.is(await problem("/d"), "can't be fetched (sent on more than 5 times)");
});

test("download: an error, a busy server, one that breaks off, one that never answers, an endless body: told, and nothing is kept", async () => {
  answer = (_, response) => response.writeHead(404).end();
  assert.is(await problem("/404"), "can't be fetched (the server answers 404 Not Found)");
  assert.equal(asked, ["/404"]);
  let busy = 2;
  answer = (_, response) => (busy-- > 0 ? response.writeHead(429).end() : response.end("picture"));
  assert.ok(existsSync(await downloaded(`${address}/busy`, folder, limits)));
  answer = (request) => request.socket.destroy();
  assert.match(await problem("/away"), /^can't be fetched \(fetch failed/);
  answer = (_, response) => void response.writeHead(200, { "content-length": "50" }).write("half", () => response.destroy());
  assert.match(await problem("/half"), /^can't be fetched \(terminated/);
  answer = () => {};
  assert.is(await problem("/slow", { seconds: 0.05, retries: 0 }), "can't be fetched (no answer within 0.05 s)");
  answer = (_, response) => response.end("x".repeat(101));
  assert.is(await problem("/large"), "can't be fetched (larger than 100 bytes)");
  answer = (_, response) => response.end();
  assert.is(await problem("/empty"), "can't be fetched (an empty answer)");
  assert.is(readdirSync(folder).length, 1);
});

test.run();
