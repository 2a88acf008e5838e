// A chat endpoint, asked as an experiment names it.
export { chatClient } from "./client.ts";
export type { ChatClient, ChatReply, ClientSettings } from "./client.ts";
export { endpointChecks, endpointFields, endpointFrom } from "./options.ts";
export type { EndpointOptions } from "./options.ts";
export type { ChatMessage, ChatRequest, Part } from "./messages.ts";
export type { ChatAnswer } from "./reply.ts";
export type { Picture } from "./picture.ts";
export { pictureUrl } from "./picture.ts";

// What it costs, and what it can't do.
export { nothingSpent, spentOf } from "./cost.ts";
export type { Prices, Spent, Usage } from "./cost.ts";
export { EndpointError, isBudgetError, isEndpointError } from "./errors.ts";

// The parts, for servers with a protocol of their own.
export { retryAfter, waitSeconds } from "./backoff.ts";
export type { Backoff } from "./backoff.ts";
export { NoAnswer, poster } from "./http.ts";
export type { HttpReply, PostOptions } from "./http.ts";
export { apiKeyFrom } from "./key.ts";
export type { ApiKey } from "./key.ts";
export { excerpt } from "./reply.ts";
export { waited } from "./wait.ts";

// What is asked, as an experiment writes it.
export { filled, templateProblem } from "./template.ts";
