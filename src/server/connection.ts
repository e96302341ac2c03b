import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { latin1Of } from "../protocol/byte-text.ts";
import { ProtocolError, QueryBufferError, RequestDecoder } from "../protocol/request-decoder.ts";
import {
  ARGUMENTS_MAX,
  COMMANDS_PER_LOOK,
  FLUSH_BYTES,
  HELD_BYTES_MAX,
  INLINE_BYTES_MAX,
  TURN_MS_MAX,
  UNREAD_BYTES_MAX,
  UNREAD_BYTES_TOTAL_MAX,
} from "./limits.ts";
import type { Endpoints } from "./listening/endpoints.ts";
import type { Recipient } from "./outbox.ts";
import type { ServerState } from "./server-state.ts";
import { Session } from "./session.ts";

/** So much the system is given as a text, which Node.js copies to its stack and not to its heap. */
const TEXT_BYTES_MAX = 16_000;

/**
 * The bytes of one client, in and out. What one read of the socket brings is carried out command by
 * command, and the replies leave in one write, by the outbox. Commands are held back, and the socket
 * is not read after a while, when the client waits for keys, when it leaves its replies unread, and
 * for a moment when its turn was long, so that others have theirs.
 */
export class Connection implements Recipient {
  readonly address: string;
  readonly localAddress: string;
  readonly isLocal: boolean;
  readonly isUnix: boolean;
  readonly session: Session;
  lastReadMs: number;
  /** Set when the connection ends after the replies so far; nothing is carried out any more. */
  isClosing = false;
  /** Since when more is unread than the soft limit allows; 0: it is not. */
  softSinceMs = 0;
  /** The connection is over: nothing is sent any more. */
  isDestroyed = false;
  readonly #socket: Socket;
  readonly #state: ServerState;
  readonly #decoder: RequestDecoder;
  /** What was counted into the traffic as unread. */
  #unreadBytes = 0;
  #isPaused = false;
  /** The next turn is scheduled: until then nothing is carried out. */
  #isScheduled = false;
  /** Replies wait until the client has read what it was sent. */
  #isBehind = false;
  /** Nothing more will be read; the connection ends when all is carried out. */
  #isEnding = false;
  /** Where the replies of this turn begin in the outbox. */
  #replyStart = 0;
  /** A command that comes before what the decoder holds. */
  #first: readonly string[] | undefined;

  constructor(id: number, socket: Socket, endpoints: Endpoints, state: ServerState) {
    this.#socket = socket;
    this.#state = state;
    this.address = endpoints.address;
    this.localAddress = endpoints.localAddress;
    this.isLocal = endpoints.isLocal;
    this.isUnix = endpoints.isUnix;
    this.lastReadMs = state.nowMs();
    const { limits } = state;
    this.#decoder = new RequestDecoder(
      {
        get maxBulkBytes() {
          return limits.bulkBytes;
        },
        get maxBufferedBytes() {
          return limits.queryBufferBytes;
        },
        maxArguments: ARGUMENTS_MAX,
        maxInlineBytes: INLINE_BYTES_MAX,
      },
      state.names,
    );
    this.session = new Session(id, this, state, this.lastReadMs);
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("end", () => this.#ended());
    socket.on("drain", () => this.#drained());
    socket.on("close", () => this.#closed());
    socket.on("error", () => this.destroy());
  }

  /** Whether what it sends may be long: before it logged in, it may not. */
  set isTrusted(isTrusted: boolean) {
    this.#decoder.isAuthenticated = isTrusted;
  }

  /** What was read and not carried out yet, in bytes. */
  get heldBytes(): number {
    return this.#decoder.bufferedBytes;
  }

  /** What was written and not yet taken by the system, in bytes. */
  get unreadBytes(): number {
    return this.#socket.writableLength;
  }

  get fileDescriptor(): number {
    const { _handle: handle } = this.#socket as Socket & { _handle?: { fd?: number } | null };
    return handle?.fd ?? -1;
  }

  write(bytes: Buffer, start: number, end: number): boolean {
    if (this.isDestroyed) return true;
    const socket = this.#socket;
    const length = end - start;
    this.#state.traffic.bytesOut += length;
    // A part that is left unread is not to keep a buffer alive that is much larger, and not counted.
    const isCopied = length <= TEXT_BYTES_MAX || length * 2 < bytes.buffer.byteLength;
    if (length <= TEXT_BYTES_MAX) socket.write(latin1Of(bytes, start, end), "latin1");
    else if (isCopied) socket.write(Buffer.from(bytes.subarray(start, end)));
    else socket.write(bytes.subarray(start, end));
    // Mostly the system took it all at once.
    if (socket.writableLength === 0) return true;
    this.#noteUnread();
    return isCopied;
  }

  /**
   * Sends the replies so far where they are many, though not all is done.
   * @param isAmidWrites amid a transaction that may have changed something
   */
  sendMuch(isAmidWrites = false): void {
    const { limits, outbox } = this.#state;
    if (outbox.reply.length <= FLUSH_BYTES) return;
    outbox.add(this, this.#replyStart);
    this.#replyStart = 0;
    if (!isAmidWrites) {
      outbox.flush();
      return;
    }
    outbox.flushAmidTransaction();
    if (outbox.heldBytes > limits.outputHardBytes) this.destroy();
  }

  /** Goes on with what was held back, when whoever runs now is done. */
  resumeSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#process();
    });
  }

