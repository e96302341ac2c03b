import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** The files of a certificate for `localhost` and of its key. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Whether there is what makes certificates. */
export const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

const SUBJECT = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Has `openssl` make a certificate that signs itself; its files go when the test has ended. */
export async function certificateInTest(): Promise<Certificate> {
  const directory = await mkdtemp(join(tmpdir(), "laurel-tls-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const [certFile, keyFile] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  const files = ["-keyout", keyFile, "-out", certFile, "-days", "1"];
  const made = spawnSync("openssl", ["req", "-x509", ...KEY, ...files, ...SUBJECT]);
  if (made.status !== 0) throw new Error(`openssl failed: ${made.stderr.toString()}`);
  return { certFile, keyFile };
}
