import type { Dice } from "../dice.ts";
import * as boards from "./boards.ts";
import type { Client } from "./client.ts";
import * as many from "./many.ts";
import * as strings from "./strings.ts";

/** One operation with a random target: makes the call, and has the answer judged. */
type Action = (client: Client) => Promise<void>;

/** How often each is done, and what it is. */
const ACTIONS: readonly (readonly [weight: number, action: Action])[] = [
  [14, strings.get],
  [12, strings.set],
  [4, strings.remove],
  [3, strings.exists],
  [10, strings.count],
  [5, strings.append],
  [3, strings.expire],
  [2, strings.ttl],
  [5, many.getMany],
  [3, many.setMany],
  [2, many.deleteMany],
  [1.5, many.listKeys],
  [0.3, many.clear],
  [7, boards.zAdd],
  [4, boards.zAddIf],
  [7, boards.zIncrBy],
  [3, boards.zRem],
  [2, boards.zPop],
  [2, boards.zRemRange],
  [6, boards.zScore],
  [5, boards.zRange],
  [1, boards.zCard],
  [1, boards.zStore],
];
const TOTAL_WEIGHT = ACTIONS.reduce((sum, [weight]) => sum + weight, 0);

/** A random operation. */
export function drawAction(dice: Dice): Action {
  let rest = dice.random() * TOTAL_WEIGHT;
  for (const [weight, action] of ACTIONS) {
    rest -= weight;
    if (rest < 0) return action;
  }
  return strings.get;
}

/** Reads everything there is. */
export async function readAll(client: Client): Promise<void> {
  await many.listKeys(client);
  for (const target of client.history.keys.values()) {
    const operation = client.history.begin(`final read of ${target.key}`);
    if (target.kind === "copy") continue;
    if (target.kind === "board") {
      const answer = await client.call(operation, (o) => client.cache.zRange(target.key, 0, -1, o));
      if (answer === undefined) continue;
      const scores = new Map(answer.value.map(({ member, score }) => [member, score]));
      for (const [member, register] of target.registers) {
        client.history.checkRead(register, scores.get(member), operation.start);
      }
    } else {
      const answer = await client.call(operation, (o) => client.cache.get(target.key, o));
      if (answer === undefined) continue;
      const content = answer.value?.toString("latin1");
      client.history.checkRead(strings.registerOf(target), content, operation.start);
    }
  }
}
