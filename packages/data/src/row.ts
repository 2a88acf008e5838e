import { z } from "zod";

const withoutNul = (given: string) => !given.includes("\0");
const text = z.string({ error: "expected a text" }).refine(withoutNul, { error: "expected a text without NUL characters" });
const someText = text.min(1, { error: "expected a text that is not empty" });

/** One line of a dataset's JSONL file. */
export const rowSchema = z.strictObject({
  id: someText,
  images: z.array(someText, { error: "expected a list of picture files" }),
  question: someText,
  responses: z.tuple([text, text], { error: "expected a list of two texts" }),
  preferred: z.literal([1, 2, "tie"], { error: "expected 1 or 2, the number of the better response" }),
  thought: text.optional(),
  targets: z
    .record(
      text,
      z.union([text, z.strictObject({ question: someText, response: text, compares: z.boolean().optional() })], {
        error: "expected a text, or { question, response, compares? }",
      }),
    )
    .optional(),
  kind: text.optional(),
  answer: text.optional(),
  group: someText.optional(),
});
/** A row as written; `extra`: fields that are none of its own. */
export type DataRow = z.output<typeof rowSchema> & { readonly extra?: Readonly<Record<string, unknown>> };

/** Whether a row compares nothing: a question and its answer alone. As an item it has two empty responses, and neither is preferred. */
export function isQuestion({ responses, preferred, answer }: DataRow): boolean {
  return answer !== undefined && preferred === "tie" && responses.every((response) => response === "");
}

/** What a row is read as: one with an `answer` may leave `responses` and `preferred` out. */
export function completed(row: object): object {
  const compares = ["responses", "preferred"].some((field) => Object.hasOwn(row, field));
  return compares || !Object.hasOwn(row, "answer") ? row : { ...row, responses: ["", ""], preferred: "tie" };
}
