import type { Container, Engine, EngineReport, Registry, Resolved } from "@rewardlab/core";

/** Best first; webgpu and cpu are taken only where they are asked for. */
const preferred = ["tensorflow-gpu", "tensorflow", "wasm"];

/** Starts the engine an experiment names, or for `auto` the best that starts here, and says which it is. */
export async function startEngine(name: string, registry: Registry, container: Container): Promise<EngineReport> {
  if (name !== "auto") {
    const chosen = createEngine(name, registry, container);
    await chosen.start();
    return chosen.probe();
  }
  for (const candidate of preferred) {
    const report = await createEngine(candidate, registry, container).probe();
    if (report.available) return report;
  }
  return createEngine("cpu", registry, container).probe();
}

/** What there is, and why the rest isn't. */
export async function probeEngines(registry: Registry, container: Container): Promise<EngineReport[]> {
  const reports: EngineReport[] = [];
  for (const name of registry.names("engine")) reports.push(await createEngine(name, registry, container).probe());
  return reports;
}

function createEngine(name: string, registry: Registry, container: Container): Engine {
  const component = registry.component("engine", name)!;
  return container.create<"engine">({ kind: "engine", component, options: {}, own: undefined } as unknown as Resolved<"engine">);
}
