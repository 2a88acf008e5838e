import { messageOf } from "@rewardlab/core";
import { decodedText, lossInJson, lossOf } from "@rewardlab/storage";
import { quoted } from "../quoted.ts";

/** What some bytes of JSON are. other-encoding: the file as a whole is no UTF-8, and one message is enough. */
export type JsonRow =
  | { readonly value: Readonly<Record<string, unknown>> }
  | { readonly problem: string; readonly otherEncoding?: boolean }
  | "blank";

/** One JSON object of its bytes. `of`: what it is for messages, e.g. one JSON object a line. Whole numbers that a double doesn't hold become texts of their digits. */
export function jsonRow(bytes: Uint8Array, expected: string): JsonRow {
  const decoded = decodedText(bytes, "line");
  if (!decoded.ok) return { problem: decoded.problem, otherEncoding: decoded.encoding !== undefined };
  const text = decoded.text.trim();
  if (text === "") return "blank";
  let value: unknown;
  let read = text;
  try {
    value = JSON.parse(text);
    if (mayHoldLongNumber.test(text)) value = JSON.parse((read = longNumbersAsTexts(text)));
  } catch (error) {
    return { problem: `is not JSON (${messageOf(error)}), expected ${expected}` };
  }
  const loss = lossInJson(read);
  if (loss !== null) return { problem: loss.message };
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { problem: `is ${quoted(value)}, expected a JSON object` };
  return { value: value as Record<string, unknown> };
}

const mayHoldLongNumber = /\d{16}/;
/** A JSON text, or a number. */
const textOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Ids are often 64-bit numbers: as doubles two of them would become one. */
function longNumbersAsTexts(json: string): string {
  return json.replace(textOrNumber, (token) =>
    /^-?\d{16,}$/.test(token) && lossOf(token, Number(token)) !== null ? `"${token}"` : token,
  );
}
