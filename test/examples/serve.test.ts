import { EventEmitter, once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { expect, test } from "vitest";
import { main, run } from "../../examples/serve.ts";

test("the films are served, and what it says to type next has an answer", async () => {
  const lines: string[] = [];
  const show = new EventEmitter();
  const begun = once(show, "begun");
  const running = main(0, once(show, "end"), (line) => {
    lines.push(line);
    if (line.startsWith("Ctrl-C")) show.emit("begun");
  });
  await begun;
  const commands = lines.flatMap((line) => /redis-cli -p (\d+) (.*)/.exec(line)?.slice(1, 3) ?? []);
  const socket = connect(Number(commands[0]), "127.0.0.1");
  let reply = "";
  socket.on("data", (chunk) => (reply += String(chunk)));
  for (const command of commands.filter((_, at) => at % 2 === 1)) socket.write(`${command}\r\n`);
  socket.write("QUIT\r\n");
  await once(socket, "close");
  expect(reply).toContain("The Shawshank Redemption (1994-09-23)\r\n$6\r\n519541");
  expect(reply).toContain(":52\r\n");
  expect(reply).not.toMatch(/^-/m);
  show.emit("end");
  await running;
});

test("SHUTDOWN ends it", async () => {
  const never = new Promise(() => {});
  const running = main(0, never, (line) => {
    const port = /redis-cli -p (\d+) SCAN/.exec(line)?.[1];
    if (port !== undefined) connect(Number(port), "127.0.0.1").write("SHUTDOWN\r\n");
  });
  await expect(running).resolves.toBeUndefined();
});

/** What the program says, and how it ends, when nobody has to stop it. */
async function refusal(args: readonly string[], environment: Record<string, string> = {}) {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  return { code: await run(args, environment, Promise.resolve(), () => {}, say), said };
}

test.each([
  [["--port", "abc"], {}, /^Cannot serve: the port must be an integer .*: received abc$/],
  [["--port", "65536"], {}, /from 0 to 65535: received 65536$/],
  [[], { LAUREL_PORT: "abc" }, /received abc$/],
  [["--prot", "7380"], {}, /^Unknown option '--prot'$/],
  [["7380"], {}, /^Unexpected argument '7380'/],
])("%j with %j is refused with how to choose another port", async (args, environment, reason) => {
  const { code, said } = await refusal(args, environment);
  expect(code).toBe(2);
  expect(said[0]).toMatch(reason);
  expect(said[1]).toContain("npm run serve -- --port 7380");
  expect(said).toHaveLength(2);
});

test("a port that is taken is refused with how to choose another one", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const { code, said } = await refusal(["--port", `${port}`]);
  other.close();
  expect(code).toBe(2);
  expect(said[0]).toMatch(/^Cannot listen: /);
  expect(said[1]).toContain("npm run serve -- --port 7380");
});

test("a port that is free is served, and the program ends well", async () => {
  expect(await refusal(["--port", "0"])).toEqual({ code: 0, said: [] });
  expect(await refusal([], { LAUREL_PORT: "0" })).toEqual({ code: 0, said: [] });
});
