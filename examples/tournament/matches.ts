import type { ZMember } from "laurel";
import { numbersFrom } from "../numbers-from.ts";

export const players = ["ada", "bob", "cem", "dai", "eva", "fay", "gus", "hal"] as const;

/** A match of a game mode: who won how many points. */
export interface Match {
  readonly mode: string;
  readonly day: number;
  readonly points: readonly ZMember[];
}

const PLAYERS_A_MATCH = 3;
const POINTS_MAX = 100;

/** The matches of a day, one mode after the other: the same ones each time. */
export function* matches(
  modes: readonly string[],
  day: number,
  number: number,
): IterableIterator<Match> {
  const next = numbersFrom(day);
  for (let at = 0; at < number; at++) {
    const mode = modes[at % modes.length] as string;
    const first = next() % players.length;
    const points = Array.from({ length: PLAYERS_A_MATCH }, (_, seat) => ({
      member: players[(first + seat) % players.length] as string,
      score: 1 + (next() % POINTS_MAX),
    }));
    yield { mode, day, points };
  }
}
