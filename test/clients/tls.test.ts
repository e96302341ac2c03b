import { copyFile, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { serve } from "laurel/server";
import { createClient } from "redis";
import { describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "../support/redis-server.ts";
import { certificateInTest, hasOpenssl } from "./certificate.ts";
import { ioredisInTest } from "./ioredis-in-test.ts";
import { CLOSE_MS_MAX, nextEvent, serverInTest } from "./server-in-test.ts";

if (!hasOpenssl) console.warn("Skipped: openssl, which makes the certificate, is not installed.");

async function tlsServer(clients: "yes" | "no" | "optional", port = 0) {
  const { certFile, keyFile } = await certificateInTest();
  const tlsPort = await freePort();
  const server = await serverInTest({
    port,
    tlsPort,
    tlsCertFile: certFile,
    tlsKeyFile: keyFile,
    tlsCaCertFile: certFile,
    tlsAuthClients: clients,
  });
  const ca = await readFile(certFile);
  return { server, tlsPort, ca, cert: ca, key: await readFile(keyFile), certFile, keyFile };
}

/** A certificate and its key that nobody else vouches for. */
async function strangerInTest() {
  const { certFile, keyFile } = await certificateInTest();
  const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
  return { certFile, keyFile, cert, key };
}

/** The serial number of the certificate that a server shows. */
async function shownSerial(tlsPort: number): Promise<string> {
  const socket = connectTls({ port: tlsPort, host: "127.0.0.1", rejectUnauthorized: false });
  await nextEvent(socket, "secureConnect");
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

describe.skipIf(!hasOpenssl)("clients over TLS", () => {
  test("ioredis", async () => {
    const { tlsPort, ca } = await tlsServer("no");
    const redis = ioredisInTest(tlsPort, { tls: { ca, servername: "localhost" } });
    expect(await redis.set("k", "v")).toBe("OK");
    const large = "x".repeat(1 << 20);
    await redis.set("large", large);
    expect(await redis.get("large")).toBe(large);
  });

  test("node-redis, by its address", async () => {
    const { tlsPort, ca } = await tlsServer("no");
    const client = createClient({
      url: `rediss://localhost:${tlsPort}`,
      socket: { tls: true, ca },
    });
    onTestFinished(() => client.destroy());
    await client.connect();
    expect(await client.set("k", "v")).toBe("OK");
    expect(await client.get("k")).toBe("v");
  });

  test("both ports serve the same keys", async () => {
    const { server, tlsPort, ca } = await tlsServer("no", await freePort());
    const secret = ioredisInTest(tlsPort, { tls: { ca, servername: "localhost" } });
    const plain = ioredisInTest(server.port);
    await secret.set("k", "v");
    expect(await plain.get("k")).toBe("v");
  });

  test("where clients must show a certificate, one without is refused", async () => {
    const { tlsPort, ca, cert, key } = await tlsServer("yes");
    const known = ioredisInTest(tlsPort, { tls: { ca, cert, key, servername: "localhost" } });
    expect(await known.ping()).toBe("PONG");
    const tls = { ca, servername: "localhost" };
    const unknown = ioredisInTest(tlsPort, { tls, retryStrategy: () => null });
    expect(String(await nextEvent(unknown, "error"))).toMatch(/certificate|reset|closed/i);
  });

  test("a client that does not know the certificate does not connect", async () => {
    const { tlsPort } = await tlsServer("no");
    const tls = { servername: "localhost" };
    const redis = ioredisInTest(tlsPort, { tls, retryStrategy: () => null });
    expect(String(await nextEvent(redis, "error"))).toContain("self-signed certificate");
  });

  test(
    "one that never begins its handshake does not hold up the server's end",
    async () => {
      const { server, tlsPort } = await tlsServer("no");
      const silent = connect(tlsPort, "127.0.0.1");
      onTestFinished(() => void silent.destroy());
      // The server's end may come as an error; that it comes is what counts.
      silent.on("error", () => undefined);
      await nextEvent(silent, "connect");
      const ended = nextEvent(silent.resume(), "close");
      await server.close();
      await ended;
    },
    CLOSE_MS_MAX,
  );
});

describe.skipIf(!hasOpenssl)("certificates of clients", () => {
  test("where they may show one, none is as good as a known one, and a stranger's is refused", async () => {
    const { tlsPort, ca, cert, key } = await tlsServer("optional");
    const tls = { ca, servername: "localhost" };
    expect(await ioredisInTest(tlsPort, { tls }).ping()).toBe("PONG");
    expect(await ioredisInTest(tlsPort, { tls: { ...tls, cert, key } }).ping()).toBe("PONG");
    const stranger = await strangerInTest();
    const foreign = ioredisInTest(tlsPort, {
      tls: { ...tls, cert: stranger.cert, key: stranger.key },
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
    });
    await expect(foreign.ping()).rejects.toThrow(/closed|reset/i);
  });

  test.each(["yes", "optional"] as const)(
    "are not asked for (%s) before it is known who vouches for them",
    async (tlsAuthClients) => {
      const { certFile, keyFile } = await certificateInTest();
      const tlsPort = await freePort();
      const files = { tlsCertFile: certFile, tlsKeyFile: keyFile };
      const starting = serve({ port: 0, tlsPort, ...files, tlsAuthClients });
      await expect(starting).rejects.toMatchObject({
        code: "INVALID_CONFIG",
        message:
          "Cannot configure the server: tls-ca-cert-file: it must name a file " +
          "unless tls-auth-clients is no: received none",
      });
    },
  );
});

describe.skipIf(!hasOpenssl)("the files of TLS", () => {
  test("can be exchanged for others while clients stay", async () => {
    const { tlsPort, ca, certFile } = await tlsServer("no");
    const redis = ioredisInTest(tlsPort, { tls: { ca, servername: "localhost" } });
    const before = await shownSerial(tlsPort);
    const other = await strangerInTest();
    const names = ["tls-cert-file", other.certFile, "tls-key-file", other.keyFile];
    expect(await redis.call("CONFIG", "SET", ...names)).toBe("OK");
    expect(await shownSerial(tlsPort)).not.toBe(before);
    expect(await redis.config("GET", "tls-cert-file")).toEqual(["tls-cert-file", other.certFile]);
    expect(certFile).not.toBe(other.certFile);
  });

  test("are read again when they are named again", async () => {
    const { tlsPort, ca, certFile, keyFile } = await tlsServer("no");
    const redis = ioredisInTest(tlsPort, { tls: { ca, servername: "localhost" } });
    const before = await shownSerial(tlsPort);
    const other = await strangerInTest();
    await copyFile(other.certFile, certFile);
    await copyFile(other.keyFile, keyFile);
    expect(await shownSerial(tlsPort)).toBe(before);
    expect(await redis.config("SET", "tls-cert-file", certFile)).toBe("OK");
    expect(await shownSerial(tlsPort)).not.toBe(before);
  });

  test("stay as they are where others cannot be used", async () => {
    const { tlsPort, ca, certFile, keyFile } = await tlsServer("yes");
    const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
    const redis = ioredisInTest(tlsPort, { tls: { ca, cert, key, servername: "localhost" } });
    const before = await shownSerial(tlsPort);
    const other = await strangerInTest();
    for (const [name, file] of [
      ["tls-cert-file", "/nowhere/server.crt"],
      ["tls-cert-file", other.certFile],
      ["tls-key-file", other.keyFile],
      ["tls-ca-cert-file", ""],
    ] as const) {
      await expect(redis.config("SET", name, file)).rejects.toThrow(
        `ERR CONFIG SET failed (possibly related to argument '${name}') - `,
      );
    }
    expect(await redis.config("GET", "tls-cert-file")).toEqual(["tls-cert-file", certFile]);
    expect(await shownSerial(tlsPort)).toBe(before);
    expect(await redis.ping()).toBe("PONG");
  });

  test.each(["tlsCertFile", "tlsKeyFile", "tlsCaCertFile"] as const)(
    "are named where they cannot be read: %s",
    async (option) => {
      const { certFile, keyFile } = await certificateInTest();
      const garbage = `${certFile}.garbage`;
      await writeFile(garbage, "no certificate, no key");
      const files = { tlsCertFile: certFile, tlsKeyFile: keyFile, tlsCaCertFile: certFile };
      const starting = serve({ port: 0, tlsPort: await freePort(), ...files, [option]: garbage });
      await expect(starting).rejects.toThrow(
        new RegExp(`^Cannot configure the server: tls-[a-z-]+file: .* received ${garbage}$`),
      );
    },
  );
});
