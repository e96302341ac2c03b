import { expect, test } from "vitest";
import { main } from "../../examples/combined.ts";

const expected = `\
=== Gaming Platform Example ===

1. Boards spread over the nodes
mode    primary  replica  final board on
------  -------  -------  --------------
solo    node-1   node-3   node-1
team    node-1   node-3   node-1
trio    node-3   node-2   node-3
ranked  node-2   node-1   node-2
arena   node-3   node-1   node-3
A mode's boards share a {tag}, as {solo}:day-1 and {solo}:final: one place for all

2. Players sign in
Signed in: 8 players, for 30 minutes

3. Day 1
mode    leader  points
------  ------  ------
solo    hal      1,920
team    cem      1,918
trio    fay      1,988
ranked  ada      1,803
arena   bob      2,049

4. Day 2: a node dies in the middle of the game
node-1 died after 200 of 400 matches; all of them were played
node-1 is unhealthy, found out by the first call that failed
Keys of which it has missed writes: 7
mode    leader  points
------  ------  ------
solo    eva      2,015
team    cem      2,014
trio    bob      1,942
ranked  gus      1,823
arena   hal      2,250

5. A new node takes the place of the dead one
Removed node-1: 16 keys have two owners again, 0 lost
Added node-4: 16 keys handed over
Nodes: node-2, node-3, node-4

6. Final standings
Day 1 and day 2 together, beside the referee's own record of every point:
solo   1. eva 3,429, 2. dai 3,336, 3. gus 3,329: unharmed
team   1. cem 3,932, 2. dai 3,146, 3. fay 2,924: unharmed
trio   1. bob 3,758, 2. fay 3,424, 3. cem 3,069: unharmed
ranked 1. hal 3,465, 2. gus 3,433, 3. cem 3,306: unharmed
arena  1. hal 3,895, 2. bob 3,770, 3. ada 3,450: unharmed

7. Sessions end by themselves
Signed in: 8 players
After 30 minutes: 0 players

8. Counters
solo   160 matches
team   160 matches
trio   160 matches
ranked 160 matches
arena  160 matches
all    800 matches
`;

test("the tournament is played to its end although a node dies in the middle, line by line", async () => {
  const lines: string[] = [];
  await main((line) => lines.push(line));
  expect(lines).toEqual(expected.trimEnd().split("\n"));
});
