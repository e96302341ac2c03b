/** A fault built in on purpose: one snippet of the source, replaced by another. */
export interface Mutant {
  readonly name: string;
  /** The file, from the root of the repository. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** Faults that the simulation has to find. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "a recovered node serves at once",
    file: "src/distributed/coordinator.ts",
    find: "isBack(member: Member): void {",
    replace: `isBack(member: Member): void {
    member.behind.clear();
    member.stale.clear();
    member.changeHealth("healthy", undefined);
    if (member.health === "healthy") return;`,
  },
  {
    name: "hints dropped on overflow without a resync",
    file: "src/distributed/member.ts",
    find: "this.#listener.overflowed(this);",
    replace: "",
  },
  {
    name: "incr replicated as an operation",
    file: "src/distributed/key-writes.ts",
    find: "return readString(this.#cluster, member, this.key);",
    replace: `const owners = this.#cluster.topology.ownersOf(this.key).members;
    const others = owners.filter((owner) => owner !== member);
    const told = others.map((other) =>
      other.write(this.key, this.#run).catch(() => other.miss(this.key)),
    );
    return Promise.all(told).then(() => undefined);`,
  },
  {
    name: "a delete not remembered during resync",
    file: "src/distributed/replicator.ts",
    find: "const { members } = owners;\n    for (let i = 0; i < members.length; i++) {",
    replace: `const { members } = owners;
    if (change.type === "absent" && members.some(({ health }) => health === "syncing")) return;
    for (let i = 0; i < members.length; i++) {`,
  },
  {
    name: "the expiry copied as a relative time",
    file: "src/distributed/key-state.ts",
    find: "if (state === undefined || member.clockOffsetMs === 0) return state;",
    replace: `if (state === undefined) return state;
    return { ...state, expiresAt: state.expiresAt - state.readAt + cluster.now() };`,
  },
  {
    name: "a moved key removed from the old owner before the new one has it",
    file: "src/distributed/key-mover.ts",
    find: "let hasHolder = false;",
    replace: `await this.#deleteFrom(key, this.#cluster.topology.ownersOf(key), to);
    let hasHolder = false;`,
  },
  {
    name: "a write during the move that reaches only the old owner",
    file: "src/distributed/rebalancer.ts",
    find: "async handOver(key: string): Promise<void> {",
    replace: `async handOver(key: string): Promise<void> {
    if (this.#cluster.topology.move !== undefined) return;`,
  },
  {
    name: "health taking a node out of the ring",
    file: "src/distributed/topology.ts",
    find: "return (this.#move ?? this.#placement).ownersOf(key);",
    replace: `if (this.#move === undefined) {
      const owners = this.#placement.ownersOf(key);
      if (owners.members.every((member) => member.takesWrites)) return owners;
      const ring = this.#placement.ring.copy();
      for (const { id, takesWrites } of this.#members.values()) if (!takesWrites) ring.remove(id);
      return ring.points === 0 ? owners : this.#listOf(ring, ring.pointOf(key));
    }
    return this.#move.ownersOf(key);`,
  },
  {
    name: "async replicas out of order",
    file: "src/distributed/replicator.ts",
    find: "member.hold(key, change);",
    replace: "void this.#tellOne(member, key, change);",
  },
  {
    name: "a dirty key served by a healthy node",
    file: "src/distributed/member.ts",
    find: "isFreshFor(key: string, owners: Owners): boolean {",
    replace: `isFreshFor(key: string, owners: Owners): boolean {
    if (this.health === "healthy") return !this.isStaleFor(owners);`,
  },
  {
    name: "a lost reply retried",
    file: "src/distributed/member.ts",
    find: "return this.#callLimit.watch(pending, this, key, after);",
    replace: `return this.#callLimit.watch(pending, this, key, {
      settled: (answer) => (after === undefined ? answer : after.settled(answer)),
      failed: () => this.#callLimit.watch(start(run, this.cache), this, key, after),
    });`,
  },
  {
    name: "a restart faster than the probe",
    file: "src/distributed/handshake.ts",
    find: "isAnother = !isFirst && member.bootId !== bootId;",
    replace: "isAnother = !isFirst && member.bootId !== bootId && member.failuresInRow > 2;",
  },
  {
    name: "a sole owner emptied by a resync",
    file: "src/distributed/recovery.ts",
    find: "member.incarnation++;",
    replace: `member.incarnation++;
    if (this.#cluster.topology.replicationFactor === 1) member.missClear();`,
  },
];
