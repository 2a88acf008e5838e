import OpenAI from "openai";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Server } from "./server.ts";
import { scriptedPolicy } from "./testing/scripted-policy.ts";
import { post, started } from "./testing/started.ts";

const test = suite<{ servers: Server[] }>("chat completions, asked by OpenAI's client");
test.before.each((context) => void (context.servers = []));
test.after.each(async ({ servers }) => void (await Promise.all(servers.map((server) => server.close()))));

const TEXT = "<b>Größe</b> 🦊 & \u0000 <script>alert(1)</script>";
const clientOf = ({ url }: Server, apiKey = "none") => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
const picture = `data:image/png;base64,${Buffer.from([7, 1, 2]).toString("base64")}`;

test("chat: text comes back as it was said, whatever is in it", async ({ servers }) => {
  const policy = scriptedPolicy(() => TEXT);
  const server = await started(policy);
  servers.push(server);
  const answer = await clientOf(server).chat.completions.create({
    model: "scripted",
    messages: [
      { role: "developer", content: "Be brief." },
      { role: "user", content: "<img src=x onerror=alert(1)>\u202e" },
    ],
    max_completion_tokens: 100,
    temperature: 0.5,
    seed: 5,
  });
  assert.is(answer.choices[0]!.message.content, TEXT);
  assert.is(answer.choices[0]!.finish_reason, "stop");
  const [[ask]] = policy.batches as [[(typeof policy.batches)[0][0]]];
  assert.equal([ask.temperature, ask.maxNewTokens, ask.seed, ask.samples], [0.5, 100, 5, 1]);
  assert.equal("conversation" in ask.question && ask.question.conversation.messages, [
    { role: "system", content: "Be brief." },
    { role: "user", content: "<img src=x onerror=alert(1)>\u202e" },
  ]);
  assert.is("conversation" in ask.question && ask.question.conversation.trusted, false);
  const { usage } = answer;
  assert.is(usage!.completion_tokens, [...TEXT].length);
  assert.is(usage!.total_tokens, usage!.prompt_tokens + usage!.completion_tokens);
});

test("chat: streams in pieces that add up, with usage where it is asked for", async ({ servers }) => {
  const server = await started(scriptedPolicy(() => TEXT));
  servers.push(server);
  const stream = await clientOf(server).chat.completions.create({
    model: "scripted",
    messages: [{ role: "user", content: "Go" }],
    stream: true,
    stream_options: { include_usage: true },
    n: 2,
  });
  const texts = ["", ""];
  const ends: (string | null)[] = [];
  let pieces = 0;
  let usage = 0;
  for await (const { choices, usage: counted } of stream) {
    usage += counted?.completion_tokens ?? 0;
    for (const { index, delta, finish_reason: finish } of choices) {
      texts[index] += delta.content ?? "";
      pieces += delta.content ? 1 : 0;
      if (finish !== null) ends.push(finish);
    }
  }
  assert.equal(texts, [TEXT, TEXT]);
  assert.equal(ends, ["stop", "stop"]);
  assert.ok(pieces > 10, `${pieces}`);
  assert.is(usage, 2 * [...TEXT].length);
});

test("chat: what can't be asked is told before a stream begins", async ({ servers }) => {
  const server = await started(scriptedPolicy(() => TEXT, 100));
  servers.push(server);
  const client = clientOf(server);
  const refused = (body: object) =>
    client.chat.completions
      .create({ model: "scripted", messages: [{ role: "user", content: "x".repeat(200) }], stream: true, ...body } as never)
      .then(
        () => null,
        (error: InstanceType<typeof OpenAI.APIError>) => error,
      );
  const long = await refused({});
  assert.equal([long!.status, long!.code], [400, "context_length_exceeded"]);
  const away = await refused({ model: "scriptd" });
  assert.equal([away!.status, away!.code], [404, "model_not_found"]);
  assert.match(away!.message, /scripted/);
});

