import { performance } from "node:perf_hooks";
import type { CommandEntry, CommandTable } from "../commands/command-table.ts";
import { OUT_OF_MEMORY, STILL_LOADING, wrongArity } from "../commands/reply-error.ts";
import type { KeptData } from "../cache/persistence.ts";
import type { BlockedClients } from "./blocked-clients.ts";
import { errorReply } from "./error-reply.ts";
import { checkKeyLengths } from "./key-length.ts";
import type { Pause } from "./pause.ts";
import { GUARD, type Session } from "./session.ts";
import type { QueuedCommand } from "./transaction.ts";
import type { TurnClock } from "./turn-clock.ts";
import { unknownCommand, unknownSubcommand } from "./unknown-command.ts";

/** What a fault is told with. */
export type NamedCommand = Pick<CommandEntry, "fullName">;

/** Is told of every command that was carried out, or refused. */
export interface CallObserver {
  /** A command ran for so long; `failed`: its reply is an error. */
  called(
    entry: CommandEntry,
    argv: readonly string[],
    session: Session,
    ms: number,
    failed: boolean,
  ): void;
  /** A command was refused before it ran. */
  rejected(entry: CommandEntry): void;
  /** An error was replied. */
  errorReplied(text: string): void;
  /** A command threw what no client can have caused. */
  faulted(entry: NamedCommand, error: unknown): void;
}

const INTERNAL_ERROR = "ERR internal error";
const NO_AUTH = "NOAUTH Authentication required.";
const NO_REPLICAS = "NOREPLICAS Not enough good replicas to write.";
const QUEUES_FULL = "ERR too much is queued by the transactions of all clients";
const NOT_IN_TRANSACTION = "ERR Command not allowed inside a transaction";
/** What HTTP begins with: some web page sends it here, with whatever a stranger put into it. */
const HTTP_WORDS = new Set(["host:", "post"]);

/** Carries commands out as Redis' processCommand does: the checks, in its order, then the call. */
export class Executor {
  readonly #table: CommandTable;
  readonly #blocked: BlockedClients;
  readonly #pause: Pause;
  readonly #observer: CallObserver;
  readonly #clock: TurnClock;
  /** What is told of each command that ended, and refuses writes while it cannot keep them. */
  keptData: Pick<KeptData, "endUnit" | "isReady" | "refusal"> | undefined;
  /** The longest key that a command may write, in bytes. */
  keyBytesMax = Infinity;
  /** Whether there is a reason to look closer at every command, of whichever client. */
  #isObstructed = false;
  #lacksReplicas = false;
  /** How many calls are under way: within EXEC two. */
  #depth = 0;
  /**
   * When the last command ended; the next one begins there, so that the clock is read once each.
   */
  #lastMs = 0;

  constructor(
    table: CommandTable,
    blocked: BlockedClients,
    pause: Pause,
    observer: CallObserver,
    clock: TurnClock,
  ) {
    this.#clock = clock;
    this.#table = table;
    this.#blocked = blocked;
    this.#pause = pause;
    this.#observer = observer;
    pause.onBegin = () => {
      this.#isObstructed = true;
    };
  }

  /** Whether writes are refused because there are not as many replicas as are asked for. */
  set lacksReplicas(lacks: boolean) {
    this.#lacksReplicas = lacks;
    this.#isObstructed ||= lacks;
  }

  /** Whether a command of a transaction is being carried out. */
  get isInTransaction(): boolean {
    return this.#depth > 1;
  }

  /** Whether a command is being carried out. */
  get isRunning(): boolean {
    return this.#depth > 0;
  }

  /** When the last command ended, by the monotonic clock. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Tells that commands follow now that were just read. @returns the time of the wall clock */
  begin(): number {
    this.#lastMs = performance.now();
    this.#isObstructed =
      this.#lacksReplicas || this.#pause.mode !== undefined || this.#isWithoutDisk();
    return this.#clock.begin(this.#lastMs);
  }

