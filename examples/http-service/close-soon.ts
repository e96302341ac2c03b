import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/**
 * Lets `close` of a service end as soon as what has begun is answered. By itself it also waits for
 * connections that browsers have made ahead and sent nothing on, and for those whose last answer is
 * given meanwhile, until they time out. The service must listen on one address.
 */
export function closeSoon(service: FastifyInstance): void {
  const unused = new Set<Socket>();
  let isClosing = false;
  service.server.on("connection", (socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  service.server.on("request", ({ socket }) => unused.delete(socket));
  service.addHook("onSend", async (_, reply) => {
    if (isClosing) reply.header("connection", "close");
  });
  service.addHook("preClose", async () => {
    isClosing = true;
    for (const socket of unused) socket.destroy();
  });
}
