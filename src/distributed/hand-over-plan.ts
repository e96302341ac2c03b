import type { StateTransfer } from "../cache/state-transfer.ts";
import type { Member } from "./member.ts";
import type { Owners } from "./topology.ts";

/** A node that transfers state. */
interface Carrier {
  readonly member: Member;
  readonly transfer: StateTransfer;
}

/** A hand-over from one owner to one other, who takes the place of at most one. */
export class HandOverPlan {
  readonly source: Carrier;
  readonly target: Carrier;
  readonly leaver: Member | undefined;
  readonly #members: readonly Member[];

  constructor(source: Carrier, target: Carrier, leaver: Member | undefined, from: Owners) {
    this.source = source;
    this.target = target;
    this.leaver = leaver;
    this.#members = [...from.members, target.member];
  }

  /** Whether everybody has the key as it is, or may be told. */
  isClearFor(key: string): boolean {
    for (const member of this.#members) {
      if (!member.isClearFor(key) || member.clockOffsetMs !== 0) return false;
    }
    return true;
  }
}

/** `undefined` where a hand-over takes more. */
export function planOf(from: Owners, to: Owners): HandOverPlan | undefined {
  const [target, second] = to.members.filter((member) => !from.includes(member));
  const [leaver, another] = from.members.filter((member) => !to.includes(member));
  const source = from.primary;
  if (target === undefined || second !== undefined || another !== undefined) return undefined;
  const [reading, writing] = [source.transfer, target.transfer];
  if (reading === undefined || writing === undefined) return undefined;
  return new HandOverPlan(
    { member: source, transfer: reading },
    { member: target, transfer: writing },
    leaver,
    from,
  );
}
