import type { PartName } from "../parts.ts";

/** The head of the page. */
export const INTRODUCTION = `# Benchmarks

What Laurel costs, and what others cost beside it in the same run. This page is made by \`npm run bench\` from [benchmarks.json](benchmarks.json), charts included; it is not written by hand, nor is any figure in the other pages. Where one of them shows a figure, it stands in a marked block, which the same command fills with the table that has this key (or, inside a sentence, with the fact):

\`\`\`html
<!-- bench: KEY -->
<!-- /bench -->
\`\`\`

A key that nobody measured is an error that names it.

## How to run it

\`\`\`sh
npm run bench                              # all parts, each in a process of its own
npm run bench -- --only key-value,server   # some of them; the results of the others stay
npm run bench -- --check                   # and fails where a target is missed
npm run bench -- --render                  # measures nothing: makes the pages from what is kept
npm run bench -- --busy                    # keeps what it finds on a busy machine, too, and says so
\`\`\`

A machine that does other things measures those. The command waits up to a minute for the load to fall to 0.7; where it does not, it measures, prints and checks, but keeps nothing unless it is told to by \`--busy\`, and then each table says that the machine was busy. A part that fails leaves its former results as they were. The parts that need \`redis-server\` and \`redis-benchmark\` are left out where these are not installed; \`valkey-server\` takes part where it is. \`LAUREL_BENCH_DIR\` names the directory for the files of the part \`persistence\`, whose disk is what some of its figures measure.`;

/** How it is measured. */
export const METHOD = `## How it is measured

**The ratio is what matters.** A call takes longer on another machine, and on the same one at another hour, for Laurel as for the others. Who is compared therefore runs in the same process and at the same time, in turns of about 5 ms, and who begins changes from turn to turn. A ratio is the median of the ratios of neighbouring turns, so that what slows the machine for a while slows both sides of it; where the machine's pace changed meanwhile, it is not quite the quotient of the two medians, and the better of the two. It refers to the run of Laurel beside it: where Laurel runs again beside each rival, the detailed tables show that run, and Laurel's own row is the median of all of them. Few run beside each other, mostly two: each finds the processor's caches full of what the other has used.

**Medians** are taken over up to 41 turns, and at least 3 where one turn takes long. Before that each side runs until five turns in a row have taken about the same time, so that its code is compiled. What stands behind ± is half the interquartile range of the turns (of the rounds, where servers take turns): about half of them lie so near to the median. A table without ± says of how many runs its values are the medians, or shows a single run.

**p99** is of samples that are taken between the turns, some behind each, so that they have seen the same minutes and are as warm. A sample is a single call between two readings of the clock, and what it takes to read the clock and to make no call is taken off. A call that is much shorter than a microsecond cannot be timed so: a sample is then as many calls as take about one, divided by their number, which hides the slowest single one among them. With 100 callers at once a sample is a round in which each of them makes one call, and on a ring it is a hundred calls and what they leave to be replicated, divided likewise. There are up to 1,500, and no p99 is stated below 100. None is stated, either, where it would lie below the median: pauses that come in fewer than one of a hundred samples, mostly for garbage, are part of a turn's mean and not of this percentile. In the tables of requests a second it is what \`redis-benchmark\` says of a whole pipeline, the median of the rounds.

**Garbage** is collected whenever the engine wants to, and its time counts as that of whoever's turn it is; where something large was built before, a collection is forced before the clock starts. Each part runs in a process of its own, so that it depends neither on the code that ran before it nor on what that left on the heap. What is measured in bytes is measured in processes that do nothing else.

**Arguments** are the same for all: names of 18 bytes, any member with equal probability, scores that change the rank wholly, all made beforehand from a fixed seed. The order of the names in memory is neither that of the alphabet nor of ranks nor of uses: a benchmark that walks through memory in order measures the processor's foresight.

**What is not fair, and in whose favour.** An awaited call costs a promise, a synchronous one does not: where Laurel's awaited calls stand beside somebody's synchronous ones, the table says so. \`lru-cache\` and \`cache-manager\` keep references to JavaScript values; Laurel keeps bytes and gives out copies of them, which costs time, and no caller can change what is cached. Redis over the loopback pays for the way there and back, which is what one pays who uses it.`;

export const TARGETS_INTRODUCTION = `What was promised before it was built. A target that is missed stays in the table.`;

interface Section {
  readonly title: string;
  /** What is measured, and what is special about it. */
  readonly text: string;
}

