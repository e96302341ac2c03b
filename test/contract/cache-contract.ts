import type { Cache } from "laurel";
import { describe } from "vitest";
import type { Backend } from "./backend.ts";
import { describeBadInput } from "./cache/bad-input.ts";
import { describeBulk } from "./cache/bulk.ts";
import { describeCounters } from "./cache/counters.ts";
import { describeKeys } from "./cache/keys.ts";
import { describeLifecycle } from "./cache/lifecycle.ts";
import { describeOrder } from "./cache/order.ts";
import { describeStrings } from "./cache/strings.ts";
import { describeTtl } from "./cache/ttl.ts";

/** Declares every test of the `Cache` contract for one backend. */
export function describeCacheContract(name: string, backend: Backend<Cache>): void {
  describe(`${name}: Cache contract`, () => {
    describeStrings(backend);
    describeCounters(backend);
    describeBulk(backend);
    describeTtl(backend);
    describeKeys(backend);
    describeLifecycle(backend);
    describeOrder(backend);
    describeBadInput(backend);
  });
}
