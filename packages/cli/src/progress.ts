import { createLogUpdate } from "log-update";
import pc from "picocolors";
import type { RunListener, WorkerEnd } from "./launch.ts";
import { duration, timeLeft } from "./time-left.ts";

/** One display for all runs: live lines on a terminal, plain lines elsewhere. */
export interface Display {
  of(label: string): RunListener;
  note(message: string): void;
  /** It is tried once more, after the others. */
  again(label: string, end: WorkerEnd & { type: "failed" }): void;
  end(label: string, end: WorkerEnd): void;
  close(): void;
}

interface Line {
  readonly label: string;
  state: "waiting" | "running" | "ended";
  failed: boolean;
  text: string;
  what: string;
  done: number;
  total: number;
  values: Readonly<Record<string, number | null>>;
  /** When the work now shown began, and from where: a resumed run does not start at 0. */
  since: number;
  from: number;
  /** When it last moved on. */
  at: number;
  /** When its run began and ended; 0: not yet. */
  began: number;
  ended: number;
}

interface Board {
  readonly lines: ReadonlyMap<string, Line>;
  readonly workers: number;
}

/** Says what wasn't said yet. */
function once(say: (message: string) => void): (message: string) => void {
  const said = new Set<string>();
  return (message) => {
    if (said.has(message)) return;
    said.add(message);
    say(message);
  };
}

const PLAIN_EVERY_MS = 5000;
const DRAW_EVERY_MS = 100;
const BAR = 18;

/** `to`: stdout, or stderr where stdout is for JSON. */
export function createDisplay(labels: readonly string[], workers: number, to: NodeJS.WriteStream): Display {
  const lines = new Map(labels.map((label): [string, Line] => [label, newLine(label)]));
  // A terminal that says it has no rows leaves no room to draw.
  return to.isTTY && to.rows > 0
    ? liveDisplay({ lines, workers }, to)
    : plainDisplay({ lines, workers }, (text) => to.write(`${text}\n`));
}

function newLine(label: string): Line {
  const nothing = { what: "", done: 0, total: 0, values: {}, since: 0, from: 0, at: 0, began: 0, ended: 0 };
  return { label, state: "waiting", failed: false, text: "", ...nothing };
}

