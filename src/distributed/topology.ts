import type { HashRing } from "./ring/hash-ring.ts";
import type { Member } from "./member.ts";

/**
 * The owners of a key, the primary first. There is one object for each list of nodes, so that two
 * keys have the same owners if and only if they have the same object.
 */
export class Owners {
  readonly members: readonly Member[];
  readonly primary: Member;
  /** The nodes whose cache has no sorted sets. */
  readonly withoutBoards: readonly Member[];

  constructor(members: readonly Member[]) {
    this.members = members;
    this.primary = members[0] as Member;
    this.withoutBoards = members.filter((member) => !member.hasBoards);
  }

  includes(member: Member): boolean {
    return this.members.includes(member);
  }
}

/** A ring with the owners of each of its points, so that a lookup allocates nothing. */
export class Placement {
  readonly ring: HashRing;
  /** All lists of owners that there are. */
  readonly lists: ReadonlySet<Owners>;
  readonly #ownersOfPoint: readonly Owners[];

  constructor(ring: HashRing, ownersOfPoint: readonly Owners[]) {
    this.ring = ring;
    this.#ownersOfPoint = ownersOfPoint;
    this.lists = new Set(ownersOfPoint);
  }

  /** @throws {CacheError} `INVALID_KEY` */
  ownersOf(key: string): Owners {
    return this.#ownersOfPoint[this.ring.pointOf(key)] as Owners;
  }

  /** The owners of what lies at a position of the circle. */
  ownersAtPosition(position: number): Owners {
    return this.#ownersOfPoint[this.ring.pointAt(position)] as Owners;
  }
}

/** The keys that were handed over; goes past the 2^24 entries that one Set can hold. */
class KeySet {
  #sets: Set<string>[] = [new Set()];

