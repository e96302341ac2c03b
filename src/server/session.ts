import type { ClientPort, ClientsPort, ClientType, ReplyMode } from "../commands/client-port.ts";
import type { CommandContext, CommandSettings, KeyWait } from "../commands/context.ts";
import type { ServerPort } from "../commands/server-port.ts";
import type { Databases } from "../engine/databases.ts";
import type { Keyspace } from "../engine/keyspace.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import type { Random } from "../structures/random.ts";
import type { WaitingClient } from "./blocked-clients.ts";
import { clientLine } from "./client-line.ts";
import type { Connection } from "./connection.ts";
import type { Pause } from "./pause.ts";
import type { ServerState } from "./server-state.ts";
import { Transaction } from "./transaction.ts";

/** Why a session's commands take the slow way through the dispatcher; bits. */
export const GUARD = {
  unauthenticated: 1,
  inTransaction: 2,
  repliesLess: 4,
} as const;

/**
 * What the server knows of one client, from connecting to closing: what commands act on and see of
 * it. The bytes come and go by its {@link Connection}.
 */
export class Session implements CommandContext, ClientPort {
  readonly id: number;
  readonly client: ClientPort = this;
  readonly transaction: Transaction;
  readonly connection: Connection;
  readonly createdAtMs: number;
  readonly type: ClientType = "normal";
  keyspace: Keyspace;
  databaseIndex = 0;
  /**
   * The writer of all replies to what is being read; another one while the client is served aside.
   */
  reply: ReplyWriter;
  protocol: 2 | 3 = 2;
  replyMode: ReplyMode = "on";
  isAuthenticated: boolean;
  isKeptFromEviction = false;
  /** Within EXEC nobody waits. */
  mayBlock = true;
  /** Bits of {@link GUARD}. */
  guard = 0;
  /** The full name of the last command. */
  lastCommand = "NULL";
  waiting: WaitingClient | undefined;
  readonly #state: ServerState;
  readonly #names = { name: "", libraryName: "", libraryVersion: "" };
  /** Goes on with a command that a pause held back. */
  #postponed: (() => void) | undefined;
  /** CLIENT REPLY SKIP was meant for the command that is being carried out, or waited with. */
  #skipsReply = false;

  constructor(id: number, connection: Connection, state: ServerState, nowMs: number) {
    this.id = id;
    this.connection = connection;
    this.#state = state;
    this.createdAtMs = nowMs;
    this.keyspace = state.databases.first;
    this.reply = state.outbox.reply;
    this.isAuthenticated = !state.passwords.isNeeded;
    this.transaction = new Transaction(
      this,
      state.blocked.observers,
      state.clientMemory,
      state.runTransaction,
    );
    this.updateGuard();
  }

  get databases(): Databases {
    return this.#state.databases;
  }

  get settings(): CommandSettings {
    return this.#state.settings;
  }

  get random(): Random {
    return this.#state.random;
  }

  get server(): ServerPort {
    return this.#state.port;
  }

  get clients(): ClientsPort {
    return this.#state.clients;
  }

  get name(): string {
    return this.#names.name;
  }

  set name(name: string) {
    this.#rename("name", name);
  }

  get libraryName(): string {
    return this.#names.libraryName;
  }

  set libraryName(name: string) {
    this.#rename("libraryName", name);
  }

  get libraryVersion(): string {
    return this.#names.libraryVersion;
  }

  set libraryVersion(version: string) {
    this.#rename("libraryVersion", version);
  }

  get address(): string {
    return this.connection.address;
  }

  get localAddress(): string {
    return this.connection.localAddress;
  }

  get isLocal(): boolean {
    return this.connection.isLocal;
  }

  get needsPassword(): boolean {
    return this.#state.passwords.isNeeded;
  }

  /** Whether no further command may be carried out now. */
  get isHeld(): boolean {
    return this.waiting !== undefined || this.#postponed !== undefined;
  }

  /** Whether the reply to the command that is being carried out goes nowhere. */
  get isMuted(): boolean {
    return this.#skipsReply || this.replyMode === "off";
  }

  /** Whether it sent more that is not carried out yet, what is queued included, than it may. */
  get isBeyondQueryLimit(): boolean {
    const bytes = this.transaction.queuedBytes + this.connection.heldBytes;
    return bytes > this.#state.limits.queryBufferBytes;
  }

