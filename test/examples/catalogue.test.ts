import { describe, expect, test } from "vitest";
import { type Field, catalogue, readMovies } from "../../examples/films/catalogue.ts";

const lebowski = {
  Title: "The Big Lebowski",
  "Release Date": "Mar 06 1998",
  "IMDB Votes": 177_960,
  "IMDB Rating": 8.2,
  "Worldwide Gross": 46_189_568,
  "US Gross": 17_498_804,
};

/** The account of one field of a record that is like no other but for that field. */
function tallyOf(field: Field, value: unknown) {
  const { usable, missing, malformed, implausible } = catalogue([{ ...lebowski, [field]: value }])
    .account.tallies[field];
  return { usable, missing, malformed, implausible };
}

const none = { usable: 0, missing: 0, malformed: 0, implausible: 0 };

describe("a record", () => {
  test("becomes a film named by title and date", () => {
    expect(catalogue([lebowski]).films).toEqual([
      {
        member: "The Big Lebowski (1998-03-06)",
        votes: 177_960,
        rating: 8.2,
        worldwideGross: 46_189_568,
        usGross: 17_498_804,
      },
    ]);
  });

  test("keeps its place when a figure is unknown", () => {
    const [film] = catalogue([{ ...lebowski, "IMDB Votes": null }]).films;
    expect(film).toMatchObject({ votes: undefined, rating: 8.2 });
  });

  test("without a usable title or date is nameless, and no film", () => {
    const { films, account } = catalogue([
      { ...lebowski, Title: 300 },
      { ...lebowski, "Release Date": null },
      { ...lebowski, Title: null, "Release Date": "Dec 31 2046" },
    ]);
    expect(films).toEqual([]);
    expect(account).toMatchObject({ records: 3, nameless: 3, collisions: 0 });
  });

  test.each([null, undefined, 7, "film", []])("that is %j lacks every value", (record) => {
    const { films, account } = catalogue([record]);
    expect(films).toEqual([]);
    for (const tally of Object.values(account.tallies)) expect(tally.missing).toBe(1);
  });
});

describe("a title", () => {
  test.each([[9], [true], [""], [" "], [{}]])("%j is malformed", (title) => {
    expect(tallyOf("Title", title)).toEqual({ ...none, malformed: 1 });
  });

  test.each(["9", "__proto__", "Alien³", "映画"])("%j is taken letter for letter", (title) => {
    expect(catalogue([{ ...lebowski, Title: title }]).films[0]?.member).toBe(
      `${title} (1998-03-06)`,
    );
  });
});

describe("a date", () => {
  test.each(["Feb 30 2001", "Feb 29 1900", "Foo 01 2001", "Jan 1 2001", "2001-01-01", "", 1998])(
    "%j is malformed",
    (date) => {
      expect(tallyOf("Release Date", date)).toEqual({ ...none, malformed: 1 });
    },
  );

  test.each(["Dec 31 1887", "Jan 01 2012", "Dec 15 2039", "Jan 01 0098"])(
    "%j is implausible",
    (date) => {
      expect(tallyOf("Release Date", date)).toEqual({ ...none, implausible: 1 });
    },
  );

  test.each(["Jan 01 1888", "Feb 29 2000", "Dec 31 2011"])("%j is usable", (date) => {
    expect(tallyOf("Release Date", date)).toEqual({ ...none, usable: 1 });
  });
});

describe("a figure", () => {
  const amounts: Field[] = ["IMDB Votes", "Worldwide Gross", "US Gross"];

  test.each(amounts)("%s of zero or less is implausible", (field) => {
    expect(tallyOf(field, 0)).toEqual({ ...none, implausible: 1 });
    expect(tallyOf(field, -1)).toEqual({ ...none, implausible: 1 });
  });

  test.each(amounts)("%s as text or as a fraction is malformed", (field) => {
    for (const value of ["177960", 0.5, Number.NaN, Infinity, 2 ** 53, [1]]) {
      expect(tallyOf(field, value)).toEqual({ ...none, malformed: 1 });
    }
  });

  test("is missing when it is null or absent", () => {
    expect(tallyOf("US Gross", null)).toEqual({ ...none, missing: 1 });
    expect(tallyOf("US Gross", undefined)).toEqual({ ...none, missing: 1 });
  });

  test("is a rating from 1 to 10 only", () => {
    for (const rating of [1, 10]) {
      expect(tallyOf("IMDB Rating", rating)).toEqual({ ...none, usable: 1 });
    }
    for (const rating of [0, 0.9, 10.1, -8]) {
      expect(tallyOf("IMDB Rating", rating)).toEqual({ ...none, implausible: 1 });
    }
    expect(tallyOf("IMDB Rating", "8.2")).toEqual({ ...none, malformed: 1 });
  });
});

describe("two records", () => {
  test("of one title and date collide, and the first stands", () => {
    const { films, account } = catalogue([lebowski, { ...lebowski, "IMDB Votes": 5 }]);
    expect(films.map(({ votes }) => votes)).toEqual([177_960]);
    expect(account.collisions).toBe(1);
  });

  test("of one title and two dates are two films", () => {
    const { films, account } = catalogue([
      lebowski,
      { ...lebowski, "Release Date": "Mar 07 1998", "IMDB Votes": 5 },
    ]);
    expect(films.map(({ votes }) => votes)).toEqual([177_960, 5]);
    expect(account.sharedTitles).toBe(1);
  });

  test("of one title, two dates and the same votes and rating have neither", () => {
    const { films, account } = catalogue([
      lebowski,
      { ...lebowski, "Release Date": "Dec 31 2046" },
    ]);
    expect(films).toMatchObject([{ votes: undefined, rating: undefined, usGross: 17_498_804 }]);
    expect(account.tallies["IMDB Votes"].ambiguous).toBe(2);
    expect(account.tallies["IMDB Rating"].ambiguous).toBe(2);
  });

  test("of two titles keep the votes and rating that they share", () => {
    const { films, account } = catalogue([lebowski, { ...lebowski, Title: "Fargo" }]);
    expect(films.map(({ votes }) => votes)).toEqual([177_960, 177_960]);
    expect(account.sharedFigures).toBe(2);
  });
});

test("every value of the data set is accounted for once", () => {
  const { films, account } = catalogue(readMovies());
  for (const tally of Object.values(account.tallies)) {
    const { usable, missing, malformed, implausible, ambiguous, refused } = tally;
    expect(refused).toHaveLength(malformed + implausible + ambiguous);
    expect(usable + missing + refused.length).toBe(account.records);
  }
  expect(films).toHaveLength(account.records - account.nameless - account.collisions);
  expect(new Set(films.map(({ member }) => member)).size).toBe(films.length);
});
