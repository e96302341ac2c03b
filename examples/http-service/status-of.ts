import type { CacheErrorCode } from "laurel";

/** HTTP's word for what a cache refuses. A code that is not here is a fault of this program: 500. */
const statuses: Partial<Record<CacheErrorCode, number>> = {
  INVALID_KEY: 400,
  INVALID_MEMBER: 400,
  INVALID_SCORE: 400,
  INVALID_RANGE: 400,
  KEY_TOO_LONG: 400,
  WRONG_TYPE: 409,
  // Of a write it is not known, or not everywhere so, whether it was done: see `PARTIAL_WRITE`.
  TIMEOUT: 504,
  PARTIAL_WRITE: 502,
  // Later, or after somebody has made room or mended it, the same call may succeed.
  CACHE_FULL: 507,
  LEADERBOARD_FULL: 507,
  CLOSED: 503,
  NO_NODES: 503,
  NODE_UNHEALTHY: 503,
  INSUFFICIENT_REPLICAS: 503,
  ALL_OWNERS_FAILED: 503,
  CONNECTION_FAILED: 503,
  PERSISTENCE_FAILED: 503,
};

export function statusOf(code: CacheErrorCode): number {
  return statuses[code] ?? 500;
}
