import { chatClient, endpointFrom } from "@rewardlab/endpoints";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { benchmarkNamed, DEFAULT_PROMPT, endpointJudge, judgePairs, readBenchmark, scorePredictions } from "./index.ts";

interface Body {
  readonly model: string;
  readonly temperature: number;
  readonly messages: readonly {
    readonly content: readonly { readonly type: string; readonly text?: string; readonly image_url?: { url: string } }[];
  }[];
}

test("an endpoint judges: pictures first, greedily, one refusal is missing, and nothing is asked twice", async () => {
  const folder = mkdtempSync(join(tmpdir(), "endpoint-judge-"));
  const bodies: Body[] = [];
  const refused = new Set(["q2"]);
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (piece: Buffer) => (text += piece.toString()));
    request.on("end", () => {
      const body = JSON.parse(text) as Body;
      bodies.push(body);
      const asked = body.messages[0]!.content.at(-1)!.text!;
      const question = /Question:\n(.*)/.exec(asked)![1]!;
      if (refused.has(question)) return response.writeHead(400).end('{"error": {"message": "no"}}');
      const content = `<think>…</think><answer>${/Response 1:\ngood/.test(asked) ? 1 : 2}</answer>`;
      return response.end(JSON.stringify({ choices: [{ message: { content }, finish_reason: "stop" }] }));
    });
  });
  await new Promise<void>((up) => void server.listen(0, "127.0.0.1", up));
  try {
    const data = join(folder, "data.jsonl");
    const rows = [0, 1, 2].map((n) => ({ id: `mmmu_${n}`, prompt: `q${n}`, chosen: "good", rejected: "bad", image: "a.png" }));
    writeFileSync(data, rows.map((row) => JSON.stringify(row)).join("\n"));
    writeFileSync(join(folder, "a.png"), "");
    const vl = benchmarkNamed("vl-rewardbench");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const judging = () =>
      judgePairs(
        endpointJudge({
          client: chatClient(endpointFrom(`{ url: "${url}", model: m, retries: 0 }`, "--endpoint"), {
            cacheFolder: join(folder, "cache"),
          }),
          settings: { model: "m" },
          prompt: DEFAULT_PROMPT,
          decode: async () => ({ width: 1, height: 1, data: new Uint8Array([9, 8, 7]) }),
          maxTokens: 64,
          batch: 4,
        }),
        {
          benchmark: vl.name,
          data,
          pairs: readBenchmark(vl, data),
          orders: "both",
          seed: 1,
          folder: join(folder, "out"),
          progress: () => {},
        },
      );
    const error = await judging().catch((reason: Error) => reason);
    assert.match((error as Error).message, /^2 of 6 judgements have no answer/);
    const [first] = bodies;
    assert.equal([first!.model, first!.temperature], ["m", 0]);
    assert.equal(
      first!.messages[0]!.content.map(({ type }) => type),
      ["image_url", "text"],
    );
    assert.match(first!.messages[0]!.content[0]!.image_url!.url, /^data:image\/png;base64,/);
    refused.clear();
    const asked = bodies.length;
    const file = await judging();
    assert.is(bodies.length, asked + 2);
    assert.is(scorePredictions(vl, file).figures.values.overall, 1);
    // another folder, the same questions: the answers come from the cache
    rmSync(join(folder, "out"), { recursive: true });
    const whole = readFileSync(await judging(), "utf8");
    assert.is(whole.trim().split("\n").length, 6);
    assert.is(bodies.length, asked + 2);
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
});

test.run();
