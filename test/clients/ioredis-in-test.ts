import { Redis, type RedisOptions } from "ioredis";
import { onTestFinished } from "vitest";

/** A client for one test, disconnected when the test has ended. */
export function ioredisInTest(port: number, options: RedisOptions = {}): Redis {
  const redis = new Redis({ port, host: "127.0.0.1", retryStrategy: () => 1, ...options });
  closeAfterTest(redis);
  return redis;
}

/** Disconnects a client, one that another one made, when the test has ended. */
export function closeAfterTest(redis: Redis): Redis {
  // What fails is told by the calls; nothing else is to be printed.
  redis.on("error", () => undefined);
  onTestFinished(() => redis.disconnect());
  return redis;
}
