import type { Socket } from "node:net";

/** Where a connection came from and came in, as CLIENT LIST spells it. */
export interface Endpoints {
  readonly address: string;
  readonly localAddress: string;
  /** Whether it came by loopback or a Unix socket. */
  readonly isLocal: boolean;
  readonly isUnix: boolean;
}

const MAPPED_PREFIX = "::ffff:";

/** The endpoints of a socket; `path` is that of the Unix socket it came by, or "". */
export function endpointsOf(socket: Socket, path: string): Endpoints {
  if (path !== "") {
    const address = `${path}:0`;
    return { address, localAddress: address, isLocal: true, isUnix: true };
  }
  const remote = plain(socket.remoteAddress);
  return {
    address: spell(remote, socket.remotePort),
    localAddress: spell(plain(socket.localAddress), socket.localPort),
    isLocal: remote.startsWith("127.") || remote === "::1",
    isUnix: false,
  };
}

/** An IPv4 address that came by an IPv6 socket, as itself. */
function plain(address = ""): string {
  return address.startsWith(MAPPED_PREFIX) ? address.slice(MAPPED_PREFIX.length) : address;
}

function spell(address: string, port = 0): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
