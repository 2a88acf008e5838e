import { InputError, messageOf } from "@rewardlab/storage";
import { parse } from "yaml";
import { z } from "zod";

/** Fields of a request that the client sets itself. */
const ownFields = ["model", "messages", "stream", "n"];

/** Fields of a component's options that name an endpoint: spread into a strict object, so that every component says it alike. `url` and `model` have no default. */
export const endpointFields = {
  url: z
    .string()
    .refine(isBase, "expected an address like http://127.0.0.1:8000/v1, without a user, a password or a key in it")
    .describe("the endpoint's base, e.g. http://127.0.0.1:8000/v1; /chat/completions is put behind it"),
  model: z.string().min(1).describe("the model's name there"),
  apiKeyFrom: z
    .string()
    .refine(
      (text) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text),
      "expected the name of an environment variable that holds the key, never the key itself",
    )
    .nullable()
    .default(null)
    .describe("the environment variable that holds the key, e.g. OPENAI_API_KEY; null: none is sent"),
  concurrency: z.int().min(1).max(1024).default(8).describe("requests under way at a time"),
  requestsPerMinute: z.number().positive().nullable().default(null).describe("at most so many begin in any minute; null: any"),
  tokensPerMinute: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe("tokens asked for in any minute, estimated before and counted after; null: any"),
  timeoutSeconds: z.number().positive().max(86_400).default(120).describe("how long one try may take"),
  retries: z
    .int()
    .min(0)
    .max(100)
    .default(5)
    .describe("further tries after 429, 5xx, a time-out, a lost connection or an answer that can't be read"),
  backoffSeconds: z
    .number()
    .min(0)
    .max(3600)
    .default(1)
    .describe("bound of the wait before the first further try, doubled each time up to a minute; the wait is drawn below it"),
  cache: z.boolean().default(true).describe("keep every answer on disk, so that none is paid twice; also between experiments"),
  prices: z
    .strictObject({
      input: z.number().min(0).describe("of a million tokens read"),
      output: z.number().min(0).describe("of a million tokens written"),
    })
    .nullable()
    .default(null)
    .describe("prices of a million tokens, in any currency; null: cost isn't counted"),
  maxCost: z.number().min(0).nullable().default(null).describe("stop before more is spent, by the prices; null: any amount"),
  maxRequests: z.int().min(0).nullable().default(null).describe("stop before more requests are sent, tries counted; null: any"),
  maxTokensField: z
    .enum(["max_tokens", "max_completion_tokens"])
    .default("max_tokens")
    .describe("what the endpoint calls the limit of an answer's tokens (newer OpenAI models: max_completion_tokens)"),
  body: z
    .record(z.string(), z.unknown())
    .refine(
      (body) => !Object.keys(body).some((name) => ownFields.includes(name)),
      `expected none of ${ownFields.join(", ")}, which the client sets`,
    )
    .default({})
    .describe("further fields of the request, as the server documents them, e.g. { reasoning_effort: low }"),
} as const;

/** What an endpoint's options say together that no field says alone: given to a component's `checks`. */
export const endpointChecks = [
  {
    reads: ["maxCost", "prices"],
    find: ({ maxCost, prices }: { readonly maxCost: number | null; readonly prices: object | null }) =>
      maxCost !== null && prices === null
        ? [{ path: ["maxCost"], message: "maxCost is given and no prices, expected prices: { input, output } to count by" }]
        : [],
  },
] as const;

const endpointOptions = z.strictObject(endpointFields);
/** An endpoint, as an experiment names it. */
export type EndpointOptions = z.output<typeof endpointOptions>;

/** An endpoint as a flag of a command names it, in YAML: `{ url: http://127.0.0.1:8000/v1, model: judge }`. Throws `InputError`, RL_FLAG, with all that is wrong. */
export function endpointFrom(text: string, flag: string): EndpointOptions {
  const read = endpointOptions.safeParse(yamlIn(text, flag));
  if (read.success) {
    const issues = endpointChecks.flatMap(({ find }) => find(read.data));
    if (issues.length === 0) return read.data;
    throw new InputError("RL_FLAG", `${flag}: ${issues.map(({ message }) => message).join("; ")}`);
  }
  const problems = read.error.issues.map(({ path, message }) => `${path.length === 0 ? "" : `${path.join(".")}: `}${message}`);
  throw new InputError("RL_FLAG", `${flag}: ${problems.join("; ")}`);
}

function yamlIn(text: string, flag: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new InputError("RL_FLAG", `${flag}: no YAML (${messageOf(error).split("\n")[0]})`, { cause: error });
  }
}

function isBase(text: string): boolean {
  try {
    const { protocol, username, password } = new URL(text);
    return (protocol === "http:" || protocol === "https:") && username === "" && password === "";
  } catch {
    return false;
  }
}
