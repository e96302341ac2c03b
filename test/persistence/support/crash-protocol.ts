import type { Fsync } from "../../../src/persistence/settings.ts";
import { BALLAST_PREFIX } from "./known-calls.ts";

/** What the program that is to be killed is told. */
export interface ChildOptions {
  readonly dir: string;
  readonly fsync: Fsync;
  readonly seed: number;
  /** The number of the first call that it makes. */
  readonly firstCall: number;
  /** Whether it serves clients, and makes no calls itself. */
  readonly serves: boolean;
}

/** What it says in lines that are JSON; the others are a letter and the number of a call. */
export type ChildMessage =
  | { readonly type: "found"; readonly text: string; readonly ballast: string }
  | { readonly type: "ready"; readonly port: number }
  | { readonly type: "warning"; readonly text: string };

/** Whether a key is one of those that never change. */
export function isBallast({ name }: { readonly name: string }): boolean {
  return name.startsWith(`0:${BALLAST_PREFIX}`);
}
