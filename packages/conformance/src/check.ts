import { messageOf } from "@rewardlab/core";
import { LawBroken } from "./law.ts";
import type { Breach } from "./law.ts";
import { startReference } from "./reference.ts";

/** One law, to be checked of one component with one set of options: a test for any test runner. */
export interface Check {
  /** e.g. `surrogate cispo {"high":4}: leaks no tensor` */
  readonly title: string;
  /** e.g. `surrogate cispo {"high":4}` */
  readonly component: string;
  readonly law: string;
  /** Throws a `ConformanceError` where the law is broken. */
  readonly run: () => Promise<void>;
}

/** A law that a component breaks. The message says which, with what input, what was expected, and the likely mistake. */
export class ConformanceError extends Error {
  override readonly name: string = "ConformanceError";
  /** The same on one line. */
  readonly line: string;
  constructor(title: string, breach: Breach, options?: ErrorOptions) {
    super(messageFor(title, breach), options);
    const { what, likely } = breach;
    this.line = `${title}: ${what}${likely === undefined ? "" : `. ${likely}`}`.replaceAll(/\s+/g, " ");
  }
}

/** One law for one component as a test. It starts the reference engine where none is started. */
export function checkOf(component: string, law: string, body: () => void | Promise<void>): Check {
  const title = `${component}: ${law}`;
  return {
    title,
    component,
    law,
    run: async () => {
      await startReference();
      try {
        await body();
      } catch (error) {
        const breach = error instanceof LawBroken ? error.breach : thrown(error);
        throw new ConformanceError(title, breach, error instanceof LawBroken ? {} : { cause: error });
      }
    },
  };
}

function thrown(error: unknown): Breach {
  const message = messageOf(error);
  const known = remedies.find(([pattern]) => pattern.test(message));
  return {
    what: `it threw: ${message}`,
    likely: known?.[1] ?? "A component takes any batch of its kind, this law's too (`cause` has the stack)",
  };
}

/** What tfjs says, and what it means. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /is disposed/,
    "A tensor was disposed that is still needed: dispose nothing that you were given or that you return; tf.tidy frees the rest",
  ],
  [
    /gradient function not found/,
    "A comparison, sign or cast of what is differentiated stands on the tape's way. It is a constant: tf.where(tf.greater(stopGradient(x), 0), …)",
  ],
];

function messageFor(title: string, { what, input, expected, came, likely }: Breach): string {
  const parts = { input, expected, came, likely };
  const lines = Object.entries(parts).flatMap(([name, text]) =>
    text === undefined ? [] : [`  ${`${name}:`.padEnd(10)}${text.replaceAll("\n", `\n${" ".repeat(12)}`)}`],
  );
  return [`${title}`, `  broken:   ${what}`, ...lines].join("\n");
}
