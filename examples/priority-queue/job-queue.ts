import type { Clock, LeaderboardCache } from "laurel";

export interface JobQueueOptions {
  /** How long a worker has for a job before it is given to another. Default 30 s. */
  readonly leaseMs?: number;
  /** How often a job is tried before it is laid aside as dead. Default 5. */
  readonly attemptsMax?: number;
  /** The wait after a first failure, doubled with each further one. Default 1 s. */
  readonly backoffMs?: number;
  readonly clock?: Clock;
}

export interface Job {
  readonly id: string;
  readonly payload: string;
  readonly priority: number;
  /** 1 for the first. It tells this lease of the job from a later one. */
  readonly attempt: number;
}

/** Boards of job ids: by priority; by the time when they are due; by the end of their lease. */
type Board = "ready" | "delayed" | "leased" | "dead";
const boards: readonly Board[] = ["ready", "delayed", "leased", "dead"];

/** How many jobs that are due, or whose lease has ended, one `take` brings back. */
const WAKE_MAX = 100;

/**
 * A queue of jobs by priority, 0 first; those of equal priority in the order in which they came.
 *
 * A job is a value under a key of its own, and stands on one board at a time. Each move is two calls,
 * remove and add, so that two workers never have one job; it is on no board if its worker dies
 * between the two, and `recover` finds it. The cache must evict nothing (`eviction: "none"` where it
 * has a limit): a job whose value is gone is lost.
 */
export class JobQueue {
  readonly #cache: LeaderboardCache;
  readonly #name: string;
  readonly #options: Required<JobQueueOptions>;

  constructor(cache: LeaderboardCache, name: string, options: JobQueueOptions = {}) {
    this.#cache = cache;
    this.#name = name;
    const defaults = { leaseMs: 30_000, attemptsMax: 5, backoffMs: 1000, clock: Date };
    this.#options = { ...defaults, ...options };
  }

  /** Puts a job in, to be given out after `delayMs` at the earliest; its id. */
  async add(payload: string, { priority = 0, delayMs = 0 } = {}): Promise<string> {
    const number = await this.#cache.incr(this.#key("ids"));
    // Of equal scores the lower bytes come first: with leading zeros the lower number.
    const job: Job = { id: String(number).padStart(16, "0"), payload, priority, attempt: 0 };
    // One after the other: a job that the cache refuses to hold stands on no board.
    await this.#write(job);
    await this.#place(job, delayMs);
    return job.id;
  }

  /** Takes the first job for `leaseMs`; `undefined` where none is ready. */
  async take(): Promise<Job | undefined> {
    await Promise.all([this.#wake("delayed"), this.#wake("leased")]);
    for (;;) {
      const [first] = await this.#cache.zPopMin(this.#key("ready"));
      if (first === undefined) return undefined;
      const job = await this.#read(first.member);
      // Somebody has completed it after all, when its lease had ended.
      if (job === undefined) continue;
      const taken = { ...job, attempt: job.attempt + 1 };
      await Promise.all([this.#lend(taken), this.#write(taken)]);
      return taken;
    }
  }

  /** Begins the lease of a job anew, for work that takes longer; whether it still is this worker's. */
  async extend(job: Job): Promise<boolean> {
    if (!(await this.#isHeld(job))) return false;
    const until = this.#options.clock.now() + this.#options.leaseMs;
    // Only what is still leased: another worker may have it by now.
    await this.#cache.zAdd(this.#key("leased"), { member: job.id, score: until }, { xx: true });
    return await this.#isHeld(job);
  }

  /** Ends a job that is done, be it after its lease; whether it had not been completed before. */
  async complete({ id }: Job): Promise<boolean> {
    const [wasThere] = await Promise.all([
      this.#cache.delete(this.#key(`job:${id}`)),
      ...boards.map((board) => this.#cache.zRem(this.#key(board), id)),
    ]);
    return wasThere;
  }

  /** Gives back a job that failed, to wait twice as long each time; whether it was this worker's. */
  async fail(job: Job): Promise<boolean> {
    if (!(await this.#isHeld(job)) || !(await this.#remove("leased", job))) return false;
    await this.#place(job, this.#options.backoffMs * 2 ** (job.attempt - 1));
    return true;
  }

  /**
   * Makes ready what a crash left on no board; how many. For the start of a program, before any worker
   * begins: one that is between the two calls of a move would have its job given away. O(jobs log N)
   */
  async recover(): Promise<number> {
    let found = 0;
    for await (const key of this.#cache.keys(this.#key("job:*"))) {
      const job = await this.#read(key.slice(this.#key("job:").length));
      if (job === undefined) continue;
      const scores = boards.map((board) => this.#cache.zScore(this.#key(board), job.id));
      if ((await Promise.all(scores)).some((score) => score !== undefined)) continue;
      await this.#place(job, 0);
      found++;
    }
    return found;
  }

  /** How many jobs stand on a board. O(1) */
  size(board: Board): Promise<number> {
    return this.#cache.zCard(this.#key(board));
  }

  /** Takes what is due off a board. Of several workers that try, the one that removes a job moves it. */
  async #wake(board: "delayed" | "leased"): Promise<void> {
    const due = { count: WAKE_MAX };
    const now = this.#options.clock.now();
    for (const { member } of await this.#cache.zRangeByScore(this.#key(board), "-inf", now, due)) {
      const job = await this.#read(member);
      if (job === undefined) await this.#cache.zRem(this.#key(board), member);
      else if (await this.#remove(board, job)) await this.#place(job, 0);
    }
  }

  /** One that has been tried often enough is laid aside: it may be what kills the workers. */
  async #place({ id, priority, attempt }: Job, delayMs: number): Promise<void> {
    const now = this.#options.clock.now();
    if (attempt >= this.#options.attemptsMax) await this.#put("dead", id, now);
    else if (delayMs > 0) await this.#put("delayed", id, now + delayMs);
    else await this.#put("ready", id, priority);
  }

  async #lend({ id }: Job): Promise<void> {
    await this.#put("leased", id, this.#options.clock.now() + this.#options.leaseMs);
  }

  /** Whether this lease of the job is the present one: a later one counts one attempt more. */
  async #isHeld({ id, attempt }: Job): Promise<boolean> {
    const leased = await this.#cache.zScore(this.#key("leased"), id);
    return leased !== undefined && (await this.#read(id))?.attempt === attempt;
  }

  async #put(board: Board, id: string, score: number): Promise<void> {
    await this.#cache.zAdd(this.#key(board), { member: id, score });
  }

  async #remove(board: Board, { id }: Job): Promise<boolean> {
    return (await this.#cache.zRem(this.#key(board), id)) === 1;
  }

  async #read(id: string): Promise<Job | undefined> {
    const json = await this.#cache.get(this.#key(`job:${id}`));
    return json === undefined ? undefined : (JSON.parse(String(json)) as Job);
  }

  async #write(job: Job): Promise<void> {
    await this.#cache.set(this.#key(`job:${job.id}`), JSON.stringify(job));
  }

  /** The name stands in braces: on a ring or a Cluster all keys of a queue are on one node. */
  #key(name: string): string {
    return `{${this.#name}}:${name}`;
  }
}
