import { deltaOf, pieceOf } from "../checker/content.ts";
import { type KeyHistory, valueOf } from "../checker/history.ts";
import type { Register } from "../checker/register.ts";
import type { Client } from "./client.ts";

const TTLS_MS = [300, 1000, 3000, 10_000, 60_000];

/** The register of a key that holds a string. */
export function registerOf({ registers }: KeyHistory): Register {
  return registers.get("") as Register;
}

export async function get(client: Client): Promise<void> {
  const target = client.pickKey("text", "counter");
  const operation = client.history.begin(`get ${target.key}`);
  const answer = await client.call(operation, (o) => client.cache.get(target.key, o));
  if (answer === undefined) return;
  const content = answer.value?.toString("latin1");
  client.history.checkRead(registerOf(target), content, operation.start);
}

export async function set(client: Client): Promise<void> {
  const target = client.pickKey("text", "counter");
  const register = registerOf(target);
  if (!register.takesValues) return;
  const ttl = client.dice.chance(0.35) ? client.dice.pick(TTLS_MS) : undefined;
  const suffix = ttl === undefined ? "" : ` for ${ttl} ms`;
  const operation = client.history.begin(`set ${target.key}${suffix}`);
  const value = valueOf(register, operation.setsValue(register, ttl ?? Infinity));
  operation.note(value);
  await client.call(operation, (o) => client.cache.set(target.key, value, { ...o, ttl }));
}

export async function remove(client: Client): Promise<void> {
  const target = client.pickKey("text", "counter", "board");
  const operation = client.history.begin(`delete ${target.key}`);
  for (const register of target.registers.values()) operation.empties(register);
  await client.call(operation, (o) => client.cache.delete(target.key, o));
}

export async function exists(client: Client): Promise<void> {
  const target = client.pickKey("text", "counter", "board");
  const operation = client.history.begin(`exists ${target.key}`);
  const answer = await client.call(operation, (o) => client.cache.exists(target.key, o));
  if (answer !== undefined) client.history.checkPresence(target, answer.value, operation.start);
}

export async function count(client: Client): Promise<void> {
  const target = client.pickKey("counter");
  const register = registerOf(target);
  if (!register.takesTokens) return;
  const operation = client.history.begin(`incr ${target.key}`);
  const delta = deltaOf(operation.addsToken(register));
  operation.note(`${delta}`);
  const answer = await client.call(operation, (o) =>
    delta > 0 ? client.cache.incr(target.key, delta, o) : client.cache.decr(target.key, -delta, o),
  );
  if (answer !== undefined) client.history.checkRead(register, answer.value, operation.start);
}

export async function append(client: Client): Promise<void> {
  const target = client.pickKey("text");
  const operation = client.history.begin(`append ${target.key}`);
  const piece = pieceOf(operation.addsToken(registerOf(target)));
  operation.note(piece);
  await client.call(operation, (o) => client.cache.append(target.key, piece, o));
}

export async function expire(client: Client): Promise<void> {
  const target = client.pickKey("text", "counter", "board");
  const ttl = client.dice.chance(0.3) ? Infinity : client.dice.pick(TTLS_MS);
  const operation = client.history.begin(`expire ${target.key} ${ttl}`);
  for (const register of target.registers.values()) {
    if (target.kind !== "board") operation.expires(register, ttl);
    else if (ttl !== Infinity) register.mayBeEmptyFrom(client.now + ttl, operation.label);
  }
  const answer = await client.call(
    operation,
    (o) => client.cache.expire(target.key, ttl, o),
    false,
  );
  if (answer === undefined) return;
  operation.settle(answer.value ? "acknowledged" : "refused");
  client.history.checkPresence(target, answer.value, operation.start);
}

export async function ttl(client: Client): Promise<void> {
  const target = client.pickKey("text", "counter");
  const register = registerOf(target);
  const operation = client.history.begin(`ttl ${target.key}`);
  const answer = await client.call(operation, (o) => client.cache.ttl(target.key, o));
  if (answer === undefined) return;
  const { value: leftMs } = answer;
  client.history.checkPresence(target, leftMs !== undefined, operation.start);
  if (leftMs === undefined) return;
  if (!register.deadlines.allows(leftMs, operation.start, client.now)) {
    const message = `${target.key}: no write gave it the ${leftMs} ms that are said to be left`;
    client.history.report("no expired key", message, [target.key]);
  }
}
