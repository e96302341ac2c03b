import { abortable } from "../cache/abortable.ts";
import { checkCallOptions } from "../cache/call-options.ts";
import type { CallOptions } from "../cache/contract.ts";
import { encodeKey, encodeKeys } from "../cache/inputs.ts";
import type { CacheError } from "../errors.ts";
import { toByteString } from "../structures/byte-string.ts";
import type { CallAccess } from "./call-access.ts";
import { CallLimit } from "./call-limit.ts";
import { CallOrder } from "./call-order.ts";
import { KeyNames } from "./key-names.ts";
import type { RedisCacheConfig } from "./options.ts";
import type { Argument, ClientPort, Command, Connection, Reply } from "./port.ts";
import { withoutQueue } from "./memoryless-transaction.ts";
import { NO_SCRIPTS, type Script, ScriptRunner, type Send } from "./script-runner.ts";
import { CallInTurn, type CallUnderWay } from "./call-in-turn.ts";
import { readBootId } from "./boot-id.ts";
import { closed } from "./server-errors.ts";
import { WatchedReads } from "./watched-reads.ts";

/** How long `close` waits for calls that hold up others, milliseconds. */
const CLOSE_MS_MAX = 3000;

/** What the faces of one cache share. */
export class CallState {
  readonly config: RedisCacheConfig;
  readonly port: ClientPort;
  readonly names: KeyNames;
  readonly order = new CallOrder();
  readonly scripts: ScriptRunner;
  readonly limit: CallLimit;
  readonly reads: WatchedReads;
  /** The texts that are kept for this cache under names of its own. */
  readonly reserved = new Map<string, string>();
  /** How many connections were opened in place of others. */
  reconnections = 0;
  #reconnectedIn = 0;
  #closing: Promise<void> | undefined;

  constructor(port: ClientPort, config: RedisCacheConfig) {
    this.config = config;
    this.port = port;
    this.names = new KeyNames(toByteString(port.keyPrefix) + config.prefix);
    this.scripts = new ScriptRunner(port);
    const { clock, timers, timeoutMs } = config;
    this.reads = new WatchedReads(timers);
    const onOverdue = (isSilent: boolean): void => {
      // One server of a Cluster may be silent while others answer: who serves has to be asked anew.
      if (isSilent || port.isCluster) port.reset(timeoutMs);
    };
    this.limit = new CallLimit({ clock, timers, timeoutMs, onOverdue });
    port.onConnection(() => this.#connected());
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** Ends all connections when what was called before has its replies, or after some seconds. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.reads.close();
    const { timers } = this.config;
    let timer: unknown;
    if (!this.order.isFree) {
      const late = new Promise<void>((resolve) => {
        timer = timers.setTimeout(resolve, CLOSE_MS_MAX);
      });
      const turn = this.order.inTurn(() => Promise.resolve());
      await Promise.race([turn, late]);
      timers.clearTimeout(timer as never);
    }
    await this.port.close();
    this.limit.stop();
  }

  /** What a call has to wait for before it can be sent. */
  connecting(): Promise<unknown> | undefined {
    return this.port.isConnected || this.isClosed ? undefined : this.port.masters();
  }

  /** The first connection to a server is in place of none. */
  #connected(): void {
    const { epoch } = this.port;
    if (epoch !== this.#reconnectedIn) this.reconnections++;
    this.#reconnectedIn = epoch;
  }
}

const always = (): boolean => true;

/** Calls over the port of one cache, each under the cache's time limit. */
export class Calls implements CallAccess {
  readonly names: KeyNames;
  readonly state: CallState;
  /** Whether a call may time out. */
  protected readonly isLimited: boolean = true;

  constructor(state: CallState) {
    this.state = state;
    this.names = state.names;
  }

  get config(): RedisCacheConfig {
    return this.state.config;
  }

  get isCluster(): boolean {
    return this.state.port.isCluster;
  }

  /** What every call begins with. @throws {CacheError} `CLOSED`, `INVALID_OPTIONS`, the signal's reason */
  enter(options: CallOptions | undefined): void {
    if (this.state.isClosed) throw closed();
    if (options !== undefined) checkCallOptions(options);
  }

  key(key: string): Argument {
    return this.names.argumentOf(encodeKey(key, this.config.maxKeyBytes), key);
  }

  /** The arguments of several keys, in order. @throws {CacheError} as {@link key} does */
  keys(keys: readonly string[]): Argument[] {
    const isIterable = typeof keys === "object" && keys !== null && Symbol.iterator in keys;
    const found: Argument[] = [];
    // What is no list at all is refused as it is everywhere.
    for (const key of isIterable ? keys : encodeKeys(keys, Infinity)) found.push(this.key(key));
    return found;
  }

  call(command: Command, key: Argument | undefined, options?: CallOptions): Promise<Reply> {
    const { order, port, limit } = this.state;
    if (!order.isFree || !port.isConnected || this.state.isClosed)
      return this.#inTurn(() => port.send(command, key), options);
    // As nearly all calls are: one command that begins at once.
    const refusal = this.refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    return this.#watched(limit.watch(port.send(command, key), this.isLimited), options);
  }

