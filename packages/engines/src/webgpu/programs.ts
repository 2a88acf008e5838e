import type { WebgpuBackend } from "./dawn.ts";

/**
 * tfjs keeps a compiled shader under a key that each program makes up; where the key leaves out something that the shader's text depends on, the
 * next one with that key gets the wrong shader, silently: Cumsum's has a row's length in its text and not in its key. Here the text is in the key.
 */
export function keepShadersApart(backend: WebgpuBackend): void {
  const run = backend.runWebGPUProgram.bind(backend);
  backend.runWebGPUProgram = (program, ...rest) => {
    program.shaderKey += program.getUserCode();
    return run(program, ...rest);
  };
}
