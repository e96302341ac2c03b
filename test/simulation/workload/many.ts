import { type KeyHistory, valueOf } from "../checker/history.ts";
import type { Client } from "./client.ts";
import { registerOf } from "./strings.ts";

const LAW = "keys lists what is there";

export async function getMany(client: Client): Promise<void> {
  const targets = pickSome(client, client.history.keysOf("text", "counter"));
  const operation = client.history.begin(`getMany ${namesOf(targets)}`);
  const keys = targets.map(({ key }) => key);
  const answer = await client.call(operation, (o) => client.cache.getMany(keys, o));
  if (answer === undefined) return;
  for (const [i, target] of targets.entries()) {
    const content = answer.value[i]?.toString("latin1");
    client.history.checkRead(registerOf(target), content, operation.start);
  }
}

export async function setMany(client: Client): Promise<void> {
  const targets = pickSome(client, client.history.keysOf("text"));
  const operation = client.history.begin(`setMany ${namesOf(targets)}`);
  const pairs = targets.map((target) => {
    const register = registerOf(target);
    const value = valueOf(register, operation.setsValue(register));
    operation.note(value);
    return [target.key, value] as const;
  });
  await client.call(operation, (o) => client.cache.setMany(pairs, o));
}

export async function deleteMany(client: Client): Promise<void> {
  const targets = pickSome(client, client.history.keysOf("text", "counter", "board"));
  const operation = client.history.begin(`deleteMany ${namesOf(targets)}`);
  for (const { registers } of targets) {
    for (const register of registers.values()) operation.empties(register);
  }
  const keys = targets.map(({ key }) => key);
  await client.call(operation, (o) => client.cache.deleteMany(keys, o));
}

export async function clear(client: Client): Promise<void> {
  const operation = client.history.begin("clear");
  for (const { registers } of client.history.keys.values()) {
    for (const register of registers.values()) operation.empties(register);
  }
  await client.call(operation, (o) => client.cache.clear(o));
}

export async function listKeys(client: Client): Promise<void> {
  const operation = client.history.begin("keys");
  const { restlessness, isCalm } = client.surroundings;
  const wasCalm = isCalm();
  const before = restlessness();
  const answer = await client.call(operation, async (o) => {
    const keys: string[] = [];
    for await (const key of client.cache.keys("*", o)) keys.push(key);
    return keys;
  });
  if (answer === undefined) return;
  const listed = new Set(answer.value);
  if (wasCalm && isCalm() && before === restlessness()) {
    const twice = answer.value
      .filter((key, i) => answer.value.indexOf(key) < i)
      .filter((key) => !client.history.wasWritten(key, operation.start));
    if (twice.length > 0) {
      client.history.report(LAW, `keys() listed twice: ${twice.join(" ")}`, twice);
    }
  }
  for (const target of client.history.keys.values()) {
    client.history.checkPresence(target, listed.has(target.key), operation.start, LAW);
    listed.delete(target.key);
  }
  if (listed.size > 0) {
    const message = `keys() listed what nobody wrote: ${[...listed].join(" ")}`;
    client.history.report(LAW, message, [...listed]);
  }
}

function pickSome(client: Client, targets: readonly KeyHistory[]): KeyHistory[] {
  const some = targets.filter(() => client.dice.chance(0.4));
  return some.length > 0 ? some : [client.dice.pick(targets)];
}

function namesOf(targets: readonly KeyHistory[]): string {
  return targets.map(({ key }) => key).join(" ");
}