  /** Tells that whatever was read is carried out. */
  end(): void {
    this.#clock.end();
  }

  /** Carries out a command, or refuses or queues it, and replies. */
  execute(session: Session, argv: readonly string[]): void {
    const name = argv[0] as string;
    let entry = this.#table.entry(name);
    if (entry === undefined) {
      this.#refuseUnknown(session, argv);
      return;
    }
    if (entry.subcommands !== undefined && argv.length > 1) {
      const subcommand = entry.subcommands.get((argv[1] as string).toLowerCase());
      if (subcommand === undefined) {
        this.#reject(session, undefined, unknownSubcommand(argv));
        return;
      }
      entry = subcommand;
    }
    session.lastCommand = entry.fullName;
    if (argv.length < entry.argumentsMin || argv.length > entry.argumentsMax) {
      this.#reject(session, entry, wrongArity(entry.fullName).message);
      return;
    }
    if (session.guard !== 0 || this.#isObstructed) {
      this.#executeGuarded(session, entry, argv);
      return;
    }
    if (entry.isRefusedWhenFull && session.keyspace.isFull) {
      this.#reject(session, entry, OUT_OF_MEMORY.message);
      return;
    }
    this.#call(session, entry, argv);
    if (this.#blocked.hasReady) this.#blocked.serve();
    this.keptData?.endUnit();
  }

  /**
   * Carries out what a transaction queued. Replies leave while it runs, so that they are never held
   * all at once. Where the client is gone or takes too little, all that writes is carried out
   * nevertheless, as a transaction is never half done.
   */
  runTransaction(session: Session, queue: readonly QueuedCommand[]): void {
    const { reply, connection } = session;
    const isKept = this.keptData !== undefined && queue.some(({ entry }) => entry.isWrite);
    session.mayBlock = false;
    try {
      reply.array(queue.length);
      for (const { entry, argv } of queue) {
        if (connection.isDestroyed && !entry.isWrite) continue;
        const start = reply.length;
        this.#call(session, entry, argv);
        if (session.isMuted || connection.isDestroyed) reply.truncate(start);
        else connection.sendMuch(isKept);
      }
    } catch (error) {
      // It cannot be told any more what was carried out.
      connection.destroy();
      throw error;
    } finally {
      session.mayBlock = true;
    }
  }

  /** Tells of an error that no client can have caused. Never throws. */
  fault(entry: NamedCommand, error: unknown): void {
    try {
      this.#observer.faulted(entry, error);
    } catch {
      // Whoever is told of faults has one itself: the client is not to suffer for it.
    }
  }

  /** For clients that are not just like any other: all checks, and CLIENT REPLY. */
  #executeGuarded(session: Session, entry: CommandEntry, argv: readonly string[]): void {
    const { reply } = session;
    const start = reply.length;
    session.beginCommand();
    const { isMuted } = session;
    this.#executeChecked(session, entry, argv);
    // Whoever turns replies on has one; what turns them off has none of its own.
    if (isMuted && session.isMuted) reply.truncate(start);
    session.endCommand();
    if (this.#blocked.hasReady) this.#blocked.serve();
    this.keptData?.endUnit();
  }

  /** Whether the data is not loaded yet, or what is written cannot be kept. */
  #isWithoutDisk(): boolean {
    const { keptData } = this;
    return keptData !== undefined && (!keptData.isReady || keptData.refusal !== undefined);
  }

