import { probeEngines } from "@rewardlab/engines";
import pc from "picocolors";
import { registryHere } from "../plugins.ts";

/** `rewardlab engines`: which engines start here, why the others don't, and how fast each is in GFLOP/s. */
export async function engines(options: { readonly json?: boolean }): Promise<void> {
  const { registry, container } = await registryHere([]);
  const reports = await probeEngines(registry, container);
  if (options.json) {
    console.log(JSON.stringify(reports, null, 2));
    return;
  }
  for (const { name, available, detail, gflops } of reports) {
    const speed = gflops === null ? "" : `, ${gflops < 10 ? gflops.toFixed(1) : Math.round(gflops)} GFLOP/s`;
    console.log(`${available ? pc.green("there") : pc.dim("not  ")}  ${name.padEnd(15)} ${detail}${speed}`);
  }
  console.log(pc.dim("GFLOP/s: a product of two 1024 × 1024 matrices of float32, the best of several."));
}
