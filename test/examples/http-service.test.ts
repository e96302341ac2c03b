import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { CacheError, type CacheErrorCode, MemoryLeaderboardCache } from "laurel";
import { expect, test } from "vitest";
import { main } from "../../examples/http-service.ts";
import { buildService, type ServiceOptions } from "../../examples/http-service/build-service.ts";
import { eventsOf } from "../../examples/http-service/events-of.ts";
import { until } from "../support/until.ts";
import { VirtualTime } from "../support/virtual-time.ts";
import { printed } from "./printed.ts";

const expected = `\
=== HTTP Service Example ===

1. Scores
200 {"place":1,"player":"ada","points":30}
200 {"place":2,"player":"bob","points":20}
200 {"place":3,"player":"cem","points":10}
200 {"place":2,"player":"bob","points":25}

2. The best, and a player between two others
200 [{"place":1,"player":"ada","points":30},{"place":2,"player":"bob","points":25}]
200 {"place":2,"player":"bob","points":25,"players":3,"neighbours":[{"place":1,"player":"ada","points":30},{"place":2,"player":"bob","points":25},{"place":3,"player":"cem","points":10}]}

3. Somebody watches
At first: ada leads with 30 points
Then:     cem leads with 60 points

4. What is refused
400 body/points must be <= 1000000
404 The board has no such player
409 Cannot use the value as a leaderboard: the key must hold a sorted set: received a string

Closed`;

test("the story is told line by line", async () => {
  expect(await printed(main)).toBe(expected);
});

/** A service in virtual time, with a board of three players, "world". */
async function begin(options: ServiceOptions = {}) {
  const time = new VirtualTime();
  const cache = new MemoryLeaderboardCache();
  await cache.zAdd("board:world", [
    { member: "ada", score: 30 },
    { member: "bob", score: 20 },
    { member: "cem", score: 10 },
  ]);
  const service = buildService(cache, { timers: time.timers, ...options });
  const post = async (player: unknown, points: unknown, board = "world") => {
    const url = `/boards/${board}/scores`;
    return service.inject({ method: "POST", url, payload: { player, points } });
  };
  const get = async (path: string) => service.inject(`/boards/${path}`);
  return { time, cache, service, post, get };
}

/** The first player of an event, and how many points. */
function leader(event: string | void): string {
  const [first] = JSON.parse(event ?? "[]") as { player: string; points: number }[];
  return first === undefined ? "nobody" : `${first.player} ${first.points}`;
}

test("scores add up, and tell the place that they come to", async () => {
  const { post, get } = await begin();
  expect((await post("cem", 25)).json()).toEqual({ place: 1, player: "cem", points: 35 });
  expect((await post("dai", -5)).json()).toEqual({ place: 4, player: "dai", points: -5 });
  expect((await get("world/top?limit=2")).json()).toEqual([
    { place: 1, player: "cem", points: 35 },
    { place: 2, player: "ada", points: 30 },
  ]);
  expect((await get("elsewhere/top")).json()).toEqual([]);
});

test("scores of many clients at the same time add up", async () => {
  const { post, get } = await begin();
  await Promise.all(Array.from({ length: 50 }, () => post("dai", 2)));
  expect((await get("world/players/dai")).json()).toMatchObject({ place: 1, points: 100 });
});

test("a player has neighbours, and fewer at the top and at the bottom", async () => {
  const { get } = await begin();
  const namesAround = async (path: string): Promise<string[]> => {
    const { neighbours } = (await get(`world/players/${path}`)).json<{
      neighbours: { player: string }[];
    }>();
    return neighbours.map(({ player }) => player);
  };
  expect(await namesAround("bob?around=1")).toEqual(["ada", "bob", "cem"]);
  expect(await namesAround("ada?around=1")).toEqual(["ada", "bob"]);
  expect(await namesAround("cem?around=1")).toEqual(["bob", "cem"]);
  expect(await namesAround("bob?around=0")).toEqual(["bob"]);
  expect((await get("world/players/cem")).json()).toMatchObject({ place: 3, players: 3 });
  expect((await get("world/players/nobody")).json()).toEqual({
    statusCode: 404,
    code: "UNKNOWN_PLAYER",
    message: "The board has no such player",
  });
});

test.each([
  ["", 1, "world", /player/],
  ["x".repeat(65), 1, "world", /player/],
  [undefined, 1, "world", /player/],
  [5, 1, "world", /player/],
  ["ada", "many", "world", /points/],
  // What another type could be read as is not a number either.
  ["ada", "5", "world", /points/],
  ["ada", true, "world", /points/],
  ["ada", null, "world", /points/],
  ["ada", 1_000_001, "world", /points/],
  ["ada", undefined, "world", /points/],
  ["ada", 1, "No%20Board", /board/],
])("a score of %j, %j on %s is refused", async (player, points, board, reason) => {
  const { cache, post } = await begin();
  const { statusCode, body } = await post(player, points, board);
  expect(statusCode).toBe(400);
  expect(body).toMatch(reason);
  expect(cache.metrics().zIncrements).toBe(0);
});

test.each(["0", "101", "1.5", "-1", "many", "", "1&limit=many"])(
  "a limit of %s is refused",
  async (limit) => {
    const { get } = await begin();
    expect((await get(`world/top?limit=${limit}`)).statusCode).toBe(400);
  },
);

