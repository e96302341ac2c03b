import { describe, expect, test } from "vitest";
import { fingerprintOf, otherRing } from "./fingerprint.ts";
import { fnv1a } from "./ring/fnv1a.ts";

const NODE = { id: "eu", weight: 1 };
const PLAIN = { virtualNodes: undefined, hash: undefined };

function shown(id: string): string {
  return fingerprintOf({ ...NODE, id }, PLAIN);
}

describe("the fingerprint of a ring", () => {
  test("says what coordinators have to agree on, and is the same for ever", () => {
    expect(fingerprintOf(NODE, PLAIN)).toBe("v1 id=eu weight=1 virtualNodes=150 hash=557399fe");
  });

  test("is the same for an option that is given as for the same by default", () => {
    expect(fingerprintOf(NODE, { virtualNodes: 150, hash: "fnv1a" })).toBe(
      fingerprintOf(NODE, PLAIN),
    );
    expect(fingerprintOf(NODE, { virtualNodes: 150, hash: fnv1a })).toBe(
      fingerprintOf(NODE, PLAIN),
    );
  });

  test("is another one for each id, hash, weight and number of virtual nodes", () => {
    const all = [
      fingerprintOf(NODE, PLAIN),
      fingerprintOf({ ...NODE, weight: 2 }, PLAIN),
      fingerprintOf({ ...NODE, weight: 0.5 }, PLAIN),
      fingerprintOf({ ...NODE, id: "us" }, PLAIN),
      fingerprintOf(NODE, { ...PLAIN, virtualNodes: 151 }),
      ...(["fnv1a-raw", "murmur3", "xxhash32"] as const).map((hash) => {
        return fingerprintOf(NODE, { ...PLAIN, hash });
      }),
      // One that differs for a single string.
      fingerprintOf(NODE, {
        ...PLAIN,
        hash: (bytes) => fnv1a(bytes) ^ (bytes === "key:10" ? 1 : 0),
      }),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  test("quotes an id that could be taken for what stands around it", () => {
    expect(shown("eu.example:6379/0")).toMatch(/^v1 id=eu\.example:6379\/0 weight=1 /);
    expect(shown("eu weight=2")).toMatch(/^v1 id="eu weight=2" weight=1 /);
    expect(shown('"eu"\n')).toMatch(/^v1 id="\\"eu\\"\\n" weight=1 /);
  });
});

test("the error of another ring names the node, what it has, what is here, and the ways out", () => {
  const error = otherRing("node-1", "v1 weight=2", "v1 weight=1");
  expect(error.code).toBe("INVALID_CONFIG");
  expect(error.message).toMatch(
    /^Cannot use node "node-1": .+this one has "v1 weight=1": received "v1 weight=2" from the node\. /,
  );
  expect(error.message).toContain("remove the node and add it again");
  expect(error.message).toContain('release("ring")');
  expect(otherRing("node-1", "v".repeat(10_000), "v1").message.length).toBeLessThan(1000);
});
