import { InputError } from "@rewardlab/storage";
import { closest, distance } from "fastest-levenshtein";
import { parseArgs } from "node:util";
import { kindNames, languages } from "./kinds.ts";
import type { Language, PluginKind } from "./kinds.ts";

/** What the command line says; what it doesn't say is asked. */
export interface Flags {
  readonly folder?: string;
  readonly kind?: PluginKind;
  readonly name?: string;
  readonly language?: Language;
  /** Nothing is asked: what isn't said is the default. */
  readonly yes: boolean;
  readonly help: boolean;
}

/** Reads the arguments. Throws `InputError` for what it doesn't know, with the nearest that it does. */
export function readFlags(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): Flags {
  const { values, positionals } = parsed(args);
  const kept = ["kind", "language"].find((flag) => !(flag in values) && env[`npm_config_${flag}`] !== undefined);
  if (kept !== undefined)
    throw new InputError(
      "RL_CREATE_FLAGS",
      `--${kept}: npm kept it for itself, expected two hyphens before the flags: npm create @rewardlab/plugin -- --${kept} ${env[`npm_config_${kept}`]}`,
    );
  if (positionals.length > 1)
    throw new InputError("RL_CREATE_FLAGS", `${positionals.join(" ")}: ${positionals.length} folders are given, expected one`);
  return {
    ...(positionals[0] === undefined ? {} : { folder: positionals[0] }),
    ...(values.kind === undefined ? {} : { kind: kindCalled(values.kind) }),
    ...(values.name === undefined ? {} : { name: values.name }),
    ...(values.language === undefined ? {} : { language: languageCalled(values.language) }),
    yes: values.yes === true,
    help: values.help === true,
  };
}

const options = {
  kind: { type: "string" },
  name: { type: "string" },
  language: { type: "string" },
  yes: { type: "boolean", short: "y" },
  help: { type: "boolean", short: "h" },
} as const;

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const unknown = /^Unknown option '(-[^']+)'/.exec((error as Error).message)?.[1];
    throw new InputError(
      "RL_CREATE_FLAGS",
      unknown === undefined
        ? (error as Error).message
        : `${unknown}: there is no such flag.${near(
            unknown,
            Object.keys(options).map((name) => `--${name}`),
          )}`,
      { cause: error },
    );
  }
}

/** The kind of that name, or of that number in the list. Throws `InputError` where there is none. */
export function kindCalled(text: string): PluginKind {
  const kind = kindNames.find((name, at) => name === text || String(at + 1) === text);
  if (kind !== undefined) return kind;
  throw new InputError("RL_CREATE_FLAGS", `kind: "${text}" is none.${near(text, kindNames)}`);
}

/** The language of that name, short or long. Throws `InputError` where there is none. */
export function languageCalled(text: string): Language {
  const known = Object.entries(languages) as [Language, string][];
  const found = known.find((names) => names.some((name) => name.toLowerCase() === text.toLowerCase()));
  if (found !== undefined) return found[0];
  throw new InputError("RL_CREATE_FLAGS", `language: "${text}" is none, expected ts (TypeScript) or js (JavaScript)`);
}

function near(given: string, known: readonly string[]): string {
  const nearest = closest(given, [...known]);
  const isNear = distance(given.toLowerCase(), nearest) <= Math.max(2, Math.ceil(nearest.length / 3));
  return isNear ? ` Did you mean "${nearest}"?` : ` There are: ${known.join(", ")}.`;
}