  /** Carries out a command that was held back, before those that came after it. */
  carryOutLater(argv: readonly string[]): void {
    this.#first = argv;
    this.resumeSoon();
  }

  closeAfterReply(): void {
    this.isClosing = true;
    // Whoever ends the connection of another finds nothing under way there.
    if (!this.#state.executor.isRunning) this.#finish();
  }

  /** Ends the connection when the system has taken what was written. */
  finish(): void {
    if (!this.isDestroyed) this.#socket.destroySoon();
  }

  /** Ends the connection at once. */
  destroy(): void {
    if (this.isDestroyed) return;
    this.#socket.destroy();
    this.#closed();
  }

  #read(chunk: Buffer): void {
    if (this.#isHeld) this.lastReadMs = this.#state.nowMs();
    this.#state.traffic.bytesIn += chunk.length;
    if (this.isClosing) return;
    const { isHeld } = this.session;
    // Who is not read is not seen to go, and would be given what others wait for.
    if (isHeld && this.heldBytes + chunk.length > this.#state.limits.queryBufferBytes) {
      this.destroy();
      return;
    }
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (!this.#isHeld) this.#process();
    else if (!isHeld && this.heldBytes > HELD_BYTES_MAX) this.#pauseReading();
  }

  /** The client says no more: what it said is carried out, unless it would have to wait. */
  #ended(): void {
    if (this.session.isHeld) {
      this.session.closed();
      this.#finish();
    } else if (this.#isHeld) this.#isEnding = true;
    else this.#finish();
  }

  get #isHeld(): boolean {
    return this.session.isHeld || this.#isScheduled || this.#isBehind;
  }

  /** One turn: carries out what was read, until all is done or somebody else has a turn. */
  #process(): void {
    if (this.isDestroyed || this.isClosing || this.#isHeld) return;
    const { executor, outbox } = this.#state;
    const { reply } = outbox;
    reply.version = this.session.protocol;
    this.#replyStart = reply.length;
    this.lastReadMs = executor.begin();
    outbox.begin();
    try {
      this.#carryOut(executor.lastMs);
    } catch (error) {
      this.#refuse(error);
    }
    executor.end();
    outbox.add(this, this.#replyStart);
    if (this.isClosing || (this.#isEnding && !this.#isHeld)) this.#finish();
    else if (this.#isPaused && (this.session.isHeld || !this.#isHeld)) this.#resumeReading();
  }

  #carryOut(startMs: number): void {
    const { executor, outbox } = this.#state;
    const { session } = this;
    let left = COMMANDS_PER_LOOK;
    for (;;) {
      const argv = this.#first ?? this.#decoder.next();
      this.#first = undefined;
      if (argv === undefined) return;
      executor.execute(session, argv);
      if (outbox.reply.length > FLUSH_BYTES) this.sendMuch();
      if (this.isClosing || this.isDestroyed || this.#isHeld) return;
      if (--left > 0) continue;
      left = COMMANDS_PER_LOOK;
      if (executor.lastMs - startMs < TURN_MS_MAX) continue;
      this.resumeSoon();
      return;
    }
  }

  #refuse(error: unknown): void {
    if (!(error instanceof ProtocolError)) {
      this.#state.executor.fault({ fullName: this.session.lastCommand }, error);
      this.destroy();
      return;
    }
    // Too much was sent: nobody listens there.
    if (!(error instanceof QueryBufferError)) {
      this.#state.outbox.reply.error(`ERR Protocol error: ${error.message}`);
    }
    this.isClosing = true;
  }

  #noteUnread(): void {
    const { limits, traffic } = this.#state;
    const { writableLength: unread, writableNeedDrain: isTold } = this.#socket;
    // Of less than Node.js buffers in any case, nobody tells when it is gone.
    const counted = isTold ? unread : 0;
    traffic.unreadBytes += counted - this.#unreadBytes;
    this.#unreadBytes = counted;
    if (unread > limits.outputHardBytes) {
      this.destroy();
      return;
    }
    if (limits.outputSoftBytes > 0 && unread > limits.outputSoftBytes) {
      this.softSinceMs ||= performance.now();
    } else this.softSinceMs = 0;
    const isMuch = traffic.unreadBytes > UNREAD_BYTES_TOTAL_MAX;
    if (isMuch ? isTold : unread > UNREAD_BYTES_MAX) this.#isBehind = true;
  }

  #drained(): void {
    this.#state.traffic.unreadBytes -= this.#unreadBytes;
    this.#unreadBytes = 0;
    this.softSinceMs = 0;
    if (!this.#isBehind) return;
    this.#isBehind = false;
    this.#process();
  }

  #pauseReading(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  #resumeReading(): void {
    this.#isPaused = false;
    this.#socket.resume();
  }

  #finish(): void {
    this.isClosing = true;
    this.#state.outbox.finish(this);
  }

  #closed(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.#state.traffic.unreadBytes -= this.#unreadBytes;
    this.#unreadBytes = 0;
    this.session.closed();
    this.#state.clients.remove(this.session);
  }
}
