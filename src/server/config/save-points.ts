import type { SavePoint } from "../../persistence/settings.ts";
import { ParameterError, type ParameterType } from "./parameter.ts";

/** Pairs of seconds and changes; an empty word: none. */
export const savePoints: ParameterType<readonly SavePoint[]> = {
  kind: "text",
  takesWords: true,
  parse(words) {
    if (words.length === 1 && words[0] === "") return [];
    if (words.length % 2 !== 0) throw new ParameterError("Invalid save parameters");
    const points: SavePoint[] = [];
    for (let at = 0; at < words.length; at += 2) {
      const [seconds, changes] = [words[at] ?? "", words[at + 1] ?? ""];
      if (!/^\d+$/.test(seconds) || !/^\d+$/.test(changes) || Number(seconds) < 1) {
        throw new ParameterError("Invalid save parameters");
      }
      points.push({ seconds: Number(seconds), changes: Number(changes) });
    }
    return points;
  },
  format: (points) => points.map(({ seconds, changes }) => `${seconds} ${changes}`).join(" "),
};
