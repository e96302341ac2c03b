/** How things stand between the coordinator and one simulated node. */
export interface Conditions {
  /** `"drop"`: nothing arrives, in either direction; `"refuse"`: the attempt is answered at once. */
  partition: "none" | "drop" | "refuse";
  /** The process is stopped: what arrives waits until it goes on. */
  isPaused: boolean;
  /** The process is gone: connections are refused. */
  isDown: boolean;
  /** Every write that could grow the store is answered with `CACHE_FULL`. */
  isFull: boolean;
  /** How many times longer than usual everything takes. */
  slowness: number;
  /** How likely each call meets a mishap of its own. */
  mishapRate: number;
}

/** What can happen to one call. */
export type Mishap =
  | "request dropped"
  | "reply lost"
  | "delayed"
  | "refused"
  | "failed before"
  | "failed after";

/** How likely each mishap is among them. */
export const MISHAP_WEIGHTS: Readonly<Record<Mishap, number>> = {
  "request dropped": 2,
  "reply lost": 3,
  delayed: 3,
  refused: 1,
  "failed before": 1,
  "failed after": 1,
};

/** Conditions under which nothing ever goes wrong. */
export function fairConditions(): Conditions {
  return {
    partition: "none",
    isPaused: false,
    isDown: false,
    isFull: false,
    slowness: 1,
    mishapRate: 0,
  };
}
