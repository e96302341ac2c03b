import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureVersion, type TlsOptions } from "node:tls";
import { reasonOf, show } from "../../errors.ts";
import { fromByteString } from "../../structures/byte-string.ts";
import { ParameterError } from "../config/parameter.ts";
import type { ServerConfig } from "../config/server-config.ts";

/**
 * What can be exchanged while the server runs: files are read again, too, when one is named again.
 */
export const RENEWABLE = [
  "tls-cert-file",
  "tls-key-file",
  "tls-key-file-pass",
  "tls-ca-cert-file",
] as const;

type FileParameter = "tls-cert-file" | "tls-key-file" | "tls-ca-cert-file";

const PROTOCOLS: ReadonlyMap<string, SecureVersion> = new Map<string, SecureVersion>([
  ["TLSv1.2", "TLSv1.2"],
  ["TLSv1.3", "TLSv1.3"],
]);

/**
 * What Node's TLS needs of the configuration.
 * @throws {ParameterError} for files that cannot be used, or an unknown version
 */
export function tlsOptions(config: ServerConfig): TlsOptions {
  const passphrase = fromByteString(config.get("tls-key-file-pass"));
  const ciphers = config.get("tls-ciphers");
  const clients = config.get("tls-auth-clients");
  const options = {
    cert: read(config, "tls-cert-file", "where tls-port is given", checkCertificate),
    key: read(config, "tls-key-file", "where tls-port is given", (key) => {
      createPrivateKey({ key, passphrase });
    }),
    ...authority(config),
    ...(passphrase === "" ? {} : { passphrase }),
    ...(ciphers === "" ? {} : { ciphers }),
    ...protocolRange(config.get("tls-protocols")),
    honorCipherOrder: config.get("tls-prefer-server-ciphers"),
    requestCert: clients !== "no",
    rejectUnauthorized: clients === "yes",
  };
  try {
    createSecureContext(options);
  } catch (cause) {
    const files = `${config.get("tls-cert-file")} and ${config.get("tls-key-file")}`;
    throw invalid("tls-cert-file and tls-key-file", reasonOf(cause), files, cause);
  }
  return options;
}

/** Who vouches for clients. It must be told: Node would trust all that browsers trust. */
function authority(config: ServerConfig): Pick<TlsOptions, "ca"> {
  const asksNobody = config.get("tls-auth-clients") === "no";
  if (asksNobody && config.get("tls-ca-cert-file") === "") return {};
  const when = "unless tls-auth-clients is no";
  return { ca: read(config, "tls-ca-cert-file", when, checkCertificate) };
}

/** The contents of a file, which must be named under a condition and stand a check. */
function read(
  config: ServerConfig,
  name: FileParameter,
  when: string,
  check: (contents: Buffer) => void,
): Buffer {
  const path = fromByteString(config.get(name));
  if (path === "") throw invalid(name, `it must name a file ${when}`, "none");
  try {
    const contents = readFileSync(path);
    check(contents);
    return contents;
  } catch (cause) {
    throw invalid(name, `the file cannot be used (${reasonOf(cause)})`, path, cause);
  }
}

function checkCertificate(contents: Buffer): void {
  // It throws where this is no certificate.
  void new X509Certificate(contents);
}

function protocolRange(text: string): TlsOptions {
  if (text.trim() === "") return {};
  const versions = text
    .trim()
    .split(/\s+/)
    .map((name) => {
      const version = PROTOCOLS.get(name);
      if (version === undefined) {
        const reason = `it lists ${[...PROTOCOLS.keys()].join(" and ")}`;
        throw invalid("tls-protocols", reason, show(text));
      }
      return version;
    })
    .sort();
  const [minVersion, maxVersion] = [versions[0], versions.at(-1)];
  if (minVersion === undefined || maxVersion === undefined) return {};
  return { minVersion, maxVersion };
}

function invalid(name: string, reason: string, received: string, cause?: unknown): ParameterError {
  return new ParameterError(`${name}: ${reason}: received ${received}`, { cause });
}
