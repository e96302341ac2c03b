/**
 * A bare server: what Node.js' sockets and a `Map` can do behind the Redis protocol, and nothing
 * else. It is the yardstick for Laurel's server: no expiry, no limits, no checks of arguments, no
 * partial commands but at the end of a read, the commands of redis-benchmark alone. Replies of one
 * read leave in one write, once all sockets that were ready have been read, as in Redis: to write at
 * once would wake the client up for each of them, which costs more than all else (0.9 million
 * commands a second instead of 0.5 with 16 in a pipeline). Plain JavaScript, which node runs as it
 * stands:
 *
 *     node bench/server/bare-server.mjs 6400
 */
import { Buffer } from "node:buffer";
import { createServer } from "node:net";

const [STAR, DOLLAR, CR, ZERO] = [0x2a, 0x24, 0x0d, 0x30];
const [C, G, P, S, Z] = [0x63, 0x67, 0x70, 0x73, 0x7a];
/** Letters differ by this bit from their capitals. */
const LOWER = 0x20;
const ARGUMENTS_MAX = 1024;

/** @type {Map<string, string>} */
const values = new Map();
/** @type {Map<string, Map<string, number>>} */
const boards = new Map();

/** Of the command at hand: where each argument begins and ends in the bytes that were read. */
const starts = new Int32Array(ARGUMENTS_MAX);
const ends = new Int32Array(ARGUMENTS_MAX);
/** What is being read, and the place up to which it is parsed. */
let bytes = Buffer.alloc(0);
let at = 0;

/** The integer and the line's end at `at`; -1 where the bytes end before it. */
function parseInteger() {
  const { length } = bytes;
  let value = 0;
  for (let i = at; i < length; i++) {
    const byte = bytes[i];
    if (byte === CR) {
      at = i + 2;
      return at <= length ? value : -1;
    }
    value = value * 10 + byte - ZERO;
  }
  return -1;
}

/** The number of arguments of the command at `at`; -1 where the bytes end before it. */
function parseCommand() {
  if (bytes[at++] !== STAR) throw new Error("expected an array");
  const count = parseInteger();
  if (count > ARGUMENTS_MAX) throw new Error("too many arguments");
  for (let i = 0; i < count; i++) {
    if (at >= bytes.length) return -1;
    if (bytes[at++] !== DOLLAR) throw new Error("expected a bulk string");
    const length = parseInteger();
    if (length < 0 || at + length + 2 > bytes.length) return -1;
    starts[i] = at;
    ends[i] = at + length;
    at += length + 2;
  }
  return count;
}

function argument(i) {
  return bytes.latin1Slice(starts[i], ends[i]);
}

/** Carries out the command that was parsed. The name's first letter tells the few commands apart. */
function reply(count) {
  switch (bytes[starts[0]] | LOWER) {
    case G: {
      const value = values.get(argument(1));
      return value === undefined ? "$-1\r\n" : `$${value.length}\r\n${value}\r\n`;
    }
    case S:
      values.set(argument(1), argument(2));
      return "+OK\r\n";
    case Z:
      return zAdd(argument(1), count);
    case P:
      return "+PONG\r\n";
    case C:
      return "*0\r\n";
    default:
      return "-ERR unknown command\r\n";
  }
}

function zAdd(key, count) {
  let board = boards.get(key);
  if (board === undefined) boards.set(key, (board = new Map()));
  const { size } = board;
  for (let i = 2; i < count; i += 2) board.set(argument(i + 1), Number(argument(i)));
  return `:${board.size - size}\r\n`;
}

/** Sockets and what they are to be sent, by turns. */
let outbox = [];

function send() {
  const sent = outbox;
  outbox = [];
  for (let i = 0; i < sent.length; i += 2) sent[i].write(sent[i + 1], "latin1");
}

const server = createServer({ noDelay: true }, (socket) => {
  /** Bytes of a command that has not come whole. */
  let rest;
  socket.on("data", (chunk) => {
    bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    rest = undefined;
    at = 0;
    let replies = "";
    while (at < bytes.length) {
      const begin = at;
      const count = parseCommand();
      if (count < 0) {
        rest = bytes.subarray(begin);
        break;
      }
      replies += reply(count);
    }
    if (replies === "") return;
    if (outbox.length === 0) setImmediate(send);
    outbox.push(socket, replies);
  });
  socket.on("error", () => socket.destroy());
});
server.listen(Number(process.argv[2]), "127.0.0.1");
process.once("SIGTERM", () => process.exit());
