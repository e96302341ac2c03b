import type { EventEmitter } from "node:events";
import { serve, type ServeOptions } from "laurel/server";
import { onTestFinished } from "vitest";

type Server = Awaited<ReturnType<typeof serve>>;

/** How long a server may take to end. */
export const CLOSE_MS_MAX = 5000;

/** A server of its own for one test, on a free port, closed when the test has ended. */
export async function serverInTest(options: ServeOptions = {}): Promise<Server> {
  const server = await serve({ port: 0, ...options });
  onTestFinished(() => server.close(), CLOSE_MS_MAX);
  return server;
}

/** The value of a line of INFO. */
export function infoValue(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\r?$`, "m").exec(info)?.[1];
}

/** Asks again and again until the answer is yes; a test that asks in vain runs into its time limit. */
export async function until(ask: () => Promise<boolean>): Promise<void> {
  while (!(await ask()));
}

/** What the next event of this name brings; errors that come before it are no matter. */
export async function nextEvent(emitter: EventEmitter, name: string): Promise<unknown> {
  return await new Promise((resolve) => emitter.once(name, resolve));
}
