import { MemoryLeaderboardCache, type ZMember } from "laurel";
import { expect, test } from "vitest";
import { main, neighboursOf, standingOf } from "../../examples/leaderboard.ts";

const expected = `\
=== Gaming Leaderboard Example ===

1. Players enter
Added 8 players to leaderboard

2. The best
Top 5 Players:
#1: Charlie    - 1500 points
#2: Frank      - 1350 points
#3: Alice      - 1250 points
#4: Grace      - 1200 points
#5: Diana      - 1100 points

3. A player's rank and score
Bob is #7 with 980 points

4. A player scores
Bob wins 300 points and has 1280

5. The ranks after it
Bob is #3 with 1280 points
#1: Charlie    - 1500 points
#2: Frank      - 1350 points
#3: Bob        - 1280 points
#4: Alice      - 1250 points
#5: Grace      - 1200 points
#6: Diana      - 1100 points
#7: Henry      - 1050 points
#8: Eve        - 890 points

6. Players in a score range
From 1000 to below 1250 points: 3 players
Henry      - 1050 points
Diana      - 1100 points
Grace      - 1200 points

7. Around a player
Grace, the player above and the player below:
#4: Alice      - 1250 points
#5: Grace      - 1200 points
#6: Diana      - 1100 points

8. The lowest drop out
Removed 2 players, 6 remain:
#1: Charlie    - 1500 points
#2: Frank      - 1350 points
#3: Bob        - 1280 points
#4: Alice      - 1250 points
#5: Grace      - 1200 points
#6: Diana      - 1100 points

9. Statistics
leaderboards      1
members           6
zAdds             1
zIncrements       1
zRems             1
zRangeQueries     5
zScoreLookups     2
zRankCalculations 3

10. The season ends
After 45 minutes: 6 players, 15 minutes left
After 60 minutes: 0 players, expired: yes
`;

test("the gaming scenario prints its ten steps, line by line", async () => {
  const lines: string[] = [];
  await main((line) => lines.push(line));
  expect(lines).toEqual(expected.trimEnd().split("\n"));
});

const board: readonly ZMember[] = [
  { member: "ada", score: 20 },
  { member: "bob", score: 10 },
  { member: "cem", score: 10 },
];

test("a player stands at a place of its own, and who is not there nowhere", async () => {
  await using cache = new MemoryLeaderboardCache();
  await cache.zAdd("board", board);
  expect(await standingOf(cache, "board", "bob")).toEqual({ place: 3, player: "bob", points: 10 });
  expect(await standingOf(cache, "board", "nobody")).toBeUndefined();
  expect(await standingOf(cache, "no board", "bob")).toBeUndefined();
});

test("neighbours end where the board ends", async () => {
  await using cache = new MemoryLeaderboardCache();
  await cache.zAdd("board", board);
  const names = async (player: string, each: number): Promise<string[]> =>
    (await neighboursOf(cache, "board", player, each)).map(
      ({ place, player }) => `${place} ${player}`,
    );
  expect(await names("ada", 1)).toEqual(["1 ada", "2 cem"]);
  expect(await names("cem", 1)).toEqual(["1 ada", "2 cem", "3 bob"]);
  expect(await names("bob", 9)).toEqual(["1 ada", "2 cem", "3 bob"]);
  expect(await names("cem", 0)).toEqual(["2 cem"]);
  expect(await names("nobody", 1)).toEqual([]);
});
