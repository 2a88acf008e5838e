import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { buildBinding } from "./build.ts";

/** Runs the binding's tests with the address and undefined-behaviour sanitizers: `npm run test:sanitized`. */
buildBinding({ sanitize: true });
const library = spawnSync(process.env["CXX"] ?? "g++", ["-print-file-name=libasan.so"], { encoding: "utf8" }).stdout.trim();
const { status, signal } = spawnSync(
  process.execPath,
  [...process.execArgv, fileURLToPath(new URL("binding.test.ts", import.meta.url))],
  {
    stdio: "inherit",
    env: {
      ...process.env,
      REWARDLAB_SANITIZE: "1",
      LD_PRELOAD: library,
      // Node and TensorFlow keep much to the end, so leaks can't be told; TensorFlow asks for more memory than there is and handles it.
      ASAN_OPTIONS: "detect_leaks=0:allocator_may_return_null=1:detect_odr_violation=0",
      UBSAN_OPTIONS: "print_stacktrace=1:halt_on_error=1",
    },
  },
);
process.exitCode = signal === null ? (status ?? 1) : 1;