test.each<[CacheErrorCode, number]>([
  ["INVALID_MEMBER", 400],
  ["WRONG_TYPE", 409],
  ["LEADERBOARD_FULL", 507],
  ["CONNECTION_FAILED", 503],
  ["PARTIAL_WRITE", 502],
  ["TIMEOUT", 504],
  ["INVALID_CONFIG", 500],
])("the cache's %s is HTTP's %i", async (code, status) => {
  const { cache, post } = await begin();
  cache.zIncrBy = async () => {
    throw new CacheError(code, "Cannot add: received 10.0.0.7");
  };
  const response = await post("ada", 1);
  expect(response.statusCode).toBe(status);
  expect(response.json()).toMatchObject({ statusCode: status, code });
  // What is inside is shown to nobody outside.
  expect(response.body.includes("10.0.0.7")).toBe(status < 500);
});

test("a board that is no leaderboard is refused before events begin", async () => {
  const { cache, get } = await begin();
  await cache.set("board:text", "hello");
  expect((await get("text/events")).statusCode).toBe(409);
});

test("whoever watches sees the top at once, and its changes as one event", async () => {
  const { time, service, post } = await begin();
  const origin = await service.listen({ host: "127.0.0.1", port: 0 });
  const response = await fetch(`${origin}/boards/world/events`);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const events = eventsOf(response);
  expect(leader((await events.next()).value)).toBe("ada 30");
  for (let at = 0; at < 20; at++) await post("bob", 1);
  time.advance(100);
  // Twenty scores, one event: the next is of what came after.
  expect(leader((await events.next()).value)).toBe("bob 40");
  await post("cem", 50);
  time.advance(100);
  expect(leader((await events.next()).value)).toBe("cem 60");
  await service.close();
  expect((await events.next()).done).toBe(true);
});

test("changes that this service has not made are seen at a heartbeat", async () => {
  const { time, cache, service } = await begin();
  const events = eventsOf(
    await fetch(`${await service.listen({ host: "127.0.0.1", port: 0 })}/boards/world/events`),
  );
  await events.next();
  await cache.zAdd("board:world", { member: "zoe", score: 99 });
  time.advance(15_000);
  expect(leader((await events.next()).value)).toBe("zoe 99");
  await service.close();
});

test("who leaves is forgotten, timers and all, and the others go on", async () => {
  const { time, service, post } = await begin();
  const url = `${await service.listen({ host: "127.0.0.1", port: 0 })}/boards/world/events`;
  const [stays, leaves] = await Promise.all([fetch(url), fetch(url)]);
  const [events, others] = [eventsOf(stays), eventsOf(leaves)];
  await Promise.all([events.next(), others.next()]);
  await others.return();
  await post("bob", 70);
  time.advance(100);
  expect(leader((await events.next()).value)).toBe("bob 90");
  expect(time.pending).toBeGreaterThan(0);
  await events.return();
  await until("no timer is left", async () => time.pending === 0);
  await service.close();
});

test("no more than the limit may wait for events, and a place that is left is free again", async () => {
  const { service } = await begin({ listenersMax: 1 });
  const url = `${await service.listen({ host: "127.0.0.1", port: 0 })}/boards/world/events`;
  const first = eventsOf(await fetch(url));
  await first.next();
  const refused = await fetch(url);
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("10");
  expect(await refused.json()).toMatchObject({ code: "TOO_MANY_LISTENERS" });
  await first.return();
  await until("there is room again", async () => {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.status === 200;
  });
  await service.close();
});

test.each([
  ["top", 200],
  ["events", 503],
])("closing answers %s if it has begun, and waits for nobody else", async (path, status) => {
  const { cache, service } = await begin();
  const origin = await service.listen({ host: "127.0.0.1", port: 0 });
  const idle = connect(Number(new URL(origin).port), "127.0.0.1");
  await once(idle, "connect");
  // What is not read has no end.
  idle.resume();
  const zRange = cache.zRange.bind(cache);
  const talk = new EventEmitter();
  cache.zRange = async (...args) => {
    talk.emit("asked");
    await once(talk, "answer");
    return zRange(...args);
  };
  const asked = once(talk, "asked");
  const response = fetch(`${origin}/boards/world/${path}`);
  await asked;
  const closed = service.close();
  if (!idle.closed) await once(idle, "close");
  talk.emit("answer");
  expect((await response).status).toBe(status);
  await closed;
});

test("nobody asks for the head of a stream that has no end", async () => {
  const { service } = await begin();
  const response = await service.inject({ method: "HEAD", url: "/boards/world/events" });
  expect(response.statusCode).toBe(404);
});

test("the program serves on a port until it is told to end, streams that are open or not", async () => {
  const path = fileURLToPath(new URL("../../examples/http-service.ts", import.meta.url));
  const program = spawn(process.execPath, ["--import", "tsx", path, "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(program, "exit");
  try {
    let origin: string | undefined;
    for await (const line of createInterface(program.stdout)) {
      origin = /Server listening at (http:\/\/[\d.:]+)/.exec(line)?.[1];
      if (origin !== undefined) break;
    }
    const events = eventsOf(await fetch(`${origin}/boards/world/events`));
    expect((await events.next()).value).toBe("[]");
    program.kill("SIGTERM");
    expect((await events.next()).done).toBe(true);
    expect(await ended).toEqual([0, null]);
  } finally {
    program.kill("SIGKILL");
  }
});
