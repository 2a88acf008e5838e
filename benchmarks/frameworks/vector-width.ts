import { readFileSync } from "node:fs";

/** Instruction sets that a run can be pinned to: what a processor without wider ones would run. */
export const WIDTHS = ["avx2"] as const;
export type Width = (typeof WIDTHS)[number];

/**
 * The environment that keeps every contender from wider vectors than AVX2's, whatever the processor has. Who heeds what:
 *
 * - ONEDNN_MAX_CPU_ISA (DNNL_… in older copies): oneDNN, in TensorFlow (its products, also those of Eigen's contractions) and in PyTorch.
 *   What TensorFlow compiles itself (Eigen's elementwise functions) knows no wider vectors than AVX's on any processor: its wheel is built for those.
 * - ATEN_CPU_CAPABILITY: PyTorch's own kernels. MKL_ENABLE_INSTRUCTIONS: MKL, PyTorch's products.
 * - REWARDLAB_KERNELS: the binding's kernels. XLA_FLAGS: what XLA compiles.
 * - wasm has 128 bits everywhere.
 */
export function pinned(width: Width | null): Readonly<Record<string, string>> {
  if (width === null) return {};
  return {
    ONEDNN_MAX_CPU_ISA: "AVX2",
    DNNL_MAX_CPU_ISA: "AVX2",
    ATEN_CPU_CAPABILITY: "avx2",
    MKL_ENABLE_INSTRUCTIONS: "AVX2",
    REWARDLAB_KERNELS: "avx2",
    XLA_FLAGS: [process.env["XLA_FLAGS"], "--xla_cpu_max_isa=AVX2"].filter(Boolean).join(" "),
  };
}

/** The widest vectors of this machine that the contenders have kernels for, in words. */
export function widest(): string {
  try {
    const flags = new Set(/^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]?.trim().split(" "));
    return flags.has("avx512f") ? "AVX-512" : flags.has("avx2") ? "AVX2" : "less than AVX2";
  } catch {
    return "unknown";
  }
}

/** What contenders used, in words. */
export const widthName = (width: Width | null): string => (width === null ? widest() : "AVX2");
