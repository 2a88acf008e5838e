// yaml-language-server, the one behind VS Code's YAML extension, Neovim, Helix and others, spoken to as an editor does: over its standard streams.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A line from the server about a place in a file; lines and columns count from 0. */
export interface Diagnostic {
  readonly range: { readonly start: Position; readonly end: Position };
  readonly message: string;
  readonly severity: number;
}
interface Position {
  readonly line: number;
  readonly character: number;
}
export interface CompletionItem {
  readonly label: string;
  readonly documentation?: string | { readonly value: string };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** The settings an editor sends; nothing may be looked up outside. */
const settings = {
  yaml: {
    schemaStore: { enable: false, url: "" },
    kubernetesCRDStore: { enable: false },
    validate: true,
    hover: true,
    completion: true,
  },
};

/** One server. Texts are opened under the path of a file, which need not exist; `stop` ends it. */
export class LanguageServer {
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (message: Message) => void>();
  readonly #diagnosed = new Map<string, (found: readonly Diagnostic[]) => void>();
  #buffer = Buffer.alloc(0);
  #count = 0;

  private constructor() {
    const main = fileURLToPath(import.meta.resolve("yaml-language-server/bin/yaml-language-server"));
    this.#child = spawn(process.execPath, [main, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdout!.on("data", (bytes: Buffer) => this.#read(bytes));
  }

  static async start(folder: string): Promise<LanguageServer> {
    const server = new LanguageServer();
    const capabilities = {
      textDocument: {
        completion: { completionItem: { snippetSupport: true, documentationFormat: ["markdown", "plaintext"] } },
        hover: { contentFormat: ["markdown"] },
      },
      workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: false } },
    };
    await server.#ask("initialize", { processId: process.pid, rootUri: pathToFileURL(folder).href, capabilities });
    server.#tell("initialized", {});
    server.#tell("workspace/didChangeConfiguration", { settings });
    return server;
  }

  /** Opens a text as the file at `path` and gives what is underlined in it. */
  async open(path: string, text: string): Promise<readonly Diagnostic[]> {
    const uri = pathToFileURL(path).href;
    const diagnosed = new Promise<readonly Diagnostic[]>((resolve) => this.#diagnosed.set(uri, resolve));
    this.#tell("textDocument/didOpen", { textDocument: { uri, languageId: "yaml", version: 1, text } });
    return diagnosed;
  }

  async close(path: string): Promise<void> {
    this.#tell("textDocument/didClose", { textDocument: { uri: pathToFileURL(path).href } });
  }

  /** What is offered at a place of an open file. */
  async complete(path: string, position: Position): Promise<readonly CompletionItem[]> {
    const given = (await this.#ask("textDocument/completion", at(path, position))) as { items: CompletionItem[] } | null;
    return given?.items ?? [];
  }

  /** What is shown under the pointer at a place of an open file. */
  async hover(path: string, position: Position): Promise<string> {
    const given = (await this.#ask("textDocument/hover", at(path, position))) as { contents: { value: string } } | null;
    return given?.contents.value ?? "";
  }

  async stop(): Promise<void> {
    await this.#ask("shutdown", null);
    const ended = new Promise((resolve) => this.#child.on("exit", resolve));
    this.#tell("exit", null);
    await ended;
  }

  #ask(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#count;
    const answer = new Promise<Message>((resolve) => this.#answers.set(id, resolve));
    this.#send({ id, method, params });
    return answer.then(({ result, error }) => {
      if (error !== undefined) throw new Error(`${method}: ${error.message}`);
      return result;
    });
  }

  #tell(method: string, params: unknown): void {
    this.#send({ method, params });
  }

  #send(message: Message): void {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#child.stdin!.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #read(bytes: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    for (;;) {
      const end = this.#buffer.indexOf("\r\n\r\n");
      if (end === -1) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#buffer.toString("ascii", 0, end))![1]);
      if (this.#buffer.length < end + 4 + length) return;
      const message = JSON.parse(this.#buffer.toString("utf8", end + 4, end + 4 + length)) as Message;
      this.#buffer = this.#buffer.subarray(end + 4 + length);
      this.#take(message);
    }
  }

  #take(message: Message): void {
    const { id, method, params } = message;
    if (method === undefined) {
      this.#answers.get(id!)?.(message);
      this.#answers.delete(id!);
    } else if (method === "textDocument/publishDiagnostics") {
      const { uri, diagnostics } = params as { uri: string; diagnostics: readonly Diagnostic[] };
      this.#diagnosed.get(uri)?.(diagnostics);
      this.#diagnosed.delete(uri);
    } else if (method === "workspace/configuration") {
      const { items } = params as { items: readonly { section?: string }[] };
      this.#send({ id: id!, result: items.map(({ section }) => (section === "yaml" ? settings.yaml : null)) });
    } else if (id !== undefined) this.#send({ id, result: null });
  }
}

function at(path: string, position: Position): object {
  return { textDocument: { uri: pathToFileURL(path).href }, position };
}
