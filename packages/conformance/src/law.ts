/** Something that holds for every component of a kind. */
export interface Law<S> {
  /** What a component does that keeps it, e.g. "leaks no tensor": the end of the test's title. */
  readonly name: string;
  /** Throws `LawBroken`. */
  readonly check: (subject: S) => void | Promise<void>;
}

/** How a law was broken, in words that a plugin author can act on. */
export interface Breach {
  /** What happened, e.g. "response 1, token 0 is NaN". */
  readonly what: string;
  /** The numbers it happened with. */
  readonly input?: string;
  readonly expected?: string;
  readonly came?: string;
  /** The likely mistake, and its remedy. */
  readonly likely?: string;
}

export class LawBroken extends Error {
  override readonly name: string = "LawBroken";
  readonly breach: Breach;
  constructor(breach: Breach) {
    super(breach.what);
    this.breach = breach;
  }
}

/** Throws `LawBroken` with what was found, what was expected and the likely mistake. */
export function broken(breach: Breach): never {
  throw new LawBroken(breach);
}
