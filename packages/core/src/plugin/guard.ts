import { messageOf } from "@rewardlab/storage";
import { blamed, hasCode, wrongResult } from "./blame.ts";

/** What is wrong with something that a plugin gave. */
export interface Wrong {
  /** A clause: "gave a promise". */
  readonly gave: string;
  /** A noun: "a tensor [B, T]". */
  readonly expected: string;
}

type Method = (...given: never) => unknown;
/** The names of an interface's methods; those that may be left out are among them. */
export type MethodsOf<P> = {
  readonly [K in keyof P]-?: [NonNullable<P[K]>] extends [never] ? never : NonNullable<P[K]> extends Method ? K : never;
}[keyof P];
/** What is wrong with a result, after the promise of it was kept; null: nothing. */
type ResultCheck<M extends Method> = (result: Awaited<ReturnType<M>>, ...given: Parameters<M>) => Wrong | null;

/** How the calls of one interface are watched. Every method of it has an entry, so that none is forgotten. */
export interface Guard<P> {
  /** What it is, with an article, for messages. */
  readonly what: string;
  readonly methods: { readonly [K in MethodsOf<P>]: Call<Extract<NonNullable<P[K]>, Method>> };
  /** Methods that a part may lack. */
  readonly mayLack?: readonly MethodsOf<P>[];
  /** Its errors with a code are whole without its name: they are of what it was given (data, files, checkpoints), or name it by themselves. */
  readonly tellsOfOthers?: boolean;
  /** Fields, looked at once. */
  readonly fields?: { readonly [K in keyof P]?: (value: unknown) => Wrong | null };
  /** Fields that have methods of their own. */
  readonly parts?: { readonly [K in keyof P]?: Guard<NonNullable<P[K]>> };
  /** Fields that are lists of such. */
  readonly lists?: { readonly [K in keyof P]?: P[K] extends readonly (infer Part)[] | undefined ? Guard<Part> : never };
}

interface Call<M extends Method> {
  readonly check: ResultCheck<M>;
  /** The result has methods of its own. */
  readonly gives?: Guard<Awaited<ReturnType<M>>>;
}

/** Nothing is asked of the result. */
export const anything = { check: () => null };

type Loose = Readonly<Record<string, unknown>>;
/** A guard whose interface doesn't matter any more. */
interface AnyGuard {
  readonly what: string;
  readonly methods: Readonly<Record<string, { readonly check: (...all: unknown[]) => Wrong | null; readonly gives?: AnyGuard }>>;
  readonly mayLack?: readonly string[];
  readonly tellsOfOthers?: boolean;
  readonly fields?: Readonly<Record<string, (value: unknown) => Wrong | null>>;
  readonly parts?: Readonly<Record<string, AnyGuard>>;
  readonly lists?: Readonly<Record<string, AnyGuard>>;
}

/**
 * The part with its methods watched: what they throw is told with the part's name (`who`), and what they give is checked before anybody else works with it.
 * It is made once; a call costs a function more. The part itself is `this` in all its methods and accessors, so classes with private fields work as well.
 */
export function guarded<P>(who: string, part: P, guard: Guard<P>): P {
  return watched(who, part, guard as unknown as AnyGuard) as P; // the table is typed where it is written; here only names count
}

/** The functions of a definition, watched, by name; those that it lacks are left out. What they need of it they get as `this`. */
export function watchedFunctions<P extends object>(who: string, own: P, methods: Guard<P>["methods"]): Partial<P> {
  const table = methods as AnyGuard["methods"];
  const there = Object.keys(table).filter((name) => typeof (own as Loose)[name] === "function");
  const made = there.map((name) => [name, watchedMethod(`${who}: ${name}`, own as Loose, name, table[name]!)] as const);
  return Object.fromEntries(made) as Partial<P>;
}

/**
 * What nobody has described: a service of a plugin's own interface. All its functions are watched, by their names; the service is `this` in them, and what is
 * set on it is set on the service itself.
 */
export function guardedWhole<T>(who: string, given: T): T {
  if (typeof given === "function") return watchedCall(who, given, undefined) as T;
  if (typeof given !== "object" || given === null) return given;
  const own = given as Record<PropertyKey, unknown>;
  const made = Object.create(given) as T;
  for (const [name, isAccessor] of membersOf(given)) {
    const at = `${who}: ${String(name)}`;
    const call = isAccessor ? undefined : own[name];
    Object.defineProperty(
      made,
      name,
      typeof call === "function"
        ? { value: watchedCall(at, call, given), enumerable: true, writable: true, configurable: true }
        : {
            get: () => trying(at, () => own[name]),
            set: (value: unknown) => trying(at, () => void (own[name] = value)),
            enumerable: true,
            configurable: true,
          },
    );
  }
  return made;
}

function watchedCall(at: string, call: object, self: unknown): (...given: unknown[]) => unknown {
  const part = { call: (...given: unknown[]) => Reflect.apply(call as () => unknown, self, given) };
  return watchedMethod(at, part, "call", anything);
}

