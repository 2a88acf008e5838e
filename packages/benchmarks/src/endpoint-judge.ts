import { isEndpointError } from "@rewardlab/endpoints";
import type { ChatClient, Part } from "@rewardlab/endpoints";
import { sha256 } from "@rewardlab/storage";
import type { Pixels } from "@rewardlab/core";
import type { Asked, Judge } from "./judging.ts";
import type { Picture } from "./pair.ts";
import { filled } from "./prompt.ts";

/** A model behind a chat endpoint that judges. */
export interface JudgingEndpoint {
  readonly client: ChatClient;
  /** What its words depend on: address, model. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly prompt: string;
  readonly decode: (picture: Picture) => Promise<Pixels>;
  readonly maxTokens: number;
  /** Pairs handed over at a time; how many are under way the client says. */
  readonly batch: number;
}

/** A chat endpoint as judge: one user's message with the pictures and then the prompt, temperature 0. An answer that can't be had is missing; one that nobody could get throws. */
export function endpointJudge({ client, settings, prompt, decode, maxTokens, batch }: JudgingEndpoint): Judge {
  const ask = async ({ question, responses, pictures }: Asked): Promise<string | Error> => {
    const shown = await Promise.all(pictures.map(async (picture): Promise<Part> => ({ picture: await decode(picture) })));
    const text = filled(prompt, { question, response1: responses[0], response2: responses[1] });
    try {
      const { text: words } = await client.chat({
        messages: [{ role: "user", content: [...shown, { text }] }],
        temperature: 0,
        maxTokens,
      });
      return words;
    } catch (error) {
      if (isEndpointError(error) && !error.away) return error;
      throw error;
    }
  };
  return {
    settings: { ...settings, prompt: sha256(prompt), maxTokens },
    batch,
    judge: (asked) => Promise.all(asked.map(ask)),
  };
}