export const SECTIONS: Readonly<Record<PartName, Section>> = {
  "key-value": {
    title: "get and set beside other caches",
    text: "Each cache has a ttl of ten minutes and, where its name does not say otherwise, a limit of entries, as its own manual sets it up, and is full; values have 64 bytes. `lru-cache` is synchronous, all others are awaited, one call after the other or, where it says so, by 100 callers at once. `ioredis-mock` knows no limit of entries, and Redis one of bytes alone, which is not set. Laurel runs beside each of them: its own row is the median of these runs, and a ratio is to the run beside.",
  },
  leaderboards: {
    title: "One leaderboard, kept by others",
    text: "The same board of 100,000 members: in Laurel, synchronous and awaited; in `tlhunter-sorted-set`; in an array that is kept in order by bisection and `splice`; in a `Map` that is sorted whenever somebody asks, which is where most begin; in `ioredis-mock`; and in Redis over the loopback, one awaited call after the other. Ranks ascend. Laurel runs beside each of them: its own row is the median of these runs, and a ratio is to the run beside.",
  },
  "sorted-sets": {
    title: "Sorted sets of three sizes",
    text: "`SortedSet` beside `tlhunter-sorted-set`, both synchronous; then the awaited contract beside the same synchronous calls. The wandering window is another at each call; one that is always the same is in the nearest cache, and what is left is the cost of making 100 results.",
  },
  floor: {
    title: "Cost over the number of members",
    text: "An update, a rank and a range of 10 from any rank, beside a `Map.set` of the same keys: that is what it costs to find a member in memory, which nobody gets around.",
  },
  "score-range": {
    title: "Ranges by score over the number of members",
    text: "Counting, and finding where a range begins. Both are O(log N).",
  },
  "index-candidates": {
    title: "The index of a sorted set and its rivals",
    text: "Why the index is an unrolled skip list; [the reasons](design-decisions.md) stand in the design decisions.",
  },
  memory: {
    title: "Bytes",
    text: "On the heap, names and values included, each in a process that starts clean and does nothing else. *Accounted for* is what `memoryBytes` says of it, by which `maxMemoryBytes` evicts.",
  },
  expiry: {
    title: "When very much is removed at once",
    text: "A million keys expire at one moment, or a set of a million members is dropped: it is done in steps, and nobody waits longer than for one. The clock is virtual; each step is timed by a real one, and is the least of three runs.",
  },
  ring: {
    title: "The ring",
    text: "How evenly the nodes share the keys, how long it takes to find a key's owners, and what a virtual node holds. Shares are parts of the circle, not of sampled keys: exact, whatever the keys are. The default is `fnv1a` with 150 virtual nodes; `fnv1a-raw` lacks the final avalanche.",
  },
  distributed: {
    title: "The distributed cache",
    text: "Calls on embedded nodes beside the same call on the one cache that such a node is: what it costs to coordinate, without a network. The work of the replicas happens in the same process and is counted. Outages happen in virtual time, 200 of each kind, and say what the default options amount to, without the machine; moves and resyncs happen in real time.",
  },
  server: {
    title: "The server beside Redis and Valkey",
    text: "`redis-benchmark` with 50 clients, values of 16 bytes and 100,000 keys; each server runs in a process of its own, and they take turns, five rounds. The *bare server* is the yardstick of what Node.js' sockets and a `Map` can do: it parses, answers and checks nothing. A ratio is the median of the rounds'. `redis-benchmark` runs on the same machine and takes its part of it.",
  },
  redis: {
    title: "The caches over Redis",
    text: "Calls of `RedisCache` and `RedisLeaderboardCache` beside the same calls of the bare client that they stand on, over the loopback; on the Cluster a bulk read beside the client's own pipelines, one a master.",
  },
  failover: {
    title: "A master of Redis or Valkey is killed",
    text: "`RedisCache` over real servers under a load of writes, and SIGKILL for a master: three masters with a replica each and `cluster-node-timeout` 1.5 s, or a master with two replicas, three Sentinels and `down-after-milliseconds` 1 s. Most of the time goes by until the servers agree that it is dead and replace it.",
  },
  persistence: {
    title: "What keeping costs",
    text: "Calls with a journal and without, requests a second by `appendfsync`, how long commands wait while everything is written in the background, and how long loading takes. Both servers load the very same files, which Laurel wrote. Commands during background work are counted from the moment for which each was planned.",
  },
  package: {
    title: "What an installation puts on the disk",
    text: "The bytes of the package's files and of those of all packages that npm installs with it, optional ones left out. Laurel's are those that `npm pack` would publish.",
  },
};
