// npm run bench:serve -- CHECKPOINT [SECONDS] [more of serve's flags]: the load that a served policy holds, and whether a restart loses requests. Writes result.json.
//
// Load: clients that each send their next /v1/reward as soon as the last is answered, 1, 8 and 32 of them, one vote each, with pictures and no two alike.
// Restart: the same clients while the server gets SIGTERM and another is started on its port, three times. A client tries again after a 503 or a connection that
// isn't there, as retrying clients do. Lost: requests that never got an answer. Doubtful: answers that differ from what the first server gave for that seed.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { machine } from "../frameworks/machine.ts";
import { makeItems } from "./items.ts";
import type { RewardBody } from "./items.ts";

const [checkpoint, seconds = "10", ...flags] = process.argv.slice(2);
if (checkpoint === undefined) throw new Error("expected a checkpoint, as rewardlab serve takes it");
const command = fileURLToPath(new URL("../../packages/cli/bin/rewardlab.js", import.meta.url));
const bodies = makeItems(200);

/** Starts a server, and waits for it to listen. */
async function started(
  port: number,
): Promise<{ readonly child: ChildProcess; readonly url: string; readonly ended: Promise<number | null> }> {
  const child = spawn(process.execPath, [command, "serve", checkpoint!, "--port", String(port), "--json", ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const line = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      if (text.includes("\n")) resolve(text);
    });
    void ended.then((code) => reject(new Error(`the server ended with ${code}`)));
  });
  return { child, url: (JSON.parse(line) as { url: string }).url, ended };
}

interface Tally {
  answered: number;
  retries: number;
  lost: number;
  doubtful: number;
  readonly seconds: number[];
}

/** One request, tried again for at most a minute. */
async function asked(url: string, body: RewardBody, tally: Tally): Promise<string | null> {
  const start = performance.now();
  for (let wait = 50; performance.now() - start < 60_000; wait = Math.min(1000, wait * 2)) {
    try {
      const answer = await fetch(`${url}/v1/reward`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      const text = await answer.text();
      if (answer.ok) {
        tally.answered += 1;
        tally.seconds.push((performance.now() - start) / 1000);
        return text;
      }
      if (answer.status !== 503 && answer.status !== 429) throw new Error(`${answer.status}: ${text}`);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // fetch's own: there is no connection
    }
    tally.retries += 1;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  tally.lost += 1;
  return null;
}

const known = new Map<number, string>();

/** Clients that ask one after the other until told to stop. */
async function load(url: string, clients: number, goesOn: () => boolean): Promise<Tally> {
  const tally: Tally = { answered: 0, retries: 0, lost: 0, doubtful: 0, seconds: [] };
  let next = 0;
  const client = async () => {
    while (goesOn()) {
      const at = next++ % bodies.length;
      const text = await asked(url, bodies[at]!, tally);
      if (text !== null && text !== (known.get(at) ?? text)) tally.doubtful += 1;
      if (text !== null && !known.has(at)) known.set(at, text);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return tally;
}

const quantile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))]!;

let server = await started(0);
const port = Number(new URL(server.url).port);
const busy = loadavg()[0]!;
const loads = [];
for (const clients of [1, 8, 32]) {
  await load(server.url, clients, () => known.size < 8); // warms up
  const start = performance.now();
  const {
    answered,
    seconds: took,
    doubtful,
  } = await load(server.url, clients, () => performance.now() - start < 1000 * Number(seconds));
  const whole = (performance.now() - start) / 1000;
  const one = {
    clients,
    requestsPerSecond: Number((answered / whole).toPrecision(3)),
    secondsMedian: Number(quantile(took, 0.5).toPrecision(3)),
    seconds95: Number(quantile(took, 0.95).toPrecision(3)),
    doubtful,
  };
  loads.push(one);
  console.log(JSON.stringify(one));
}
const RESTARTS = 3;
let restarting = true;
const underWay = load(server.url, 16, () => restarting);
const codes: (number | null)[] = [];
for (let restart = 0; restart < RESTARTS; restart++) {
  await new Promise((resolve) => setTimeout(resolve, 1500));
  server.child.kill("SIGTERM");
  codes.push(await server.ended);
  server = await started(port);
}
await new Promise((resolve) => setTimeout(resolve, 1500));
restarting = false;
const { answered, retries, lost, doubtful } = await underWay;
server.child.kill("SIGTERM");
codes.push(await server.ended);
const result = {
  model: "tiny-vlm as in experiments/quickstart, after 12 iterations of RL",
  machine: machine(),
  loadBefore: Number(busy.toFixed(1)),
  load: loads,
  restart: { restarts: RESTARTS, clients: 16, answered, retries, lost, doubtful, exitCodes: codes },
};
console.log(JSON.stringify(result, null, 2));
writeFileSync(fileURLToPath(new URL("result.json", import.meta.url)), `${JSON.stringify(result, null, 2)}\n`);
if (lost > 0 || doubtful > 0 || codes.some((code) => code !== 0)) process.exitCode = 1;