function liveDisplay(board: Board, to: NodeJS.WriteStream): Display {
  const { lines } = board;
  const update = createLogUpdate(to);
  const draw = () => update(screen(board, to.rows, to.columns));
  const timer = setInterval(draw, DRAW_EVERY_MS);
  let closed = false;
  const note = (message: string) => {
    update.clear();
    to.write(`${pc.dim(message)}\n`);
    draw();
  };
  const engine = once(note);
  return {
    note,
    of: (label) => ({
      progress: (what, done, total, values) => void advance(lines.get(label)!, what, done, total, values),
      note: (message) => note(`${label}: ${message}`),
      engine,
    }),
    again: (label, end) => {
      restart(lines.get(label)!);
      note(`${label}: ${end.message}; it is tried once more, after the others`);
    },
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

/** All runs where they fit; else those at work, then those that failed, then the others from the last on. Below them the grid as a whole. */
export function screen(board: Board, rows: number, columns: number): string {
  const all = [...board.lines.values()];
  const room = Math.max(1, rows - 3);
  const rank = ({ state, failed }: Line) => (state === "running" ? 0 : failed ? 1 : state === "ended" ? 2 : 3);
  const chosen = new Set(
    all.length <= room ? all : [...all].sort((a, b) => rank(a) - rank(b) || b.ended - a.ended).slice(0, room - 1),
  );
  const shown = all.filter((line) => chosen.has(line));
  const width = Math.min(Math.max(...shown.map(({ label }) => label.length)), Math.max(20, Math.floor(columns / 3)));
  const rowsOf = shown.map((line) => {
    const label = cut(line.label, width).padEnd(width);
    if (line.state !== "running") return ` ${label}  ${line.text || pc.dim("waiting")}`;
    return ` ${label}  ${pc.cyan(cut(describe(line), Math.max(20, columns - width - 4)))}`;
  });
  const hidden = all.length - shown.length;
  return [...rowsOf, ...(hidden > 0 ? [pc.dim(` … and ${hidden} more`)] : []), ` ${pc.bold(overall(board))}`].join("\n");
}

function plainDisplay(board: Board, say: (text: string) => void): Display {
  const { lines } = board;
  const last = new Map<string, number>();
  const engine = once(say);
  return {
    note: say,
    of: (label) => ({
      progress: (what, done, total, values) => {
        const line = lines.get(label)!;
        const began = advance(line, what, done, total, values);
        const now = Date.now();
        const isLast = total > 0 && done >= total;
        if (!began && !isLast && now - (last.get(label) ?? 0) < PLAIN_EVERY_MS) return;
        last.set(label, now);
        say(`${label}: ${describe(line)}`);
      },
      note: (message) => say(`${label}: ${message}`),
      engine,
    }),
    again: (label, end) => {
      restart(lines.get(label)!);
      say(`${label}: ${end.message}; it is tried once more, after the others`);
    },
    end: (label, end) => {
      const line = lines.get(label)!;
      conclude(line, end);
      say(`${label}: ${line.text}${lines.size > 1 ? `   (${overall(board)})` : ""}`);
    },
    close: () => {},
  };
}

/** Says whether another piece of work began. */
function advance(
  line: Line,
  what: string,
  done: number,
  total: number,
  values: Readonly<Record<string, number | null>>,
): boolean {
  const now = Date.now();
  const began = line.state !== "running" || line.what !== what || done < line.done;
  if (line.state !== "running") line.began = now;
  if (began) Object.assign(line, { since: now, from: done });
  Object.assign(line, { state: "running", what, done, total, values, at: now });
  return began;
}

function restart(line: Line): void {
  Object.assign(line, newLine(line.label), { text: pc.yellow("to be tried once more") });
}

function conclude(line: Line, end: WorkerEnd): void {
  Object.assign(line, { state: "ended", ended: Date.now(), failed: end.type === "failed" });
  if (end.type === "interrupted") line.text = pc.yellow("stopped, saved");
  else if (end.type === "failed") line.text = pc.red("failed");
  else line.text = end.status.status === "collapsed" ? pc.yellow(`collapsed: ${end.status.reason}`) : pc.green("done");
}

/** e.g. "3 of 8 done, 1 failed, 2 running, about 4 min left" */
export function overall({ lines, workers }: Board): string {
  const all = [...lines.values()];
  const now = Date.now();
  const ended = all.filter(({ state }) => state === "ended");
  const failed = ended.filter((line) => line.failed).length;
  const running = all.filter(({ state }) => state === "running").length;
  const left = timeLeft(
    all
      .filter(({ failed: lost }) => !lost)
      .map((line) => ({
        state: line.state,
        elapsed: ((line.state === "ended" ? line.ended : now) - line.began) / 1000,
        stageLeft: stageLeft(line),
      })),
    workers,
  );
  return [
    `${ended.length - failed} of ${all.length} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(running > 0 ? [`${running} running`] : []),
    ...(left !== null && ended.length < all.length ? [`about ${duration(left)} left`] : []),
  ].join(", ");
}

function secondsPerStep({ done, from, at, since }: Line): number | null {
  return done > from ? (at - since) / 1000 / (done - from) : null;
}

function stageLeft(line: Line): number | null {
  const rate = secondsPerStep(line);
  return rate === null ? null : rate * (line.total - line.done);
}

/** A worker's message is JSON, in which what isn't finite is null. */
function shortNumber(value: number | null): string {
  return value === null || !Number.isFinite(value) ? "not finite" : value.toFixed(Math.abs(value) < 10 ? 3 : 1);
}

function describe(line: Line): string {
  const { what, done, total, values } = line;
  if (total === 0) return what;
  const filled = Math.round((done / total) * BAR);
  const bar = "█".repeat(filled) + "░".repeat(BAR - filled);
  const shown = Object.entries(values).map(([name, value]) => `${name} ${shortNumber(value)}`);
  const rate = secondsPerStep(line);
  const timing =
    rate === null
      ? []
      : [rate >= 1 ? `${rate.toFixed(1)} s/it` : `${(1 / rate).toFixed(1)} it/s`, `${duration(stageLeft(line)!)} left`];
  return [`${what} ${bar} ${done}/${total}`, ...shown, ...timing].join("  ");
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
