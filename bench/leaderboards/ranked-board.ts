export type Entry = readonly [member: string, score: number];

/** One board, as each contestant keeps it; ranks ascend. */
export interface RankedBoard<Result> {
  readonly fill: (entries: readonly Entry[]) => Result;
  readonly add: (member: string, score: number) => Result;
  readonly increment: (member: string, delta: number) => Result;
  readonly rank: (member: string) => Result;
  readonly first: (count: number) => Result;
}

/** A contestant by its name in tables; it is closed in the end. */
export interface NamedBoard<Result> {
  readonly name: string;
  readonly board: RankedBoard<Result>;
  readonly close?: () => Promise<unknown>;
}
