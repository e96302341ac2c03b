/// <reference types="node" preserve="true" />
/**
 * The server of the Redis protocol.
 *
 * @module
 */
export { serve, type ServeOptions } from "./serve.ts";
export type { Server } from "./server.ts";