test("chat: as long as it may be ends with length", async ({ servers }) => {
  const server = await started(scriptedPolicy(() => "abcdefgh"));
  servers.push(server);
  const { choices } = await clientOf(server).chat.completions.create({
    model: "scripted",
    messages: [{ role: "user", content: "Go" }],
    max_tokens: 5,
    logprobs: true,
  });
  assert.equal([choices[0]!.message.content, choices[0]!.finish_reason], ["abcde", "length"]);
  assert.equal(
    choices[0]!.logprobs!.content!.map(({ token, logprob }) => [token, logprob]),
    [..."abcde"].map((one) => [one, -0.5]),
  );
});

test("chat: pictures come in the order of their places, and messages in parts where one has a picture", async ({ servers }) => {
  const policy = scriptedPolicy(() => "seen");
  const server = await started(policy);
  servers.push(server);
  await clientOf(server).chat.completions.create({
    model: "scripted",
    messages: [
      { role: "system", content: "Look." },
      {
        role: "user",
        content: [
          { type: "text", text: "Before" },
          { type: "image_url", image_url: { url: picture } },
          { type: "text", text: "after" },
        ],
      },
    ],
  });
  const { question } = policy.batches[0]![0]!;
  if (!("conversation" in question)) throw new Error("expected a conversation");
  assert.equal(question.conversation.messages, [
    { role: "system", content: [{ type: "text", text: "Look." }] },
    { role: "user", content: [{ type: "text", text: "Before" }, { type: "image" }, { type: "text", text: "after" }] },
  ]);
  assert.equal(
    question.conversation.pictures.map(({ data }) => data[0]),
    [7],
  );
});

test("chat: pictures are data; addresses are not fetched", async ({ servers }) => {
  const policy = scriptedPolicy(() => "seen");
  const server = await started(policy);
  servers.push(server);
  const refused = async (...urls: string[]) => {
    const content = urls.map((url) => ({ type: "image_url", image_url: { url } }));
    const { status, body } = await post(`${server.url}/v1/chat/completions`, { messages: [{ role: "user", content }] });
    return `${status} ${body.error?.code}: ${body.error?.message}`;
  };
  assert.match(
    await refused("http://169.254.169.254/latest"),
    "400 invalid_picture: messages[0].content[0].image_url: is the address",
  );
  assert.match(await refused("file:///etc/passwd"), "400 invalid_picture");
  assert.match(await refused("/etc/passwd.png"), "400 invalid_picture");
  assert.match(await refused("data:image/png,abc"), "isn't base64");
  assert.match(
    await refused(picture, picture, picture, picture),
    "400 too_many_pictures: messages: 4 pictures, expected at most 3",
  );
  assert.is(policy.batches.length, 0);
});

test("chat: fields that would change the answer are refused, others are let be", async ({ servers }) => {
  const server = await started(scriptedPolicy(() => "yes"));
  servers.push(server);
  const ask = async (more: object) => {
    const { status, body } = await post(`${server.url}/v1/chat/completions`, {
      messages: [{ role: "user", content: "Go" }],
      ...more,
    });
    return status === 200 ? "200" : `${status} ${body.error.code} ${body.error.param}`;
  };
  assert.is(await ask({ user: "me", top_p: 1, frequency_penalty: 0, tools: [], n: null, stop: null }), "200");
  assert.is(await ask({ top_p: 0.9 }), "400 unsupported top_p");
  assert.is(await ask({ tools: [{ type: "function" }] }), "400 unsupported tools");
  assert.is(await ask({ temprature: 0 }), "400 unknown_field temprature");
  assert.is(await ask({ n: 9 }), "400 too_many_samples n");
  assert.is(await ask({ max_tokens: 201 }), "400 too_many_tokens messages");
  assert.is(await ask({ temperature: "hot" }), "400 invalid_request temperature");
  assert.is(await ask({ messages: [] }), "400 invalid_request messages");
});

test("chat: the client brings the token as it brings its key", async ({ servers }) => {
  const server = await started(
    scriptedPolicy(() => "yes"),
    { token: "a-long-token" },
  );
  servers.push(server);
  const asked = { model: "scripted", messages: [{ role: "user" as const, content: "Go" }] };
  assert.is((await clientOf(server, "a-long-token").chat.completions.create(asked)).choices[0]!.message.content, "yes");
  const wrong = await clientOf(server, "another-token")
    .chat.completions.create(asked)
    .catch((error: unknown) => error);
  assert.instance(wrong, OpenAI.AuthenticationError);
});

test.run();
