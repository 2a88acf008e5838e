/** What a training process is started with, where its C library is glibc: one arena. Memory that one thread freed is then there for the others. */
export const steadyMemoryVariables: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: "1" };

/** Node's: a young generation of one size, of which a tape of gradients fills a part; it would grow and shrink. steady-heap.ts has V8's own settings. */
export const steadyMemoryFlags: readonly string[] = ["--min-semi-space-size=8", "--max-semi-space-size=8"]; // MiB
