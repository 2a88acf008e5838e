/**
 * What was given is wrong: a number that is none, an empty sample, groups of unequal size. The message says where, what was given and what was expected.
 * This package depends on none of ours; by the name and the code `rewardlab` knows it for what `@rewardlab/storage` calls an InputError.
 */
export class InputError extends Error {
  override readonly name: string = "InputError";
  readonly code: `RL_${string}`;
  constructor(code: `RL_${string}`, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
