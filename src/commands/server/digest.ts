import type { Databases } from "../../engine/databases.ts";
import type { Keyspace } from "../../engine/keyspace.ts";
import { applyByType, type CasesByType } from "../../engine/value.ts";
import { formatDouble } from "../../protocol/number-text.ts";
import type { SortedSet } from "../../structures/sorted-set.ts";
import { NO_SLOT } from "../../structures/slot-table.ts";
import { allKeys } from "./all-keys.ts";

/** SHA-1 of a byte string, as 20 bytes. */
export type Sha1 = (bytes: string) => Uint8Array;

const DIGEST_BYTES = 20;
/** Redis' numbers of the types of values, as four bytes. */
const TYPE_STRING = "\0\0\0\0";
const TYPE_SORTED_SET = "\0\0\0\u0003";

/**
 * A digest of data that tells two datasets apart whatever order their parts are met in, computed as
 * Redis computes it, so that both give the same. What comes in order is mixed in (the digest so far
 * is digested again), what has no order is added by exclusive or.
 */
class Digest {
  readonly #sha1: Sha1;
  #bytes = new Uint8Array(DIGEST_BYTES);

  constructor(sha1: Sha1) {
    this.#sha1 = sha1;
  }

  get text(): string {
    return Buffer.from(this.#bytes).toString("latin1");
  }

  get hex(): string {
    return Buffer.from(this.#bytes).toString("hex");
  }

  add(bytes: string): void {
    const added = this.#sha1(bytes);
    for (let i = 0; i < DIGEST_BYTES; i++) {
      this.#bytes[i] = (this.#bytes[i] ?? 0) ^ (added[i] ?? 0);
    }
  }

  mix(bytes: string): void {
    this.add(bytes);
    this.#bytes = Uint8Array.from(this.#sha1(this.text));
  }
}

/** The digest of what a key holds, in hex; zeros where there is no such key. O(value). */
export function valueDigest(keyspace: Keyspace, key: string, sha1: Sha1): string {
  const digest = new Digest(sha1);
  mixValue(digest, keyspace, key, sha1);
  return digest.hex;
}

/** The digest of all keys of all databases, in hex. O(all values). */
export function datasetDigest(databases: Databases, sha1: Sha1): string {
  const all = new Digest(sha1);
  for (const [index, keyspace] of databases.entries()) {
    const keys = allKeys(keyspace);
    if (keys.length === 0) continue;
    all.mix(bigEndian(index));
    for (const key of keys) {
      const digest = new Digest(sha1);
      digest.mix(key);
      mixValue(digest, keyspace, key, sha1);
      all.add(digest.text);
    }
  }
  return all.hex;
}

function mixValue(digest: Digest, keyspace: Keyspace, key: string, sha1: Sha1): void {
  const slot = keyspace.lookup(key);
  if (slot === NO_SLOT) return;
  applyByType(keyspace.valueAt(slot), MIXERS, digest, sha1);
  if (keyspace.expiresAt(slot) !== Infinity) digest.add("!!expire!!");
}

/** Mixes in a value: the number of its type, then what it is made of. */
const MIXERS: CasesByType<[digest: Digest, sha1: Sha1], void> = {
  string(value, digest) {
    digest.mix(TYPE_STRING);
    digest.mix(value);
  },
  zset(set, digest, sha1) {
    digest.mix(TYPE_SORTED_SET);
    addMembers(digest, set, sha1);
  },
};

function addMembers(digest: Digest, set: SortedSet, sha1: Sha1): void {
  for (const { member, score } of set) {
    const entry = new Digest(sha1);
    entry.mix(member);
    entry.mix(formatDouble(score));
    digest.add(entry.text);
  }
}

function bigEndian(value: number): string {
  return String.fromCharCode(
    (value >>> 24) & 0xff,
    (value >>> 16) & 0xff,
    (value >>> 8) & 0xff,
    value & 0xff,
  );
}
