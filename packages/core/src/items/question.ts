import type { ItemOutline } from "../kinds.ts";

/** Whether an item compares nothing: it is a question with a true answer, and its two responses are empty. */
export function isQuestion({ responses, answer }: ItemOutline): boolean {
  return answer !== undefined && responses.every((response) => response === "");
}

/** An answer as it is compared with another: composed characters (NFC), any white space as one space, none at the ends, lower case. */
export function comparable(answer: string): string {
  return answer.normalize("NFC").trim().replaceAll(/\s+/gu, " ").toLowerCase();
}
