/** Where the time comes from, in milliseconds since the epoch. */
export interface Clock {
  now(): number;
}

/** While keys are loaded nothing expires: no deadline is before it. */
export const STANDING_CLOCK: Clock = Object.freeze({ now: () => 0 });
