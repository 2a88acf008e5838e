import type { BatchReport } from "./batches.ts";
import { metricsText } from "./metrics.ts";

/** What the server counts, and where it is read. */
export interface Counts {
  request(endpoint: string, code: number, seconds: number): void;
  refused(reason: string): void;
  batch(report: BatchReport): void;
  unreadable(count: number): void;
  text(): string;
}

/** What is read anew each time. */
export interface Levels {
  readonly inFlight: number;
  readonly waiting: number;
  readonly draining: boolean;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** The server's metrics. */
export function counts(model: string, levels: Levels): Counts {
  const metrics = metricsText();
  metrics.gauge("rewardlab_info", "What is served; always 1.", () => 1, { model });
  const requests = metrics.counter("rewardlab_requests_total", "Requests answered, by endpoint and status code.");
  const seconds = metrics.histogram("rewardlab_request_seconds", "From a request's head to the end of its answer.", SECONDS);
  const refused = metrics.counter("rewardlab_refused_total", "Requests refused before the model was asked, by reason.");
  metrics.gauge("rewardlab_requests_in_flight", "Requests that are being answered.", () => levels.inFlight);
  metrics.gauge("rewardlab_asks_waiting", "Questions that wait for a batch.", () => levels.waiting);
  metrics.gauge("rewardlab_draining", "1 once the server takes no new requests.", () => Number(levels.draining));
  const rows = metrics.histogram("rewardlab_batch_rows", "Responses generated side by side.", ROWS);
  const batchSeconds = metrics.histogram("rewardlab_batch_seconds", "Of a batch.", SECONDS);
  const promptTokens = metrics.counter("rewardlab_prompt_tokens_total", "Tokens of prompts that were read.");
  const newTokens = metrics.counter("rewardlab_generated_tokens_total", "Tokens that were drawn.");
  const unreadable = metrics.counter("rewardlab_unreadable_votes_total", "Judgements without an answer that can be read.");
  metrics.gauge("process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
  const started = Date.now() / 1000 - process.uptime();
  metrics.gauge("process_start_time_seconds", "Start of the process, in seconds since 1970.", () => started);
  promptTokens(0);
  newTokens(0);
  unreadable(0);
  return {
    request(endpoint, code, took) {
      requests(1, { endpoint, code: String(code) });
      seconds(took, { endpoint });
    },
    refused: (reason) => refused(1, { reason }),
    batch(report) {
      rows(report.rows);
      batchSeconds(report.seconds);
      promptTokens(report.promptTokens);
      newTokens(report.newTokens);
    },
    unreadable: (count) => unreadable(count),
    text: () => metrics.text(),
  };
}
