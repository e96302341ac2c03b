import { equal } from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { MemoryLeaderboardCache } from "laurel";
import { serve, type ServeOptions, type Server } from "laurel/server";

const cache = new MemoryLeaderboardCache();
const options: ServeOptions = { port: 0, cache, maxmemory: "64mb", maxmemoryPolicy: "allkeys-lru" };
const server: Server = await serve(options);

const socket = connect(server.port, "127.0.0.1");
let reply = "";
socket.on("data", (chunk: Buffer) => void (reply += chunk.toString()));
socket.write("PING\r\nZADD scores 1815 ada\r\nQUIT\r\n");
await once(socket, "close");
equal(reply, "+PONG\r\n:1\r\n+OK\r\n");
equal(await cache.zScore("scores", "ada"), 1815);

await server.close();
await cache.close();
