import { setFlagsFromString } from "node:v8";

/**
 * V8's settings for a process that trains: import this first, for what a heap has grown to before counts for long. Its own settings let the heap of
 * a long run swing by a factor of two or more.
 *
 * Where objects have outlived a minor collection often, V8 makes the next ones old from the start. It takes tfjs's gradient tape for such: over 100 kB
 * an iteration of a tiny model are then left for the major collection, which waits until the heap is up to four times as large as what it kept last.
 * Here tapes die young, and a major collection comes when the heap has grown by a tenth, or by 8 MB where that is more.
 */
setFlagsFromString("--no-allocation-site-pretenuring");
setFlagsFromString("--heap-growing-percent=10");
