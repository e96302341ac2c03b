import Fastify, { type FastifyInstance } from "fastify";
import { CacheError, type LeaderboardCache, type Timers } from "laurel";
import { closeSoon } from "./close-soon.ts";
import { LiveBoard } from "./live-board.ts";
import { statusOf } from "./status-of.ts";

export interface ServiceOptions {
  /** How long changes are collected before they are sent as one event. Default 100 ms. */
  readonly coalesceMs?: number;
  /** How often a connection gives a sign of life. Default 15 s. */
  readonly heartbeatMs?: number;
  /** The most connections that wait for events. Default 1000. */
  readonly listenersMax?: number;
  /** Default: those of Node.js. */
  readonly timers?: Timers;
  /** Whether requests and errors are logged. Default false. */
  readonly logger?: boolean;
}

export interface Place {
  readonly place: number;
  readonly player: string;
  readonly points: number;
}

const TOP = 10;
const POINTS_MAX = 1_000_000;

const board = { type: "string", pattern: "^[a-z0-9-]{1,40}$" } as const;
const player = { type: "string", minLength: 1, maxLength: 64 } as const;
const points = { type: "number", minimum: -POINTS_MAX, maximum: POINTS_MAX } as const;

/** A Fastify service over any leaderboard cache, not yet listening. It does not close the cache. */
export function buildService(
  cache: LeaderboardCache,
  options: ServiceOptions = {},
): FastifyInstance {
  const service = Fastify({
    bodyLimit: 4096,
    logger: options.logger ?? false,
    // By itself Fastify takes `true` for 1 in a body, where JSON says what is a number.
    ajv: { customOptions: { coerceTypes: false } },
    routerOptions: { querystringParser: queryOf },
  });
  service.setErrorHandler((error, request, reply) => {
    if (!(error instanceof CacheError)) throw error;
    const statusCode = statusOf(error.code);
    if (statusCode >= 500) request.log.error(error);
    // What went wrong inside, such as at which address, is for the log alone.
    const message = statusCode < 500 ? error.message : "The board is out of reach";
    return reply.code(statusCode).send({ statusCode, code: error.code, message });
  });
  closeSoon(service);
  const changed = addEvents(service, cache, options);
  addScores(service, cache, changed);
  addReads(service, cache);
  return service;
}

/** @param changed is told the board that has a new score */
function addScores(
  service: FastifyInstance,
  cache: LeaderboardCache,
  changed: (board: string) => void,
): void {
  const body = { type: "object", required: ["player", "points"], properties: { player, points } };
  const schema = { params: paramsOf({ board }), body };
  type Score = { Params: { board: string }; Body: { player: string; points: number } };
  service.post<Score>("/boards/:board/scores", { schema }, async ({ params, body }) => {
    const key = keyOf(params.board);
    // Called together: in an embedded cache nothing comes between them.
    const [total, rank = 0] = await Promise.all([
      cache.zIncrBy(key, body.player, body.points),
      cache.zRank(key, body.player, { reverse: true }),
    ]);
    changed(params.board);
    return { place: rank + 1, player: body.player, points: total };
  });
}

function addReads(service: FastifyInstance, cache: LeaderboardCache): void {
  const limit = { type: "integer", minimum: 1, maximum: 100, default: TOP };
  service.get<{ Params: { board: string }; Querystring: { limit: number } }>(
    "/boards/:board/top",
    { schema: { params: paramsOf({ board }), querystring: paramsOf({ limit }) } },
    ({ params, query }) => placesFrom(cache, params.board, 0, query.limit - 1),
  );

  const around = { type: "integer", minimum: 0, maximum: 50, default: 2 };
  type Neighbourhood = {
    Params: { board: string; player: string };
    Querystring: { around: number };
  };
  service.get<Neighbourhood>(
    "/boards/:board/players/:player",
    { schema: { params: paramsOf({ board, player }), querystring: paramsOf({ around }) } },
    async ({ params, query }, reply) => {
      const key = keyOf(params.board);
      const [rank, points, players] = await Promise.all([
        cache.zRank(key, params.player, { reverse: true }),
        cache.zScore(key, params.player),
        cache.zCard(key),
      ]);
      if (rank === undefined) {
        const message = "The board has no such player";
        return reply.code(404).send({ statusCode: 404, code: "UNKNOWN_PLAYER", message });
      }
      const first = Math.max(0, rank - query.around);
      // Of a moment later: a neighbour may have moved meanwhile.
      const neighbours = await placesFrom(cache, params.board, first, rank + query.around);
      return { place: rank + 1, player: params.player, points, players, neighbours };
    },
  );
}

/** @returns what to tell of a board that has changed */
function addEvents(
  service: FastifyInstance,
  cache: LeaderboardCache,
  options: ServiceOptions,
): (board: string) => void {
  const { coalesceMs = 100, heartbeatMs = 15_000, listenersMax = 1000 } = options;
  const timers = options.timers ?? { setTimeout, clearTimeout };
  const onError = (error: unknown): void => service.log.error(error);
  // Only the boards that somebody looks at.
  const liveBoards = new Map<string, LiveBoard>();
  let listeners = 0;
  let isClosing = false;

  const route = {
    schema: { params: paramsOf({ board }) },
    // A HEAD of what never ends would never end.
    exposeHeadRoute: false,
  };
  type Events = { Params: { board: string } };
  service.get<Events>("/boards/:board/events", route, async ({ params: { board } }, reply) => {
    const read = (): Promise<Place[]> => placesFrom(cache, board, 0, TOP - 1);
    // What fails here still has an answer with a status.
    const top = await read();
    if (isClosing || listeners >= listenersMax) {
      const message = "No more connections may wait for events here";
      reply.code(503).header("retry-after", "10");
      return reply.send({ statusCode: 503, code: "TOO_MANY_LISTENERS", message });
    }
    reply.hijack();
    if (reply.raw.destroyed) return reply;
    reply.raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });

    const live =
      liveBoards.get(board) ?? new LiveBoard({ read, onError, coalesceMs, heartbeatMs, timers });
    liveBoards.set(board, live);
    listeners++;
    live.join(reply.raw, top, (left) => {
      listeners--;
      if (left === 0) liveBoards.delete(board);
    });
    return reply;
  });
  // Otherwise closing would wait for streams that never end.
  service.addHook("preClose", async () => {
    isClosing = true;
    for (const live of liveBoards.values()) live.end();
  });
  return (board) => liveBoards.get(board)?.changed();
}

async function placesFrom(
  cache: LeaderboardCache,
  board: string,
  first: number,
  last: number,
): Promise<Place[]> {
  const members = await cache.zRange(keyOf(board), first, last, { reverse: true });
  return members.map(({ member, score }, at) => {
    return { place: first + at + 1, player: member, points: score };
  });
}

/** The parameters of a query string: it knows text alone, so that digits are numbers here. */
function queryOf(text: string): Record<string, string | number> {
  const parameters = [...new URLSearchParams(text)];
  return Object.fromEntries(
    parameters.map(([name, value]) => [name, /^\d+$/.test(value) ? Number(value) : value]),
  );
}

function keyOf(board: string): string {
  return `board:${board}`;
}

function paramsOf<Properties>(properties: Properties): { type: "object"; properties: Properties } {
  return { type: "object", properties };
}
