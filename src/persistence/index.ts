/// <reference types="node" preserve="true" />
/**
 * Caches that outlive their process: a journal and snapshots in files, in Redis' formats.
 * @module
 */
export { files } from "./files.ts";
export type { FilesOptions, RewriteOptions, SnapshotRule } from "./files-options.ts";
export type { Fsync } from "./settings.ts";
