import { createContext, Script } from "node:vm";
import { InputError, messageOf } from "@rewardlab/core";
import type { Message } from "@rewardlab/core";
import { Environment, Interpreter, Template } from "@huggingface/jinja";

export interface RenderOptions {
  /** Ends with what the assistant's turn begins with. */
  readonly addGenerationPrompt: boolean;
  /** What else the template may name: bos_token, eos_token … */
  readonly variables?: Readonly<Record<string, unknown>>;
}

export interface ChatTemplate {
  /** As the model's files have it. */
  readonly source: string;
  /** The prompt as text, special tokens included. Throws `InputError` (RL_CHAT_TEMPLATE) where the template refuses the messages, or never ends. */
  render(messages: readonly Message[], options: RenderOptions): string;
}

/** Long enough for a prompt of thousands of turns on a busy machine. */
const MOST_SECONDS = 20;

/**
 * A model's Jinja template as Transformers renders it (`apply_chat_template`: blocks trimmed, `raise_exception`, no tools). `where` is the file, for messages.
 *
 * `strftime_now` isn't there: a prompt that has the day's date in it is another one tomorrow. Templates that ask whether it is defined have a date of their own
 * (Llama 3.2: 26 Jul 2024); for another, give `strftime_now` or `date_string` among the variables.
 *
 * A template is a program of whoever made the model, so it runs with a bound: what V8 stops after `seconds` is told as a template that doesn't end.
 */
export function chatTemplate(source: string, where: string, seconds = MOST_SECONDS): ChatTemplate {
  const fail = (problem: string, cause: unknown) =>
    new InputError("RL_CHAT_TEMPLATE", `${where}: ${problem}`, cause === undefined ? undefined : { cause });
  let program: Template["parsed"];
  try {
    program = new Template(source).parsed;
  } catch (error) {
    throw fail(`the chat template isn't one that can be read: ${messageOf(error)}`, error);
  }
  return {
    source,
    render(messages, { addGenerationPrompt, variables = {} }) {
      const environment = new Environment();
      const given = { messages, add_generation_prompt: addGenerationPrompt, tools: null, documents: null };
      for (const [name, value] of Object.entries({ ...globals, ...variables, ...given })) environment.set(name, value);
      try {
        return bounded(() => String((new Interpreter(environment).run(program) as { value: unknown }).value), seconds * 1000);
      } catch (error) {
        if (error instanceof Refusal) throw fail(`the chat template refuses the messages: ${error.message}`, undefined);
        if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT")
          throw fail(`the chat template has not ended after ${seconds} s, so it probably never does`, error);
        throw fail(`the chat template failed: ${messageOf(error)}`, error);
      }
    },
  };
}

/** What a template says itself by raise_exception. */
class Refusal extends Error {}

/** Calls `work`, for so many milliseconds at most. Whatever JavaScript a script of `vm` calls is stopped with it, wherever it was compiled. */
function bounded(work: () => string, timeout: number): string {
  bench.work = work;
  return script.runInContext(bench, { timeout }) as string;
}
const script = new Script("work()");
/** Made once: a context takes longer to make than most templates to render. */
const bench = createContext({ work: () => "" }) as { work: () => string };

const MOST_NUMBERS = 1_000_000;

/** Jinja's range, which a template could otherwise fill the memory with before its time is up. */
function boundedRange(...given: unknown[]): number[] {
  const numbers = given.filter((value) => typeof value === "number");
  const [start, stop] = numbers.length === 1 ? [0, numbers[0]!] : [numbers[0] ?? NaN, numbers[1] ?? NaN];
  const step = numbers[2] ?? 1;
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(step !== 0 && length <= MOST_NUMBERS))
    throw new Refusal(`it asks for range(${numbers.join(", ")}), expected at most ${MOST_NUMBERS} numbers`);
  return Array.from({ length }, (_, index) => start + index * step);
}

/** What Transformers gives every template, under Jinja's names and Python's. */
const globals: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  range: boundedRange,
  raise_exception: (message: unknown) => {
    throw new Refusal(String(message));
  },
};
