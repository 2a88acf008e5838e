import { probeEngines } from "@rewardlab/engines";
import pc from "picocolors";
import { registryHere } from "../plugins.ts";

export async function engines(options: { readonly json?: boolean }): Promise<void> {
  const { registry, container } = await registryHere([]);
  const reports = await probeEngines(registry, container);
  if (options.json) console.log(JSON.stringify(reports, null, 2));
  else
    for (const { name, available, detail } of reports)
      console.log(`${available ? pc.green("there") : pc.dim("not  ")}  ${name.padEnd(15)} ${detail}`);
}
