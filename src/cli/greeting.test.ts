import { expect, test } from "vitest";
import { parseCommandLine } from "../server/config/command-line.ts";
import { ServerConfig } from "../server/config/server-config.ts";
import { greeting, type Place } from "./greeting.ts";

const plain: Place = { host: "127.0.0.1", port: 7379, tlsPort: 0, unixsocket: "" };
const secret: Place = { host: "127.0.0.1", port: 0, tlsPort: 6380, unixsocket: "" };
const certificate = ["--tls-cert-file", "/etc/a.crt", "--tls-key-file", "/etc/a.key"];

function lines(place: Place, ...flags: readonly string[]): string[] {
  return greeting(place, new ServerConfig(parseCommandLine(flags).settings)).split("\n");
}

/** What the client's command line is, before what it asks. */
function client(place: Place, ...flags: readonly string[]): string | undefined {
  const asked = lines(place, ...flags).find((line) => line.includes(" ZADD board"));
  return asked?.trim().split(" ZADD ")[0];
}

test("says where it serves, and what to type next", () => {
  expect(lines(plain).slice(1)).toEqual([
    "  redis://127.0.0.1:7379",
    "Next, in another terminal:",
    "  redis-cli -p 7379 ZADD board 1815 ada 1912 alan",
    "  redis-cli -p 7379 ZREVRANGE board 0 -1 WITHSCORES",
    "Ctrl-C ends it. Its data is in memory only.",
    "",
  ]);
});

test("names every place, and the easiest way in", () => {
  const told = lines({ ...plain, tlsPort: 6380, unixsocket: "/run/laurel.sock" });
  expect(told).toContain("  redis://127.0.0.1:7379");
  expect(told).toContain("  rediss://127.0.0.1:6380");
  expect(told).toContain("  /run/laurel.sock");
  expect(told).toContain("  redis-cli -p 7379 ZADD board 1815 ada 1912 alan");
});

test.each([
  ["0.0.0.0", "redis://127.0.0.1:7379", "redis-cli -p 7379"],
  ["::", "redis://[::1]:7379", "redis-cli -h ::1 -p 7379"],
  ["192.0.2.7", "redis://192.0.2.7:7379", "redis-cli -h 192.0.2.7 -p 7379"],
])("on %s it can be reached as %s", (host, url, way) => {
  expect(lines({ ...plain, host })).toContain(`  ${url}`);
  expect(client({ ...plain, host })).toBe(way);
});

test("a password is asked for", () => {
  expect(client(plain, "--requirepass", "x")).toBe("redis-cli -p 7379 --askpass");
});

test("TLS alone: with the authority, and where clients must show one the certificate", () => {
  expect(client(secret, ...certificate, "--tls-ca-cert-file", "/etc/ca.crt")).toBe(
    "redis-cli --tls --cacert /etc/ca.crt --cert /etc/a.crt --key /etc/a.key -p 6380",
  );
  expect(client(secret, ...certificate, "--tls-auth-clients", "no")).toBe(
    "redis-cli --tls --cacert /etc/a.crt -p 6380",
  );
});

test("names files from the root: the other terminal may be in another folder", () => {
  const flags = ["--tls-cert-file", "a.crt", "--tls-auth-clients", "no"];
  expect(client(secret, ...flags)).toBe(`redis-cli --tls --cacert ${process.cwd()}/a.crt -p 6380`);
});

test("a Unix socket alone: by its path, quoted where a shell wants it", () => {
  const place: Place = { host: "", port: 0, tlsPort: 0, unixsocket: "/run/it's here.sock" };
  expect(lines(place)).toContain("  /run/it's here.sock");
  expect(client(place)).toBe(String.raw`redis-cli -s '/run/it'\''s here.sock'`);
});
