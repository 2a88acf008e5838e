/** A picture as a row names it: a file, its bytes, or where it can be fetched. */
export type PictureGiven = { readonly path: string } | { readonly bytes: Uint8Array } | { readonly url: string };

/** What is wrong with a row, without its place. */
export class RowProblem extends Error {
  override readonly name = "RowProblem";
  /** The file that isn't there, where that is what is wrong. */
  readonly missing?: string;
  constructor(message: string, missing?: string) {
    super(message);
    if (missing !== undefined) this.missing = missing;
  }
}
