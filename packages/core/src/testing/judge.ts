import { z } from "zod";
import { reward } from "../plugin/component.ts";
import type { Component } from "../plugin/component.ts";
import { definePlugin } from "../plugin/plugin.ts";
import type { Plugin } from "../plugin/plugin.ts";
import { provide } from "../plugin/service.ts";
import type { Scope, Service } from "../plugin/service.ts";
import { token } from "../services/token.ts";

/** A service that no run gives by itself, for tests. */
export interface Judge {
  ask(text: string): number;
}
export const Judge = token<Judge>("judge", { methods: ["ask"] });

/** Asks the judge about each response. */
export const judged = reward({
  name: "judged",
  summary: "what the judge says",
  options: z.strictObject({}),
  inject: { judge: Judge },
  create: (_options, { judge }) => ({ score: ({ responses }) => responses.map((text) => judge.ask(text)) }),
});

/** A judge that says `verdict`, and tells `events` when it is made and ended. */
export function fixedJudge(name: string, events: string[] = [], scope: Scope = "run"): Service {
  return provide(Judge, {
    name,
    summary: "always the same",
    scope,
    options: z.strictObject({ verdict: z.number().default(1).describe("what it says") }),
    create: ({ verdict }) => {
      events.push(`${name} made`);
      return { ask: () => verdict };
    },
    dispose: () => void events.push(`${name} ended`),
  });
}

/** A plugin with these services for the judge's token, and a reward that asks it. */
export function judgePlugin(services: readonly Service[], components: readonly Component[] = [judged]): Plugin {
  return definePlugin({ name: "judges", api: "^1", components, services });
}
