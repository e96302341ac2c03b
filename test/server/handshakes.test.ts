import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { optionSettings } from "../../src/server/config/options.ts";
import { ServerConfig } from "../../src/server/config/server-config.ts";
import { Listeners } from "../../src/server/listening/listeners.ts";
import { certificateInTest, hasOpenssl } from "../clients/certificate.ts";
import { nextEvent } from "../clients/server-in-test.ts";
import { freePort } from "../support/free-port.ts";

const HANDSHAKE_MS_MAX = 20;

/** The TLS port of listeners that wait for a handshake so long, and who got through. */
async function listening(maxclients: number, handshakeMsMax: number) {
  const { certFile, keyFile } = await certificateInTest();
  const config = new ServerConfig(
    optionSettings({
      bind: "127.0.0.1",
      port: 0,
      tlsPort: await freePort(),
      tlsCertFile: certFile,
      tlsKeyFile: keyFile,
      tlsAuthClients: "no",
      maxclients,
    }),
  );
  const clients: unknown[] = [];
  const listeners = new Listeners(config, (socket) => clients.push(socket), handshakeMsMax);
  await listeners.open();
  onTestFinished(() => listeners.close());
  return { tlsPort: listeners.tlsPort, clients };
}

describe.skipIf(!hasOpenssl)("a client that does not say how to encrypt", () => {
  test("is closed after a while, and was never let in", async () => {
    const { tlsPort, clients } = await listening(10, HANDSHAKE_MS_MAX);
    const socket = connect(tlsPort, "127.0.0.1");
    await nextEvent(socket, "close");
    expect(clients).toEqual([]);
  });

  test("is one of as many as there may be clients: the next one is closed at once", async () => {
    const { tlsPort, clients } = await listening(2, 3_600_000);
    const silent = [connect(tlsPort, "127.0.0.1"), connect(tlsPort, "127.0.0.1")];
    onTestFinished(() => {
      for (const socket of silent) socket.destroy();
    });
    await Promise.all(silent.map((socket) => nextEvent(socket, "connect")));
    await nextEvent(connect(tlsPort, "127.0.0.1"), "close");
    expect(silent.map(({ closed }) => closed)).toEqual([false, false]);
    expect(clients).toEqual([]);
  });
});