  #executeChecked(session: Session, entry: CommandEntry, argv: readonly string[]): void {
    const { transaction } = session;
    if ((session.guard & GUARD.unauthenticated) !== 0 && !entry.isOpenToAll) {
      this.#reject(session, entry, NO_AUTH);
      return;
    }
    if (transaction.isOpen && entry.isRefusedInTransaction) {
      this.#reject(session, entry, NOT_IN_TRANSACTION);
      return;
    }
    const isExec = entry.fullName === "exec";
    const mayNotFill =
      entry.isRefusedWhenFull ||
      (isExec && transaction.mayFill) ||
      (transaction.isOpen && !endsTransaction(entry));
    if (mayNotFill && session.keyspace.isFull) {
      this.#reject(session, entry, OUT_OF_MEMORY.message);
      return;
    }
    const writes = entry.isWrite || (isExec && transaction.mayWrite);
    const refusal = this.keptData?.refusal;
    // As in Redis PING tells, so that whoever watches a server hears of it.
    if (refusal !== undefined && (writes || entry.fullName === "ping")) {
      this.#reject(session, entry, misconfigured(refusal));
      return;
    }
    if (writes && this.#lacksReplicas) {
      this.#reject(session, entry, NO_REPLICAS);
      return;
    }
    const needsLoaded = !entry.isOpenWhileLoading || (isExec && transaction.needsLoaded);
    if (needsLoaded && this.keptData?.isReady === false) {
      this.#reject(session, entry, STILL_LOADING.message);
      return;
    }
    if (this.#pause.holds(writes)) {
      session.postpone(argv, this.#pause);
      return;
    }
    if (transaction.isOpen && !entry.isNeverQueued) {
      this.#queue(session, entry, argv);
    } else this.#call(session, entry, argv);
  }

  #queue(session: Session, entry: CommandEntry, argv: readonly string[]): void {
    if (!session.transaction.queue(entry, argv)) this.#reject(session, entry, QUEUES_FULL);
    else if (session.isBeyondQueryLimit) session.connection.destroy();
    else session.reply.simple("QUEUED");
  }

  #call(session: Session, entry: CommandEntry, argv: readonly string[]): void {
    const { reply } = session;
    const start = reply.length;
    const startMs = this.#lastMs;
    let failed = false;
    this.#depth++;
    try {
      if (this.keyBytesMax !== Infinity && entry.isWrite) {
        checkKeyLengths(entry.command, argv, this.keyBytesMax);
      }
      entry.run?.(session, argv);
    } catch (error) {
      failed = true;
      reply.truncate(start);
      const text = errorReply(error);
      if (text === undefined) this.fault(entry, error);
      reply.error(text ?? INTERNAL_ERROR);
      this.#observer.errorReplied(text ?? INTERNAL_ERROR);
    } finally {
      this.#depth--;
    }
    const now = performance.now();
    this.#observer.called(entry, argv, session, now - startMs, failed);
    this.#lastMs = now;
    this.#clock.advance(now);
  }

  #refuseUnknown(session: Session, argv: readonly string[]): void {
    if (HTTP_WORDS.has((argv[0] as string).toLowerCase())) session.connection.destroy();
    else this.#reject(session, undefined, unknownCommand(argv));
  }

  /** Refuses a command: a transaction cannot be carried out then. */
  #reject(session: Session, entry: CommandEntry | undefined, text: string): void {
    const { transaction } = session;
    let replied = text;
    if (entry !== undefined) this.#observer.rejected(entry);
    if (entry?.fullName === "exec") {
      transaction.discard();
      replied = `EXECABORT Transaction discarded because of: ${text.replace(/^ERR /, "")}`;
    } else if (transaction.isOpen) transaction.hasErrors = true;
    if (session.replyMode === "on") session.reply.error(replied);
    else if (session.replyMode === "skip") session.setReplyMode("on");
    this.#observer.errorReplied(replied);
  }
}

/** What whoever writes is told while what is written cannot be kept. */
function misconfigured({ message }: Error): string {
  return `MISCONF ${message}; writes are refused until that works again`;
}

/** Whether a command is carried out within a transaction, so that it takes no more memory. */
function endsTransaction(entry: CommandEntry): boolean {
  return ["exec", "discard", "quit", "reset"].includes(entry.fullName);
}