  has(key: string): boolean {
    for (const set of this.#sets) if (set.has(key)) return true;
    return false;
  }

  add(key: string): void {
    let last = this.#sets.at(-1) as Set<string>;
    if (this.#sets.length > 1 && this.has(key)) return;
    if (last.size === SET_ENTRIES_MAX) this.#sets.push((last = new Set()));
    last.add(key);
  }

  delete(key: string): void {
    for (const set of this.#sets) set.delete(key);
  }

  clear(): void {
    this.#sets = [new Set()];
  }
}

/** V8 throws at 2^24 entries. */
const SET_ENTRIES_MAX = 2 ** 24 - 1;

/** A part of the circle, from one position (excluded) to another, whose keys have the same owners. */
export interface Arc {
  readonly start: number;
  readonly end: number;
  readonly from: Owners;
  readonly to: Owners;
}

/** A change of the ring under way: each key stands with its former owners until it is handed over. */
export class Move {
  readonly from: Placement;
  readonly to: Placement;
  /** The node that comes or goes. */
  readonly member: Member;
  readonly kind: "add" | "remove";
  /** Keys that stand with their new owners (of a reversed move: with their former ones). */
  readonly #exceptions: KeySet;
  readonly #isReversed: boolean;
  /** The ring that has the points of both, and the owners of each of them before and after. */
  readonly #finer: HashRing;
  readonly #before: readonly Owners[];
  readonly #after: readonly Owners[];

  constructor(
    from: Placement,
    to: Placement,
    member: Member,
    kind: "add" | "remove",
    reversed?: Move,
  ) {
    this.from = from;
    this.to = to;
    this.member = member;
    this.kind = kind;
    this.#exceptions = reversed === undefined ? new KeySet() : reversed.#exceptions;
    this.#isReversed = reversed !== undefined && !reversed.#isReversed;
    const [one, other] = [from.ring, to.ring];
    const finer = one.points > other.points ? one : other;
    const ownersIn = (placement: Placement): Owners[] =>
      Array.from({ length: finer.points }, (_, point) =>
        placement.ownersAtPosition(finer.positionAt(point)),
      );
    this.#finer = finer;
    this.#before = ownersIn(from);
    this.#after = ownersIn(to);
  }

  /** The owners of a key now. @throws {CacheError} `INVALID_KEY` */
  ownersOf(key: string): Owners {
    const point = this.#finer.pointOf(key);
    const from = this.#before[point] as Owners;
    const to = this.#after[point] as Owners;
    return from === to || !this.isMoved(key) ? from : to;
  }

  /** Whether the key has other owners afterwards, and stands with those before. */
  isPending(key: string): boolean {
    const point = this.#finer.pointOf(key);
    return this.#before[point] !== this.#after[point] && !this.isMoved(key);
  }

  /** Whether the key stands with its new owners. */
  isMoved(key: string): boolean {
    return this.#exceptions.has(key) !== this.#isReversed;
  }

  markMoved(key: string): void {
    if (this.#isReversed) this.#exceptions.delete(key);
    else this.#exceptions.add(key);
  }

  /**
   * The arcs of the circle in which no point of either ring lies, each with its owners before and
   * after. O(points)
   */
  *arcs(): IterableIterator<Arc> {
    const [from, to] = [this.from.ring, this.to.ring];
    const positions = new Set<number>();
    for (let point = 0; point < from.points; point++) positions.add(from.positionAt(point));
    for (let point = 0; point < to.points; point++) positions.add(to.positionAt(point));
    const sorted = Uint32Array.from(positions).sort();
    let start = sorted.at(-1) ?? 0;
    for (const end of sorted) {
      yield {
        start,
        end,
        from: this.from.ownersAtPosition(end),
        to: this.to.ownersAtPosition(end),
      };
      start = end;
    }
  }

  /** No key is there any more: all of them stand where it costs nothing. */
  clear(): void {
    this.#exceptions.clear();
  }
}

/** Which owners a key has now: by the ring, or by the two of them while it changes. */
export class Topology {
  readonly replicationFactor: number;
  #placement: Placement;
  #move: Move | undefined;
  readonly #members = new Map<string, Member>();
  readonly #lists = new Map<string, Owners>();
  /** Grows with each key that is handed over, and each ring: what was found before may be over. */
  epoch = 0;

  constructor(ring: HashRing, members: readonly Member[], replicationFactor: number) {
    this.replicationFactor = replicationFactor;
    for (const member of members) this.#members.set(member.id, member);
    this.#placement = this.placementOf(ring);
  }

  get placement(): Placement {
    return this.#placement;
  }

  get move(): Move | undefined {
    return this.#move;
  }

  /** All nodes, those that come or go included. */
  get members(): ReadonlyMap<string, Member> {
    return this.#members;
  }

  /** The owners of a key now. @throws {CacheError} `INVALID_KEY` */
  ownersOf(key: string): Owners {
    return (this.#move ?? this.#placement).ownersOf(key);
  }

  /** Whether two keys have the same owners, before and after a change of the ring. */
  areTogether(one: string, other: string): boolean {
    const rings = this.#move === undefined ? [this.#placement] : [this.#move.from, this.#move.to];
    return rings.every((placement) => placement.ownersOf(one) === placement.ownersOf(other));
  }

  /** All lists of owners that a key can have now. */
  *lists(): IterableIterator<Owners> {
    if (this.#move === undefined) yield* this.#placement.lists;
    else yield* new Set([...this.#move.from.lists, ...this.#move.to.lists]);
  }

  /** Takes a node in, which owns nothing yet. */
  admit(member: Member): void {
    this.#members.set(member.id, member);
  }

  dismiss(member: Member): void {
    this.#members.delete(member.id);
  }

  begin(move: Move): void {
    this.#move = move;
    this.epoch++;
  }

  /** Every key was handed over: the new ring is the ring. */
  complete(): void {
    if (this.#move === undefined) return;
    this.#placement = this.#move.to;
    this.#move = undefined;
    this.epoch++;
    const current = new Set(this.#placement.lists);
    for (const [name, owners] of this.#lists) if (!current.has(owners)) this.#lists.delete(name);
  }

  /** The owners of each point of a ring, whose nodes are all members. O(points) */
  placementOf(ring: HashRing): Placement {
    const points: Owners[] = [];
    for (let point = 0; point < ring.points; point++) {
      points.push(this.#listOf(ring, point));
    }
    return new Placement(ring, points);
  }

  #listOf(ring: HashRing, point: number): Owners {
    const nodes = ring.nodesFrom(point, this.replicationFactor);
    // No id has a lone surrogate, so nothing of an id is taken for the separator.
    const name = nodes.map(({ id }) => id).join("\ud800");
    let owners = this.#lists.get(name);
    if (owners === undefined) {
      owners = new Owners(nodes.map(({ id }) => this.#members.get(id) as Member));
      this.#lists.set(name, owners);
    }
    return owners;
  }
}
