import type { Container } from "@rewardlab/core/host";

// Imports nothing at run time: main.ts loads it for the quick commands as well.
const open: Container[] = [];

/** A container of this process, which ends with it. */
export function untilTheEnd(container: Container): Container {
  open.push(container);
  return container;
}

/** Ends the services of all containers of this process, and gives what went wrong with it. */
export async function endContainers(): Promise<string[]> {
  const wrong: string[] = [];
  for (let last = open.pop(); last !== undefined; last = open.pop()) wrong.push(...(await last.dispose()));
  return wrong;
}
