import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * Where RewardLab keeps libtensorflow and what it builds of it: `rewardlab/tensorflow` in the user's cache folder (XDG_CACHE_HOME, else ~/.cache).
 * Everything in it can be fetched or built again.
 */
export function cacheFolder(): string {
  const given = process.env["XDG_CACHE_HOME"];
  const caches = given !== undefined && isAbsolute(given) ? given : join(homedir(), ".cache"); // the standard says: a relative one doesn't count
  return join(caches, "rewardlab", "tensorflow");
}
