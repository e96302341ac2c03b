import { CacheError } from "../errors.ts";
import { byteStringOf } from "./arguments.ts";
import type { Argument, Command, Reply } from "./port.ts";
import { asBytes } from "./replies.ts";
import { slotOf, SLOTS } from "./slot.ts";

/** The most keys, or members, of one command: a server serves nobody else until it has done with them. */
export const COMMAND_KEYS_MAX = 10_000;

/** How keys are shared out among commands. */
export interface Groups {
  /** The number of each key's group. */
  readonly groupOf: readonly number[];
  /** How many keys each group has. */
  readonly sizes: readonly number[];
}

/**
 * The last group that each slot was given, of whichever keys that was: whether it is a group of the
 * keys at hand is seen by whether their group of that number has that slot.
 */
const groupOfSlot = new Uint32Array(SLOTS);

/**
 * Splits keys into what one command may hold: on one server by number, in a Cluster by slot, too. O(n)
 */
export function groupsOf(keys: readonly Argument[], isCluster: boolean): Groups {
  const groupOf = new Array<number>(keys.length);
  const sizes: number[] = [];
  const slots: number[] = [];
  for (let i = 0; i < keys.length; i++) {
    const slot = isCluster ? slotOf(byteStringOf(keys[i] as Argument)) : 0;
    let group = groupOfSlot[slot] as number;
    if (slots[group] !== slot || sizes[group] === COMMAND_KEYS_MAX) {
      group = sizes.length;
      groupOfSlot[slot] = group;
      slots.push(slot);
      sizes.push(0);
    }
    groupOf[i] = group;
    sizes[group] = (sizes[group] as number) + 1;
  }
  return { groupOf, sizes };
}

/**
 * The command of each group: a name and the group's keys, each with its value where there are values.
 * @param nameOfOne the name where a group is a single key
 */
export function commandsOf(
  name: string,
  keys: readonly Argument[],
  { groupOf, sizes }: Groups,
  values?: readonly Argument[],
  nameOfOne = name,
): Command[] {
  const commands = new Array<Argument[] | undefined>(sizes.length).fill(undefined);
  for (let i = 0; i < keys.length; i++) {
    const group = groupOf[i] as number;
    const key = keys[i] as Argument;
    const command = commands[group];
    if (command !== undefined) command.push(key);
    else commands[group] = [sizes[group] === 1 ? nameOfOne : name, key];
    if (values !== undefined) commands[group]?.push(values[i] as Argument);
  }
  return commands as Command[];
}

/** The first key of each command, which says where it is to be sent. */
export function firstKeysOf(commands: readonly Command[]): Argument[] {
  return commands.map((command) => command[1] as Argument);
}

/** The commands that read the values of several keys. */
export function readsOf(keys: readonly Argument[], groups: Groups): Command[] {
  // A list of one takes longer than its only key; but where that is all, its reply must be no error.
  const nameOfOne = groups.sizes.length > 1 ? "GET" : "MGET";
  return commandsOf("MGET", keys, groups, undefined, nameOfOne);
}

/**
 * The values that {@link readsOf} reads, in the order of the keys; a key of another type has none.
 * @throws {CacheError} what a command failed with
 */
export function valuesOf(replies: readonly Reply[], groups: Groups): (Buffer | undefined)[] {
  const { groupOf, sizes } = groups;
  const places = new Array<number>(sizes.length).fill(0);
  return groupOf.map((group) => {
    const reply = replies[group] as Reply;
    if (!Array.isArray(reply)) return isOfOtherType(reply) ? undefined : asBytes(reply);
    const place = places[group] as number;
    places[group] = place + 1;
    return asBytes(reply[place] as Reply);
  });
}

/** Whether a read was refused as the key holds no string. @throws {CacheError} any other error */
function isOfOtherType(reply: Reply): boolean {
  if (!(reply instanceof Error)) return false;
  if (reply instanceof CacheError && reply.code === "WRONG_TYPE") return true;
  throw reply;
}

/**
 * Throws where writes failed: their error where none was carried out, and `PARTIAL_WRITE` where others
 * were.
 */
export function checkWrites(replies: readonly Reply[]): void {
  const errors = replies.filter((reply) => reply instanceof Error);
  const [first] = errors;
  if (first === undefined) return;
  if (errors.length === replies.length) throw first;
  throw new CacheError(
    "PARTIAL_WRITE",
    "Cannot write all keys: every server that has some must do so: " +
      `received ${errors.length} errors for ${replies.length} writes`,
    { cause: new AggregateError(errors) },
  );
}

/** A list of keys, or of members, in parts of which each fits one command. */
export function chunksOf<T>(list: readonly T[]): (readonly T[])[] {
  if (list.length <= COMMAND_KEYS_MAX) return [list];
  const chunks: (readonly T[])[] = [];
  for (let start = 0; start < list.length; start += COMMAND_KEYS_MAX) {
    chunks.push(list.slice(start, start + COMMAND_KEYS_MAX));
  }
  return chunks;
}
