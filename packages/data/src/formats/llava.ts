import { quoted } from "../quoted.ts";
import { chatText, messagesOf } from "./chat.ts";
import type { Columns } from "./columns.ts";
import type { Format } from "./format.ts";
import { RowProblem } from "./given.ts";

/**
 * llava: conversations with a picture and two outputs. LLaVA-RLHF's (`output_1`, `output_2`, `preference` 1 or 2; huggingface.co/datasets/zhiqings/LLaVA-Human-Preference-10K)
 * and the ShareGPT-like rows of LLaMA-Factory (`chosen`, `rejected`, each a text or a message).
 */
export const llava: Format = {
  name: "llava",
  summary: "LLaVA's conversations with output_1, output_2 and preference, or with chosen and rejected",
  needs: ["conversations", "output_1 | chosen", "output_2 | rejected"],
  before: () => ["trl"],
  read(columns) {
    const ranked = columns.has("output_1");
    const messages = messagesOf(columns.value("conversations"), "conversations");
    // The last answer of the conversation is one of the two.
    const asked = messages.at(-1)?.role === "assistant" ? messages.slice(0, -1) : messages;
    if (asked.length === 0) throw new RowProblem("conversations has no question, expected at least one message of a human");
    const own = columns.pictures("image", "images");
    const id = columns.label("id");
    return {
      ...(id === undefined ? {} : { id }),
      pictures: own.length > 0 ? own : messages.flatMap(({ pictures }) => pictures),
      question: chatText(asked),
      responses: ranked
        ? [said(columns, "output_1"), said(columns, "output_2")]
        : [said(columns, "chosen"), said(columns, "rejected")],
      preferred: ranked ? preferenceOf(columns.value("preference")) : 1,
      ordered: ranked,
    };
  },
};

function said(columns: Columns, name: string): string {
  const value = columns.value(name);
  return typeof value === "string" ? value : chatText(messagesOf(value, name));
}

function preferenceOf(value: unknown): 1 | 2 | "tie" {
  if (value === 1 || value === "1") return 1;
  if (value === 2 || value === "2") return 2;
  if (value === 0 || value === -1 || value === "tie") return "tie";
  throw new RowProblem(
    `preference is ${value === undefined ? "missing" : quoted(value)}, expected 1 or 2, the number of the better output`,
  );
}
