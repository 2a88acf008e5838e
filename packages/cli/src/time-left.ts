/** What is known of one run while a grid is at work. Times in seconds. */
export interface RunPace {
  readonly state: "waiting" | "running" | "ended";
  /** Since it began; of an ended one, how long it took. */
  readonly elapsed: number;
  /** What is left of the stage it is in, where that can be told. */
  readonly stageLeft: number | null;
}

/**
 * How long the rest of a grid takes, in seconds; null where nothing tells yet. A run is taken to need as long as those that have ended did, or,
 * as long as none has, what it has taken and what is left of its stage.
 */
export function timeLeft(runs: readonly RunPace[], workers: number): number | null {
  const mean = (values: readonly number[]) => (values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length);
  const whole = mean(runs.filter(({ state }) => state === "ended").map(({ elapsed }) => elapsed));
  const running = runs.filter(({ state }) => state === "running");
  const left = running.map(({ elapsed, stageLeft }) => (whole === null ? stageLeft : Math.max(whole - elapsed, stageLeft ?? 0)));
  const known = left.filter((one) => one !== null);
  const each = whole ?? mean(running.flatMap(({ elapsed, stageLeft }) => (stageLeft === null ? [] : [elapsed + stageLeft])));
  const waiting = runs.filter(({ state }) => state === "waiting").length;
  if ((waiting > 0 && each === null) || known.length < left.length) return null;
  const total = known.reduce((a, b) => a + b, 0) + waiting * (each ?? 0);
  return Math.max(total / Math.max(1, workers), ...known);
}

/** Seconds as somebody would say them: 45 s, 12 min, 3 h 20 min, 4 days. */
export function duration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.round(hours / 24)} days`;
}
