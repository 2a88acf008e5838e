/** What stands in the way: a word that isn't known, a notation, the size of an answer, or that it has no value that could be compared. */
export type UnreadReason = "word" | "notation" | "size" | "value";

/** Why an answer can't be read as mathematics, or two can't be compared. What that means for a score, compare-answers.ts says. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
  readonly reason: UnreadReason;

  constructor(message: string, reason: UnreadReason = "notation") {
    super(message);
    this.reason = reason;
  }
}
