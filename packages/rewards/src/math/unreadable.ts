/** Why an answer can't be read as mathematics, or two can't be compared. What that means for a score, compare-answers.ts says. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}
