import { messageOf } from "@rewardlab/core";
import { quoted } from "../quoted.ts";
import { messagesOf } from "./chat.ts";
import type { Format } from "./format.ts";
import { RowProblem } from "./given.ts";

/**
 * r1-reward: the training rows of R1-Reward (github.com/yfzhang114/r1_reward, README, "Training Data Format"; huggingface.co/datasets/yifanzhang114/R1-Reward-RL):
 *
 *     { "message": "[{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"… [Response 1]: … [Response 2]: …\"}, {\"type\": \"image\", …}]}]",
 *       "question": "…", "answer": ["<answer>2</answer>"] }
 *
 * The two responses stand only in the prompt inside `message`, under headings. On the Hub the picture is in a column `image`, as base64; what `message`
 * names is then a path of the authors' machines.
 */
export const r1Reward: Format = {
  name: "r1-reward",
  summary: "R1-Reward's training rows: message (a chat as a text), question, answer",
  needs: ["message", "question", "answer"],
  before: (has) => (has("responses") ? [] : ["rewardlab"]),
  read(columns) {
    const messages = messagesOf(chatOf(columns.value("message")), "message");
    const prompt = messages.map(({ text }) => text).join("\n");
    const own = columns.pictures("image", "images");
    const pictures = own.length > 0 ? own : messages.flatMap((message) => message.pictures);
    const id = columns.label("id");
    return {
      ...(id === undefined ? {} : { id }),
      pictures,
      question: columns.text("question"),
      responses: responsesIn(prompt),
      preferred: preferredIn(columns.value("answer")),
      ordered: true,
    };
  },
};

function chatOf(message: unknown): unknown {
  if (typeof message !== "string") return message;
  try {
    return JSON.parse(message);
  } catch (error) {
    throw new RowProblem(`message is ${quoted(message)}, expected a chat as JSON (${messageOf(error)})`);
  }
}

const first = /#+\s*\[Response 1\]:[ \t]*\n?/;
const second = /#+\s*\[Response 2\]:[ \t]*\n?/;
/** What the prompt goes on with after the second response. */
const after = /#+\s*\*\*Output Format/g;

function responsesIn(prompt: string): [string, string] {
  const one = first.exec(prompt);
  const from = one === null ? -1 : one.index + one[0].length;
  const two = one === null ? null : second.exec(prompt.slice(from));
  if (one === null || two === null)
    throw new RowProblem(
      `message has no ${one === null ? "[Response 1]:" : "[Response 2]:"}, expected both responses under these headings`,
    );
  const rest = prompt.slice(from + two.index + two[0].length);
  const end = [...rest.matchAll(after)].at(-1)?.index ?? rest.length;
  return [prompt.slice(from, from + two.index).trimEnd(), rest.slice(0, end).trimEnd()];
}

function preferredIn(answer: unknown): 1 | 2 {
  const [only, ...more] = Array.isArray(answer) ? (answer as unknown[]) : [answer];
  const inside = more.length === 0 && (typeof only === "string" || typeof only === "number") ? String(only) : "";
  const number = /^\s*(?:<answer>)?\s*([12])\s*(?:<\/answer>)?\s*$/.exec(inside)?.[1];
  if (number === undefined)
    throw new RowProblem(`answer is ${quoted(answer)}, expected ["<answer>1</answer>"] or ["<answer>2</answer>"]`);
  return number === "1" ? 1 : 2;
}
