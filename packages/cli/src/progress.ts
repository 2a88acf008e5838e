import { createLogUpdate } from "log-update";
import pc from "picocolors";
import type { RunListener, WorkerEnd } from "./launch.ts";

/** One display for all runs: live lines on a terminal, plain lines elsewhere. */
export interface Display {
  of(label: string): RunListener;
  note(message: string): void;
  end(label: string, end: WorkerEnd): void;
  close(): void;
}

interface Line {
  readonly label: string;
  state: "waiting" | "running" | "ended";
  text: string;
  what: string;
  done: number;
  total: number;
  values: Readonly<Record<string, number>>;
  /** When the work now shown began, and from where: a resumed run does not start at 0. */
  since: number;
  from: number;
  /** When it last moved on. */
  at: number;
}

const PLAIN_EVERY_MS = 5000;
const DRAW_EVERY_MS = 100;
const BAR = 18;

/** `to`: stdout, or stderr where stdout is for JSON. */
export function createDisplay(labels: readonly string[], to: NodeJS.WriteStream): Display {
  const lines = new Map(
    labels.map((label): [string, Line] => [
      label,
      { label, state: "waiting", text: "", what: "", done: 0, total: 0, values: {}, since: 0, from: 0, at: 0 },
    ]),
  );
  // A terminal that says it has no rows leaves no room to draw.
  return to.isTTY && to.rows > 0 ? liveDisplay(lines, to) : plainDisplay(lines, (text) => to.write(`${text}\n`));
}

function liveDisplay(lines: Map<string, Line>, to: NodeJS.WriteStream): Display {
  const update = createLogUpdate(to);
  const width = Math.max(...[...lines.keys()].map((label) => label.length));
  const draw = () =>
    update(
      [...lines.values()]
        .map(
          (line) =>
            ` ${line.label.padEnd(width)}  ${line.state === "running" ? pc.cyan(describe(line)) : line.text || pc.dim("waiting")}`,
        )
        .join("\n"),
    );
  const timer = setInterval(draw, DRAW_EVERY_MS);
  let closed = false;
  const note = (message: string) => {
    update.clear();
    to.write(`${pc.dim(message)}\n`);
    draw();
  };
  return {
    note,
    of: (label) => ({
      progress: (what, done, total, values) => advance(lines.get(label)!, what, done, total, values),
      note: (message) => note(`${label}: ${message}`),
    }),
    end: (label, end) => conclude(lines.get(label)!, end),
    close: () => {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      draw();
      update.done();
    },
  };
}

function plainDisplay(lines: Map<string, Line>, say: (text: string) => void): Display {
  const last = new Map<string, number>();
  return {
    note: say,
    of: (label) => ({
      progress: (what, done, total, values) => {
        const line = lines.get(label)!;
        const began = advance(line, what, done, total, values);
        const now = Date.now();
        if (!began && done < total && now - (last.get(label) ?? 0) < PLAIN_EVERY_MS) return;
        last.set(label, now);
        say(`${label}: ${describe(line)}`);
      },
      note: (message) => say(`${label}: ${message}`),
    }),
    end: (label, end) => {
      const line = lines.get(label)!;
      conclude(line, end);
      say(`${label}: ${line.text}`);
    },
    close: () => {},
  };
}

/** Says whether another piece of work began. */
function advance(line: Line, what: string, done: number, total: number, values: Readonly<Record<string, number>>): boolean {
  const began = line.state !== "running" || line.what !== what || done < line.done;
  if (began) Object.assign(line, { since: Date.now(), from: done });
  Object.assign(line, { state: "running", what, done, total, values, at: Date.now() });
  return began;
}

function conclude(line: Line, end: WorkerEnd): void {
  line.state = "ended";
  if (end.type === "interrupted") line.text = pc.yellow("stopped, saved");
  else if (end.type === "failed") line.text = pc.red("failed");
  else line.text = end.status.status === "collapsed" ? pc.yellow(`collapsed: ${end.status.reason}`) : pc.green("done");
}

function describe({ what, done, total, values, since, from, at }: Line): string {
  const filled = total === 0 ? 0 : Math.round((done / total) * BAR);
  const bar = "█".repeat(filled) + "░".repeat(BAR - filled);
  const shown = Object.entries(values).map(([name, value]) => `${name} ${value.toFixed(value < 10 ? 3 : 1)}`);
  const seconds = (at - since) / 1000;
  const steps = done - from;
  const rate = steps > 0 ? seconds / steps : 0;
  const timing =
    steps > 0
      ? [rate >= 1 ? `${rate.toFixed(1)} s/it` : `${(1 / rate).toFixed(1)} it/s`, `${duration(rate * (total - done))} left`]
      : [];
  return [`${what} ${bar} ${done}/${total}`, ...shown, ...timing].join("  ");
}

function duration(seconds: number): string {
  return seconds < 100 ? `${Math.ceil(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
