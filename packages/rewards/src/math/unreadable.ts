/** Why an answer can't be read as mathematics, or two can't be compared. Never means that an answer is wrong. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}
