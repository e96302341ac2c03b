/**
 * The films of the data set that can be ranked, and an account of what could not be used.
 *
 * The data set is known for its faults: titles that were turned into numbers, two-digit years put
 * into the wrong century, figures that are absent, or zero, or those of another film. Nothing is
 * repaired here, because a repair is a guess: a value is taken as it stands or counted as unknown.
 */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

/** A film with a title and a date, its figures `undefined` where they are unknown. */
export interface Film {
  /** What the boards know it by: `The Big Lebowski (1998-03-06)`. */
  readonly member: string;
  readonly votes: number | undefined;
  readonly rating: number | undefined;
  readonly worldwideGross: number | undefined;
  readonly usGross: number | undefined;
}

/**
 * Why a value is not used: it is absent; it has the wrong type or shape; it cannot be true; or it
 * stands on two films of one title and belongs to one of them at most.
 */
export type Fault = "missing" | "malformed" | "implausible" | "ambiguous";

export type Field = (typeof fields)[number];

/** What became of one field over all records. */
export interface Tally extends Record<Fault | "usable", number> {
  /** The refused values, missing ones apart, with the titles of their films, in the data's order. */
  readonly refused: { readonly title: unknown; readonly value: unknown; readonly fault: Fault }[];
}

export interface Catalogue {
  readonly films: readonly Film[];
  readonly account: Account;
}

export interface Account {
  readonly records: number;
  readonly tallies: Readonly<Record<Field, Tally>>;
  /** Records without a usable title or without a usable date: they cannot be named. */
  readonly nameless: number;
  /** Records whose title and date an earlier record had already: the earlier one stands. */
  readonly collisions: number;
  /** Titles that more than one film bears, so that only the date tells these films apart. */
  readonly sharedTitles: number;
  /** Films that have votes and rating in common with a film of another title. */
  readonly sharedFigures: number;
  /** Titles with characters outside ASCII, some of which were garbled before they came here. */
  readonly titlesBeyondAscii: number;
}

export const fields = [
  "Title",
  "Release Date",
  "IMDB Votes",
  "IMDB Rating",
  "Worldwide Gross",
  "US Gross",
] as const;

/** The year of the oldest film there is. */
const firstYear = 1888;
/** The last films with takings are of September 2010, the last announced ones of December 2011. */
export const lastYear = 2011;

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

type Reading<T> = { readonly value: T } | { readonly fault: Fault };

interface Entry {
  readonly raw: Readonly<Record<string, unknown>>;
  readonly readings: {
    readonly Title: Reading<string>;
    readonly "Release Date": Reading<string>;
    "IMDB Votes": Reading<number>;
    "IMDB Rating": Reading<number>;
    readonly "Worldwide Gross": Reading<number>;
    readonly "US Gross": Reading<number>;
  };
}

/** The raw records of `movies.json`, as the package `vega-datasets` ships it. */
export function readMovies(): readonly unknown[] {
  const packageEntry = createRequire(import.meta.url).resolve("vega-datasets");
  const path = resolve(packageEntry, "../../data/movies.json");
  const records: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (!Array.isArray(records)) throw new TypeError(`Cannot read ${path}: it holds no array`);
  return records;
}

/** Checks every value of every record. A record that is no object has all its values missing. */
export function catalogue(records: readonly unknown[]): Catalogue {
  const entries = records.map(readEntry);
  refuseSharedFigures(entries);

  const films = new Map<string, Film>();
  const titles: string[] = [];
  let nameless = 0;
  let collisions = 0;
  for (const { readings } of entries) {
    const title = usable(readings.Title);
    const date = usable(readings["Release Date"]);
    if (title === undefined || date === undefined) {
      nameless += 1;
      continue;
    }
    const member = `${title} (${date})`;
    if (films.has(member)) {
      collisions += 1;
      continue;
    }
    films.set(member, {
      member,
      votes: usable(readings["IMDB Votes"]),
      rating: usable(readings["IMDB Rating"]),
      worldwideGross: usable(readings["Worldwide Gross"]),
      usGross: usable(readings["US Gross"]),
    });
    titles.push(title);
  }

  return {
    films: [...films.values()],
    account: {
      records: records.length,
      tallies: tallyAll(entries),
      nameless,
      collisions,
      sharedTitles: new Set(repeated(titles)).size,
      sharedFigures: repeated(figuresOf([...films.values()])).length,
      titlesBeyondAscii: new Set(titles.filter((title) => /[^ -~]/.test(title))).size,
    },
  };
}

