import { InputError, Interrupted, messageOf } from "@rewardlab/storage";
import { createInterface } from "node:readline";

/** Asks one question after the other, in a terminal or of what is piped in. */
export interface Asker {
  /** The answer as `read` takes it; what it refuses is said, and asked again. An empty answer is the default. */
  ask<T>(question: string, fallback: string, read: (answer: string) => T): Promise<T>;
  tell(text: string): void;
  close(): void;
}

/** Asks on these streams. Its questions throw `Interrupted` on Ctrl-C, and `InputError` where the answers end before the questions. */
export function askerOn(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Asker {
  const lines = createInterface({ input, output, terminal: "isTTY" in input && input.isTTY === true });
  const answers = lines[Symbol.asyncIterator]();
  let interrupted = false;
  lines.on("SIGINT", () => {
    interrupted = true;
    lines.close();
  });
  return {
    async ask(question, fallback, read) {
      for (;;) {
        lines.setPrompt(`${question} (${fallback}) `);
        lines.prompt();
        const { value, done } = await answers.next();
        if (interrupted) throw new Interrupted("stopped: nothing was made");
        if (done === true)
          throw new InputError(
            "RL_CREATE_FLAGS",
            `${question}: no answer came, expected one, or flags: --kind KIND --name NAME --language ts|js, or --yes for what is not given`,
          );
        try {
          return read(value.trim() || fallback);
        } catch (error) {
          output.write(`${messageOf(error)}\n`);
        }
      }
    },
    tell: (text) => void output.write(`${text}\n`),
    close: () => lines.close(),
  };
}
