import { InputError } from "@rewardlab/storage";

/** A key of an endpoint: read from an environment variable when it is needed, and taken out of every text that could show it. */
export interface ApiKey {
  /** Headers that bring it. */
  headers(): Readonly<Record<string, string>>;
  /** The text with the key's name in place of the key. */
  redacted(text: string): string;
}

/**
 * The key in the variable `name`; null: none is sent. The error of one that isn't set names the variable, and nothing ever shows the value: it is no option, so
 * no run folder, log or report has it.
 */
export function apiKeyFrom(name: string | null, environment: Readonly<Record<string, string | undefined>> = process.env): ApiKey {
  const value = () => (name === null ? undefined : environment[name]?.trim());
  return {
    headers(): Record<string, string> {
      if (name === null) return {};
      const key = value();
      if (key === undefined || key === "")
        throw new InputError(
          "RL_ENDPOINT_KEY",
          `apiKeyFrom: the environment variable ${name} is not set, expected the endpoint's key in it (${name}=… before the command)`,
        );
      if (!/^[\x21-\x7e]+$/.test(key))
        throw new InputError(
          "RL_ENDPOINT_KEY",
          `apiKeyFrom: the environment variable ${name} holds spaces or characters that no header can have, expected the endpoint's key alone`,
        );
      return { authorization: `Bearer ${key}` };
    },
    redacted(text) {
      const key = value();
      return key === undefined || key === "" ? text : text.replaceAll(key, `[${name}]`);
    },
  };
}
