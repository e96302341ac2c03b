import type { CallOptions, LeaderboardCache } from "laurel";
import { describe } from "vitest";
import type { Backend } from "./backend.ts";
import { describeAbort, describeClosed } from "./cache/lifecycle.ts";
import { describeAlgebra } from "./leaderboard/algebra.ts";
import { describeBoardBadInput } from "./leaderboard/bad-input.ts";
import { BOARD_CALLS } from "./leaderboard/calls.ts";
import { describeLex } from "./leaderboard/lex.ts";
import { describeLookups } from "./leaderboard/lookups.ts";
import { describeBoardOrder } from "./leaderboard/order.ts";
import { describeRanges } from "./leaderboard/ranges.ts";
import { describeRemovals } from "./leaderboard/removals.ts";
import { describeScan } from "./leaderboard/scan.ts";
import { describeTypes } from "./leaderboard/types.ts";
import { describeWrites } from "./leaderboard/writes.ts";

/**
 * Declares every test of what a `LeaderboardCache` does beyond a `Cache`, for one backend. Its
 * keys share the hash tag `{t}` where a call takes several.
 */
export function describeLeaderboardContract(
  name: string,
  backend: Backend<LeaderboardCache>,
): void {
  const calls = Object.fromEntries(
    Object.entries(BOARD_CALLS).map(([method, call]) => [
      method,
      (cache: LeaderboardCache, options?: CallOptions) => call(cache, "{t}:board", options),
    ]),
  );
  describe(`${name}: LeaderboardCache contract`, () => {
    describeWrites(backend);
    describeLookups(backend);
    describeRanges(backend);
    describeRemovals(backend);
    describeAlgebra(backend);
    describeLex(backend);
    describeScan(backend);
    describeTypes(backend);
    describeBoardOrder(backend);
    describeBoardBadInput(backend);
    describe("lifecycle of sorted sets", () => {
      describeClosed(backend, calls);
      describeAbort(backend, calls);
    });
  });
}
