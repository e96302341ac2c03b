import type { SnapshotWriter } from "./snapshot/snapshot-writer.ts";

/** What is written in the background: a snapshot, or another base of the journal. */
export type JobKind = "save" | "rewrite";

/** What is told when a job is over by itself. */
export interface JobOutcome {
  done(bytes: number): void;
  failed(error: unknown): void;
}

interface Job {
  readonly kind: JobKind;
  readonly writer: SnapshotWriter;
  readonly over: Promise<void>;
}

/** One piece of background work at a time. */
export class JobSlot {
  readonly #becameIdle: () => void;
  #job: Job | undefined;

  /** `becameIdle` is told when a job is over by itself, after its outcome. */
  constructor(becameIdle: () => void) {
    this.#becameIdle = becameIdle;
  }

  /** What is under way; `undefined`: nothing. */
  get kind(): JobKind | undefined {
    return this.#job?.kind;
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    // Another job may have begun when one is over.
    // oxlint-disable-next-line no-await-in-loop
    while (this.#job !== undefined) await this.#job.over;
  }

  /** Begins a job. Nothing may be under way. */
  run(kind: JobKind, writer: SnapshotWriter, outcome: JobOutcome): void {
    this.#job = { kind, writer, over: this.#carryOut(writer, outcome) };
  }

  /** Gives up what is under way, whose outcome nobody is told. @returns what it was */
  stop(): JobKind | undefined {
    const job = this.#job;
    this.#job = undefined;
    job?.writer.abort();
    return job?.kind;
  }

  async #carryOut(writer: SnapshotWriter, outcome: JobOutcome): Promise<void> {
    let told: () => void;
    try {
      const bytes = await writer.run();
      told = () => outcome.done(bytes);
    } catch (error) {
      told = () => outcome.failed(error);
    }
    if (this.#job?.writer !== writer) return;
    this.#job = undefined;
    told();
    this.#becameIdle();
  }
}
