import type { Dice } from "./dice.ts";

/**
 * The syntax of a command, from which calls are drawn. Written as
 *
 * - `word`: stands for itself; `$name`: is drawn by the placeholder of that name,
 * - `[ ... ]`: there or not, `( a | b )`: one of them, `{ ... }`: one to three times,
 * - `< a | b >`: any of them, each there or not, in any order.
 */
export type Syntax =
  | { readonly type: "word"; readonly text: string }
  | { readonly type: "placeholder"; readonly name: string }
  | { readonly type: "sequence"; readonly parts: readonly Syntax[] }
  | { readonly type: "optional" | "repeat"; readonly part: Syntax }
  | { readonly type: "choice" | "flags"; readonly parts: readonly Syntax[] };

/** Draws the arguments that a placeholder stands for. */
export type Placeholders = Readonly<Record<string, (dice: Dice) => readonly string[]>>;

const CLOSING: Readonly<Record<string, string>> = { "[": "]", "(": ")", "{": "}", "<": ">" };
const REPEATS_MAX = 3;

/** Reads a syntax. */
export function parseSyntax(text: string): Syntax {
  const tokens = text.split(/\s+/).filter((token) => token !== "");
  let at = 0;
  const sequence = (end: string | undefined): Syntax[] => {
    const alternatives: Syntax[][] = [[]];
    for (; tokens[at] !== end; at++) {
      const token = tokens[at];
      if (token === undefined) throw new Error(`Cannot read the syntax ${text}: no ${end}`);
      const into = alternatives.at(-1) as Syntax[];
      if (token === "|") alternatives.push([]);
      else if (token in CLOSING) {
        at++;
        into.push(group(token, sequence(CLOSING[token])));
      } else if (token.startsWith("$")) into.push({ type: "placeholder", name: token.slice(1) });
      else into.push({ type: "word", text: token });
    }
    return alternatives.map((parts) => ({ type: "sequence", parts }));
  };
  return { type: "sequence", parts: sequence(undefined) };
}

function group(opening: string, alternatives: Syntax[]): Syntax {
  if (opening === "<") return { type: "flags", parts: alternatives };
  const choice: Syntax = { type: "choice", parts: alternatives };
  if (opening === "(") return choice;
  return { type: opening === "[" ? "optional" : "repeat", part: choice };
}

/** Draws arguments of a syntax. */
export function drawArguments(
  syntax: Syntax,
  placeholders: Placeholders,
  dice: Dice,
  into: string[],
): string[] {
  switch (syntax.type) {
    case "word":
      into.push(dice.chance(0.2) ? syntax.text.toUpperCase() : syntax.text);
      break;
    case "placeholder": {
      const draw = placeholders[syntax.name];
      if (draw === undefined) throw new Error(`Cannot draw $${syntax.name}: no such placeholder`);
      into.push(...draw(dice));
      break;
    }
    case "sequence":
      for (const part of syntax.parts) drawArguments(part, placeholders, dice, into);
      break;
    case "optional":
      if (dice.chance(0.4)) drawArguments(syntax.part, placeholders, dice, into);
      break;
    case "repeat":
      for (let i = dice.int(1, REPEATS_MAX); i > 0; i--) {
        drawArguments(syntax.part, placeholders, dice, into);
      }
      break;
    case "choice":
      drawArguments(dice.pick(syntax.parts), placeholders, dice, into);
      break;
    case "flags":
    default:
      for (const part of shuffled(syntax.parts, dice)) {
        if (dice.chance(0.25)) drawArguments(part, placeholders, dice, into);
      }
  }
  return into;
}

function shuffled<T>(from: readonly T[], dice: Dice): T[] {
  const items = [...from];
  for (let i = items.length - 1; i > 0; i--) {
    const j = dice.int(0, i);
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}
