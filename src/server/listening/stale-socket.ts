import { lstat } from "node:fs/promises";
import { connect } from "node:net";

/**
 * Whether a path is that of a Unix socket at which nobody listens any more: a process that was
 * killed leaves it behind. Any other file stays.
 */
export async function isStaleSocket(path: string): Promise<boolean> {
  // A file that is no socket refuses connections as well.
  const isSocket = await lstat(path).then(
    (stats) => stats.isSocket(),
    () => false,
  );
  return isSocket && (await refusesConnections(path));
}

async function refusesConnections(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code === "ECONNREFUSED"));
  });
}
