import { shellWord } from "./shell-word.ts";

/** Where a file that cannot be loaded stands in its journal. */
export interface JournalPlace {
  readonly path: string;
  /** The files with changes that come after it, in order. */
  readonly followers: readonly string[];
  /**
   * What is moved away to begin without this file, where it is a base, of which a part is of no use;
   * `undefined`: it is none.
   */
  readonly toMoveAway: string | undefined;
}

/** How far a file may be relied on, and what says so. */
export interface SoundPart {
  /** In bytes from the beginning of the file. */
  readonly bytes: number;
  /** `form`: there is no checksum that could tell, only that all commands are whole. */
  readonly by: "checksum" | "form";
}

/** What can be done about damage: each way leaves a journal that loads, and says what it loses. */
export function damageAdvice(place: JournalPlace, sound: SoundPart): string {
  const { toMoveAway } = place;
  if (toMoveAway !== undefined) return restoreOrMove(toMoveAway);
  return `restore a copy of the file, or give up ${lossOf(sound)}${cutting(place, sound.bytes)}`;
}

/** What can be done about a file that ends within a command, where its last whole one ends. */
export function tornAdvice(place: JournalPlace, wholeBytes: number): string {
  const { toMoveAway } = place;
  if (toMoveAway !== undefined) return restoreOrMove(toMoveAway);
  return `restore a copy of the file, or give up what is incomplete${cutting(place, wholeBytes)}`;
}

/** What can be done about a snapshot, or a base. @param path `undefined`: the file itself is moved */
export function restoreOrMove(path: string | undefined): string {
  const moved = path === undefined ? "it" : shellWord(path);
  return `restore a copy of the file, or move ${moved} away to begin without its keys`;
}

function lossOf({ bytes, by }: SoundPart): string {
  if (by === "form") {
    return bytes === 0
      ? "all that it holds"
      : `everything from offset ${bytes} on (what is before has no checksum, and is not verified)`;
  }
  return bytes === 0
    ? "all that it holds, as no checksum before the damage is right"
    : "everything behind its last sound checksum";
}

/** Files that follow are given up, too: on top of a part, they would give what never was. */
function cutting({ followers, path }: JournalPlace, bytes: number): string {
  const command = `truncate -s ${bytes} ${shellWord(path)}`;
  if (followers.length === 0) return `: ${command}`;
  const others = followers.map((follower) => shellWord(follower)).join(" ");
  return `, and all that the files after it hold: ${command} && truncate -s 0 ${others}`;
}