  /** The name of the user it is. */
  get user(): string {
    return "default";
  }

  /** Keeps a command until a pause is over. */
  postpone(argv: readonly string[], pause: Pause): void {
    this.#postponed = () => {
      this.#postponed = undefined;
      this.connection.carryOutLater(argv);
    };
    pause.hold(this.#postponed);
  }

  authenticate(user: string, password: string): boolean {
    if (!this.#state.passwords.accepts(user, password)) return false;
    this.isAuthenticated = true;
    this.updateGuard();
    return true;
  }

  useProtocol(version: 2 | 3): void {
    this.protocol = version;
    this.reply.version = version;
  }

  select(index: number): void {
    this.databaseIndex = index;
    this.keyspace = this.#state.databases.at(index);
  }

  setReplyMode(mode: ReplyMode): void {
    this.replyMode = mode;
    // As in Redis, who turns replies on has them from this one on.
    if (mode === "on") this.#skipsReply = false;
    this.updateGuard();
  }

  /** A command begins; it is the one whose reply is to be skipped, if one is. */
  beginCommand(): void {
    if (this.replyMode !== "skip") return;
    this.setReplyMode("on");
    this.#skipsReply = true;
  }

  /**
   * A command is carried out; one that waits for keys or was put off still has its reply to come.
   */
  endCommand(): void {
    if (!this.#skipsReply || this.waiting !== undefined) return;
    this.#skipsReply = false;
    if (this.#postponed !== undefined) this.setReplyMode("skip");
  }

  reset(): void {
    this.select(0);
    this.useProtocol(2);
    this.isAuthenticated = !this.#state.passwords.isNeeded;
    this.transaction.discard();
    this.name = "";
    // A reply that is to be skipped still is, as in Redis.
    this.replyMode = "on";
    this.updateGuard();
  }

  closeAfterReply(): void {
    this.connection.closeAfterReply();
  }

  /** Ends the connection; to whoever waits for a reply, an error tells why. */
  endWith(text: string): void {
    if (this.waiting !== undefined) this.waiting.fail(text);
    else if (this.#postponed !== undefined) {
      this.replyAside((reply) => {
        reply.error(text);
        return true;
      });
    }
    this.closeAfterReply();
  }

  block(wait: KeyWait): void {
    if (this.mayBlock) this.waiting = this.#state.blocked.block(this, wait);
    else wait.expire(this.reply);
  }

  /** The wait is over, and replied to: further commands go on. */
  unblocked(): void {
    this.waiting = undefined;
    this.#skipsReply = false;
    this.connection.resumeSoon();
  }

  /**
   * Replies at a time when the shared writer may hold replies to another client.
   *
   * @param write returns false where it wrote nothing
   */
  replyAside(write: (reply: ReplyWriter) => boolean): void {
    const { reply, isMuted } = this;
    const { outbox, replyAside } = this.#state;
    this.reply = replyAside;
    replyAside.version = this.protocol;
    try {
      if (write(replyAside) && !isMuted) outbox.addFrom(replyAside, this.connection);
    } finally {
      replyAside.reset();
      this.reply = reply;
    }
  }

  /** The connection is gone: whatever others hold of this client is dropped. */
  closed(): void {
    this.waiting?.drop();
    this.waiting = undefined;
    if (this.#postponed !== undefined) this.#state.pause.drop(this.#postponed);
    this.transaction.discard();
    this.name = "";
    this.libraryName = "";
    this.libraryVersion = "";
  }

  updateGuard(): void {
    const isTrusted = this.isAuthenticated || !this.needsPassword;
    this.guard =
      (isTrusted ? 0 : GUARD.unauthenticated) |
      (this.transaction.isOpen ? GUARD.inTransaction : 0) |
      (this.replyMode === "on" ? 0 : GUARD.repliesLess);
    this.connection.isTrusted = isTrusted;
  }

  describe(): string {
    return clientLine(this, this.#state.nowMs());
  }

  /** @throws {ReplyError} for one that is too long beside those of all other clients */
  #rename(which: "name" | "libraryName" | "libraryVersion", name: string): void {
    const { clientMemory } = this.#state;
    clientMemory.takeFor("the names of clients", name.length);
    clientMemory.give(this.#names[which].length);
    this.#names[which] = name;
  }
}
