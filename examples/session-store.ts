/**
 * A session store for express-session: sessions that end by themselves after a time without a visit.
 *
 * Use it where the store that express-session brings along will not do: that one is for debugging
 * only. In one process the cache is embedded, with limits if you wish; for several processes give
 * the store a cache that they share, such as a `RedisCache` of "laurel/redis".
 *
 *     app.use(session({ store: new LaurelStore(cache), secret, resave: false, ... }));
 *
 * A session is read and written whole. Of two requests of one session at the same time, the one that
 * ends later decides what is in it: a counter that must not miss one is a key of its own (`incr`).
 *
 * Run it with `npx tsx examples/session-store.ts`.
 */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { callbackify } from "node:util";
import session, { type SessionData, Store } from "express-session";
import { type Cache, type Duration, MemoryCache } from "laurel";
import { isEntry } from "./entry.ts";
import { type Print, step } from "./print.ts";

export interface LaurelStoreOptions {
  /** Begins the key of each session. Default `"session:"`. */
  readonly prefix?: string;
  /** How long a session lives whose cookie has no `maxAge`. Default a day. */
  readonly ttl?: Duration;
}

type Done = (error?: unknown) => void;

/** express-session's store over any cache. It does not close the cache. */
export class LaurelStore extends Store {
  readonly #cache: Cache;
  readonly #prefix: string;
  readonly #ttl: Duration;

  constructor(cache: Cache, options: LaurelStoreOptions = {}) {
    super();
    this.#cache = cache;
    this.#prefix = options.prefix ?? "session:";
    this.#ttl = options.ttl ?? "1d";
  }

  override get(id: string, done: (error: unknown, session?: SessionData) => void): void {
    callbackify(() => this.#read(id))(done);
  }

  override set(id: string, data: SessionData, done: Done = ignore): void {
    callbackify(() => this.#write(id, data))(done);
  }

  override destroy(id: string, done: Done = ignore): void {
    callbackify(() => this.#cache.delete(this.#key(id)))(done);
  }

  /** Called where a request has read the session and changed nothing: its time begins anew. */
  override touch(id: string, data: SessionData, done: Done = ignore): void {
    // It brings no session back that another request has destroyed: what is not there has no ttl.
    callbackify(() => this.#cache.expire(this.#key(id), this.#ttlOf(data)))(done);
  }

  async #read(id: string): Promise<SessionData | undefined> {
    const json = await this.#cache.get(this.#key(id));
    return json === undefined ? undefined : (JSON.parse(String(json)) as SessionData);
  }

  async #write(id: string, data: SessionData): Promise<void> {
    await this.#cache.set(this.#key(id), JSON.stringify(data), { ttl: this.#ttlOf(data) });
  }

  /** The full `maxAge` and not what is left of it: every visit begins it anew. */
  #ttlOf({ cookie }: SessionData): Duration {
    const { originalMaxAge } = cookie;
    // A cookie that is out of date ends its session as soon as a cache can.
    return originalMaxAge === null ? this.#ttl : Math.max(1, originalMaxAge);
  }

  #key(id: string): string {
    return this.#prefix + id;
  }
}

function ignore(): void {}

declare module "express-session" {
  interface SessionData {
    user?: string;
    visits?: number;
  }
}

/** A site with sessions: /in/NAME and /out, and anything else is a visit. No framework is needed. */
export function site(store: Store): Server {
  const sessions = session({
    store,
    secret: "one that nobody knows",
    resave: false,
    saveUninitialized: false,
    rolling: true,
    // In earnest also `secure: true`, behind HTTPS.
    cookie: { maxAge: 30 * minuteMs, sameSite: "lax" },
  });
  return createServer((request, response) => {
    const next = (error?: unknown): void => {
      if (error === undefined) answer(request as Request, response, next);
      // The store may fail after the answer, too: when the session is saved.
      else if (!response.headersSent) response.writeHead(503).end("Sessions are out of reach");
    };
    sessions(request as Request, response as Response, next);
  });
}

type Request = Parameters<ReturnType<typeof session>>[0];
type Response = Parameters<ReturnType<typeof session>>[1];

function answer(request: Request, response: ServerResponse, next: (error: unknown) => void): void {
  const [, action, name] = request.url.split("/");
  if (action === "in" && name !== undefined) {
    // Another id for another right: whoever knew the old one has nothing.
    request.session.regenerate((error: unknown) => {
      if (error) return next(error);
      Object.assign(request.session, { user: name, visits: 0 });
      response.end(`Welcome, ${name}`);
    });
  } else if (action === "out") {
    request.session.destroy((error: unknown) => (error ? next(error) : response.end("Goodbye")));
  } else {
    const { user, visits = 0 } = request.session;
    if (user !== undefined) request.session.visits = visits + 1;
    response.end(user === undefined ? "Who are you?" : `${user}, visit ${visits + 1}`);
  }
}

const minuteMs = 60_000;

/** Runs the example; `print` takes each line of its output. */
export async function main(print: Print = console.log): Promise<void> {
  // A clock of our own: half an hour passes without waiting for it.
  let nowMs = Date.now();
  await using cache = new MemoryCache({ maxEntries: 100_000, clock: { now: () => nowMs } });
  const server = site(new LaurelStore(cache)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const ada = browser(`http://127.0.0.1:${port}`);
  const bob = browser(`http://127.0.0.1:${port}`);

  print("=== Session Store Example ===");

  step(print, 1, "Two users sign in");
  print(await ada("/"));
  print(await ada("/in/ada"));
  print(await bob("/in/bob"));
  print(await ada("/"));

  step(print, 2, "Each visit gives a session 30 minutes more");
  for (const _ of [1, 2, 3]) {
    nowMs += 20 * minuteMs;
    print(await ada("/"));
  }
  print(`Meanwhile bob was away for an hour: ${await bob("/")}`);

  step(print, 3, "Signing out ends it at once");
  print(await ada("/out"));
  print(await ada("/"));
  print(`Sessions: ${cache.metrics().entries}`);

  server.close();
  await once(server, "close");
}

/** Asks a site as a browser does: it keeps the cookie that it was given. */
export function browser(origin: string): (path: string) => Promise<string> {
  let cookie = "";
  return async (path) => {
    const response = await fetch(origin + path, { headers: { cookie, connection: "close" } });
    const [given] = response.headers.getSetCookie();
    if (given !== undefined) cookie = given.split(";")[0] ?? "";
    return response.text();
  };
}

if (isEntry(import.meta.url)) await main();
