import { CacheError, show } from "../errors.ts";
import type { CacheNode } from "./cache-node.ts";
import type { DistributedConfig } from "./options.ts";
import { fnv1a } from "./ring/fnv1a.ts";
import { HashRing } from "./ring/hash-ring.ts";

/** Under which name a shared node keeps the fingerprint of the rings that it is part of. */
export const FINGERPRINT_NAME = "ring";

/** What is hashed to tell one hash function from another: short and long, ASCII and not, alike and unlike. */
const SAMPLES: readonly string[] = [
  "a",
  "b",
  "key:1",
  "key:2",
  "key:10",
  "node-eu#0",
  "node-eu#149",
  "user:42:session",
  "caf\u00e9 \u2603",
  "the quick brown fox jumps over the lazy dog",
];
const HEX_DIGITS = 8;

/** Ids that need no quotes: nothing in them looks like the text around them. */
const PLAIN_ID = /^[\w.:@/-]+$/;

/**
 * What all coordinators over a shared node have to agree on, so that a key has the same owners for all of
 * them: the node's id and weight, the virtual nodes, and the hash, by what it makes of ten fixed strings.
 * A text that people can read, such as `v1 id=eu weight=1 virtualNodes=150 hash=0badcafe`. By the id one store
 * cannot be two nodes, either: as the one it would be emptied of what it holds as the other.
 */
export function fingerprintOf(
  { id, weight }: Pick<CacheNode, "id" | "weight">,
  { virtualNodes, hash }: Pick<DistributedConfig, "virtualNodes" | "hash">,
): string {
  const ring = new HashRing({ virtualNodes, hash });
  const hashes = SAMPLES.map((sample) => ring.hashKey(sample)).join(" ");
  const digest = (fnv1a(hashes) >>> 0).toString(16).padStart(HEX_DIGITS, "0");
  const name = PLAIN_ID.test(id) ? id : JSON.stringify(id);
  return `v1 id=${name} weight=${weight} virtualNodes=${ring.virtualNodes} hash=${digest}`;
}

/**
 * The error of a coordinator whose ring is another one than that of those who used a node before: what is
 * there, what is here, and what can be done.
 */
export function otherRing(id: string, found: string, own: string): CacheError {
  return new CacheError(
    "INVALID_CONFIG",
    `Cannot use node ${show(id)}: all coordinators over it must have the same ring, and this one has ` +
      `${quoted(own)}: received ${quoted(found)} from the node. Give this one the ids, weights and ring options ` +
      "of the others. To change a weight, let one coordinator remove the node and add it again while the " +
      'others are ended. What a former ring left there is taken away by release("ring") of the node\'s cache',
  );
}

/** The longest fingerprint that a message repeats: an id may be long, and a store may hold anything. */
const SHOWN_CHARS_MAX = 200;

function quoted(fingerprint: string): string {
  const { length } = fingerprint;
  if (length <= SHOWN_CHARS_MAX) return `"${fingerprint}"`;
  return `"${fingerprint.slice(0, SHOWN_CHARS_MAX)}"... (${length} chars)`;
}
