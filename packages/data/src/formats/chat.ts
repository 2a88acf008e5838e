import { quoted } from "../quoted.ts";
import { RowProblem, type PictureGiven } from "./given.ts";
import { picturesGiven } from "./pictures-given.ts";

/** One message of a chat: who says it, its text, and the pictures in it. A picture that is only marked (the row's own columns have it) is none. */
export interface Message {
  readonly role: string;
  readonly text: string;
  readonly pictures: readonly PictureGiven[];
}

/** Names of roles in LLaVA's and ShareGPT's chats. */
const roles: Readonly<Record<string, string>> = { human: "user", gpt: "assistant", bot: "assistant", model: "assistant" };

/** The messages of a chat: `{ role, content }` with a text or a list of parts, or LLaVA's `{ from, value }`. Throws `RowProblem`. */
export function messagesOf(value: unknown, field: string): Message[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map((one, index) => messageOf(one, Array.isArray(value) ? `${field}[${index}]` : field));
}

function messageOf(value: unknown, field: string): Message {
  if (typeof value === "object" && value !== null) {
    const { role, content, from, value: said } = value as Record<string, unknown>;
    const who = role ?? from;
    const what = content ?? said;
    if (typeof who === "string" && what !== undefined) {
      const name = Object.hasOwn(roles, who) ? roles[who]! : who;
      if (typeof what === "string") return { role: name, text: withoutMarks(what), pictures: [] };
      if (Array.isArray(what)) return { role: name, ...ofParts(what, `${field}.content`) };
      if (what === null) return { role: name, text: "", pictures: [] };
    }
  }
  throw new RowProblem(`${field} is ${quoted(value)}, expected a message: { role, content } or { from, value }`);
}

function ofParts(parts: readonly unknown[], field: string): Pick<Message, "text" | "pictures"> {
  const texts: string[] = [];
  const pictures: PictureGiven[] = [];
  parts.forEach((part, index) => {
    const place = `${field}[${index}]`;
    if (typeof part === "string") return void texts.push(part);
    if (typeof part !== "object" || part === null)
      throw new RowProblem(`${place} is ${quoted(part)}, expected a part of a message`);
    const { type, text, image, image_url: url } = part as Record<string, unknown>;
    if (typeof text === "string" && (type === "text" || type === undefined)) texts.push(text);
    else if (type === "image" || type === "image_url") pictures.push(...picturesGiven(image ?? url ?? null, place));
    else throw new RowProblem(`${place} is ${quoted(part)}, expected a part of type text or image`);
  });
  return { text: withoutMarks(texts.join("\n")), pictures };
}

/** Without LLaVA's marks of where a picture stands: each model has its own. */
function withoutMarks(text: string): string {
  return text.includes("<image>") ? text.replace(/\s*<image>\s*/g, (_, at: number) => (at === 0 ? "" : "\n")).trim() : text;
}

/**
 * Messages as one text: a single one's text, several as "user: …" paragraphs. What a system says stands first without a name: it is about all of them.
 */
export function chatText(messages: readonly Message[]): string {
  const system = messages.filter(({ role }) => role === "system");
  const others = messages.filter(({ role }) => role !== "system");
  const told = others.length === 1 ? [others[0]!.text] : others.map(({ role, text }) => `${role}: ${text}`);
  return [...system.map(({ text }) => text), ...told].filter((text) => text !== "").join("\n\n");
}