function readEntry(record: unknown): Entry {
  const raw = isObject(record) ? record : {};
  return {
    raw,
    readings: {
      Title: readTitle(raw["Title"]),
      "Release Date": readDate(raw["Release Date"]),
      "IMDB Votes": readAmount(raw["IMDB Votes"]),
      "IMDB Rating": readRating(raw["IMDB Rating"]),
      "Worldwide Gross": readAmount(raw["Worldwide Gross"]),
      "US Gross": readAmount(raw["US Gross"]),
    },
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function readTitle(raw: unknown): Reading<string> {
  if (raw === null || raw === undefined) return { fault: "missing" };
  if (typeof raw !== "string" || raw.trim() === "") return { fault: "malformed" };
  return { value: raw };
}

/** Reads `Mar 06 1998` to `1998-03-06`; a day that no calendar has is malformed. */
function readDate(raw: unknown): Reading<string> {
  if (raw === null || raw === undefined) return { fault: "missing" };
  if (typeof raw !== "string") return { fault: "malformed" };
  const [, month = "", day = "", year = ""] = /^([A-Z][a-z]{2}) (\d{2}) (\d{4})$/.exec(raw) ?? [];
  const date = new Date(Date.UTC(Number(year), months.indexOf(month), Number(day)));
  if (date.getUTCMonth() !== months.indexOf(month) || date.getUTCDate() !== Number(day)) {
    return { fault: "malformed" };
  }
  if (Number(year) < firstYear || Number(year) > lastYear) return { fault: "implausible" };
  return { value: date.toISOString().slice(0, 10) };
}

/** Reads a count of votes or of dollars. Zero cannot be true of a film that people have seen. */
function readAmount(raw: unknown): Reading<number> {
  if (raw === null || raw === undefined) return { fault: "missing" };
  if (typeof raw !== "number" || !Number.isSafeInteger(raw)) return { fault: "malformed" };
  return raw >= 1 ? { value: raw } : { fault: "implausible" };
}

/** Reads a rating on IMDb's scale, 1 to 10. */
function readRating(raw: unknown): Reading<number> {
  if (raw === null || raw === undefined) return { fault: "missing" };
  if (typeof raw !== "number" || !Number.isFinite(raw)) return { fault: "malformed" };
  return raw >= 1 && raw <= 10 ? { value: raw } : { fault: "implausible" };
}

/**
 * Refuses the votes and ratings that films of one title and several dates have in common. They
 * were looked up by the title alone, so they belong to one of the films, and no one can say which.
 */
function refuseSharedFigures(entries: readonly Entry[]): void {
  const sharers = new Map<string, Entry[]>();
  for (const entry of entries) {
    const title = usable(entry.readings.Title);
    const votes = usable(entry.readings["IMDB Votes"]);
    const rating = usable(entry.readings["IMDB Rating"]);
    if (title === undefined || votes === undefined || rating === undefined) continue;
    const figures = JSON.stringify([title, votes, rating]);
    const known = sharers.get(figures);
    if (known === undefined) sharers.set(figures, [entry]);
    else known.push(entry);
  }
  for (const group of sharers.values()) {
    if (new Set(group.map(({ raw }) => raw["Release Date"])).size === 1) continue;
    for (const { readings } of group) {
      readings["IMDB Votes"] = { fault: "ambiguous" };
      readings["IMDB Rating"] = { fault: "ambiguous" };
    }
  }
}

/** Votes and rating of each film that has both, as one string. */
function figuresOf(films: readonly Film[]): string[] {
  return films.flatMap(({ votes, rating }) =>
    votes === undefined || rating === undefined ? [] : [`${votes} ${rating}`],
  );
}

/** The strings that occur more than once, each as often as it does. */
function repeated(strings: readonly string[]): string[] {
  const occurrences = new Map<string, number>();
  for (const each of strings) occurrences.set(each, (occurrences.get(each) ?? 0) + 1);
  return strings.filter((each) => (occurrences.get(each) ?? 0) > 1);
}

function tallyAll(entries: readonly Entry[]): Record<Field, Tally> {
  return {
    Title: tally(entries, "Title"),
    "Release Date": tally(entries, "Release Date"),
    "IMDB Votes": tally(entries, "IMDB Votes"),
    "IMDB Rating": tally(entries, "IMDB Rating"),
    "Worldwide Gross": tally(entries, "Worldwide Gross"),
    "US Gross": tally(entries, "US Gross"),
  };
}

function tally(entries: readonly Entry[], field: Field): Tally {
  const result: Tally = {
    usable: 0,
    missing: 0,
    malformed: 0,
    implausible: 0,
    ambiguous: 0,
    refused: [],
  };
  for (const { raw, readings } of entries) {
    const reading = readings[field];
    if ("value" in reading) {
      result.usable += 1;
      continue;
    }
    result[reading.fault] += 1;
    if (reading.fault !== "missing") {
      result.refused.push({ title: raw["Title"], value: raw[field], fault: reading.fault });
    }
  }
  return result;
}

function usable<T>(reading: Reading<T>): T | undefined {
  return "value" in reading ? reading.value : undefined;
}
