import type { ZAddOptions, ZMember } from "laurel";
import { deltaOf, numberOf } from "../checker/content.ts";
import type { KeyHistory } from "../checker/history.ts";
import type { Operation } from "../checker/operation.ts";
import type { Register } from "../checker/register.ts";
import type { Write } from "../checker/write.ts";
import type { Client } from "./client.ts";

export async function zAdd(client: Client): Promise<void> {
  const target = client.pickKey("board");
  const operation = client.history.begin(`zAdd ${target.key}`);
  const members: ZMember[] = [];
  for (const [member, register] of target.registers) {
    if (!register.takesValues || !client.dice.chance(0.5)) continue;
    members.push({ member, score: numberOf(operation.setsValue(register)) });
    operation.note(member);
  }
  if (members.length === 0) return;
  await client.call(operation, (o) => client.cache.zAdd(target.key, members, o));
}

export async function zAddIf(client: Client): Promise<void> {
  const target = client.pickKey("board");
  const [member, register] = client.pickMember(target);
  if (!register.takesValues) return;
  const condition = client.dice.pick(["nx", "xx", "gt", "lt"] as const);
  const operation = client.history.begin(`zAdd ${target.key} ${member} ${condition}`);
  const score = numberOf(operation.setsValue(register));
  const options: ZAddOptions = { [condition]: true, changed: true };
  const answer = await client.call(
    operation,
    (o) => client.cache.zAdd(target.key, { member, score }, { ...o, ...options }),
    false,
  );
  if (answer !== undefined) operation.settle(answer.value === 1 ? "acknowledged" : "refused");
}

export async function zIncrBy(client: Client): Promise<void> {
  const target = client.pickKey("board");
  const [member, register] = client.pickMember(target);
  if (!register.takesTokens) return;
  const operation = client.history.begin(`zIncrBy ${target.key} ${member}`);
  const delta = deltaOf(operation.addsToken(register));
  operation.note(`${delta}`);
  const answer = await client.call(operation, (o) =>
    client.cache.zIncrBy(target.key, member, delta, o),
  );
  if (answer !== undefined) client.history.checkRead(register, answer.value, operation.start);
}

export async function zRem(client: Client): Promise<void> {
  const target = client.pickKey("board");
  const operation = client.history.begin(`zRem ${target.key}`);
  const members: string[] = [];
  for (const [member, register] of target.registers) {
    if (!client.dice.chance(0.4)) continue;
    members.push(member);
    operation.note(member);
    operation.empties(register);
  }
  if (members.length === 0) return;
  await client.call(operation, (o) => client.cache.zRem(target.key, members, o));
}

export async function zPop(client: Client): Promise<void> {
  const target = client.pickKey("board");
  const isMin = client.dice.chance(0.5);
  const operation = client.history.begin(`${isMin ? "zPopMin" : "zPopMax"} ${target.key}`);
  const writes = emptiesSome(operation, target);
  const answer = await client.call(
    operation,
    (o) =>
      isMin ? client.cache.zPopMin(target.key, 1, o) : client.cache.zPopMax(target.key, 1, o),
    false,
  );
  if (answer === undefined) return;
  const [popped] = answer.value;
  for (const [member, write] of writes) {
    if (member === popped?.member) write.isMaybe = false;
    else write.settle("refused", client.now);
  }
  operation.settle("acknowledged");
  if (popped === undefined) client.history.checkPresence(target, false, operation.start);
  else readMembers(client, target, [popped], operation.start);
}

export async function zRemRange(client: Client): Promise<void> {
  const target = client.pickKey("board");
  const kind = client.dice.pick(["all", "below", "rank"] as const);
  const operation = client.history.begin(`zRemRange ${kind} of ${target.key}`);
  if (kind === "all") {
    for (const register of target.registers.values()) operation.empties(register);
  } else emptiesSome(operation, target);
  const limit = numberOf(client.dice.int(1, 20));
  await client.call(operation, (o) => {
    if (kind === "all") return client.cache.zRemRangeByScore(target.key, "-inf", "+inf", o);
    if (kind === "below") {
      return client.cache.zRemRangeByScore(target.key, "-inf", `(${limit}`, o);
    }
    return client.cache.zRemRangeByRank(target.key, 0, 0, o);
  });
}

export async function zScore(client: Client): Promise<void> {
  const target = client.pickKey("board");
  const [member, register] = client.pickMember(target);
  const operation = client.history.begin(`zScore ${target.key} ${member}`);
  const answer = await client.call(operation, (o) => client.cache.zScore(target.key, member, o));
  if (answer !== undefined) client.history.checkRead(register, answer.value, operation.start);
}

export async function zRange(client: Client): Promise<void> {
  const target = client.pickKey("board");
  const operation = client.history.begin(`zRange ${target.key}`);
  const answer = await client.call(operation, (o) => client.cache.zRange(target.key, 0, -1, o));
  if (answer === undefined) return;
  readMembers(client, target, answer.value, operation.start);
  const scores = new Map(answer.value.map(({ member, score }) => [member, score]));
  for (const [member, register] of target.registers) {
    if (!scores.has(member)) client.history.checkRead(register, undefined, operation.start);
  }
}

export async function zCard(client: Client): Promise<void> {
  const target = client.pickKey("board");
  const operation = client.history.begin(`zCard ${target.key}`);
  const answer = await client.call(operation, (o) => client.cache.zCard(target.key, o));
  if (answer !== undefined) client.history.checkPresence(target, answer.value > 0, operation.start);
}

/** Copies a board under another key of the same tag: judged only by whether owners agree on it. */
export async function zStore(client: Client): Promise<void> {
  const target = client.pickKey("board");
  const copy = target.key.replace("board", "copy");
  const isUnion = client.dice.chance(0.5);
  const operation = client.history.begin(`${isUnion ? "zUnionStore" : "zRangeStore"} ${copy}`);
  await client.call(operation, (o) =>
    isUnion
      ? client.cache.zUnionStore(copy, [target.key], o)
      : client.cache.zRangeStore(copy, target.key, 0, -1, o),
  );
}

/** Begins the removal of members that only the answer names, if anything does. */
function emptiesSome(operation: Operation, { registers }: KeyHistory): Map<string, Write> {
  const writes = new Map<string, Write>();
  for (const [member, register] of registers) {
    writes.set(member, operation.empties(register, true));
  }
  return writes;
}

function readMembers(
  client: Client,
  { key, registers }: KeyHistory,
  members: readonly ZMember[],
  start: number,
): void {
  for (const { member, score } of members) {
    const register: Register | undefined = registers.get(member);
    if (register === undefined) {
      client.history.report("no corrupt value", `${key}: nobody ever added ${member}`, [key]);
    } else client.history.checkRead(register, score, start);
  }
}
