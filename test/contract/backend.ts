import type { Cache, Duration } from "laurel";
import { test } from "vitest";

/** The constructor options that the contract speaks of, whatever the kind of cache. */
interface BackendOptions {
  readonly defaultTtl?: Duration;
  readonly maxKeyBytes?: number;
}

/** One way to get a cache: what the contract suite asks of whoever runs it. */
export interface Backend<C extends Cache> {
  /** Makes a cache that holds nothing; the suite closes it. */
  create(options?: BackendOptions): C | Promise<C>;
  /** Lets time pass for every cache made so far; absent where time is real, and no test may wait for it. */
  readonly advance?: (ms: number) => void | Promise<void>;
  /** The options that `create` cannot honour, each with the reason to print. */
  readonly lacks?: Readonly<Partial<Record<keyof BackendOptions, string>>>;
}

type Advance = (ms: number) => Promise<void>;

/** Declares one test of the contract, with a fresh cache in hand that is closed afterwards. */
export interface ContractTest<C extends Cache> {
  (title: string, body: (cache: C) => Promise<void>): void;
  /** Needs time to pass, to the millisecond: there is no such test where time is real. */
  timed(title: string, body: (cache: C, advance: Advance) => Promise<void>): void;
  /** Needs the cache to be made with options: skipped where the backend lacks one. */
  configured(
    title: string,
    options: BackendOptions,
    body: (cache: C, advance: Advance) => Promise<void>,
  ): void;
}

/** The `test` function of one backend. */
export function contractTest<C extends Cache>(backend: Backend<C>): ContractTest<C> {
  const advance: Advance = async (ms) => {
    if (backend.advance === undefined) throw new Error("This backend's time is real");
    await backend.advance(ms);
  };
  const declare = (
    title: string,
    obstacle: string | undefined,
    options: BackendOptions | undefined,
    body: (cache: C, advance: Advance) => Promise<void>,
  ): void => {
    test(title, async ({ skip }) => {
      if (obstacle !== undefined) skip(obstacle);
      const cache = await backend.create(options);
      try {
        await body(cache, advance);
      } finally {
        await cache.close();
      }
    });
  };
  const plain = (title: string, body: (cache: C) => Promise<void>): void => {
    declare(title, undefined, undefined, body);
  };
  return Object.assign(plain, {
    timed: (title: string, body: (cache: C, advance: Advance) => Promise<void>) => {
      if (backend.advance !== undefined) declare(title, undefined, undefined, body);
    },
    configured: (
      title: string,
      options: BackendOptions,
      body: (cache: C, advance: Advance) => Promise<void>,
    ) => {
      const lacking = Object.entries(backend.lacks ?? {}).find(([name]) => name in options);
      declare(title, lacking?.[1], options, body);
    },
  });
}
