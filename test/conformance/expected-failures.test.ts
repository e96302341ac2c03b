import { describe, expect, it } from "vitest";
import { complaints, type ExpectedFailure, parseExpectedFailures } from "./expected-failures.ts";
import type { UnitResult } from "./run-units.ts";

const UNIT = "unit/type/zset";

function result(facts: Partial<UnitResult>): UnitResult {
  return {
    unit: UNIT,
    passed: [],
    failed: [],
    ignored: 0,
    notRun: 0,
    setupErrors: [],
    seconds: 1,
    note: "",
    ...facts,
  };
}

function failing(...names: string[]): Pick<UnitResult, "failed"> {
  return { failed: names.map((name) => ({ name, message: "why" })) };
}

function listed(...names: string[]): ExpectedFailure[] {
  return names.map((name) => ({ unit: UNIT, name, reason: "list" }));
}

describe("a unit's result is as expected", () => {
  it("when all pass and nothing is listed", () => {
    expect(complaints(result({ passed: ["a"] }), [])).toEqual([]);
  });

  it("when exactly the listed cases fail", () => {
    expect(complaints(result({ passed: ["a"], ...failing("b") }), listed("b"))).toEqual([]);
  });

  it("when a name fails as often as it is listed", () => {
    expect(complaints(result(failing("a", "a")), listed("a", "a"))).toEqual([]);
  });

  it("when as many cases did not run as listed ones are not seen", () => {
    expect(complaints(result({ notRun: 1 }), listed("a"))).toEqual([]);
  });

  it("whatever is listed of other units", () => {
    expect(complaints(result({ unit: "unit/sort" }), listed("a"))).toEqual([]);
  });
});

describe("a unit's result is not as expected", () => {
  it("when a case fails that is not listed", () => {
    expect(complaints(result(failing("a", "b")), listed("b"))).toEqual([`${UNIT}: fails: a | why`]);
  });

  it("when a name fails more often than it is listed", () => {
    expect(complaints(result(failing("a", "a")), listed("a"))).toEqual([`${UNIT}: fails: a | why`]);
  });

  it("when a listed case passes", () => {
    expect(complaints(result({ passed: ["a"] }), listed("a"))).toEqual([
      `${UNIT}: passes, though it is listed: a`,
    ]);
  });

  it("when a listed case does not exist", () => {
    expect(complaints(result({}), listed("a"))).toEqual([`${UNIT}: is listed, and is no case: a`]);
  });

  it("when cases did not run, with what went wrong between cases", () => {
    const [complaint] = complaints(
      result({ notRun: 2, setupErrors: ["r lpush: no"] }),
      listed("a"),
    );
    expect(complaint).toContain("1 cases did not run");
    expect(complaint).toContain("r lpush: no");
  });

  it("when the server died", () => {
    expect(complaints(result({ note: "server-died-x1" }), [])).toEqual([
      `${UNIT}: did not go through: server-died-x1`,
    ]);
  });
});

describe("the list of expected failures", () => {
  it("holds units, cases and reasons, and comments", () => {
    expect(parseExpectedFailures(`# unit\tcase\treason\n${UNIT}\ta b\tscript\n`)).toEqual([
      { unit: UNIT, name: "a b", reason: "script" },
    ]);
  });

  it.each([`${UNIT}\ta`, `${UNIT}\ta\tdebug`, UNIT])("refuses the line %j", (line) => {
    expect(() => parseExpectedFailures(line)).toThrow("Cannot read the expected failures");
  });
});