  together(
    commands: readonly Command[],
    key: Argument,
    options?: CallOptions,
  ): Promise<readonly Reply[]> {
    const { port, scripts } = this.state;
    const begin = async (): Promise<readonly Reply[]> => {
      try {
        return await port.transaction(commands, key);
      } catch (error) {
        return await withoutQueue(error, commands, key, scripts, this.#send);
      }
    };
    return this.#inTurn(begin, options);
  }

  /** The replies to several commands, an Error in the place of what one of them failed with. */
  pipeline(
    commands: readonly Command[],
    keys: readonly Argument[],
    options?: CallOptions,
  ): Promise<Reply[]> {
    return this.#inTurn(() => this.state.port.pipeline(commands, keys), options);
  }

  run(
    script: Script,
    keys: readonly [Argument, ...Argument[]],
    args: readonly Argument[],
    otherwise: (connection: Connection) => Promise<Reply>,
    options?: CallOptions,
  ): Promise<Reply> {
    const { scripts } = this.state;
    const begin = async (call: CallUnderWay): Promise<Reply> => {
      if (scripts.hasScripts !== false) {
        const reply = await scripts.run(script, keys, args, this.#send);
        if (reply !== NO_SCRIPTS) return reply;
      }
      return await this.#onOwnConnection(keys[0], otherwise, call);
    };
    // Until it is known whether there are scripts, the call may take more than one round trip.
    return this.#inTurn(begin, options, () => scripts.hasScripts !== true);
  }

  alone<T>(
    key: Argument,
    work: (connection: Connection) => Promise<T>,
    options?: CallOptions,
  ): Promise<T> {
    return this.#inTurn((call) => this.#onOwnConnection(key, work, call), options, always);
  }

  async apart<T>(key: Argument, work: (connection: Connection) => Promise<T>): Promise<T> {
    const { pass } = this;
    this.check(pass);
    return await this.state.port.exclusive(key, async (connection) => {
      this.check(pass);
      return await work(connection);
    });
  }

  /** A connection to each master, for the {@link step}s of longer work. */
  masters(options?: CallOptions): Promise<readonly Connection[]> {
    return this.#inTurn(() => this.state.port.masters(), options);
  }

  /** Work of many {@link step}s that holds up all later calls. Waiting for its turn is one of them. */
  async inSteps<T>(work: () => Promise<T>, options?: CallOptions): Promise<T> {
    const { order, limit } = this.state;
    if (order.isFree && this.#opening() === undefined) return await order.inTurn(work, always);
    let end!: () => void;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const { pass } = this;
    const turn = new CallInTurn(async () => this.check(pass));
    void order.inTurn(
      async () => {
        await turn.begin();
        if (turn.hasBegun) await ended;
      },
      always,
      () => this.#opening(),
    );
    try {
      await this.#watched(limit.watch(turn.outcome, this.isLimited, turn), options, turn);
      return await work();
    } finally {
      end();
    }
  }

  /** One step of longer work, under the time limit, in no order. */
  step<T>(begin: () => Promise<T>, options?: CallOptions): Promise<T> {
    const refusal = this.refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    return this.#watched(this.state.limit.watch(begin(), this.isLimited), options);
  }

  /** Names the servers' incarnation. */
  bootId(options?: CallOptions): Promise<string> {
    return this.inTurn(() => readBootId(this.state.port), options);
  }

  /**
   * Begins a call in its turn, unless it was given up by then.
   * @param isAlone whether it holds up all later calls, asked when its turn has come
   */
  protected inTurn<T>(
    begin: (call: CallUnderWay) => Promise<T>,
    options: CallOptions | undefined,
    isAlone?: () => boolean,
    isLimited = this.isLimited,
  ): Promise<T> {
    const { order, limit } = this.state;
    const call = new CallInTurn(begin);
    void order.inTurn(
      () => call.begin(),
      isAlone,
      () => this.#opening(),
    );
    return this.#watched(limit.watch(call.outcome, isLimited, call), options, call);
  }

  /** What is refused now does not wait for a connection. */
  #opening(): Promise<unknown> | undefined {
    return this.refusal() === undefined ? this.state.connecting() : undefined;
  }

  /** What a call that is made now is let in with when its turn has come. */
  protected get pass(): unknown {
    return undefined;
  }

  /** Why nothing may be sent now, if so. @param _pass what the call had when it was made */
  protected refusal(_pass = this.pass): CacheError | undefined {
    return undefined;
  }

  protected check(pass = this.pass): void {
    const refusal = this.refusal(pass);
    if (refusal !== undefined) throw refusal;
  }

  /** Sends a command of a call whose turn it is, unless it may not be sent any more. */
  readonly #send: Send = async (command, key, elsewhere) => {
    this.check();
    return await this.state.port.send(command, key, elsewhere);
  };

  /** What a call comes to, unless its signal ends it before. */
  #watched<T>(
    reply: Promise<T>,
    options: CallOptions | undefined,
    turn?: { drop(): void },
  ): Promise<T> {
    return abortable(reply, options?.signal, () => turn?.drop());
  }

  #inTurn<T>(
    begin: (call: CallUnderWay) => Promise<T>,
    options: CallOptions | undefined,
    isAlone?: () => boolean,
  ): Promise<T> {
    // What a call that was made before does after a close takes part in it no more.
    if (this.state.isClosed) return Promise.reject(closed());
    const { pass } = this;
    const checked = async (call: CallUnderWay): Promise<T> => {
      this.check(pass);
      return await begin(call);
    };
    return this.inTurn(checked, options, isAlone);
  }

  async #onOwnConnection<T>(
    key: Argument,
    work: (connection: Connection) => Promise<T>,
    call: CallUnderWay,
  ): Promise<T> {
    // What was sent before on the connection that all share is carried out before this is answered,
    // whatever the answer is.
    await this.state.port.send(["PING"], key).catch(() => null);
    return await this.apart(key, async (connection) => {
      // Nobody hears of it any more.
      if (call.isGivenUp) return undefined as never;
      // A connection that does not answer in time does not keep its place.
      return await call.untilTimeout(work(connection));
    });
  }
}
