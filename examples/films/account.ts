import { type Account, type Fault, type Tally, fields, lastYear } from "./catalogue.ts";
import { count, figures, table, text } from "../table.ts";

/** The faults in the order in which they are found, each with the rule that finds it. */
const rules: readonly (readonly [fault: Fault, rule: string])[] = [
  ["missing", "there is none"],
  ["malformed", "it has another type or shape: a title that is a number"],
  ["implausible", `it cannot be true: a date after ${lastYear}, a gross of zero`],
  ["ambiguous", "films of one title share votes and rating, and whose they are is not known"],
];

const examplesMax = 2;

/** What could be used of the data and what could not, as lines of text. */
export function accountLines(account: Account): string[] {
  const faults = rules.map(([fault]) => fault);
  const { tallies } = account;
  return [
    ...table(
      [text("value"), figures("usable"), ...faults.map(figures)],
      fields.map((field) => [
        field,
        tallies[field].usable,
        ...faults.map((fault) => tallies[field][fault]),
      ]),
    ),
    "",
    "What is not usable counts as unknown. Nothing is repaired, nothing guessed:",
    "",
    ...table([text("fault"), text("when")], rules),
    "",
    ...table(
      [text("refused"), text("as"), text("for example")],
      fields.flatMap((field) =>
        faults
          .map((fault) => [field, fault, examples(tallies[field], fault)])
          .filter(([, , shown]) => shown !== ""),
      ),
    ),
    "",
    ...table([figures("count"), text("of")], censusOf(account)),
  ];
}

/** The first refused values of one fault: a title as it is, another value with its film's title. */
function examples({ refused }: Tally, fault: Fault): string {
  const shown = refused
    .filter((each) => each.fault === fault)
    .map(({ title, value }) =>
      value === title ? String(value) : `${String(value)} (${String(title)})`,
    );
  const more = shown.length > examplesMax ? ", ..." : "";
  return shown.slice(0, examplesMax).join(", ") + more;
}

function censusOf(account: Account): [number: string, what: string][] {
  const { records, nameless, collisions, sharedTitles, sharedFigures, titlesBeyondAscii } = account;
  return [
    [count(records), "records"],
    [`- ${count(nameless)}`, "without a usable title or date, so that they have no name"],
    [`- ${count(collisions)}`, "with the title and date of an earlier record, which stands"],
    [count(records - nameless - collisions), "films, each on the boards whose figures it has"],
    [count(sharedTitles), "titles stand on more than one film, and the date tells these apart"],
    [
      count(sharedFigures),
      "films share votes and rating with one of another title: it may be chance",
    ],
    [count(titlesBeyondAscii), "titles go beyond ASCII: taken letter for letter, garbled or not"],
  ];
}