function watched(who: string, part: unknown, guard: AnyGuard, gave = "create gave"): unknown {
  const { what, methods, mayLack = [], fields = {}, parts = {}, lists = {}, tellsOfOthers = false } = guard;
  const wrong = partProblem(part, guard);
  if (wrong !== null) throw wrongResult(who, `${gave} ${wrong}`, needs(what, methods, mayLack));
  const own = part as Loose;
  const made = Object.create(own) as Record<string, unknown>;
  const set = (name: string, value: unknown) => Object.defineProperty(made, name, { value, enumerable: true, writable: true });
  for (const [name, accessor] of passedOn(own)) {
    if (accessor) Object.defineProperty(made, name, { get: () => trying(who, () => own[name]), enumerable: true });
    else if (!Object.hasOwn(methods, name)) set(name, (own[name] as () => unknown).bind(own));
  }
  const only = Object.keys(methods).length === 1; // its name then tells nothing
  for (const [name, { check, gives }] of Object.entries(methods))
    if (typeof own[name] === "function")
      set(name, watchedMethod(only ? who : `${who}: ${name}`, own, name, { check, gives, tellsOfOthers }));
  for (const [name, check] of Object.entries(fields)) tell(`${who}: ${name}`, check(trying(who, () => own[name])));
  for (const [name, inner] of Object.entries(parts))
    if (own[name] !== undefined) set(name, watched(`${who}: ${name}`, own[name], inner, "it is"));
  for (const [name, inner] of Object.entries(lists)) {
    const list = own[name];
    if (!Array.isArray(list)) continue;
    set(
      name,
      list.map((one: unknown, index) => watched(`${who}: ${name}[${index}]`, one, inner, "it is")),
    );
  }
  return made;
}

interface Watch {
  readonly check: (...all: unknown[]) => Wrong | null;
  readonly gives?: AnyGuard | undefined;
  readonly tellsOfOthers?: boolean;
}

function watchedMethod(
  at: string,
  part: Loose,
  name: string,
  { check, gives, tellsOfOthers = false }: Watch,
): (...given: unknown[]) => unknown {
  const method = part[name] as (...given: unknown[]) => unknown;
  const checked = (result: unknown, given: readonly unknown[]) => {
    tell(at, check(result, ...given));
    return gives === undefined ? result : watched(at, result, gives, "it gave");
  };
  const failed = (error: unknown): never => {
    throw tellsOfOthers && hasCode(error) ? error : blamed(at, error);
  };
  return (...given) => {
    let result: unknown;
    try {
      result = Reflect.apply(method, part, given);
    } catch (error) {
      failed(error);
    }
    return isPromise(result) ? result.then((kept) => checked(kept, given), failed) : checked(result, given);
  };
}

function tell(at: string, wrong: Wrong | null): void {
  if (wrong !== null) throw wrongResult(at, wrong.gave, wrong.expected);
}

function trying<T>(who: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw blamed(who, error);
  }
}

/** What is given isn't the part that its kind promises. */
function partProblem(part: unknown, { methods, mayLack = [] }: AnyGuard): string | null {
  if (part === null || typeof part !== "object") return typeof part === "function" ? "a function" : String(part);
  if (isPromise(part)) return "a promise; create must give the part itself, and what takes time is done in its methods";
  const lacking = Object.keys(methods).filter((name) => {
    const value = (part as Loose)[name];
    return value === undefined ? !mayLack.includes(name) : typeof value !== "function";
  });
  return lacking.length === 0
    ? null
    : `something without the ${lacking.length === 1 ? "method" : "methods"} ${lacking.join(", ")}`;
}

function needs(what: string, methods: AnyGuard["methods"], mayLack: readonly string[]): string {
  return `${what}: an object with ${Object.keys(methods)
    .filter((name) => !mayLack.includes(name))
    .join(", ")}`;
}

/** The names of its methods and accessors, own and inherited; true: an accessor. */
function passedOn(part: object): Map<string, boolean> {
  const found = [...membersOf(part)].flatMap(([name, isAccessor]) => {
    const passed = isAccessor || typeof (part as Record<PropertyKey, unknown>)[name] === "function";
    return typeof name === "string" && passed ? [[name, isAccessor] as const] : [];
  });
  return new Map(found);
}

/** The names of all that it has, own and inherited; true: an accessor. */
function membersOf(part: object): Map<PropertyKey, boolean> {
  const found = new Map<PropertyKey, boolean>();
  for (let at: object | null = part; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at) as object | null)
    for (const name of Reflect.ownKeys(at))
      if (!found.has(name) && name !== "constructor")
        found.set(name, Object.getOwnPropertyDescriptor(at, name)!.get !== undefined);
  return found;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/** How messages show a value. */
export function shown(value: unknown): string {
  if (typeof value === "object" && value !== null)
    return Array.isArray(value) ? `a list of ${value.length}` : nameOfObject(value);
  return typeof value === "string" ? JSON.stringify(value) : typeof value === "function" ? "a function" : String(value);
}

function nameOfObject(value: object): string {
  try {
    return `a ${value.constructor?.name ?? "bare object"}`;
  } catch (error) {
    return messageOf(error);
  }
}
