import { describe, expect, it } from "vitest";
import { followLimits } from "./config-followers.ts";
import { optionSettings } from "./config/options.ts";
import { ServerConfig } from "./config/server-config.ts";
import { type ClientLimits, NO_LIMITS, UNREAD_BYTES_HARD_MAX } from "./limits.ts";
import { Passwords } from "./passwords.ts";
import type { ServerState } from "./server-state.ts";

/** The limits that a configuration puts in force, with the configuration. */
function limitsOf(options: Record<string, unknown>): {
  limits: ClientLimits;
  config: ServerConfig;
} {
  const config = new ServerConfig(optionSettings(options));
  const limits = { ...NO_LIMITS };
  const state: Partial<Record<keyof ServerState, unknown>> = {
    limits,
    passwords: new Passwords(),
    clients: { all: () => [] },
    databases: { configure: () => {} },
    executor: {},
  };
  followLimits(config, state as unknown as ServerState);
  return { limits, config };
}

describe("what a client may leave unread", () => {
  it("is limited where the configuration says nothing of it", () => {
    expect(limitsOf({}).limits.outputHardBytes).toBe(UNREAD_BYTES_HARD_MAX);
    expect(NO_LIMITS.outputHardBytes).toBe(UNREAD_BYTES_HARD_MAX);
  });

  it("is as the configuration says, and limited again when it says 0", () => {
    const { config, limits } = limitsOf({ clientOutputBufferLimit: "normal 1mb 64kb 5" });
    expect(limits).toMatchObject({
      outputHardBytes: 2 ** 20,
      outputSoftBytes: 2 ** 16,
      outputSoftSeconds: 5,
    });
    config.set([["client-output-buffer-limit", "normal 0 0 0"]], true);
    expect(limits).toMatchObject({ outputHardBytes: UNREAD_BYTES_HARD_MAX, outputSoftBytes: 0 });
  });
});

it.each([
  ["maxclients", "7", "clients", 7],
  ["timeout", "8", "idleSeconds", 8],
  ["tcp-keepalive", "9", "keepAliveSeconds", 9],
  ["proto-max-bulk-len", "2mb", "bulkBytes", 2 ** 21],
  ["client-query-buffer-limit", "3mb", "queryBufferBytes", 3 * 2 ** 20],
] as const)("CONFIG SET %s %s is in force at once", (name, text, limit, value) => {
  const { config, limits } = limitsOf({});
  expect(limits[limit]).not.toBe(value);
  config.set([[name, text]], true);
  expect(limits[limit]).toBe(value);
});
