import { existsSync } from "node:fs";

/** Whether the NVIDIA driver is loaded: its control device, or Windows's own under WSL. */
export function hasNvidiaDriver(): boolean {
  return existsSync("/dev/nvidiactl") || existsSync("/dev/dxg");
}
