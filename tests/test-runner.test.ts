// scripts/test.mjs itself: each way in which uvu lets a broken file pass must count as a failure.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { dirname, join } from "node:path";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const repository = fileURLToPath(new URL("..", import.meta.url));
const head = 'import { test } from "uvu"; import * as assert from "uvu/assert";\n';
const good = `${head}test("a", () => { assert.is(1 as number, 1); }); test.run();`;

/** Runs the runner on a tree of its own that holds `files`. Inside node_modules, so that uvu is found from there. */
function runTests(files: Record<string, string>, ...args: string[]) {
  const cache = join(repository, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const root = mkdtempSync(join(cache, "test-runner-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    const runner = join(repository, "scripts", "test.mjs");
    const env = { ...process.env, NODE_PATH: "" }; // where somebody has the engine webgpu
    const result = spawnSync(process.execPath, [runner, "--root", root, ...args], { encoding: "utf8", env });
    const lines = result.stdout.trimEnd().split("\n");
    return { status: result.status, last: lines.at(-1), stdout: result.stdout, stderr: result.stderr };
  } finally {
    rmSync(root, { recursive: true });
  }
}

test("test runner: counts tests over packages, tests and examples", () => {
  const result = runTests({
    "packages/x/src/deep/a.test.ts": good,
    "packages/x/dist/a.test.ts": "throw 1",
    "tests/b.test.ts": `${head}test("a", () => {}); test("b", () => {}); test.skip("c", () => {}); test.run();`,
    "examples/y/src/c.test.ts": good,
    "tests/d.slow.test.ts": "throw 1",
  });
  assert.is(result.last, "4 passed, 0 failed, 1 skipped");
  assert.is(result.status, 0);
  assert.match(result.stdout, /^✓ tests\/b\.test\.ts: 2 passed, 0 failed, 1 skipped \(\d+\.\d s\)$/m);
});

test("test runner: arguments choose files; --slow adds the slow ones", () => {
  const files = { "tests/a.test.ts": good, "tests/b.test.ts": "throw 1", "tests/c.slow.test.ts": good };
  assert.is(runTests(files, "tests/a").last, "1 passed, 0 failed");
  assert.is(runTests(files, "--slow", "tests/a", "c.slow").last, "2 passed, 0 failed");
});

test("test runner: prints a failing file's output", () => {
  const result = runTests({
    "tests/a.test.ts": `${head}test("sum", () => { assert.is(1 as number, 2); }); test.run();`,
    "tests/b.test.ts": good,
  });
  assert.is(result.last, "1 passed, 1 failed");
  assert.is(result.status, 1);
  assert.match(result.stdout, 'FAIL  "sum"');
});

test("test runner: --engine runs the tensor tests on it, and what ran nothing there doesn't count", () => {
  const onTensors = `import * as tf from "@tensorflow/tfjs-core";
    ${head}test("a", () => { assert.is(tf.getBackend(), "cpu"); tf.neg(1).dispose(); }); test.run();`;
  const onWasm = `import * as tf from "@tensorflow/tfjs-core"; import { startWasmBackend } from "@rewardlab/engines";
    ${head}test("a", async () => { await startWasmBackend(); tf.neg(1).dispose(); }); test.run();`;
  const files = {
    "packages/models/src/a.test.ts": onTensors,
    "packages/models/src/b.test.ts": good,
    "packages/models/src/c.test.ts": onWasm,
    "packages/data/src/d.test.ts": "throw 1",
  };
  const result = runTests(files, "--engine", "cpu");
  assert.is(result.last, "1 passed, 0 failed, 2 skipped");
  assert.is(result.status, 0);
  assert.match(result.stdout, /^– packages\/models\/src\/c\.test\.ts: 0 passed.*\n {4}It ran nothing on cpu\.$/m);
});

test("test runner: an engine that can't start skips all and says why, one that isn't known is a failure", () => {
  const files = { "packages/models/src/a.test.ts": good };
  const missing = runTests(files, "--engine", "webgpu");
  assert.is(missing.last, "0 passed, 0 failed, 1 file skipped");
  assert.is(missing.status, 0);
  assert.match(missing.stderr, /engine webgpu: can't start: webgpu is not installed/);
  const unknown = runTests(files, "--engine", "webgup");
  assert.is(unknown.last, "0 passed, 1 failed");
  assert.is(unknown.status, 1);
  assert.match(unknown.stderr, "there is no such engine; there are");
});

test("test runner: no file at all is a failure", () => {
  assert.is(runTests({}).last, "0 passed, 1 failed");
  const unmatched = runTests({ "tests/a.test.ts": good }, "nowhere");
  assert.is(unmatched.status, 1);
  assert.match(unmatched.stderr, "no test file with nowhere in its path");
});

test("test runner: --inspect takes one file, and says which there are", () => {
  const files = { "tests/a.test.ts": good, "tests/ab.test.ts": good };
  const result = runTests(files, "--inspect", "tests/");
  assert.is(result.status, 2);
  assert.match(result.stderr, "--inspect takes one file; 2 have tests/ in their path:\n  tests/a.test.ts\n  tests/ab.test.ts");
  assert.match(runTests(files, "--inspect", "--inspect-port", "x", "ab").stderr, "--inspect-port x: a whole number is expected.");
});

test("test runner: --inspect waits for a debugger before the first line, then runs the file and ends as it does", async () => {
  const cache = join(repository, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const root = mkdtempSync(join(cache, "test-runner-"));
  mkdirSync(join(root, "tests"));
  writeFileSync(join(root, "tests", "a.test.ts"), `console.log("begun"); ${good}`);
  writeFileSync(join(root, "tests", "b.test.ts"), "throw 1");
  const runner = join(repository, "scripts", "test.mjs");
  const flags = ["--root", root, "--inspect", "--inspect-port", "0", "tests/a.test.ts"];
  const child = spawn(process.execPath, [runner, ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (output.stdout += text));
  const ended = new Promise((done) => void child.on("close", done));
  try {
    const address = await new Promise<string>((found, missing) => {
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        output.stderr += text;
        const port = /listening on ws:\/\/(127\.0\.0\.1:\d+)/.exec(output.stderr)?.[1];
        if (port !== undefined) found(port);
      });
      void ended.then(() => missing(new Error(output.stderr)));
    });
    const [target] = (await (await fetch(`http://${address}/json/list`)).json()) as {
      url: string;
      webSocketDebuggerUrl: string;
    }[];
    assert.match(target!.url, "/tests/a.test.ts");
    assert.is(output.stdout, ""); // nothing has run: it waits
    const debuggers = await connectDebugger(target!.webSocketDebuggerUrl);
    child.stderr.on("data", (text: string) => void (text.includes("Waiting for the debugger") && debuggers.end()));
    debuggers.write(frameOf({ id: 1, method: "Runtime.runIfWaitingForDebugger" }));
    assert.is(await ended, 0, `${output.stdout}\n${output.stderr}`);
    assert.match(output.stdout, /^begun\n[^]*Passed: +1\n/);
  } finally {
    child.kill();
    rmSync(root, { recursive: true });
  }
});

/** A debugger's connection, as the inspector protocol has it: a WebSocket (RFC 6455), which Node 20 has no client for. */
function connectDebugger(url: string): Promise<Duplex> {
  const headers = {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": Buffer.alloc(16).toString("base64"),
  };
  return new Promise((connected, failed) => {
    const handshake = request(url.replace("ws:", "http:"), { headers });
    handshake.on("upgrade", (_, socket) => connected(socket.on("error", () => {}).resume())).on("error", failed);
    handshake.end();
  });
}

/** A message of fewer than 126 bytes as one WebSocket frame, masked with zeros. */
function frameOf(message: object) {
  const text = Buffer.from(JSON.stringify(message));
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]);
}

function isAlive(pid: number) {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // In a container nobody may have reaped it yet: then it is a zombie, which the signal 0 reaches as well.
  return !(existsSync(`/proc/${pid}/stat`) && readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z "));
}

const broken = {
  "no run()": [`${head}test("a", () => {});`, 0],
  "no test": [`${head}test.run();`, 0],
  "a syntax error": ["const = 1;", 0],
  "an exception on import": ["throw new Error('x');", 0],
  "a promise that never settles": [`${head}test("a", () => new Promise(() => {})); test.run();`, 0],
  "a before hook that throws": [`${head}test.before(() => { throw new Error("x"); }); test("a", () => {}); test.run();`, 0],
  "an after.each hook that throws": [
    `${head}test.after.each(() => { throw new Error("x"); }); test("a", () => {}); test.run();`,
    0,
  ],
  "a crash after the last test": [`${good} process.on("exit", () => process.kill(process.pid, "SIGKILL"));`, 1],
  "process.exit(0) in a test": [`${head}test("a", () => { process.exit(0); }); test.run();`, 0],
} as const;
for (const [name, [text, passed]] of Object.entries(broken)) {
  test(`test runner: ${name} is a failure`, () => {
    const result = runTests({ "tests/a.test.ts": text });
    assert.is(result.last, `${passed} passed, 1 failed`);
    assert.is(result.status, 1);
  });
}

test("test runner: a file may say that it takes longer", () => {
  const text = `// time-out: 60 s\n${head}test("a", async () => new Promise((done) => setTimeout(done, 1500))); test.run();`;
  assert.is(runTests({ "tests/a.test.ts": text }, "--timeout", "1").last, "1 passed, 0 failed");
});

test("test runner: a time-out ends the file and what it started", () => {
  const text = `${head}import { spawn } from "node:child_process";
    test("a", async () => {
      const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
      console.log("child " + child.pid);
      await new Promise(() => {});
    });
    test.run();`;
  const result = runTests({ "tests/a.test.ts": text }, "--timeout", "2");
  assert.is(result.last, "0 passed, 1 failed");
  assert.match(result.stdout, "It ended with a time-out after 2 s.");
  const child = Number(/child (\d+)/.exec(result.stdout)?.[1]);
  assert.ok(child > 0);
  assert.not(isAlive(child));
});

test.run();
