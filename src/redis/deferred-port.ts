import { Gate } from "./gate.ts";
import type { Argument, ClientPort, Command, Connection, Reply } from "./port.ts";
import { closed } from "./server-errors.ts";

/** A port that is made when it is first used: what loads a client library only then. */
export class DeferredPort implements ClientPort {
  readonly isCluster = false;
  readonly keyPrefix = "";
  readonly #make: () => Promise<ClientPort>;
  readonly #gate = new Gate();
  readonly #listeners: (() => void)[] = [];
  #port: ClientPort | undefined;
  #making: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(make: () => Promise<ClientPort>) {
    this.#make = make;
  }

  get epoch(): number {
    return this.#port?.epoch ?? 0;
  }

  get isConnected(): boolean {
    return this.#port?.isConnected ?? false;
  }

  send(command: Command, key: Argument | undefined, elsewhere?: Command): Promise<Reply> {
    return this.#use((port) => port.send(command, key, elsewhere));
  }

  serverOf(key: Argument): string {
    return this.#port?.serverOf(key) ?? "";
  }

  pipeline(commands: readonly Command[], keys: readonly Argument[]): Promise<Reply[]> {
    return this.#use((port) => port.pipeline(commands, keys));
  }

  transaction(commands: readonly Command[], key: Argument): Promise<readonly Reply[]> {
    return this.#use((port) => port.transaction(commands, key));
  }

  exclusive<T>(key: Argument, work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#use((port) => port.exclusive(key, work));
  }

  masters(): Promise<readonly Connection[]> {
    return this.#use((port) => port.masters());
  }

  onConnection(listener: () => void): void {
    if (this.#port === undefined) this.#listeners.push(listener);
    else this.#port.onConnection(listener);
  }

  fence(): Promise<void> {
    return this.#use((port) => port.fence());
  }

  reset(silentMs?: number): void {
    this.#port?.reset(silentMs);
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  #use<T>(call: (port: ClientPort) => Promise<T>): Promise<T> {
    const port = this.#port;
    if (port !== undefined && !this.#gate.isBusy) return call(port);
    if (this.#closing !== undefined) return Promise.reject(closed());
    return this.#gate.pass(
      () => this.#made(),
      () => call(this.#port as ClientPort),
    );
  }

  /** What cannot be made now may be made later: a library that was missing is looked for again. */
  #made(): Promise<void> {
    this.#making ??= this.#begin().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #begin(): Promise<void> {
    if (this.#port !== undefined) return;
    const port = await this.#make();
    for (const listener of this.#listeners) port.onConnection(listener);
    this.#port = port;
  }

  async #end(): Promise<void> {
    // Calls from before go before it: they wait for the same.
    await this.#making?.catch(() => undefined);
    await this.#port?.close();
  }
}
