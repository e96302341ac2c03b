import { describe, expect, test } from "vitest";
import { parseSlots } from "./cluster-slots.ts";

describe("the slots of a Cluster", () => {
  test("are ranges with a master and its replicas", () => {
    const reply = [
      ["0", "5460", [Buffer.from("10.0.0.1"), "7000", Buffer.from("id"), []], ["10.0.0.2", 7001]],
      [5461, 16_383, ["::1", 7002, "id"]],
    ];
    expect(parseSlots(reply, "asked")).toEqual([
      {
        first: 0,
        last: 5460,
        master: { host: "10.0.0.1", port: 7000 },
        replicas: [{ host: "10.0.0.2", port: 7001 }],
      },
      { first: 5461, last: 16_383, master: { host: "::1", port: 7002 }, replicas: [] },
    ]);
  });

  test.each([null, "", "?"])("are with who was asked where a node has no name: %j", (host) => {
    const [range] = parseSlots([[0, 1, [host, 7000, "id"]]], "asked");
    expect(range?.master).toEqual({ host: "asked", port: 7000 });
  });

  test.each([[[]], [null], ["?"]])("are an error where there are none: %j", (reply) => {
    expect(() => parseSlots(reply, "asked")).toThrow(
      expect.objectContaining({ code: "CONNECTION_FAILED" }),
    );
  });
});
