import type { ZMember } from "laurel";
import type { Match } from "./matches.ts";

/** A record of all points, kept by hand: what the boards have to say in the end. */
export class Scorebook {
  readonly #points = new Map<string, Map<string, number>>();

  /** Enters the points of a match. */
  enter({ mode, points }: Match): void {
    const sums = this.#points.get(mode) ?? new Map<string, number>();
    this.#points.set(mode, sums);
    for (const { member, score } of points) sums.set(member, (sums.get(member) ?? 0) + score);
  }

  /** Whether the standings of a mode, best first, are those of the book, to the last point. */
  agrees(mode: string, standings: readonly ZMember[]): boolean {
    const sums = this.#points.get(mode) ?? new Map<string, number>();
    const hasSameScores = standings.every(({ member, score }) => sums.get(member) === score);
    const isSorted = standings.every(
      ({ score }, at) => score <= (standings[at - 1]?.score ?? score),
    );
    return standings.length === sums.size && hasSameScores && isSorted;
  }
}
