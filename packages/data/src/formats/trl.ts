import { quoted } from "../quoted.ts";
import { chatText, messagesOf, type Message } from "./chat.ts";
import type { Columns } from "./columns.ts";
import type { Format, FormattedRow } from "./format.ts";
import { RowProblem } from "./given.ts";

/**
 * trl: preference rows of TRL (huggingface.co/docs/trl/dataset_formats, "Preference"), plain or as a chat, with the prompt apart or at the start of both:
 *
 *     { "prompt": "The sky is", "chosen": " blue.", "rejected": " green." }
 *     { "chosen": "The sky is blue.", "rejected": "The sky is green." }
 *     { "prompt": [{ "role": "user", "content": … }], "chosen": [{ "role": "assistant", … }], "rejected": [ … ], "images": [ … ] }
 */
export const trl: Format = {
  name: "trl",
  summary: "TRL's preference rows: prompt (may be missing), chosen, rejected; plain or as chats; images",
  needs: ["chosen", "rejected"],
  read(columns) {
    const { question, responses, pictures: inChat } = pairOf(columns);
    const own = columns.pictures("images", "image");
    const id = columns.label("id", "prompt_id");
    const kind = columns.label("kind", "category", "source");
    return {
      ...(id === undefined ? {} : { id }),
      ...(kind === undefined ? {} : { kind }),
      pictures: own.length > 0 ? own : inChat,
      question,
      responses,
      preferred: 1,
      ordered: false,
    };
  },
};

type Pair = Pick<FormattedRow, "question" | "responses" | "pictures">;

function pairOf(columns: Columns): Pair {
  const [prompt, chosen, rejected] = [columns.value("prompt"), columns.value("chosen"), columns.value("rejected")];
  if (typeof chosen === "string" && typeof rejected === "string") {
    if (prompt === undefined) return { ...implicitText(chosen, rejected), pictures: [] };
    if (typeof prompt === "string") return { question: prompt, responses: [chosen, rejected], pictures: [] };
    const messages = messagesOf(prompt, "prompt");
    return {
      question: chatText(messages),
      responses: [chosen, rejected],
      pictures: messages.flatMap(({ pictures }) => pictures),
    };
  }
  if (typeof chosen === "string" || typeof rejected === "string")
    throw new RowProblem(`chosen is ${quoted(chosen)} and rejected ${quoted(rejected)}, expected two texts or two chats`);
  const chats = { chosen: messagesOf(chosen, "chosen"), rejected: messagesOf(rejected, "rejected") };
  const shared = prompt === undefined ? sharedStart(chats.chosen, chats.rejected) : 0;
  const before =
    prompt === undefined
      ? chats.chosen.slice(0, shared)
      : typeof prompt === "string"
        ? [{ role: "user", text: prompt, pictures: [] }]
        : messagesOf(prompt, "prompt");
  if (before.length === 0)
    throw new RowProblem("chosen and rejected begin with no message in common, and there is no prompt; expected a question");
  const [one, two] = [chats.chosen.slice(shared), chats.rejected.slice(shared)].map(chatText);
  return { question: chatText(before), responses: [one!, two!], pictures: before.flatMap(({ pictures }) => pictures) };
}

/** How many messages two chats begin with in common. */
function sharedStart(one: readonly Message[], two: readonly Message[]): number {
  const differs = one.findIndex(({ role, text }, index) => two[index]?.role !== role || two[index].text !== text);
  return differs === -1 ? one.length : differs;
}

/** TRL's `extract_prompt`: what both texts begin with; a space before the first difference belongs to the responses. */
function implicitText(chosen: string, rejected: string): Omit<Pair, "pictures"> {
  const shorter = Math.min(chosen.length, rejected.length);
  let at = 0;
  while (at < shorter && chosen[at] === rejected[at]) at += 1;
  if (at > 0 && chosen[at - 1] === " ") at -= 1;
  const question = chosen.slice(0, at);
  if (question.trim() === "")
    throw new RowProblem("chosen and rejected begin with nothing in common, and there is no prompt; expected a question");
  return { question, responses: [chosen.slice(at), rejected.slice(at)] };
}
